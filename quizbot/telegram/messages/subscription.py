"""Coming, going and coming back."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from db.models import MAX_ALIAS_LENGTH, Subscriber
from quizbot.quiz.people import local_time
from quizbot.telegram.messages.markup import Button, Message, bold, escape, lines, rows_of
from quizbot.telegram.messages.words import Words


@dataclass(frozen=True)
class Schedule:
    """When the next question comes, for whom: `zone` is an IANA name, `at` a moment."""

    at: datetime
    zone: str


def introduction(w: Words, first_name: str, topic_title: str, disclaimer: str) -> Message:
    """What this is, before anything is kept."""
    _ = w._
    return Message(
        lines(
            _("👋 Hello {name}!").format(name=bold(first_name)),
            _(
                "Once a day I send you one multiple-choice question. You vote, I tell you why, and "
                "day by day it sticks. There are points, streaks and a leaderboard."
            ),
            _("📖 The topic: {topic}").format(topic=bold(topic_title)),
            f"⚕️ <i>{escape(disclaimer)}</i>",
            _(
                "🔒 <b>What is stored:</b> your Telegram id, the alias on the leaderboard (a "
                "made-up one until you choose), language, time zone, time of day, the questions "
                "sent and your answers. No name, no phone number. /forget erases it all."
            ),
        ),
        [[Button(_("▶️ Start the daily question"), "begin")]],
    )


def begun(w: Words, alias: str, schedule: Schedule, now: datetime) -> Message:
    """The subscription stands; what can be done next."""
    _ = w._
    return Message(
        lines(
            _("🎉 You are in."),
            _("Your next question comes {when} ({zone}).").format(
                when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
            ),
            _("On the leaderboard you are {alias}; /alias changes that.").format(alias=bold(alias)),
        ),
        _first_steps(w),
    )


def welcome_back(
    w: Words, first_name: str, points: int, schedule: Schedule, now: datetime
) -> Message:
    """To a subscriber who starts again: everything was kept."""
    _ = w._
    return Message(
        lines(
            _("👋 Welcome back, {name}!").format(name=bold(first_name)),
            w.ngettext(
                "Everything is kept: you have {count} point.",
                "Everything is kept: you have {count} points.",
                points,
            ),
            _("Your next question comes {when} ({zone}).").format(
                when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
            ),
        ),
        _first_steps(w),
    )


def _first_steps(w: Words) -> list[list[Button]]:
    _ = w._
    return [
        [Button(_("❓ Today's question now"), "quiz")],
        [Button(_("🕘 Another time"), "times"), Button(_("🌍 Another zone"), "zones")],
    ]


def paused(w: Words) -> Message:
    _ = w._
    return Message(
        lines(
            _("⏸ Paused. No questions come until you press the button or send /resume."),
            _("Your points stay, and a pause does not break your streak."),
        ),
        [[Button(_("▶️ Resume"), "resume")]],
    )


def resumed(w: Words, schedule: Schedule, now: datetime) -> Message:
    return Message(
        w._("▶️ Your next question comes {when} ({zone}).").format(
            when=bold(w.moment(schedule.at, schedule.zone, now)), zone=escape(schedule.zone)
        ),
        [[Button(w._("❓ Today's question now"), "quiz")]],
    )


def stopped(w: Words) -> Message:
    return Message(
        w._(
            "👋 You have left the quiz, and nothing more will be sent. Your score is kept in case "
            "you return with /start; /forget erases it."
        )
    )


def not_subscribed(w: Words) -> Message:
    """To somebody whose command needs a subscription."""
    return Message(w._("You are not part of the quiz yet. Send /start to join."))


def times(w: Words, current: time) -> Message:
    _ = w._
    return Message(
        lines(
            _("🕘 Your question comes at {time}.").format(time=bold(w.clock(current))),
            _("Choose another time, or send it: /time 07:30"),
        ),
        _time_rows(w, local_time.COMMON_TIMES),
    )


def no_such_time(w: Words, typed: str, meant: Sequence[time]) -> Message:
    _ = w._
    hint = _("Did you mean one of these?") if meant else _("Use hours and minutes: /time 07:30")
    return Message(
        lines(
            _("“{typed}” is not a time I know.").format(typed=escape(_short(typed))),
            hint,
        ),
        _time_rows(w, meant or local_time.COMMON_TIMES),
    )


def _time_rows(w: Words, offered: Sequence[time]) -> list[list[Button]]:
    return rows_of(4, [Button(w.clock(each), f"time:{each:%H:%M}") for each in offered])


def zones(w: Words, current: str) -> Message:
    _ = w._
    return Message(
        lines(
            _("🌍 Your clock is in {zone}.").format(zone=bold(current)),
            _("Choose another zone, or send yours: /timezone Europe/Lisbon"),
        ),
        _zone_rows(local_time.COMMON_ZONES),
    )


def no_such_zone(w: Words, typed: str, meant: Sequence[str]) -> Message:
    _ = w._
    hint = (
        _("Did you mean one of these?")
        if meant
        else _("Send the area and a large city near you: /timezone Europe/Lisbon")
    )
    return Message(
        lines(
            _("“{typed}” is not a time zone I know.").format(typed=escape(_short(typed))),
            hint,
        ),
        _zone_rows(meant or local_time.COMMON_ZONES),
    )


def _zone_rows(offered: Sequence[str]) -> list[list[Button]]:
    cities = [_city(zone) for zone in offered]
    buttons = [
        Button(city if cities.count(city) == 1 else zone, f"zone:{zone}")
        for zone, city in zip(offered, cities, strict=True)
    ]
    return rows_of(3 if len(offered) > 4 else 2, buttons)


def _city(zone: str) -> str:
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def scheduled(w: Words, subscriber: Subscriber, now: datetime) -> Message:
    """After a change of time or zone."""
    _ = w._
    at, zone, due = subscriber.question_time, subscriber.timezone, subscriber.next_due_at
    following = (
        _("The next question comes {when}.").format(when=bold(w.moment(due, zone, now)))
        if due
        else _("No question is planned: /resume starts them again.")
    )
    return Message(
        lines(
            _("🕘 Set: {time}, {zone}.").format(time=bold(w.clock(at)), zone=bold(zone)),
            _("There it is {time} now.").format(
                time=w.clock(now.astimezone(ZoneInfo(zone)).time())
            ),
            following,
        )
    )


def alias(w: Words, current: str) -> Message:
    _ = w._
    return Message(
        lines(
            _("🎭 On the leaderboard you are {alias}.").format(alias=bold(current)),
            _("To change it, send for example: /alias Quiet Heron"),
        )
    )


def alias_set(w: Words, chosen: str) -> Message:
    return Message(
        w._("🎭 From now on you are {alias} on the leaderboard.").format(alias=bold(chosen))
    )


def alias_refused(w: Words, reason: str) -> Message:
    _ = w._
    sentences = {
        "empty": _("An alias needs at least one letter, number or emoji."),
        "long": _("An alias has at most {count} characters; try a shorter one."),
        "hidden": _("That alias has characters that cannot be seen; try it without them."),
        "link": _("An alias cannot hold a link, an @ or a /; try it without."),
        "taken": _("Somebody else goes by that alias, or one just like it; try another."),
    }
    return Message(sentences[reason].format(count=w.number(MAX_ALIAS_LENGTH)))


def _short(typed: str) -> str:
    return typed if len(typed) <= 40 else typed[:39] + "…"
