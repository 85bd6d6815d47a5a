"""Challenges: the link, the friend's question and card, and who was right."""

from datetime import date
from html import escape
from urllib.parse import urlencode

from db.challenges import ChallengeAnswer
from questions import Item, Topic
from quizbot.quiz.challenges import MAX_FRIENDS, Comparison
from quizbot.telegram.messages.markup import (
    AnyButton,
    Button,
    LinkButton,
    Message,
    bold,
    disclaimer,
    folded,
    message,
    rows_of,
)
from quizbot.telegram.messages.questions import explanation, sources
from quizbot.telegram.messages.words import Words

_LETTERS = "ABCDEFGHIJKL"  # a poll has 12 options at most


def link(w: Words, url: str, delivery_id: int, agrees: bool | None) -> Message:
    """In reply to /challenge. `agrees` is whether both may hear who was right; None: not asked."""
    share = urlencode({"url": url, "text": w._("Can you get today's health question?")})
    rows: list[list[AnyButton]] = [
        [LinkButton(w._("📤 Send to a friend"), f"https://t.me/share/url?{share}")]
    ]
    told = {
        None: w._("May I tell you both who was right? Only if your friend agrees too."),
        True: w._("👍 When a friend agrees too, I'll tell you both who was right."),
        False: w._("👍 I won't tell who was right."),
    }[agrees]
    if agrees is None:
        both = Button(w._("✅ Yes, tell us"), f"both:{delivery_id}:yes")
        rows.append([both, Button(w._("No"), f"both:{delivery_id}:no")])
    return message(
        w._("⚔️ Challenge a friend with today's question!"),
        escape(url),
        w._(
            "The link works for 7 days, for up to {count} friends. It doesn't give the answer "
            "away, and there are no points to win or lose."
        ).format(count=w.number(MAX_FRIENDS)),
        told,
        rows=rows,
    )


def no_question_yet(w: Words) -> Message:
    """In reply to /challenge on a day without a question so far."""
    return message(
        w._("You have no question to share today. Get one, then send /challenge."),
        rows=[[Button(w._("❓ Ask me one"), "quiz")]],
    )


def own_link(w: Words) -> Message:
    """After one's own link was opened."""
    return message(w._("😊 That's your own challenge. Send the link to a friend!"))


def over(w: Words, *, subscribes: bool) -> Message:
    """After a link that is unknown, too old, or to a question that has changed."""
    return message(
        w._("This challenge is over: its link works for 7 days. Want your own question?"),
        rows=_own_question(w, subscribes=subscribes),
    )


def full(w: Words, *, subscribes: bool) -> Message:
    """After a link that enough friends have opened."""
    return message(
        w._("{count} friends have already taken this challenge. Want your own question?").format(
            count=w.number(MAX_FRIENDS)
        ),
        rows=_own_question(w, subscribes=subscribes),
    )


def _own_question(w: Words, *, subscribes: bool) -> list[list[Button]]:
    if subscribes:
        return [[Button(w._("❓ Ask me one"), "quiz")]]
    return [[Button(w._("🚀 Get a question every day"), "begin")]]


def same_question(w: Words) -> Message:
    """To a subscriber whose own question of today is the challenge, as long as it is open."""
    return message(
        w._("🤝 You have the same question today. Answer it first, then open this link again."),
        rows=[[Button(w._("✍️ Answer it"), "quiz")]],
    )


def question(w: Words, item: Item, given: ChallengeAnswer, kept_until: date) -> Message:
    """The challenge: letters to press below the options, in the friend's order."""
    letters = (
        Button(_LETTERS[at], f"dare:{given.id}:{at}") for at in range(len(given.option_order))
    )
    return message(
        w._("⚔️ A friend challenges you!"),
        *_asked(item, given),
        "<i>" + w._("For learning only, not medical advice.") + "</i>",
        "<i>"
        + w._(
            "I keep your Telegram id and your answer until {day}, then I delete them. /privacy"
        ).format(day=w.short_day(kept_until))
        + "</i>",
        rows=rows_of(4, letters),
    )


def _asked(item: Item, given: ChallengeAnswer) -> list[str]:
    """Returns the question and its options; once answered, the key and the answer are marked."""
    marks = {} if given.option is None else {given.option: " ❌", 0: " ✅"}
    places = map(int, given.option_order)
    listed = [
        f"{bold(_LETTERS[at])}. {escape(item.options[place].text)}{marks.get(place, '')}"
        for at, place in enumerate(places)
    ]
    picture = escape(item.picture_text or "")
    if picture:  # what it shows shows when it is tapped, until the question is answered
        picture = (
            f"🖼 <tg-spoiler>{picture}</tg-spoiler>" if given.option is None else f"🖼 {picture}"
        )
    return [bold(item.stem), picture, "\n".join(listed)]


def card(
    w: Words,
    item: Item,
    topic: Topic,
    given: ChallengeAnswer,
    *,
    challenger_agrees: bool | None,
    subscribes: bool,
    article_url: str = "",
) -> Message:
    """In place of the question once it is answered: a subscriber's card, without points."""
    assert given.option is not None  # noqa: S101
    correct = given.option == 0
    reason = item.options[given.option].why if given.option < len(item.options) else None
    asks = challenger_agrees is not False and given.agrees is None
    rows: list[list[AnyButton]] = []
    if asks:
        tell = Button(w._("✅ Yes, tell us"), f"tell:{given.id}:yes")
        rows.append([tell, Button(w._("No"), f"tell:{given.id}:no")])
    return message(
        *_asked(item, given),
        w._("✅ <b>Right!</b>") if correct else w._("❌ <b>Not quite.</b>"),
        f"💡 {escape(reason)}" if reason else explanation(item),
        "<i>" + w._("For learning only, not medical advice.") + "</i>",
        folded(
            escape(item.more or ""),
            explanation(item) if reason else "",
            sources(w, topic, item, article_url),
            disclaimer(topic.disclaimer),
        ),
        _consent(w, given.agrees, challenger_agrees, asks=asks),
        rows=[*rows, *_own_question(w, subscribes=subscribes)],
    )


def _consent(w: Words, agrees: bool | None, challenger_agrees: bool | None, *, asks: bool) -> str:
    if asks and challenger_agrees:
        return w._("Your friend has agreed. May I tell you both who was right?")
    if asks:
        return w._("May I tell you and your friend who was right? Only if your friend agrees too.")
    if agrees and challenger_agrees:
        return w._("👍 You both agreed, so you'll both hear who was right.")
    if agrees:
        return w._("👍 If your friend agrees too, I'll tell you both who was right.")
    return w._("👍 I won't tell who was right.") if agrees is False else ""


def comparison(w: Words, compared: Comparison, stem: str) -> Message:
    """To the friend and to the challenger, if both agreed: who was right."""
    mine, theirs = compared.friend_correct, compared.challenger_correct
    you, friend = (mine, theirs) if compared.to_friend else (theirs, mine)
    return message(
        w._("⚔️ The challenge: who was right?"),
        f"<i>{escape(stem)}</i>",
        w._("You: {result}").format(result=_result(w, you))
        + "\n"
        + w._("Your friend: {result}").format(result=_result(w, friend)),
    )


def _result(w: Words, correct: bool | None) -> str:
    if correct is None:
        return w._("no answer")
    return w._("✅ right") if correct else w._("❌ not quite")
