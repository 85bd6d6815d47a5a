"""The end of a programme, told to each member once.

Said first and recorded after, some at a time: after a crash between the two a few hear it twice,
and nobody never. Meanwhile the programme is put off for a minute, so that no other process tells
the same people.
"""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber, SubscriberState
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from quizbot.quiz.due import local_date
from quizbot.quiz.question_days import EVERY_DAY, calendars

_PUT_OFF = timedelta(minutes=1)


class GoesOn(StrEnum):
    """How somebody's questions go on."""

    EVERY_DAY = "every-day"
    BY_ANOTHER = "by-another"  # programme
    PAUSED = "paused"


@dataclass(frozen=True)
class Parting:
    """What a member hears; `rank` is None for who is hidden or has no points."""

    subscriber_id: int
    language: str
    points: int
    rank: int | None
    goes_on: GoesOn


@dataclass(frozen=True)
class Taken:
    """Some members of a programme that has ended. `players` is how many have a rank."""

    programme_id: int
    programme: str
    players: int
    partings: Sequence[Parting]


async def take_due(session: AsyncSession, now: datetime, limit: int) -> Taken | None:
    """Up to `limit` members who have not heard yet; None if no programme is due.

    To be committed before anything is said. Without any members the programme is done with.
    """
    programme = await session.scalar(
        select(Programme)
        .where(Programme.farewell_due_at <= now)
        .order_by(Programme.farewell_due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    if programme is None:
        return None
    members = await _not_told(session, programme, limit)
    programme.farewell_due_at = now + _PUT_OFF if members else None
    ranks = await _Ranks.of(session, programme)
    days = await calendars(session, [member.id for member, *_ in members])
    today = local_date(now, programme.timezone)
    partings = []
    for member, hidden, points in members:
        joined = days.get(member.id, EVERY_DAY).joined
        goes_on = GoesOn.EVERY_DAY
        if member.state is SubscriberState.PAUSED:
            goes_on = GoesOn.PAUSED
        elif any(each.runs(today) for each in joined):
            goes_on = GoesOn.BY_ANOTHER
        rank = ranks.of_points(points) if points and not hidden else None
        partings.append(Parting(member.id, member.language, points or 0, rank, goes_on))
    return Taken(programme.id, programme.name, ranks.players, partings)


async def record_told(
    session: AsyncSession, programme_id: int, subscriber_ids: Collection[int], now: datetime
) -> None:
    """These have heard it, or never will; the others' turn is next."""
    await session.execute(
        update(Enrolment)
        .where(Enrolment.programme_id == programme_id, Enrolment.subscriber_id.in_(subscriber_ids))
        .values(told_of_end=True)
    )
    await session.execute(
        update(Programme).where(Programme.id == programme_id).values(farewell_due_at=now)
    )


async def _not_told(
    session: AsyncSession, programme: Programme, limit: int
) -> Sequence[tuple[Subscriber, bool, int | None]]:
    """Members with whether they are hidden, and their points. Who has left the quiz is let be."""
    states = [SubscriberState.ACTIVE]
    if not programme.made_up:  # made-up members are on pause, as nothing can be sent to them
        states.append(SubscriberState.PAUSED)
    rows = await session.execute(
        select(Subscriber, Enrolment.hidden, ProgrammeScore.points)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .join(Programme, Programme.id == Enrolment.programme_id)
        .outerjoin(ProgrammeScore, _score_of_all())
        .where(
            Enrolment.programme_id == programme.id,
            Enrolment.left_at.is_(None),
            Enrolment.told_of_end.is_(False),
            Subscriber.state.in_(states),
        )
        .order_by(Enrolment.subscriber_id)
        .limit(limit)
    )
    return [(member, hidden, points) for member, hidden, points in rows]


def _score_of_all() -> ColumnElement[bool]:
    return and_(
        ProgrammeScore.programme_id == Enrolment.programme_id,
        ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
        ProgrammeScore.kind == ScoreKind.PROGRAMME,
        ProgrammeScore.since == Programme.starts_on,
    )


@dataclass(frozen=True)
class _Ranks:
    """How many people of the final board have how many points: `points` ascend."""

    points: Sequence[int]
    up_to: Sequence[int]

    @classmethod
    async def of(cls, session: AsyncSession, programme: Programme) -> "_Ranks":
        rows = await session.execute(
            select(ProgrammeScore.points, func.count())
            .join(
                Enrolment,
                and_(
                    Enrolment.programme_id == ProgrammeScore.programme_id,
                    Enrolment.subscriber_id == ProgrammeScore.subscriber_id,
                ),
            )
            .where(
                ProgrammeScore.programme_id == programme.id,
                ProgrammeScore.kind == ScoreKind.PROGRAMME,
                ProgrammeScore.since == programme.starts_on,
                ProgrammeScore.points > 0,
                Enrolment.left_at.is_(None),
                Enrolment.hidden.is_(False),
            )
            .group_by(ProgrammeScore.points)
            .order_by(ProgrammeScore.points)
        )
        points, people = [], [0]
        for reached, number in rows:
            points.append(reached)
            people.append(people[-1] + number)
        return cls(points, people)

    @property
    def players(self) -> int:
        return self.up_to[-1]

    def of_points(self, points: int) -> int:
        """One more than have more points: ties share a rank."""
        return self.players - self.up_to[bisect_right(self.points, points)] + 1
