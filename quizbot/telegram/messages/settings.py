"""Time, zone and alias: asking, confirming, and helping after a near miss."""

from collections.abc import Sequence
from datetime import datetime, time
from zoneinfo import ZoneInfo

from db.models import Subscriber
from quizbot.quiz import aliases, clock_time, timezones
from quizbot.telegram.messages.message import Button, Message, bold, escape, lines, rows_of
from quizbot.telegram.words import Words


def times(w: Words, current: time) -> Message:
    _ = w._
    return Message(
        lines(
            _("🕘 Your question comes at {time}.").format(time=bold(w.clock(current))),
            _("Choose another time, or send it: /time 07:30"),
        ),
        _time_rows(w, clock_time.COMMON),
    )


def no_such_time(w: Words, typed: str, meant: Sequence[time]) -> Message:
    _ = w._
    hint = _("Did you mean one of these?") if meant else _("Use hours and minutes: /time 07:30")
    return Message(
        lines(
            _("“{typed}” is not a time I know.").format(typed=escape(_short(typed))),
            hint,
        ),
        _time_rows(w, meant or clock_time.COMMON),
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
        _zone_rows(timezones.COMMON),
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
        _zone_rows(meant or timezones.COMMON),
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
    return Message(sentences[reason].format(count=w.number(aliases.LONGEST)))


def _short(typed: str) -> str:
    return typed if len(typed) <= 40 else typed[:39] + "…"
