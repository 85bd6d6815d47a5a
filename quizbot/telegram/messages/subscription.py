"""Messages about a subscription: its start and end, its time, zone and alias."""

from collections.abc import Sequence
from datetime import datetime, time
from html import escape
from zoneinfo import ZoneInfo

from db.models import MAX_ALIAS_LENGTH, Subscriber
from questions import Topic
from quizbot.quiz import places, typed_times
from quizbot.telegram.messages import words
from quizbot.telegram.messages.markup import (
    Button,
    Message,
    Rows,
    bold,
    disclaimer,
    message,
    rows_of,
    shortened,
)
from quizbot.telegram.messages.words import Words


def introduction(w: Words, first_name: str, topic: Topic) -> Message:
    """In reply to a stranger's /start; nothing about them is stored yet."""
    return message(
        w._("👋 Hello {name}!").format(name=bold(first_name)),
        w._(
            "Once a day I send you one multiple-choice question. You vote, I tell you why, and "
            "day by day it sticks. There are points, streaks and a leaderboard."
        ),
        w._("📖 The topic: {topic}").format(topic=bold(topic.title)),
        disclaimer(topic.disclaimer),
        w._(
            "🔒 <b>What is stored:</b> your Telegram id, the alias on the leaderboard (a "
            "made-up one until you choose), language, time zone, time of day, the questions "
            "sent and your answers. No name, no phone number. /forget erases it all."
        ),
        rows=[[Button(w._("▶️ Start the daily question"), "begin")]],
    )


def subscribed(w: Words, subscriber: Subscriber, now: datetime) -> Message:
    """After the start button."""
    return message(
        w._("🎉 You are in."),
        next_question(w, subscriber, now),
        w._("On the leaderboard you are {alias}; /alias changes that.").format(
            alias=bold(subscriber.alias)
        ),
        rows=_first_steps(w),
    )


def welcome_back(w: Words, first_name: str, subscriber: Subscriber, now: datetime) -> Message:
    """In reply to /start by a subscriber, who is active again."""
    return message(
        w._("👋 Welcome back, {name}!").format(name=bold(first_name)),
        w.ngettext(
            "Everything is kept: you have {count} point.",
            "Everything is kept: you have {count} points.",
            subscriber.points,
        ),
        next_question(w, subscriber, now),
        rows=_first_steps(w),
    )


def next_question(w: Words, subscriber: Subscriber, now: datetime) -> str:
    """Returns when the next question comes, empty while none is planned."""
    if subscriber.next_due_at is None:
        return ""
    return w._("Your next question comes {when} ({zone}).").format(
        when=bold(w.moment(subscriber.next_due_at, subscriber.timezone, now)),
        zone=escape(subscriber.timezone),
    )


def _first_steps(w: Words) -> Rows:
    return [
        [Button(w._("❓ Today's question now"), "quiz")],
        [Button(w._("🕘 Another time"), "times"), Button(w._("🌍 Another zone"), "zones")],
    ]


def paused(w: Words) -> Message:
    """After /pause."""
    return message(
        w._("⏸ Paused. No more questions until you press Resume."),
        w._("Your points stay, and your streak is safe. Just a few days? Send /pause 3 days"),
        rows=[[Button(w._("▶️ Resume"), "resume")]],
    )


def paused_until(w: Words, subscriber: Subscriber, now: datetime) -> Message:
    """After /pause with a number of days or a day."""
    assert subscriber.next_due_at is not None  # noqa: S101  # an active subscriber has one
    return message(
        w._("⏸ Paused. Your next question comes {when}.").format(
            when=bold(w.moment(subscriber.next_due_at, subscriber.timezone, now))
        ),
        w._("Your points stay, and your streak is safe."),
        rows=[[Button(w._("▶️ Resume now"), "resume")]],
    )


def unknown_pause(w: Words, typed: str) -> Message:
    """After /pause with a text that is no pause."""
    return message(
        w._("I can't read “{typed}” as a pause.").format(typed=escape(shortened(typed))),
        w._(
            "Send it like this: /pause 3 days, or /pause until Monday. /pause alone stops the "
            "questions until you resume."
        ),
    )


def resumed(w: Words, subscriber: Subscriber, now: datetime) -> Message:
    """After /resume."""
    assert subscriber.next_due_at is not None  # noqa: S101  # an active subscriber has one
    return message(
        w._("▶️ Your next question comes {when} ({zone}).").format(
            when=bold(w.moment(subscriber.next_due_at, subscriber.timezone, now)),
            zone=escape(subscriber.timezone),
        ),
        rows=[[Button(w._("❓ Today's question now"), "quiz")]],
    )


def stopped(w: Words) -> Message:
    """After /stop."""
    return message(
        w._("👋 You've left the quiz, and I won't send you any more questions."),
        w._("Your score is kept in case you come back; /forget erases it."),
        rows=[[Button(w._("↩️ Undo"), "resume")]],
    )


def not_subscribed(w: Words) -> Message:
    """After a command that needs a subscription."""
    return message(w._("You are not part of the quiz yet. Send /start to join."))


def time_choices(w: Words, current: time) -> Message:
    """In reply to /time. `current` is when the questions come."""
    return message(
        w._("🕘 Your question comes at {time}.").format(time=bold(w.clock(current))),
        w._("Choose another time, or send it: /time 07:30"),
        rows=_time_rows(w, typed_times.COMMON_TIMES),
    )


def unknown_time(w: Words, typed: str) -> Message:
    """After /time with a text that is no time."""
    return message(
        w._("I can't read “{typed}” as a time.").format(typed=escape(shortened(typed))),
        w._("Try one of these, or send it like this: /time 07:30"),
        rows=_time_rows(w, typed_times.COMMON_TIMES),
    )


def _time_rows(w: Words, offered: Sequence[time]) -> Rows:
    return rows_of(4, [Button(w.clock(each), f"time:{each:%H:%M}") for each in offered])


def zone_choices(w: Words, current: str) -> Message:
    """In reply to /timezone. `current` is an IANA name."""
    return message(
        w._("🌍 Your clock is in {zone}.").format(zone=bold(current)),
        w._("Choose another zone, or send yours: /timezone Europe/Lisbon"),
        rows=_zone_rows(places.COMMON_ZONES),
    )


def unknown_zone(w: Words, typed: str, similar: Sequence[str]) -> Message:
    """After /timezone with a text that is no zone. `similar` are zones that may be meant."""
    told = (
        w._("Which one of these?")
        if similar
        else w._("I don't know “{typed}”. Send a large city near you: /timezone Lisbon").format(
            typed=escape(shortened(typed))
        )
    )
    return message(
        f"🌍 {told}",
        rows=_zone_rows(similar or places.COMMON_ZONES),
    )


def _zone_rows(offered: Sequence[str]) -> Rows:
    labels = zip(words.zone_labels(offered), offered, strict=True)
    buttons = [Button(label, f"zone:{zone}") for label, zone in labels]
    return rows_of(3 if len(offered) > 4 else 2, buttons)


def time_changed(w: Words, subscriber: Subscriber, now: datetime) -> Message:
    """After the time or the zone of the questions was changed."""
    at, zone, due = subscriber.question_time, subscriber.timezone, subscriber.next_due_at
    due_note = (
        w._("The next question comes {when}.").format(when=bold(w.moment(due, zone, now)))
        if due
        else w._("No question is planned: /resume starts them again.")
    )
    return message(
        w._("🕘 Set: {time}, {zone}.").format(time=bold(w.clock(at)), zone=bold(zone)),
        w._("There it is {time} now.").format(time=w.clock(now.astimezone(ZoneInfo(zone)).time())),
        due_note,
    )


def current_alias(w: Words, current: str) -> Message:
    """In reply to /alias."""
    return message(
        w._("🎭 On the leaderboard you are {alias}.").format(alias=bold(current)),
        w._("To change it, send for example: /alias Quiet Heron"),
    )


def alias_changed(w: Words, chosen: str) -> Message:
    """After /alias with a name."""
    return message(
        w._("🎭 From now on you are {alias} on the leaderboard.").format(alias=bold(chosen))
    )


def alias_refused(w: Words, reason: str) -> Message:
    """After an AliasError: why, and what to do."""
    sentences = {
        "letters": w._(
            "An alias needs at least three letters (two in Chinese, Japanese or Korean)."
        ),
        "long": w._("An alias has at most {count} characters; try a shorter one."),
        "hidden": w._("That alias has characters that cannot be seen; try it without them."),
        "link": w._("An alias cannot hold a link, an @ or a /; try it without."),
        "mixed": w._(
            "That alias mixes two alphabets in one word; write each word in one alphabet."
        ),
        "bot": w._("That alias looks like my own name; choose another."),
        "rude": w._("That alias could offend somebody; choose another."),
        "taken": w._("Somebody else goes by that alias, or one just like it; try another."),
    }
    return message(sentences[reason].format(count=w.number(MAX_ALIAS_LENGTH)))
