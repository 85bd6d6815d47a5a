"""How a programme is doing: who takes part, day by day, and how questions arrive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ActivityReport, Programme, ProgrammeDay
from quizbot.programmes.programme import count_members
from quizbot.programmes.reports.daily import STREAK_BANDS
from quizbot.programmes.reports.figures import share_correct


@dataclass(frozen=True)
class DayFigures:
    """One local date's questions of all who took part then, but for those who are hidden.

    `asked` arrived, `answered` of them in time. `accuracy` (0 to 1) comes with the date's end, if
    five or more answered, and not below twenty if all were right or none. `late` ones arrived over
    ten minutes after their time, `unconfirmed` ones may have arrived, `refused` ones could not
    be delivered, `not_sent` ones never left.
    `settled`: nothing of it can change any more.
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

    `enrolled` take part now; all other figures leave out those who are hidden. `active` ones
    answered a daily question in the last seven days.
    `asked` and `answered` are of all `days`, `response_rate` (0 to 1) is their ratio. `accuracy` is
    of the days that show theirs. `streaks` are None where fewer than five take part.
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
    """As of the latest reporting.freshen; how many are enrolled, as of now."""
    kept = await _programme_days(session, programme)
    standing = await session.get(ActivityReport, programme.id)
    asked, answered = sum(day.asked for day in kept), sum(day.answered for day in kept)
    return Overview(
        enrolled=await count_members(session, programme.id),
        active=standing.active if standing is not None else 0,
        asked=asked,
        answered=answered,
        response_rate=answered / asked if asked else None,
        accuracy=_accuracy(day for day in kept if _shows_accuracy(day)),
        days=tuple(_figures(day) for day in kept),
        streaks=_bands(standing.streaks) if standing is not None else None,
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
    """All dates so far, as of the latest reporting.freshen."""
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
