"""A programme's week for those who run it: what is reported, and who takes part."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme, ProgrammeScore, ScoreKind
from questions import Topic
from quizbot.quiz.programmes.boards import FEWEST
from quizbot.quiz.programmes.item_figures import ItemFigures, all_items
from quizbot.quiz.programmes.learning_gain import PointGain, learning_gain
from quizbot.quiz.programmes.organising import next_digest, today_of
from quizbot.quiz.programmes.overview import DayFigures, overview
from quizbot.quiz.scoring import week_of

_WEEK = timedelta(days=7)
_AGAIN_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Week:
    """Monday to Sunday. `active` people answered in it, `enrolled` took part on its last day."""

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
        shown = [(day.accuracy, day.answered) for day in self.days if day.accuracy is not None]
        answered = sum(number for _, number in shown)
        return sum(share * number for share, number in shown) / answered if answered else None


@dataclass(frozen=True)
class Digest:
    """A week, and the one before it where there was one and this one is over.

    `gain` and `hardest` are of all that was reported; None where too few people answered.
    """

    programme: Programme
    enrolled: int
    week: Week
    before: Week | None
    gain: PointGain
    hardest: ItemFigures | None


async def digest(
    session: AsyncSession, programme: Programme, topic: Topic, now: datetime, *, so_far: bool
) -> Digest:
    """The last whole week, or `so_far` the one that it is in the programme's zone."""
    figures = await overview(session, programme, now)
    monday = week_of(today_of(programme, now)) - (timedelta() if so_far else _WEEK)
    earlier = monday - _WEEK
    has_earlier = not so_far and earlier >= week_of(programme.starts_on)
    items = await all_items(session, programme, topic)
    told = [each for each in items if each.difficulty is not None and each.n >= FEWEST]
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
        select(func.count()).where(
            ProgrammeScore.programme_id == programme.id,
            ProgrammeScore.kind == ScoreKind.WEEK,
            ProgrammeScore.since == monday,
        )
    )
    of_week = sorted((day for day in days if week_of(day.day) == monday), key=lambda day: day.day)
    return Week(monday, of_week, active or 0)


async def take_due(session: AsyncSession, now: datetime) -> Sequence[int]:
    """Programmes whose Monday has come; their next one is set.

    To be committed before anything is said.
    """
    due = await session.scalars(
        select(Programme)
        .where(Programme.digest_due_at <= now)
        .order_by(Programme.id)
        .with_for_update(skip_locked=True)
    )
    programmes = due.all()
    for programme in programmes:
        programme.digest_due_at = next_digest(programme, now)
    return [programme.id for programme in programmes]


async def put_back(session: AsyncSession, programme_id: int, now: datetime) -> None:
    """It certainly reached nobody: again in a minute."""
    programme = await session.get(Programme, programme_id, with_for_update=True)
    if programme is not None:
        programme.digest_due_at = now + _AGAIN_AFTER
