"""A programme's week for those who run it: what is reported, and who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from questions import Topic
from quizbot.programmes.boards import MIN_GROUP_SIZE, visible_enrolments
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports.figures import (
    ItemFigures,
    KeyPointGain,
    all_item_figures,
    learning_gain,
)
from quizbot.programmes.reports.overview import DayFigures, programme_overview
from quizbot.programmes.schedule import next_digest
from quizbot.quiz.answers.scoring import week_of

_WEEK = timedelta(days=7)
_AGAIN_AFTER = timedelta(minutes=1)
_LEASED_FOR = timedelta(minutes=15)


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `active` people answered in it, `enrolled` took part on its last day.

    All without those who are hidden.
    """

    monday: date
    days: Sequence[DayFigures]
    active: int

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def enrolled(self) -> int | None:
        return self.days[-1].enrolled if self.days else None

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
        """Of the days that show theirs, so that it tells no more than they do."""
        told = [(day.accuracy, day.answered) for day in self.days if day.accuracy is not None]
        answered = sum(number for _, number in told)
        return sum(share * number for share, number in told) / answered if answered else None

    @property
    def to_add_up(self) -> int:
        """How many days' accuracy is still to come: they are not settled, but enough answered."""
        return sum(not day.settled and day.answered >= MIN_GROUP_SIZE for day in self.days)


@dataclass(frozen=True)
class Digest:
    """A week, and the one before it where there was one and this one is over.

    `enrolled` take part now, with those who are hidden: it is not to be compared with a week's.
    `gain` and `hardest` are of all that was reported; None where too few people answered.
    """

    programme: Programme
    enrolled: int
    week: Week
    before: Week | None
    gain: KeyPointGain
    hardest: ItemFigures | None


async def digest(
    session: AsyncSession, programme: Programme, topic: Topic, now: datetime, *, so_far: bool
) -> Digest:
    """The last whole week, or `so_far` the one that it is in the programme's zone."""
    figures = await programme_overview(session, programme, now)
    monday = week_of(today_of(programme, now)) - (timedelta() if so_far else _WEEK)
    earlier = monday - _WEEK
    has_earlier = not so_far and earlier >= week_of(programme.starts_on)
    items = await all_item_figures(session, programme, topic)
    told = [each for each in items if each.difficulty is not None and each.n >= MIN_GROUP_SIZE]
    return Digest(
        programme=programme,
        enrolled=figures.enrolled,
        week=await _week(session, programme, figures.days, monday),
        before=await _week(session, programme, figures.days, earlier) if has_earlier else None,
        gain=(await learning_gain(session, programme, topic)).total,
        hardest=min(told, key=lambda each: each.difficulty or 0, default=None),
    )


async def _week(
    session: AsyncSession, programme: Programme, days: Sequence[DayFigures], monday: date
) -> Week:
    active = await session.scalar(
        select(func.count())
        .select_from(Enrolment)
        .join(
            ProgrammeScore,
            and_(
                ProgrammeScore.programme_id == Enrolment.programme_id,
                ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
            ),
        )
        .where(
            *visible_enrolments(programme.id),
            ProgrammeScore.kind == ScoreKind.WEEK,
            ProgrammeScore.since == monday,
        )
    )
    of_week = sorted((day for day in days if week_of(day.day) == monday), key=lambda day: day.day)
    return Week(monday, of_week, active or 0)


async def take_due(session: AsyncSession, now: datetime) -> Lease:
    """Take the programme whose digest is longest due, for a quarter of an hour.

    To be committed. If something fails before `begin_sending`, it is due again after that time.
    """
    return await leases.take_due(session, Programme.digest_due_at, now, 1, now + _LEASED_FOR)


async def begin_sending(session: AsyncSession, lease: Lease, now: datetime) -> Lease:
    """Plan the next digest. Returns the lease on it; false if this one is another process's now.

    To be committed before anything is sent.
    """
    programme = await session.get(Programme, lease.ids[0])
    if programme is None:
        return lease.only(())
    return await leases.renew(session, lease, next_digest(programme, now))


async def release(session: AsyncSession, lease: Lease, now: datetime) -> None:
    """The digest certainly reached nobody: it is due again in a minute."""
    await leases.release(session, lease, now + _AGAIN_AFTER)
