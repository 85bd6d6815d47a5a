"""When the day's question is due: local wall time turned into moments. Pure.

Zones are IANA names; moments are aware and in UTC. A local time that a change of clocks skips
counts as the first valid minute after it (where the gap ends the date, the last one before it);
one that occurs twice counts the first time. So every local date has exactly one due moment.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ALL_WEEKDAYS, Enrolment, Holiday, Programme

# A question whose moment passed a little while ago still belongs to its date: without this, one
# due at 23:59 would be lost to a bot that is busy for a minute.
GRACE_PERIOD = timedelta(hours=1)

_MINUTE = timedelta(minutes=1)
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class DueQuestion:
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


def utc_moment(day: date, at: time, zone: str) -> datetime | None:
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
) -> DueQuestion:
    """The first due moment after `now` on a local date after `last` (the last date served).

    `asks` tells which dates have a question; there must be one to come.
    """
    day = local_date(now, zone)
    if last is not None and last >= day:
        day = last + _DAY
    while True:
        moment = utc_moment(day, at, zone) if asks(day) else None
        if moment is not None and moment > now:
            return DueQuestion(day, moment)
        day += _DAY


def date_to_serve(due_at: datetime, now: datetime, zone: str, at: time) -> date | None:
    """Which date's question to send now for a due moment that has come; None: none any more.

    Today's is sent however late; yesterday's only within GRACE.
    """
    today = local_date(now, zone)
    if now - due_at <= GRACE_PERIOD:
        return local_date(due_at, zone)
    moment = utc_moment(today, at, zone)
    return today if moment is not None and moment <= now else None


@dataclass(frozen=True)
class QuestionDays:
    """A programme's days with a question. `ends_on` is the last day; None: there is no end yet."""

    starts_on: date
    ends_on: date | None = None
    weekdays: int = ALL_WEEKDAYS
    holidays: frozenset[date] = frozenset()

    @classmethod
    def of(cls, programme: Programme, holidays: Iterable[date]) -> "QuestionDays":
        return cls(programme.starts_on, programme.ends_on, programme.weekdays, frozenset(holidays))

    def is_over(self, day: date) -> bool:
        return self.ends_on is not None and day > self.ends_on

    def runs(self, day: date) -> bool:
        """Whether the day is between start and end."""
        return self.starts_on <= day and not self.is_over(day)

    def asks(self, day: date) -> bool:
        """Whether there is a question on that day."""
        in_week = bool(self.weekdays >> day.weekday() & 1)
        return self.runs(day) and in_week and day not in self.holidays


@dataclass(frozen=True)
class Calendar:
    """The programmes of one person, those that they wait for before their start apart."""

    joined: tuple[QuestionDays, ...] = ()
    awaited: tuple[QuestionDays, ...] = ()

    def asks(self, day: date) -> bool:
        """Whether one of the programmes asks, or none is on.

        Between programmes there is a question every day; before the start of one only for people
        who were in the quiz before they joined it.
        """
        if any(each.runs(day) for each in self.joined):
            return any(each.asks(day) for each in self.joined)
        return not any(day < each.starts_on for each in self.awaited)


EVERY_DAY = Calendar()


async def calendar_of(session: AsyncSession, subscriber_id: int) -> Calendar:
    """One person's."""
    return (await calendars(session, [subscriber_id])).get(subscriber_id, EVERY_DAY)


async def calendars(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> Mapping[int, Calendar]:
    """Of those among these people who take part in a programme."""
    rows = (
        await session.execute(
            select(
                Enrolment.subscriber_id, Enrolment.waits_for_start, Enrolment.programme_id
            ).where(Enrolment.subscriber_id.in_(subscriber_ids), Enrolment.left_at.is_(None))
        )
    ).all()
    if not rows:
        return {}
    days = await question_days(session, {row.programme_id for row in rows})
    joined, awaited = defaultdict(list), defaultdict(list)
    for whose, waits_for_start, programme_id in rows:
        joined[whose].append(days[programme_id])
        if waits_for_start:
            awaited[whose].append(days[programme_id])
    return {whose: Calendar(tuple(each), tuple(awaited[whose])) for whose, each in joined.items()}


async def question_days(
    session: AsyncSession, programme_ids: Collection[int]
) -> dict[int, QuestionDays]:
    """By programme."""
    holidays: defaultdict[int, set[date]] = defaultdict(set)
    for programme_id, day in await session.execute(
        select(Holiday.programme_id, Holiday.day).where(Holiday.programme_id.in_(programme_ids))
    ):
        holidays[programme_id].add(day)
    programmes = await session.scalars(select(Programme).where(Programme.id.in_(programme_ids)))
    return {each.id: QuestionDays.of(each, holidays[each.id]) for each in programmes}
