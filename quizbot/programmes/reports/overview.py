"""How a programme is going: who takes part, day by day, and how its questions arrive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ActivityReport, Programme, ProgrammeDay
from quizbot.programmes.disclosure_control import share_correct
from quizbot.programmes.programme import count_members
from quizbot.programmes.reports.daily import STREAK_BANDS


@dataclass(frozen=True)
class DayFigures:
    """One local date's questions to all who took part then, without hidden members.

    `asked` questions arrived, `answered` of them in time, `late` ones over ten minutes late.
    `unconfirmed` ones may have arrived, `refused` ones could not be delivered, `not_sent` ones were
    never sent. `accuracy` (0 to 1) is None until the date is `settled`, which means that nothing
    can change any more, and where disclosure control suppresses it.
    """

    day: date
    enrolled: int
    asked: int
    answered: int
    accuracy: float | None
    late: int
    unconfirmed: int
    refused: int
    not_sent: int
    reminded: int
    settled: bool


@dataclass(frozen=True)
class StreakBand:
    """How many `people` have a streak of `least` to `most` days; `most` None has no bound."""

    least: int
    most: int | None
    people: int


@dataclass(frozen=True)
class Overview:
    """A programme at one moment.

    `enrolled` people take part now; all other figures leave out hidden members. `active` ones
    answered a daily question in the last seven days. `asked` and `answered` are sums over all
    `days`, `response_rate` (0 to 1) is their ratio. `accuracy` is over the days that show theirs.
    `streaks` are None if fewer than five people take part.
    """

    enrolled: int
    active: int
    asked: int
    answered: int
    response_rate: float | None
    accuracy: float | None
    days: tuple[DayFigures, ...]
    streaks: tuple[StreakBand, ...] | None
    reported_until: date | None


async def programme_overview(
    session: AsyncSession, programme: Programme, now: datetime
) -> Overview:
    """Returns the figures as of the latest refresh, and how many are enrolled now."""
    days = await _programme_days(session, programme)
    activity = await session.get(ActivityReport, programme.id)
    asked, answered = sum(day.asked for day in days), sum(day.answered for day in days)
    return Overview(
        enrolled=await count_members(session, programme.id),
        active=activity.active if activity is not None else 0,
        asked=asked,
        answered=answered,
        response_rate=answered / asked if asked else None,
        accuracy=_accuracy(day for day in days if _shows_accuracy(day)),
        days=tuple(_figures(day) for day in days),
        streaks=_bands(activity.streaks) if activity is not None else None,
        reported_until=programme.reported_until,
    )


def _figures(day: ProgrammeDay) -> DayFigures:
    return DayFigures(
        day=day.local_date,
        enrolled=day.enrolled,
        asked=day.asked,
        answered=day.answered,
        accuracy=_accuracy([day]) if _shows_accuracy(day) else None,
        late=day.late,
        unconfirmed=day.unconfirmed,
        refused=day.refused,
        not_sent=day.not_sent,
        reminded=day.reminded,
        settled=day.settled,
    )


def _shows_accuracy(day: ProgrammeDay) -> bool:
    return day.settled and share_correct(day.correct, day.answered) is not None


def _accuracy(days: Iterable[ProgrammeDay]) -> float | None:
    answers = [(day.correct, day.answered) for day in days]
    total = sum(answered for _, answered in answers)
    return sum(correct for correct, _ in answers) / total if total else None


async def daily_figures(session: AsyncSession, programme: Programme) -> tuple[DayFigures, ...]:
    """Returns all dates so far, as of the latest refresh."""
    return tuple(_figures(day) for day in await _programme_days(session, programme))


async def _programme_days(session: AsyncSession, programme: Programme) -> Sequence[ProgrammeDay]:
    query = select(ProgrammeDay).where(ProgrammeDay.programme_id == programme.id)
    return (await session.scalars(query.order_by(ProgrammeDay.local_date))).all()


def _bands(streaks: Sequence[int] | None) -> tuple[StreakBand, ...] | None:
    if streaks is None:
        return None
    return tuple(
        StreakBand(least, most, people)
        for (least, most), people in zip(STREAK_BANDS, streaks, strict=True)
    )
