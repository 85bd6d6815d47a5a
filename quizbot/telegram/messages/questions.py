"""A question as a quiz poll, the card that replies to its answer, and reminders."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time
from html import escape, unescape

from questions import Item, Picture, Statement, StatementKind, Topic
from quizbot.programmes.recaps import Recap
from quizbot.programmes.team_goal import GoalProgress
from quizbot.quiz.answers.corrections import ItemCorrection, changes_told
from quizbot.quiz.answers.recording import AnswerOutcome
from quizbot.quiz.asking.question_days import local_date
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.quiz.delivery.reminders import Unanswered
from quizbot.telegram.messages import milestones, words
from quizbot.telegram.messages.markup import (
    AnyButton,
    Button,
    Message,
    bold,
    disclaimer,
    folded,
    message,
    paragraphs,
    shortened,
)
from quizbot.telegram.messages.openings import (
    goal_reached,
    last_question,
    opening,
    pause_buttons,
    pause_question,
    programme_ended,
    recap_buttons,
    recap_lines,
)
from quizbot.telegram.messages.question_reports import menu_button
from quizbot.telegram.messages.words import Words

# As many as fit above a question (Bot API, sendPoll: a description has 1024 characters).
_CHANGES_SHOWN = 2
_LONGEST = 1024
_ROOM_FOR_WHY = 220  # characters of the key, of the option and of why it is incorrect
_UNFOLDED = 328  # characters of a card that fit a phone's screen
_MAX_STATEMENT = 2000  # characters, so that the sources fit below it


@dataclass(frozen=True)
class QuizPoll:
    """A quiz poll for sendPoll (Bot API). Telegram closes it by itself at `closes_at` (UTC).

    The description ends with `hidden`, a text that shows when it is tapped.
    """

    question: str
    options: list[str]
    correct_position: int
    explanation: str
    description: str | None
    closes_at: datetime
    picture: Picture | None = None
    hidden: str = ""
    rows: Sequence[Sequence[AnyButton]] = ()


def question_poll(
    w: Words,
    outgoing: Outgoing,
    item: Item,
    topic: Topic,
    week: Recap | None = None,
    share: int | None = None,
    goals: Sequence[GoalProgress] = (),
) -> QuizPoll:
    """Returns the item with its options in the delivery's order, below what is due to be told.

    That is a correction, or the day and the theme, and once which team `goals` are reached and
    which programmes have ended or ask for the last time; on a Monday how the week was; and after a
    long silence whether to pause.
    """
    if outgoing.practice:
        note = w._("Practice: your points and streak stay as they are.")
    else:
        correction = _correction_note(w, outgoing.correction, topic)
        note = correction or opening(w, outgoing, item, topic, share)
        if not correction:
            thanks = [programme_ended(w, each) for each in outgoing.ended]
            reached = [goal_reached(w, each) for each in goals]
            last = [last_question(w, each) for each in outgoing.last_of]
            note = "\n".join(filter(None, (*thanks, note, *reached, *last)))
    more, rows = "", list[list[Button]]()
    if outgoing.pauses_on is not None:
        more, rows = pause_question(w, outgoing.pauses_on), pause_buttons(w)
    elif week is not None:
        more, rows = recap_lines(w, week, topic), recap_buttons(w, week)
    if len(told := paragraphs(note, more)) <= _LONGEST:
        note = told
    elif outgoing.pauses_on is not None:  # a correction so long is left out
        note = more
    poll = quiz_poll(w, item, topic, outgoing.option_order, outgoing.closes_at, note)
    return replace(poll, rows=rows)


def quiz_poll(
    w: Words,
    item: Item,
    topic: Topic,
    option_order: str,
    closes_at: datetime,
    note: str | None = None,
) -> QuizPoll:
    """Returns the item as a poll. `option_order` has a digit an option: its place in the bank.

    What the picture shows is told in the description, for people who cannot see it, unless a long
    correction (`note`) leaves no room. It is hidden from the others, who are to look.

    Telegram shows the explanation right after the vote, even while the bot is down and sends no
    card, so a short disclaimer is part of it.
    """
    order = [int(place) for place in option_order]
    shown = f"🖼 {item.picture_text}" if item.picture_text else None
    description = "\n\n".join(filter(None, (note, shown))) or None
    fits = len(description or "") <= _LONGEST
    return QuizPoll(
        question=item.stem,
        options=[item.options[place].text for place in order],
        correct_position=order.index(0),
        explanation=item.explanation + " " + w._("Not medical advice."),
        description=description if fits else note,
        hidden=item.picture_text or "" if fits else "",
        closes_at=closes_at,
        picture=topic.picture_of(item),
    )


def _correction_note(w: Words, correction: ItemCorrection | None, topic: Topic) -> str | None:
    """Returns what has changed in an item that the subscriber answered, as plain text."""
    item = topic.item(correction.item_id) if correction else None
    if item is None or correction is None:
        return None
    changes = changes_told(item, correction)
    notes = " ".join([each.tell for each in changes if each.tell][-_CHANGES_SHOWN:])
    if correction.withdrawn:
        heading = w._("✏️ A question you answered was withdrawn: “{stem}”")
        notes = notes or w._("Please don't rely on what it said.")
    else:
        heading = w._("✏️ A question you answered was corrected: “{stem}”")
        notes = notes or w._("Now it says: {explanation}").format(explanation=item.explanation)
    rekeyed = any(each.rekeyed for each in changes)
    rescored = w._("Your points for it were counted again.") if rekeyed else ""
    return "\n".join(filter(None, (heading.format(stem=item.stem), notes, rescored)))


def answer_card(
    w: Words,
    outcome: AnswerOutcome,
    topic: Topic,
    now: datetime,
    *,
    left_over: bool = False,
    article_url: str = "",
) -> Message:
    """In reply to the question, after each answer: what fits a phone, the rest folded away.

    The totals of a left-over card are today's: it tells the streak only if that is still the same.
    `article_url` is where people can read the article; without it, they read it in the chat.
    """
    item, board = topic.item(outcome.question.item_id), outcome.question.programme_id
    row = [Button(w._("➕ More"), "quiz"), Button(w._("📊 Score"), "score")]
    if board is not None:  # with signs, four would not fit on a phone
        last = Button(w._("Board"), f"board:{board}")
        row = [Button(w._("More"), "quiz"), Button(w._("Score"), "score"), last]
    row.append(menu_button(outcome.question.delivery_id))
    notice = w._("For learning only, not medical advice.")
    warm = "" if left_over else milestones.warm_line(w, outcome, topic)
    share = [] if left_over else milestones.share_button(w, outcome, topic)
    note = "" if left_over or outcome.came_back else milestones.streak_note(w, outcome)
    changed = item is not None and item.revision != outcome.question.item_revision
    with_streak = bool(warm or not note or not outcome.streak_ended)
    with_streak = with_streak and not milestones.was_away(outcome)
    verdict = _verdict(w, outcome, left_over, with_streak=with_streak)
    reasons = [
        why(w, item, outcome.option, has_changed=changed, brief=brief) if item else ""
        for brief in ((False,) if outcome.correct else (False, True))
    ]
    told = [warm or note] if warm or note or left_over else milestones.movement(w, outcome, topic)
    pairs = ((line, each) for line in told for each in reasons)
    fitting = (each for each in pairs if _fits_unfolded(verdict, *each, notice))
    shown, reason = next(fitting, (warm, reasons[-1 if warm else 0]))
    return message(
        verdict,
        shown,
        reason,
        f"<i>{notice}</i>",
        folded(
            note if note != shown else "",
            escape(item.explanation) if item and not outcome.correct else "",
            escape(item.more or "") if item else "",
            sources(w, topic, item, article_url) if item else "",
            "" if article_url or not item else _commands_to_read(w, topic, item),
            disclaimer(topic.disclaimer),
            _next_question(w, outcome, now),
        ),
        rows=[row, *([share] if share else [])],
    )


def _fits_unfolded(*parts: str) -> bool:
    """Returns whether these parts of a card, as HTML, fit a phone's screen."""
    return len(unescape(re.sub("<[^>]*>", "", paragraphs(*parts)))) <= _UNFOLDED


def _verdict(w: Words, outcome: AnswerOutcome, left_over: bool, *, with_streak: bool) -> str:
    verdict = w._("✅ <b>Right!</b>") if outcome.correct else w._("❌ <b>Not quite.</b>")
    if outcome.question.practice:
        return verdict + " " + w._("That was practice, so your score stays as it is.")
    if outcome.question.late:
        return verdict + " " + w._("Too late for points: the next question is here.")
    points = w.ngettext("+{count} point", "+{count} points", outcome.points)
    changed = left_over and outcome.totals.last_answered_on != outcome.question.local_date
    if changed or outcome.came_back or not with_streak:
        return f"{verdict} {points}"
    streak = w.ngettext("{count}-day streak", "{count}-day streak", outcome.totals.streak)
    return f"{verdict} {points} · 🔥 {streak}"


def _next_question(w: Words, outcome: AnswerOutcome, now: datetime) -> str:
    question = outcome.question
    if question.next_at is None or question.practice:
        return ""
    when = w.moment(question.next_at, question.zone, now)
    return w._("⏭ Next question: {when}").format(when=when)


def why(
    w: Words, item: Item, option: int, *, has_changed: bool = False, brief: bool = False
) -> str:
    """Returns why the key is correct, or what it is and why the chosen option is not.

    The latter is left out if the item `has_changed` since it was asked. The option is not named in
    a `brief` card, or a long one: Telegram marks it in the poll.
    """
    if option == 0:
        return explanation(item)
    correct = correct_answer(w, item)
    if has_changed or option >= len(item.options):
        return correct
    chosen = item.options[option]
    picked, reason = w._("You picked “{option}”.").format(option=chosen.text), chosen.why or ""
    if brief or len(item.key) + len(picked) + len(reason) > _ROOM_FOR_WHY:
        picked = ""
    return f"{correct}\n💡 {escape(f'{picked} {reason}'.strip())}"


def correct_answer(w: Words, item: Item) -> str:
    label = bold(w._("Right answer:"))
    return w._("{label} {text}").format(label=label, text=escape(item.key))


def explanation(item: Item) -> str:
    return f"💡 {escape(item.explanation)}"


def sources(w: Words, topic: Topic, item: Item, article_url: str = "") -> str:
    """Returns the paragraph that names the places in the article that the item rests on.

    With the article's address, each place that is on that page is a link to it.
    """
    places, beyond = dict[str, str](), dict[str, str]()
    for each in topic.cited(item):
        is_fact = each.kind is StatementKind.FACT
        names = (each.source or "").split("; ") if is_fact else [source(w, each)]
        is_linked = article_url and each.id in topic.published
        for name in map(escape, names):
            link = f'<a href="{escape(article_url)}#{each.id}">{name}</a>' if is_linked else name
            (beyond if is_fact else places).setdefault(name, link)
    # Facts often share a source, which is named once, whatever is added in brackets.
    kept = [
        link
        for name, link in beyond.items()
        if not any(name.startswith(f"{each} (") for each in beyond)
    ]
    listed = [*places.values()]
    if kept:
        listed.append(w._("Beyond the article: {source}").format(source="; ".join(kept)))
    label = bold(w._("Source:"))
    return f"📖 {label} {'; '.join(listed)}"


def _commands_to_read(w: Words, topic: Topic, item: Item) -> str:
    """Returns the commands that show the places in the article in the chat."""
    commands = [f"/read_{each.id}" for each in topic.cited(item) if each.id in topic.published]
    return w._("Read it: {commands}").format(commands=" ".join(commands)) if commands else ""


def statement(w: Words, topic: Topic, shown: Statement) -> Message:
    """In reply to /read_KP2: the statement, then the article's sources with their licences."""
    is_numbered = shown.kind in (StatementKind.KEY_POINT, StatementKind.FAQ)
    listed = [
        f'• <a href="{escape(each.url)}">{escape(each.title)}</a>'
        + (f" ({escape(each.licence)})" if each.licence else "")
        for each in topic.sources
    ]
    return message(
        f"📖 {bold(source(w, shown) if is_numbered else shown.title)}",
        folded(
            escape(shortened(shown.text, _MAX_STATEMENT)),
            w._("Source: {source}").format(source=escape(shown.source)) if shown.source else "",
        ),
        folded("\n".join([bold(w._("Read more:")), *listed])) if listed else "",
        disclaimer(topic.disclaimer),
    )


def source(w: Words, statement: Statement) -> str:
    """Returns the statement's place in the article: "Key point 2: Homocysteine metabolism".

    Of a fact beyond the article, returns who says so.
    """
    match statement.kind:
        case "KP":
            text = w._("Key point {number}: {title}")
        case "FAQ":
            text = w._("FAQ {number}: {title}")
        case "T":
            text = w._("Table: {title}")
        case "L":
            text = w._("List: {title}")
        case "F":
            return w._("Beyond the article: {source}").format(source=statement.source)
        case _:
            text = w._("Article: {title}")
    return text.format(number=statement.number, title=statement.title)


def nothing_to_read(w: Words) -> Message:
    """After /read_KP2 if the article has no such part, or not any more."""
    return message(w._("The article has no such part. /about tells you more about it."))


def resend_offer(w: Words, delivery_id: int, attempt: int) -> Message:
    """After /quiz, if Telegram did not confirm that the question arrived."""
    return message(
        w._("Telegram didn't say if your question arrived. Can't see it above? Tap the button."),
        rows=[[Button(w._("❓ Send me the question"), f"again:{delivery_id}:{attempt}")]],
    )


def question_above(w: Words) -> Message:
    """After /quiz, in reply to the question if it is in the chat and still open."""
    return message(w._("👆 Here's your question. It's still open."))


def no_question_today(w: Words, next_at: datetime | None, zone: str, now: datetime) -> Message:
    """After /quiz on a day without a question, before practice. `next_at` (UTC) may be None."""
    next_question = (
        w._("The next one comes {when}.").format(when=bold(w.moment(next_at, zone, now)))
        if next_at
        else words.none_planned(w)
    )
    return message(
        w._("🌴 No question today, and your streak is safe."),
        next_question + " " + w._("Here's one to practise:"),
    )


def practice_used_up(w: Words) -> Message:
    """After /quiz by somebody who has had all the practice that there is on one day."""
    return message(w._("🎓 Well done! That's all the practice for today. More tomorrow!"))


def question_on_its_way(w: Words) -> Message:
    """After /quiz, while the question is being sent."""
    return message(w._("Today's question is on its way."))


def question_closed(w: Words) -> Message:
    """After the button of an offer, if the question is no longer open."""
    return message(w._("That question is no longer open. /quiz brings today's."))


def reminder(w: Words, unanswered: Unanswered, now: datetime) -> Message:
    """In the evening, in reply to the question, so that a tap on the quote leads there.

    Its words change from day to day.
    """
    closes = w.moment(unanswered.closes_at, unanswered.zone, now)
    day = local_date(now, unanswered.zone).toordinal()
    if unanswered.streak > 1:
        lines = _streak_reminders(w, unanswered.streak)
    else:
        lines = (
            w._("🌙 Still time: today's question takes 20 seconds."),
            w._("🌙 Today's question is still open. One tap answers it."),
            w._("🌙 A minute to spare? Today's question needs less."),
        )
    return message(
        lines[day % len(lines)] + " " + w._("It closes {when}.").format(when=bold(closes)),
        rows=[
            [
                Button(w._("✍️ Answer now"), "quiz"),
                Button(w._("🔕 No more reminders"), "reminders:off"),
            ]
        ],
    )


def _streak_reminders(w: Words, streak: int) -> tuple[str, ...]:
    return (
        w.ngettext(
            "🌙 Still time: 20 seconds keeps your {count}-day streak.",
            "🌙 Still time: 20 seconds keeps your {count}-day streak.",
            streak,
        ),
        w.ngettext(
            "🌙 Today's question is still open. One tap keeps your {count}-day streak.",
            "🌙 Today's question is still open. One tap keeps your {count}-day streak.",
            streak,
        ),
        w.ngettext(
            "🌙 A minute to spare? Today's question keeps your {count}-day streak.",
            "🌙 A minute to spare? Today's question keeps your {count}-day streak.",
            streak,
        ),
    )


def reminder_setting(w: Words, zone: str, at: time | None, *, on: bool) -> Message:
    """In reply to /reminders. `at` is the local time, None if the question comes too late."""
    if not on:
        return message(
            w._("🔕 Reminders are off."),
            rows=[[Button(w._("🔔 Turn reminders on"), "reminders:on")]],
        )
    when = (
        w._("If you haven't answered by {time}, {zone}, I'll nudge you once.").format(
            time=bold(w.clock(at)), zone=escape(words.zone_time(w, zone))
        )
        if at
        else w._(
            "But none will come: your question arrives too late in the day. /time changes that."
        )
    )
    return message(
        w._("🔔 Reminders are on."),
        when,
        rows=[[Button(w._("🔕 Turn reminders off"), "reminders:off")]],
    )


def reminders_usage(w: Words) -> Message:
    """After /reminders with a word other than on or off."""
    return message(w._("Send /reminders on or /reminders off."))
