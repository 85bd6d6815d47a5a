"""When the day's question is due: local wall time turned into moments. Pure.

Zones are IANA names; moments are aware and in UTC. A local time that a change of clocks skips
counts as the first valid minute after it (where the gap ends the date, the last one before it);
one that occurs twice counts the first time. So every local date has exactly one due moment.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
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


@cache
def zone_info(name: str) -> ZoneInfo:
    """The zone's rules. Raises ZoneInfoNotFoundError for one that the machine does not know.

    Kept, because ZoneInfo keeps the eight used last and reads all others from disk each time.
    """
    return ZoneInfo(name)


def local_date(moment: datetime, zone: str) -> date:
    """The date on the wall calendar in the zone at that moment."""
    return moment.astimezone(zone_info(zone)).date()


def moment_of(day: date, at: time, zone: str) -> datetime | None:
    """The moment (UTC) of a local date and time; None if the zone skips the whole date."""
    wall = datetime.combine(day, at, zone_info(zone))
    moment = wall.astimezone(UTC)
    if _is_wall(wall, moment):
        return moment
    return _first_valid(wall, _MINUTE) or _first_valid(wall, -_MINUTE)


def _is_wall(wall: datetime, moment: datetime) -> bool:
    """Whether the clocks at the moment show this: if not, it lies in a gap."""
    # Aware times of one zone are compared by what their clocks show.
    return moment.astimezone(wall.tzinfo) == wall


def _first_valid(wall: datetime, step: timedelta) -> datetime | None:
    """The moment of the first wall time from here on, by steps, that its date really has."""
    day = wall.date()
    while wall.date() == day:
        if _is_wall(wall, moment := wall.astimezone(UTC)):
            return moment
        wall += step
    return None


def next_due(
    now: datetime,
    zone: str,
    at: time,
    last: date | None,
    asks: Callable[[date], bool] = lambda day: True,
) -> Due:
    """The first due moment after `now` on a local date after `last` (the last date served).

    `asks` tells which dates have a question; there must be one to come.
    """
    day = local_date(now, zone)
    if last is not None and last >= day:
        day = last + _DAY
    while True:
        moment = moment_of(day, at, zone) if asks(day) else None
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
