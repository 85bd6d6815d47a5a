"""The question as a quiz poll, and the card that answers a vote."""

from dataclasses import dataclass
from datetime import datetime, time

from questions import Item, Option, Topic
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.answers.recording import AnswerOutcome
from quizbot.quiz.delivery.outcomes import Outgoing
from quizbot.quiz.delivery.reminders import Unanswered
from quizbot.telegram.messages.markup import Button, Message, bold, escape, lines
from quizbot.telegram.messages.words import Words

# Above a question there is room for so many corrections of one item (sendPoll, description: 1024).
_TOLD_AT_ONCE = 2


@dataclass(frozen=True)
class QuizPoll:
    """A quiz poll, as sendPoll takes it. `closes_at` is when Telegram closes it by itself."""

    question: str
    options: list[str]
    correct_position: int
    explanation: str
    description: str | None
    closes_at: datetime


def question_poll(w: Words, outgoing: Outgoing, item: Item, topic: Topic) -> QuizPoll:
    """The item with its options in the delivery's order, below a correction if one is due.

    The explanation must do without the card (Telegram shows it at once, even while the bot is
    down), so it carries a short disclaimer of its own.
    """
    note = w._("Practice: it changes neither points nor streak.") if outgoing.practice else None
    description = _correction(w, outgoing.correction, topic) or note
    return quiz_poll(w, item, outgoing.option_order, outgoing.closes_at, description)


def quiz_poll(
    w: Words, item: Item, option_order: str, closes_at: datetime, description: str | None = None
) -> QuizPoll:
    """The item with its options in that order: a digit each, the option's place in the bank."""
    order = [int(place) for place in option_order]
    return QuizPoll(
        question=item.stem,
        options=[item.options[place].text for place in order],
        correct_position=order.index(0),
        explanation=f"{item.explanation} {w._('Not medical advice.')}",
        description=description,
        closes_at=closes_at,
    )


def _correction(w: Words, correction: ItemCorrection | None, topic: Topic) -> str | None:
    """What was taught earlier and is taught otherwise now, as plain text."""
    item = topic.item(correction.item_id) if correction else None
    if item is None or correction is None:
        return None
    _ = w._
    changes = [
        each
        for each in item.changes
        if correction.learned_revision < each.revision <= correction.revision
    ]
    told = " ".join([each.tell for each in changes if each.tell][-_TOLD_AT_ONCE:])
    if correction.withdrawn:
        heading = _("✏️ Withdrawn: a question that you answered, “{stem}”")
        told = told or _("Please do not rely on what it taught.")
    else:
        heading = _("✏️ Corrected: a question that you answered, “{stem}”")
        told = told or _("It teaches now: {lesson}").format(lesson=item.explanation)
    rekeyed = any(each.rekeyed for each in changes)
    again = _("Answers that counted have been scored anew.") if rekeyed else ""
    return "\n".join(filter(None, (heading.format(stem=item.stem), told, again)))


def answer_card(w: Words, outcome: AnswerOutcome, topic: Topic, now: datetime) -> Message:
    """Verdict, points, streak, explanation, why not, source, disclaimer, what comes next."""
    _ = w._
    item = topic.item(outcome.question.item_id)
    return Message(
        lines(
            _verdict(w, outcome),
            _what_became_of_the_streak(w, outcome),
            *(_lesson(w, outcome, item, topic) if item else []),
            f"⚕️ <i>{escape(topic.disclaimer)}</i>",
            _next_question(w, outcome, now),
        ),
        [
            [
                Button(_("📊 My score"), "score"),
                Button(_("🏆 Leaderboard"), "leaderboard"),
            ]
        ],
    )


def _verdict(w: Words, outcome: AnswerOutcome) -> str:
    _ = w._
    verdict = _("✅ <b>Right!</b>") if outcome.correct else _("❌ <b>Not quite.</b>")
    if outcome.question.practice:
        return verdict + " " + _("Practice: your score stays as it is.")
    if outcome.question.late:
        return verdict + " " + _("The next question came first, so this one earns no points.")
    points = w.ngettext("+{count} point", "+{count} points", outcome.points)
    streak = w.ngettext("streak {count} day", "streak {count} days", outcome.totals.streak)
    return f"{verdict} {points} · 🔥 {streak}"


def _what_became_of_the_streak(w: Words, outcome: AnswerOutcome) -> str:
    """Said whenever a streak was saved, lost, or earned a freeze."""
    _, before, after = w._, outcome.question.totals, outcome.totals
    if not outcome.question.counts:
        return ""
    goes_on = after.streak > 1
    said = []
    if outcome.unanswered and goes_on:
        said.append(
            w.ngettext(
                "❄️ {count} missed question took a freeze, so your streak goes on.",
                "❄️ {count} missed questions took a freeze each, so your streak goes on.",
                outcome.unanswered,
            )
        )
    elif outcome.unanswered and before.streak > 1:
        said.append(_ended(w, outcome))
    elif outcome.question.days_between and goes_on:
        said.append(_("⏸ Days without a question did not break your streak."))
    if goes_on and after.freezes > before.freezes - outcome.unanswered:
        said.append(
            _(
                "❄️ {days} days in a row: you earned a freeze. It saves your streak by itself when "
                "you miss a question. You have {count}."
            ).format(days=w.number(after.streak), count=w.number(after.freezes))
        )
    elif outcome.unanswered and goes_on:
        said.append(w.ngettext("{count} freeze left.", "{count} freezes left.", after.freezes))
    return " ".join(said)


def _ended(w: Words, outcome: AnswerOutcome) -> str:
    """Why a streak did not go on."""
    if not outcome.question.totals.freezes:
        return w.ngettext(
            "Your streak of {count} day ended: a question was missed, and there was no freeze to "
            "save it (7 days in a row earn one). A new one begins.",
            "Your streak of {count} days ended: a question was missed, and there was no freeze to "
            "save it (7 days in a row earn one). A new one begins.",
            outcome.question.totals.streak,
        )
    return w.ngettext(
        "Your streak of {count} day ended: more questions were missed than you had freezes. "
        "A new one begins.",
        "Your streak of {count} days ended: more questions were missed than you had freezes. "
        "A new one begins.",
        outcome.question.totals.streak,
    )


def _next_question(w: Words, outcome: AnswerOutcome, now: datetime) -> str:
    question = outcome.question
    if question.next_at is None or question.practice:
        return ""
    when = w.moment(question.next_at, question.zone, now)
    return w._("⏭ Next question {when}").format(when=when)


def _lesson(w: Words, outcome: AnswerOutcome, item: Item, topic: Topic) -> list[str]:
    _ = w._
    why_not = ""
    if not outcome.correct:
        same_revision = outcome.question.item_revision == item.revision
        as_asked = same_revision and outcome.option < len(item.options)
        chosen = item.options[outcome.option] if as_asked else None
        why_not = _chosen_and_right(w, chosen, item.key)
    sources = "; ".join(escape(source(w, topic, claim_id)) for claim_id in item.cites)
    return [
        why_not,
        f"💡 {escape(item.explanation)}",
        escape(item.more or ""),
        f"📖 {bold(_('Source:'))} {sources}",
    ]


def _chosen_and_right(w: Words, chosen: Option | None, key: str) -> str:
    """`chosen` is None where the bank has other words for it by now."""
    _ = w._
    right = _("{label} {text}").format(label=bold(_("Right answer:")), text=escape(key))
    if chosen is None:
        return right
    taken = _("{label} {text}").format(label=bold(_("Your answer:")), text=escape(chosen.text))
    return "\n".join([right, taken, f"↳ {escape(chosen.why or '')}"])


def source(w: Words, topic: Topic, claim_id: str) -> str:
    """Where a claim stands in the article: "Key point 2: Homocysteine metabolism"."""
    _ = w._
    claim = topic.statements[claim_id]
    match claim.kind:
        case "KP":
            return _("Key point {number}: {title}").format(number=claim.number, title=claim.title)
        case "FAQ":
            return _("FAQ {number}: {title}").format(number=claim.number, title=claim.title)
        case "T":
            return _("Table: {title}").format(title=claim.title)
        case "L":
            return _("List: {title}").format(title=claim.title)
        case _:
            return _("Article: {title}").format(title=claim.title)


def offer_again(w: Words, delivery_id: int, attempt: int) -> Message:
    """When nobody knows whether a question arrived."""
    return Message(
        w._(
            "Telegram did not confirm your question. If you cannot see it above, press the button."
        ),
        [[Button(w._("❓ Send me the question"), f"again:{delivery_id}:{attempt}")]],
    )


def already_there(w: Words) -> Message:
    """In reply to the open question, for somebody who asks for another."""
    return Message(w._("👆 Here is your question: it is still open."))


def no_question_today(w: Words, next_at: datetime | None, zone: str, now: datetime) -> Message:
    """Before practice, on a day without a question; `next_at` is None where none is planned."""
    _ = w._
    following = (
        _("The next one comes {when}.").format(when=bold(w.moment(next_at, zone, now)))
        if next_at
        else _("None is planned: /resume starts them again.")
    )
    return Message(
        lines(
            _("🌴 There is no question today, and that breaks no streak."),
            following + " " + _("Here is one to practise:"),
        )
    )


def on_its_way(w: Words) -> Message:
    return Message(w._("Today's question is on its way to you."))


def no_longer(w: Words) -> Message:
    """After a button that offers a question whose time has passed."""
    return Message(w._("That question is no longer open. /quiz brings today's."))


def reminder(w: Words, unanswered: Unanswered, now: datetime) -> Message:
    """In reply to the question, so that a tap on it leads there."""
    _ = w._
    until = w.moment(unanswered.closes_at, unanswered.zone, now)
    return Message(
        _("🌙 Today's question is still open, until {when}.").format(when=bold(until)),
        [[Button(_("🔕 No more reminders"), "reminders:off")]],
    )


def reminders(w: Words, zone: str, at: time | None, *, on: bool) -> Message:
    """Whether they are on. `at` is the local time, None where the question comes too late."""
    _ = w._
    if not on:
        return Message(
            _("🔕 Reminders are off. /reminders on brings them back."),
            [[Button(_("🔔 Switch reminders on"), "reminders:on")]],
        )
    when = (
        _(
            "While the day's question is unanswered, one note comes in the evening, at {time} "
            "({zone})."
        ).format(time=bold(w.clock(at)), zone=escape(zone))
        if at
        else _(
            "But none comes: your question comes too late in the day for one. /time changes that."
        )
    )
    return Message(
        lines(_("🔔 Reminders are on."), when),
        [[Button(_("🔕 No more reminders"), "reminders:off")]],
    )


def on_or_off(w: Words) -> Message:
    """After /reminders with anything else behind it."""
    return Message(w._("Send /reminders on or /reminders off."))
