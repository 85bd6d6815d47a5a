"""The days with a question, and when it is due: local time turned into UTC.

Zones are IANA names; datetimes are aware and in UTC. A local time that a change of clocks skips
becomes the first valid minute after it (if the gap ends the date, the last one before it); one that
occurs twice means the first. So every local date has exactly one due time.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ALL_WEEKDAYS, HOLIDAYS_COUNT, Enrolment, Holiday, Programme
from db.types import among

# For so long after its due time, a question still belongs to its date: otherwise one due at 23:59
# would be lost if the bot is busy for a minute.
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
    """Returns the zone's rules. Raises ZoneInfoNotFoundError if the machine does not know it.

    Cached, because ZoneInfo caches the eight used last and reads all others from disk each time.
    """
    return ZoneInfo(name)


def known_zone(name: str) -> str:
    """Returns the zone, or UTC if this machine's data does not have it."""
    try:
        zone_info(name)
    except ZoneInfoNotFoundError:
        return "UTC"
    return name


def local_date(at: datetime, zone: str) -> date:
    """Returns the date in the zone at that time."""
    return at.astimezone(zone_info(zone)).date()


def utc_moment(day: date, at: time, zone: str) -> datetime | None:
    """Returns the UTC time of a local date and time; None if the zone skips the whole date."""
    wall = datetime.combine(day, at, zone_info(zone))
    moment = wall.astimezone(UTC)
    if _is_wall(wall, moment):
        return moment
    return _first_valid(wall, _MINUTE) or _first_valid(wall, -_MINUTE)


def _is_wall(wall: datetime, moment: datetime) -> bool:
    """Returns whether the clocks show this at that moment: if not, it lies in a gap."""
    # Python compares aware times of the same zone by their local time.
    return moment.astimezone(wall.tzinfo) == wall


def _first_valid(wall: datetime, step: timedelta) -> datetime | None:
    """Returns the moment of the first wall time that exists, going by steps within its date."""
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
    """Returns the first question due after `now` on a local date after `last`, the last one served.

    `asks` says which dates have a question; there must be one to come.
    """
    day = local_date(now, zone)
    if last is not None and last >= day:
        day = last + _DAY
    while True:
        moment = utc_moment(day, at, zone) if asks(day) else None
        if moment is not None and moment > now:
            return DueQuestion(day, moment)
        day += _DAY


def keep_today(
    planned: datetime | None,
    due: datetime,
    now: datetime,
    zone: str,
    asks: Callable[[date], bool],
) -> datetime:
    """Returns when to ask after a change of time or days: `due`, unless that skips today.

    If the new time has passed today, a question `planned` for later today comes as planned.
    """
    today = local_date(now, zone)
    skips = planned is not None and planned > now and local_date(planned, zone) == today
    return planned if planned and skips and asks(today) and local_date(due, zone) > today else due


def date_to_serve(due_at: datetime, now: datetime, zone: str, at: time) -> date | None:
    """Returns the date whose question to send now, for one due at `due_at`; None if none.

    Today's is sent however late it is; yesterday's only within GRACE_PERIOD.
    """
    today = local_date(now, zone)
    if now - due_at <= GRACE_PERIOD:
        return local_date(due_at, zone)
    moment = utc_moment(today, at, zone)
    return today if moment is not None and moment <= now else None


@dataclass(frozen=True)
class QuestionDays:
    """A programme's days with a question. `ends_on` is the last day; None: no end yet.

    `earlier` are the weekdays before, each with the last date on which they held, in this order.
    """

    starts_on: date
    ends_on: date | None = None
    weekdays: int = ALL_WEEKDAYS
    holidays: frozenset[date] = frozenset()
    earlier: tuple[tuple[date, int], ...] = ()

    @classmethod
    def of(
        cls, programme: Programme | Row[*tuple[Any, ...]], holidays: Iterable[date]
    ) -> "QuestionDays":
        before = ((date.fromisoformat(day), held) for day, held in programme.earlier_days.items())
        return cls(
            programme.starts_on,
            programme.ends_on,
            programme.weekdays,
            frozenset(holidays),
            tuple(sorted(before)),
        )

    def is_over(self, day: date) -> bool:
        return self.ends_on is not None and day > self.ends_on

    def runs(self, day: date) -> bool:
        """Returns whether the day lies between start and end, both included."""
        return self.starts_on <= day and not self.is_over(day)

    def asks(self, day: date) -> bool:
        """Returns whether there is a question on that day, by the weekdays as they are now."""
        return self._asks(day, self.weekdays)

    def counts(self, day: date) -> bool:
        """Returns whether an answer to a question of that date counts for the programme.

        It does on the days on which the programme asked, by the weekdays as they were then. So a
        member of two programmes earns points in each on its own days.
        """
        return self._asks(day, self._held_on(day))

    def _asks(self, day: date, weekdays: int) -> bool:
        in_week = bool(weekdays >> day.weekday() & 1)
        is_off = day in self.holidays and not weekdays & HOLIDAYS_COUNT
        return self.runs(day) and in_week and not is_off

    def _held_on(self, day: date) -> int:
        return next((held for until, held in self.earlier if day <= until), self.weekdays)

    def earlier_after(self, weekdays: int, today: date) -> dict[str, int]:
        """Returns a programme's `earlier_days` after a change to these weekdays.

        Today and tomorrow count by both: members in zones ahead may have had tomorrow's question.
        """
        yesterday, tomorrow = today - _DAY, today + _DAY
        both = {day: self._held_on(day) | weekdays for day in (today, tomorrow)}
        held = dict(self.earlier) | {yesterday: self._held_on(yesterday)} | both
        return {day.isoformat(): held[day] for day in sorted(held)}

    def last(self) -> date | None:
        """Returns the last day with a question; None without a last day, or without questions."""
        day = self.ends_on
        while day is not None and day >= self.starts_on and not self.asks(day):
            day -= _DAY
        return None if day is None or day < self.starts_on else day

    def count(self) -> int | None:
        """Returns how many days have a question in all; None without a last day."""
        return None if self.ends_on is None else self.count_between(self.starts_on, self.ends_on)

    def count_between(self, first: date, last: date) -> int:
        """Returns how many days from the first to the last one, both included, have a question."""
        return sum(self.asks(first + n * _DAY) for n in range((last - first).days + 1))


@dataclass(frozen=True)
class Calendar:
    """The question days of a subscriber's programmes.

    `awaited` are those whose start the subscriber waits for, without questions until then.
    """

    joined: tuple[QuestionDays, ...] = ()
    awaited: tuple[QuestionDays, ...] = ()

    def asks(self, day: date) -> bool:
        """Returns whether one of the programmes asks on that day, or none is running.

        Between programmes there is a question every day; before the start of one only for
        subscribers who were in the quiz before they joined it.
        """
        if any(each.runs(day) for each in self.joined):
            return any(each.asks(day) for each in self.joined)
        return not any(day < each.starts_on for each in self.awaited)


EVERY_DAY = Calendar()


async def calendar_of(session: AsyncSession, subscriber_id: int) -> Calendar:
    """Returns the calendar of one subscriber."""
    return (await calendars(session, [subscriber_id])).get(subscriber_id, EVERY_DAY)


async def calendars(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> Mapping[int, Calendar]:
    """Returns the calendars of those of these subscribers who are in a programme."""
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
    for subscriber_id, waits_for_start, programme_id in rows:
        joined[subscriber_id].append(days[programme_id])
        if waits_for_start:
            awaited[subscriber_id].append(days[programme_id])
    return {id_: Calendar(tuple(each), tuple(awaited[id_])) for id_, each in joined.items()}


async def question_days(
    session: AsyncSession, programme_ids: Collection[int]
) -> dict[int, QuestionDays]:
    """Returns the question days by programme id."""
    holidays: defaultdict[int, set[date]] = defaultdict(set)
    programmes = {}
    for row in await session.execute(_DAYS.where(among(Programme.id, programme_ids))):
        programmes[row.id] = row
        if row.day is not None:
            holidays[row.id].add(row.day)
    return {id_: QuestionDays.of(row, holidays[id_]) for id_, row in programmes.items()}


_DAYS = select(
    Programme.id,
    Programme.starts_on,
    Programme.ends_on,
    Programme.weekdays,
    Programme.earlier_days,
    Holiday.day,
).outerjoin(Holiday, Holiday.programme_id == Programme.id)
