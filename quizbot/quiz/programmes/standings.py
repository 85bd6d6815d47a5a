"""How many members are active, and how long their streaks are: too slow to be counted for a page.

Whoever is hidden is left out, as everywhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Delivery, DeliveryState, Subscriber
from db.programmes import ActivityReport, Enrolment, Programme
from quizbot.quiz.programmes.boards import FEWEST, shown
from quizbot.quiz.programmes.organising import today_of
from quizbot.quiz.scoring import MOST_FREEZES

# Days, from the least to the most; None has no bound.
BANDS = ((0, 0), (1, 2), (3, 6), (7, 13), (14, 29), (30, None))

_ACTIVE = timedelta(days=7)


@dataclass(frozen=True)
class _Streak:
    """How many people have it, and how many of them are active."""

    days: int
    people: int
    active: int

    def is_in(self, least: int, most: int | None) -> bool:
        return least <= self.days and (most is None or self.days <= most)


async def count_activity(
    session: AsyncSession, programme: Programme, now: datetime
) -> ActivityReport:
    """As of now; it is not in the session."""
    found = await _streaks(session, programme, now)
    people = [
        sum(each.people for each in found if each.is_in(least, most)) for least, most in BANDS
    ]
    return ActivityReport(
        programme_id=programme.id,
        active=sum(each.active for each in found),
        streaks=people if sum(people) >= FEWEST else None,
    )


async def _streaks(session: AsyncSession, programme: Programme, now: datetime) -> Sequence[_Streak]:
    """Who is shown, by the streak as it stands (see scoring.Totals.streak_after)."""
    alive = _passed(now) <= Subscriber.freezes
    streak = case((Subscriber.streak == 0, 0), (alive, Subscriber.streak), else_=0)
    active = Subscriber.last_answered_on > today_of(programme, now) - _ACTIVE
    rows = await session.execute(
        select(streak, func.count(), func.sum(case((active, 1), else_=0)))
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(*shown(programme.id))
        .group_by(streak)
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
            Delivery.state == DeliveryState.SENT,
            Delivery.closes_at <= now,
        )
        .limit(MOST_FREEZES + 1)
        .correlate(Subscriber)
        .subquery()
    )
    return select(func.count()).select_from(passed).scalar_subquery()
