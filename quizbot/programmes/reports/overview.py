"""The state of a programme: participation day by day, and how its questions arrive."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ActivityReport, Programme, ProgrammeDay
from quizbot.programmes.programme import count_members
from quizbot.programmes.reports.daily import STREAK_BANDS


class DayPool(NamedTuple):
    """Dates whose share of correct answers is told together."""

    days: int
    correct: int
    answered: int


@dataclass(frozen=True)
class DayFigures:
    """The figures of one local date: questions to all who took part then, except hidden members.

    `asked` questions arrived, `answered` of them in time, `late` ones over ten minutes late.
    `unconfirmed` ones may have arrived, `refused` ones could not be delivered, `not_sent` ones were
    never sent. `accuracy` (0 to 1) is that of all dates of the `pool`, which is None until it may
    be told. A date is `settled` when nothing can change any more.
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

    @property
    def accuracy(self) -> float | None:
        return self.pool and self.pool.correct / self.pool.answered


class DailySums:
    """Sums over several `days`.

    `response_rate` (0 to 1) is the ratio of answered to asked questions. `accuracy` (0 to 1) is
    over the pools that end on these days, so that it reveals no more than they do.
    """

    days: Sequence[DayFigures]

    @property
    def asked(self) -> int:
        return sum(day.asked for day in self.days)

    @property
    def answered(self) -> int:
        return sum(day.answered for day in self.days)

    @property
    def response_rate(self) -> float | None:
        return self.answered / self.asked if self.asked else None

    @property
    def accuracy(self) -> float | None:
        return accuracy_of(self.days)


def accuracy_of(days: Iterable[DayFigures]) -> float | None:
    """Returns the share of correct answers, 0 to 1, over the pools that end on these days."""
    pools = [day.pool for day in days if day.pool is not None and day.pool_ends_here]
    if not pools:
        return None
    return sum(pool.correct for pool in pools) / sum(pool.answered for pool in pools)


@dataclass(frozen=True)
class StreakBand:
    """How many `people` have a streak of `least` to `most` days; `most` None has no bound."""

    least: int
    most: int | None
    people: int


@dataclass(frozen=True)
class Overview(DailySums):
    """The figures of a programme at one moment.

    `enrolled` people take part now; all other figures leave out hidden members. `active` ones
    answered a daily question in the last seven days. `streaks` are None if fewer than five people
    take part.
    """

    enrolled: int
    active: int
    days: tuple[DayFigures, ...]
    streaks: tuple[StreakBand, ...] | None
    reported_until: date | None


async def programme_overview(session: AsyncSession, programme: Programme) -> Overview:
    """Returns the figures as of the latest refresh, and how many are enrolled now."""
    activity = await session.get(ActivityReport, programme.id)
    return Overview(
        enrolled=await count_members(session, programme.id),
        active=activity.active if activity is not None else 0,
        days=await daily_figures(session, programme),
        streaks=_bands(activity.streaks) if activity is not None else None,
        reported_until=programme.reported_until,
    )


async def daily_figures(session: AsyncSession, programme: Programme) -> tuple[DayFigures, ...]:
    """Returns all dates so far, as of the latest refresh."""
    query = select(ProgrammeDay).where(ProgrammeDay.programme_id == programme.id)
    rows = (await session.scalars(query.order_by(ProgrammeDay.local_date))).all()
    pools = dict[date, DayPool]()
    for row in rows:
        if end := row.pool_ends_on:
            days, correct, answered = pools.get(end, (0, 0, 0))
            pools[end] = DayPool(days + 1, correct + row.correct, answered + row.answered)
    return tuple(_figures(row, pools) for row in rows)


def _figures(day: ProgrammeDay, pools: Mapping[date, DayPool]) -> DayFigures:
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
    )


def _bands(streaks: Sequence[int] | None) -> tuple[StreakBand, ...] | None:
    if streaks is None:
        return None
    return tuple(
        StreakBand(least, most, people)
        for (least, most), people in zip(STREAK_BANDS, streaks, strict=True)
    )
