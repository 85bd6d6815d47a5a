"""How a programme is doing: who takes part, day by day, and how questions arrive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, DeliveryState, Subscriber
from db.programmes import Enrolment, Programme, ProgrammeDay
from quizbot.quiz.learning import DAILY
from quizbot.quiz.programmes.boards import FEWEST
from quizbot.quiz.programmes.organising import today_of
from quizbot.quiz.scoring import MOST_FREEZES

_ACTIVE = timedelta(days=7)
_BANDS = ((0, 0), (1, 2), (3, 6), (7, 13), (14, 29), (30, None))


@dataclass(frozen=True)
class DayFigures:
    """One local date's questions of all who took part then, but for those who are hidden.

    `asked` arrived, `answered` of them in time. `accuracy` (0 to 1) comes with the date's end, if
    five or more answered. `late` ones arrived over ten minutes after their time, `doubtful` ones
    were never confirmed, `refused` ones could not be delivered, `unsent` ones never left.
    `settled`: nothing of it can change any more.
    """

    day: date
    enrolled: int
    asked: int
    answered: int
    accuracy: float | None
    late: int
    doubtful: int
    refused: int
    unsent: int
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


async def overview(session: AsyncSession, programme: Programme, now: datetime) -> Overview:
    """Days as of the latest reporting.freshen; who takes part, and their streaks, as of `now`."""
    query = select(ProgrammeDay).where(ProgrammeDay.programme_id == programme.id)
    days = (await session.scalars(query.order_by(ProgrammeDay.local_date))).all()
    members = await _members(session, programme, now)
    shown = [each for each in members if not each.hidden]
    asked, answered = sum(day.asked for day in days), sum(day.answered for day in days)
    return Overview(
        enrolled=sum(each.people for each in members),
        active=sum(each.active for each in shown),
        asked=asked,
        answered=answered,
        response_rate=answered / asked if asked else None,
        accuracy=_accuracy(day for day in days if _shows_accuracy(day)),
        days=tuple(_figures(day) for day in days),
        streaks=_bands(shown) if sum(each.people for each in shown) >= FEWEST else None,
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
        doubtful=day.doubtful,
        refused=day.refused,
        unsent=day.unsent,
        reminded=day.reminded,
        settled=day.settled,
    )


def _shows_accuracy(day: ProgrammeDay) -> bool:
    return day.settled and day.answered >= FEWEST


def _accuracy(days: Iterable[ProgrammeDay]) -> float | None:
    answers = [(day.right, day.answered) for day in days]
    total = sum(answered for _, answered in answers)
    return sum(right for right, _ in answers) / total if total else None


@dataclass(frozen=True)
class _Streak:
    """How many people have it, how many of them are active; and whether they are hidden."""

    days: int
    hidden: bool
    people: int
    active: int

    def is_in(self, least: int, most: int | None) -> bool:
        return least <= self.days and (most is None or self.days <= most)


async def _members(session: AsyncSession, programme: Programme, now: datetime) -> Sequence[_Streak]:
    """Who takes part, by the streak as it stands (see scoring.Totals.streak_after)."""
    alive = _passed(now) <= Subscriber.freezes
    streak = case((Subscriber.streak == 0, 0), (alive, Subscriber.streak), else_=0)
    active = Subscriber.last_answered_on > today_of(programme, now) - _ACTIVE
    rows = await session.execute(
        select(streak, Enrolment.hidden, func.count(), func.sum(case((active, 1), else_=0)))
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(Enrolment.programme_id == programme.id, Enrolment.left_at.is_(None))
        .group_by(streak, Enrolment.hidden)
    )
    return [_Streak(*row) for row in rows]


def _passed(now: datetime) -> ColumnElement[int]:
    """How many questions passed unanswered since the last answer: as many as matter, no more."""
    passed = (
        select(literal(1))
        .where(
            Delivery.subscriber_id == Subscriber.id,
            Delivery.local_date > Subscriber.last_answered_on,
            Delivery.slot == DAILY,
            and_(Delivery.state == DeliveryState.SENT, Delivery.closes_at <= now),
        )
        .limit(MOST_FREEZES + 1)
        .correlate(Subscriber)
        .subquery()
    )
    return select(func.count()).select_from(passed).scalar_subquery()


def _bands(members: Sequence[_Streak]) -> tuple[StreakBand, ...]:
    return tuple(
        StreakBand(least, most, sum(each.people for each in members if each.is_in(least, most)))
        for least, most in _BANDS
    )
