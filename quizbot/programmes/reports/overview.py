"""The state of a programme: participation day by day, and how its questions arrive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Enrolment, Programme
from db.reports import ActivityReport, ProgrammeDay
from quizbot.programmes import definitions
from quizbot.programmes.programme import count_members
from quizbot.programmes.reports.daily import STREAK_BANDS
from quizbot.quiz.answers.streaks import week_of

_DAY, _WEEK = timedelta(days=1), timedelta(weeks=1)
_LONG_AGO = date(2000, 1, 1)  # before anything that the database holds


class DayPool(NamedTuple):
    """Dates whose share of correct answers is shown together."""

    days: int
    correct: int
    answered: int


@dataclass(frozen=True)
class DayFigures:
    """The figures of one local date: questions to all who took part then, except hidden members.

    `asked` questions arrived, `answered` of them in time, `late` ones over ten minutes late.
    `unconfirmed` ones may have arrived, `refused` ones could not be delivered, `not_sent` ones were
    never sent. `accuracy` (0 to 1) is that of all dates of the `pool`, which is None until it may
    be told. A date is `settled` when nothing can change any more. `active_in_week` people had
    answered since Monday; None if not counted. `ends_week`: no later date of its week has figures.
    """

    day: date
    enrolled: int
    asked: int
    answered: int
    pool: DayPool | None
    pool_ends_here: bool
    late: int
    unconfirmed: int
    refused: int
    not_sent: int
    reminded: int
    settled: bool
    active_in_week: int | None = None
    ends_week: bool = False

    @property
    def accuracy(self) -> float | None:
        return self.pool and self.pool.correct / self.pool.answered


class DailySums:
    """Sums over several `days`, in their order.

    `response_rate` (0 to 1) is the ratio of answered to asked questions. `accuracy` (0 to 1) is
    over the pools that end on these days, so that it reveals no more than they do.
    """

    days: Sequence[DayFigures]

    @property
    def over(self) -> "Days":
        """Returns the days on which nobody can answer any more."""
        return Days([day for day in self.days if day.settled])

    @property
    def for_shares(self) -> "DailySums":
        """Returns the days that shares are about: those that are over, all until one of them is."""
        return self.over if self.over.asked else self

    def over_before(self, before: "DailySums") -> "Days":
        """Returns the days of the period before that are compared with those that are over."""
        return Days(before.over.days[: len(self.over.days)])

    @property
    def asked(self) -> int:
        return sum(day.asked for day in self.days)

    @property
    def answered(self) -> int:
        return sum(day.answered for day in self.days)

    @property
    def late(self) -> int:
        return sum(day.late for day in self.days)

    @property
    def in_time(self) -> int:
        return self.asked - self.late

    @property
    def in_time_share(self) -> float | None:
        """Returns the share of questions that arrived in time, 0 to 1; None without any."""
        due = self.asked + self.missing
        return self.in_time / due if due else None

    @property
    def unconfirmed(self) -> int:
        return sum(day.unconfirmed for day in self.days)

    @property
    def refused(self) -> int:
        return sum(day.refused for day in self.days)

    @property
    def not_sent(self) -> int:
        return sum(day.not_sent for day in self.days)

    @property
    def missing(self) -> int:
        """Returns how many questions are not known to have arrived."""
        return self.unconfirmed + self.refused + self.not_sent

    @property
    def reminded(self) -> int:
        return sum(day.reminded for day in self.days)

    @property
    def response_rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None

    @property
    def accuracy(self) -> float | None:
        return accuracy_of(self.days)

    @property
    def active(self) -> float | None:
        """Returns how many people are active in a week, on average of the weeks that are over.

        If none is over, it is that of the week with the most so far; None before the first question
        of these days, and if it was not counted.
        """
        asked = {week_of(day.day) for day in self.days if day.asked}
        counted = [day for day in self.days if day.active_in_week is not None]
        weeks = {week_of(day.day): day for day in counted if week_of(day.day) in asked}
        counts = {day: day.active_in_week or 0 for day in weeks.values()}
        over = [count for day, count in counts.items() if day.ends_week and day.settled]
        return sum(over) / len(over) if over else max(counts.values(), default=None)


@dataclass(frozen=True)
class Days(DailySums):
    """Some dates."""

    days: Sequence[DayFigures]


def accuracy_of(days: Iterable[DayFigures]) -> float | None:
    """Returns the share of correct answers, 0 to 1, over the pools that end on these days."""
    pools = [day.pool for day in days if day.pool is not None and day.pool_ends_here]
    if not pools:
        return None
    return sum(pool.correct for pool in pools) / sum(pool.answered for pool in pools)


class Range(StrEnum):
    """The weeks that a page is about, Monday to Sunday; the last one may not be over yet."""

    THIS_WEEK = "week"
    LAST_WEEK = "last-week"
    FOUR_WEEKS = "4-weeks"
    TWELVE_WEEKS = "12-weeks"
    PROGRAMME = "programme"

    def dates(self, programme: Programme, today: date) -> tuple[date, date]:
        """Returns the first and the last date, as far as the programme runs in them.

        After the programme's end, its last week is "this" one.
        """
        ends_on = programme.ends_on or date.max
        monday = week_of(min(today, ends_on))
        first = {
            Range.LAST_WEEK: monday - _WEEK,
            Range.FOUR_WEEKS: monday - 3 * _WEEK,
            Range.TWELVE_WEEKS: monday - 11 * _WEEK,
            Range.PROGRAMME: programme.starts_on,
        }.get(self, monday)
        last = monday + (-_DAY if self is Range.LAST_WEEK else 6 * _DAY)
        if last < programme.starts_on:
            return first, last
        return max(first, programme.starts_on), min(last, ends_on)

    @property
    def length(self) -> timedelta | None:
        """Returns how long it is; None for a whole programme, which nothing comes before."""
        weeks = {Range.FOUR_WEEKS: 4, Range.TWELVE_WEEKS: 12, Range.PROGRAMME: 0}.get(self, 1)
        return weeks * _WEEK or None


@dataclass(frozen=True)
class RangeFigures(DailySums):
    """The `days` of a range from `first` to `last`, and the same ones of the period `before` it.

    `before` is empty if the programme did not run then.
    """

    first: date
    last: date
    days: Sequence[DayFigures]
    before: Days = Days(())


def figures_of(
    days: Sequence[DayFigures], chosen: Range, programme: Programme, today: date
) -> RangeFigures:
    """Returns the figures of a range; `days` are all there are."""
    first, last = chosen.dates(programme, today)
    inside = [day for day in days if first <= day.day <= last]
    length = chosen.length
    if length is None or not inside or first - length < programme.starts_on:
        return RangeFigures(first, last, inside)
    dates = {day.day - length for day in inside}
    return RangeFigures(first, last, inside, Days([day for day in days if day.day in dates]))


@dataclass(frozen=True)
class StreakBand:
    """How many `people` have a streak of `least` to `most` days; `most` None has no bound."""

    least: int
    most: int | None
    people: int


@dataclass(frozen=True)
class Overview(DailySums):
    """The figures of a programme at one moment (see quizbot.programmes.definitions).

    `enrolled` and `lapsed` are about now; `lapsed` is None before the first refresh. `streaks` are
    None if fewer than five people take part.
    """

    enrolled: int
    lapsed: int | None
    days: tuple[DayFigures, ...]
    streaks: tuple[StreakBand, ...] | None
    reported_until: date | None


async def programme_overview(session: AsyncSession, programme: Programme) -> Overview:
    """Returns the figures as of the latest refresh, and how many are enrolled now."""
    activity = await session.get(ActivityReport, programme.id)
    return Overview(
        enrolled=await count_members(session, programme.id),
        lapsed=activity.lapsed if activity is not None else None,
        days=await daily_figures(session, programme),
        streaks=_bands(activity.streaks) if activity is not None else None,
        reported_until=programme.reported_until,
    )


@dataclass(frozen=True)
class Moves:
    """How many people `joined` and `left` (see quizbot.programmes.definitions)."""

    joined: int
    left: int


async def count_moves(
    session: AsyncSession, programme: Programme, first: date, last: date
) -> Moves:
    """Returns how many joined and left from `first` to `last`, in the programme's time zone.

    Whoever did so before the programme's first day counts as if on it.
    """
    zone = ZoneInfo(programme.timezone)
    first = _LONG_AGO if first <= programme.starts_on else first
    begin = datetime.combine(first, time(), zone).astimezone(UTC)
    end = datetime.combine(last + _DAY, time(), zone).astimezone(UTC)
    query = select(
        func.sum(case((definitions.joined(first, last), 1), else_=0)),
        func.sum(case((definitions.left(begin, end), 1), else_=0)),
    )
    found = await session.execute(query.where(Enrolment.programme_id == programme.id))
    joined, left = found.one()
    return Moves(joined or 0, left or 0)


async def daily_figures(session: AsyncSession, programme: Programme) -> tuple[DayFigures, ...]:
    """Returns all dates so far, as of the latest refresh."""
    query = select(ProgrammeDay).where(ProgrammeDay.programme_id == programme.id)
    rows = (await session.scalars(query.order_by(ProgrammeDay.local_date))).all()
    return figures_of_rows(programme, rows, are_all=True)


def figures_of_rows(
    programme: Programme, rows: Sequence[ProgrammeDay], *, are_all: bool
) -> tuple[DayFigures, ...]:
    """Returns the figures of these dates; `accuracy` is None unless they `are_all` so far."""
    pools = dict[date, DayPool]()
    for row in rows if are_all else ():
        if end := row.pool_ends_on:
            days, correct, answered = pools.get(end, (0, 0, 0))
            pools[end] = DayPool(days + 1, correct + row.correct, answered + row.answered)
    ends_on = programme.ends_on
    return tuple(
        _figures(row, pools, ends_week=row.local_date in (ends_on, _sunday_of(row.local_date)))
        for row in rows
    )


def _sunday_of(day: date) -> date:
    return week_of(day) + 6 * _DAY


def _figures(day: ProgrammeDay, pools: Mapping[date, DayPool], *, ends_week: bool) -> DayFigures:
    return DayFigures(
        day=day.local_date,
        enrolled=day.enrolled,
        asked=day.asked,
        answered=day.answered,
        pool=pools.get(day.pool_ends_on) if day.pool_ends_on else None,
        pool_ends_here=day.pool_ends_on == day.local_date,
        late=day.late,
        unconfirmed=day.unconfirmed,
        refused=day.refused,
        not_sent=day.not_sent,
        reminded=day.reminded,
        settled=day.settled,
        active_in_week=day.active_in_week,
        ends_week=ends_week,
    )


def _bands(streaks: Sequence[int] | None) -> tuple[StreakBand, ...] | None:
    if streaks is None:
        return None
    return tuple(
        StreakBand(least, most, people)
        for (least, most), people in zip(STREAK_BANDS, streaks, strict=True)
    )
