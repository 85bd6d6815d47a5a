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
            "Every day I ask you one question. You pick an answer, I tell you why, and bit by bit "
            "it sticks. Earn points, build a streak, and see how others do."
        ),
        w._("📖 Topic: {topic}").format(topic=bold(topic.title)),
        disclaimer(topic.disclaimer),
        w._(
            "🔒 <b>What I keep:</b> your Telegram id, an alias (made up, you can change it), your "
            "language, time zone and question time, your questions and your answers. Not your "
            "name, not your phone number. /privacy says more, /forget erases it all."
        ),
        rows=[[Button(w._("▶️ Start my daily question"), "begin")]],
    )


def subscribed(w: Words, subscriber: Subscriber, now: datetime, *, ready: bool) -> Message:
    """After the start button. `ready` is whether today's question can be answered now."""
    clock = w.clock(now.astimezone(ZoneInfo(subscriber.timezone)).time())
    return message(
        w._("🎉 You're in! Your first question is ready now, then daily at {time}.").format(
            time=bold(w.clock(subscriber.question_time))
        )
        if ready
        else w._("🎉 You're in!") + " " + next_question(w, subscriber, now),
        w._("Is it {clock} where you are? If not, tap 🌍.").format(clock=bold(clock)),
        w._("On the leaderboard you're {alias}. /alias changes that.").format(
            alias=bold(subscriber.alias)
        ),
        rows=_first_steps(w, ready),
    )


def welcome_back(
    w: Words, first_name: str, subscriber: Subscriber, now: datetime, *, ready: bool
) -> Message:
    """In reply to /start by a subscriber, who is active again; `ready` as in `subscribed`."""
    return message(
        w._("👋 Welcome back, {name}!").format(name=bold(first_name)),
        w.ngettext(
            "You still have your {count} point.",
            "You still have your {count} points.",
            subscriber.points,
        )
        if subscriber.points
        else "",
        next_question(w, subscriber, now),
        rows=_first_steps(w, ready),
    )


def next_question(
    w: Words, subscriber: Subscriber, now: datetime, *, is_first: bool = False
) -> str:
    """Returns when the next question comes, their first one ever if `is_first`.

    It is empty while none is planned.
    """
    if subscriber.next_due_at is None:
        return ""
    told = w._("Your next question comes {when}, {zone}.")
    if is_first:
        told = w._("Your first question comes {when}, {zone}.")
    return told.format(
        when=bold(w.moment(subscriber.next_due_at, subscriber.timezone, now)),
        zone=escape(words.zone_time(w, subscriber.timezone)),
    )


def _today_now(w: Words, ready: bool) -> Rows:
    """Returns the button for today's question, if it can be answered now."""
    return [[Button(w._("❓ Today's question now"), "quiz")]] if ready else []


def _first_steps(w: Words, ready: bool) -> Rows:
    settings = [Button(w._("🕘 Change time"), "times"), Button(w._("🌍 Change city"), "zones")]
    return [*_today_now(w, ready), settings]


def paused(w: Words, subscriber: Subscriber, closes_at: datetime | None, now: datetime) -> Message:
    """After /pause. `closes_at` is when today's question closes, if it is still to be answered."""
    return message(
        w._("⏸ Paused. I won't ask you anything until you tap Resume."),
        _kept(w, subscriber, closes_at, now),
        w._("Just a few days?"),
        rows=[_pauses(w), [Button(w._("▶️ Resume"), "resume")]],
    )


def _kept(w: Words, subscriber: Subscriber, closes_at: datetime | None, now: datetime) -> str:
    """Returns what a pause keeps. A question that is still open counts, also during a pause."""
    if closes_at is None or not subscriber.streak:
        return w._("Your points stay, and your streak is safe.")
    return w._(
        "Your points stay. For your streak, answer the open question: it closes {when}."
    ).format(when=bold(w.moment(closes_at, subscriber.timezone, now)))


def paused_until(
    w: Words, subscriber: Subscriber, closes_at: datetime | None, now: datetime
) -> Message:
    """After /pause with a number of days or a day; `closes_at` as in `paused`."""
    assert subscriber.next_due_at is not None  # noqa: S101  # an active subscriber has one
    return message(
        w._("⏸ Paused. Your next question comes {when}.").format(
            when=bold(w.moment(subscriber.next_due_at, subscriber.timezone, now))
        ),
        _kept(w, subscriber, closes_at, now),
        rows=[[Button(w._("▶️ Resume now"), "resume")]],
    )


def pause_choices(w: Words) -> Message:
    """In reply to somebody who says that they will be away."""
    return message(
        w._("🏖 Going away? I can pause. Your points stay, and your streak is safe."),
        w._("Pick how long, or tell me: pause until Monday"),
        rows=[_pauses(w)],
    )


def _pauses(w: Words) -> list[Button]:
    lengths = ((w._("3 days"), "3 days"), (w._("1 week"), "1 week"), (w._("2 weeks"), "2 weeks"))
    return [Button(f"⏸ {label}", f"pause:{length}") for label, length in lengths]


def unknown_pause(w: Words, typed: str) -> Message:
    """After /pause with a text that is not a pause."""
    return message(
        w._("I don't understand the pause “{typed}”.").format(typed=escape(shortened(typed))),
        w._(
            "Try /pause 3 days, or /pause until Monday. Just /pause stops your questions until you "
            "resume."
        ),
    )


def resumed(
    w: Words, subscriber: Subscriber, closes_at: datetime | None, now: datetime, *, ready: bool
) -> Message:
    """After /resume; `ready` as in `subscribed`, `closes_at` as in `paused`."""
    to_do = next_question(w, subscriber, now)
    if closes_at is not None:
        to_do = w._("Your question is still open: it closes {when}.").format(
            when=bold(w.moment(closes_at, subscriber.timezone, now))
        )
    return message(
        w._("▶️ You're back!") + " " + to_do,
        rows=_today_now(w, ready),
    )


def stopped(w: Words) -> Message:
    """After /stop."""
    return message(
        w._("👋 You've left the quiz. I won't send you any more questions."),
        w._("I keep your score in case you come back. /forget erases it."),
        rows=[[Button(w._("↩️ Undo"), "resume")]],
    )


def not_subscribed(w: Words) -> Message:
    """After a command that needs a subscription."""
    return message(w._("You haven't joined the quiz yet. Send /start to join."))


def time_choices(w: Words, current: time) -> Message:
    """In reply to /time. `current` is when the questions come."""
    return message(
        w._("🕘 Your question comes at {time}.").format(time=bold(w.clock(current))),
        w._("Pick another time, or send one: /time 07:30"),
        rows=_time_rows(w, typed_times.COMMON_TIMES),
    )


def unknown_time(w: Words, typed: str) -> Message:
    """After /time with a text that is not a time."""
    return message(
        w._("I don't understand the time “{typed}”.").format(typed=escape(shortened(typed))),
        w._("Pick one, or send it like this: /time 07:30"),
        rows=_time_rows(w, typed_times.COMMON_TIMES),
    )


def offered_time(w: Words, at: time) -> Message:
    """In reply to a time that was sent without a command."""
    clock = w.clock(at)
    return message(
        w._("🕘 Shall I send your question at {time}?").format(time=bold(clock)),
        rows=[[Button(w._("Yes, at {time}").format(time=clock), f"time:{at:%H:%M}")]],
    )


def offered_zones(w: Words, zones: Sequence[str]) -> Message:
    """In reply to a place that was sent without a command."""
    return message(w._("🌍 Is this where you are? Then tap it."), rows=_zone_rows(zones))


def _time_rows(w: Words, offered: Sequence[time]) -> Rows:
    return rows_of(4, [Button(w.clock(each), f"time:{each:%H:%M}") for each in offered])


def zone_choices(w: Words, current: str) -> Message:
    """In reply to /timezone. `current` is an IANA name."""
    return message(
        w._("🌍 You're on {zone}.").format(zone=bold(words.zone_time(w, current))),
        w._("Pick a city, or send one near you: /timezone Lisbon"),
        rows=_zone_rows(places.COMMON_ZONES),
    )


def unknown_zone(w: Words, typed: str, similar: Sequence[str]) -> Message:
    """After /timezone with a text that is not a zone. `similar` are zones that may be meant."""
    told = (
        w._("Which one do you mean?")
        if similar
        else w._("I don't know “{typed}”. Send a big city near you: /timezone Lisbon").format(
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
    return message(
        w._("🕘 Done: {time} {zone} (now {clock}).").format(
            time=bold(w.clock(at)),
            zone=escape(words.zone_time(w, zone)),
            clock=w.clock(now.astimezone(ZoneInfo(zone)).time()),
        ),
        w._("Your next question comes {when}.").format(when=bold(w.moment(due, zone, now)))
        if due
        else words.none_planned(w),
    )


def current_alias(w: Words, current: str) -> Message:
    """In reply to /alias."""
    return message(
        w._("🎭 On the leaderboard you're {alias}.").format(alias=bold(current)),
        w._("Want another name? Send it like this: /alias Quiet Heron"),
    )


def alias_changed(w: Words, chosen: str) -> Message:
    """After /alias with a name."""
    return message(
        w._("🎭 Done: on the leaderboard you're now {alias}.").format(alias=bold(chosen))
    )


def alias_refused(w: Words, reason: str) -> Message:
    """After an AliasError: why, and what to do."""
    sentences = {
        "letters": w._("Use at least three letters (two in Chinese, Japanese or Korean)."),
        "long": w._("That's too long. Use at most {count} characters."),
        "hidden": w._("That alias has characters nobody can see. Try it without them."),
        "link": w._("An alias can't contain a link, an @ or a /. Try it without."),
        "mixed": w._("That alias mixes two alphabets in one word. Use just one."),
        "bot": w._("That alias looks like my own name. Try another."),
        "rude": w._("That alias could hurt somebody. Try another."),
        "taken": w._("Somebody has that alias, or one just like it. Try another."),
    }
    return message(sentences[reason].format(count=w.number(MAX_ALIAS_LENGTH)))
