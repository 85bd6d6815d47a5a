"""When the day's question is due: local wall time turned into moments. Pure.

Zones are IANA names; moments are aware and in UTC. A local time that a change of clocks skips
counts as the first valid minute after it (where the gap ends the date, the last one before it);
one that occurs twice counts the first time. So every local date has exactly one due moment.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

# A question whose moment passed a little while ago still belongs to its date: without this, one
# due at 23:59 would be lost to a bot that is busy for a minute.
GRACE = timedelta(hours=1)

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Due:
    """The question of `local_date`, due at `at` (UTC)."""

    local_date: date
    at: datetime


def local_date(moment: datetime, zone: str) -> date:
    """The date on the wall calendar in the zone at that moment."""
    return moment.astimezone(ZoneInfo(zone)).date()


def moment_of(day: date, at: time, zone: str) -> datetime | None:
    """The moment (UTC) of a local date and time; None if the zone skips the whole date."""
    wall = datetime.combine(day, at)
    return _first_valid(wall, _MINUTE, zone) or _first_valid(wall, -_MINUTE, zone)


def _first_valid(wall: datetime, step: timedelta, zone: str) -> datetime | None:
    """The moment of the first wall time from here on, by steps, that its date really has."""
    info, day = ZoneInfo(zone), wall.date()
    while wall.date() == day:
        moment = wall.replace(tzinfo=info).astimezone(UTC)
        if moment.astimezone(info).replace(tzinfo=None) == wall:
            return moment
        wall += step
    return None


def next_due(now: datetime, zone: str, at: time, last: date | None) -> Due:
    """The first due moment after `now` on a local date after `last` (the last date served)."""
    day = local_date(now, zone)
    if last is not None and last >= day:
        day = last + _DAY
    while True:
        moment = moment_of(day, at, zone)
        if moment is not None and moment > now:
            return Due(day, moment)
        day += _DAY


def date_to_serve(due_at: datetime, now: datetime, zone: str, at: time) -> date | None:
    """Which date's question to send now for a due moment that has come; None: none any more.

    Today's is sent however late; yesterday's only within GRACE.
    """
    today = local_date(now, zone)
    if now - due_at <= GRACE:
        return local_date(due_at, zone)
    moment = moment_of(today, at, zone)
    return today if moment is not None and moment <= now else None
