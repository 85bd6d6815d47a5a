"""How many members have mastered each objective. What is told changes by key point.

A member who masters something changes the count, and so does one who forgets it, leaves or hides.
The boards show who was wrong, and who is so new that they cannot have forgotten anything. So the
share of a key point changes only when five members may have caused it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import Row, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import ObjectiveMemory
from db.programmes import Enrolment, Programme
from db.reports import MasteryReport, ProgrammeDay
from db.session import Sessions, execute_many
from questions import Topic
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE, pool_names
from quizbot.programmes.members import IN_BATCH, iter_batches
from quizbot.quiz.answers.memory import MASTERED_SPAN, is_mastered

_MEMORIES_PER_MEMBER = 30  # roughly

_MEMORIES = (
    select(
        ObjectiveMemory.subscriber_id,
        ObjectiveMemory.objective_id,
        ObjectiveMemory.stability,
        ObjectiveMemory.first_correct_on,
        ObjectiveMemory.last_correct_on,
        ObjectiveMemory.reviewed_on,
        ObjectiveMemory.incorrect,
    )
    .join_from(Enrolment, ObjectiveMemory, ObjectiveMemory.subscriber_id == Enrolment.subscriber_id)
    .where(IN_BATCH, Enrolment.left_at.is_(None), Enrolment.hidden.is_(False))
)


@dataclass
class _Point:
    """The counts of a key point by objective, `met` and `mastered`, as they are now.

    It was last told on `told_on`, when `told` were mastered. `gained` has members who may have
    mastered something of it since, `lost` those who may have forgotten something. Both stop at
    MIN_GROUP_SIZE: more change nothing, and a programme may have many members.
    """

    told_on: date = date.min
    told: int = 0
    met: Counter[str] = field(default_factory=Counter)
    mastered: Counter[str] = field(default_factory=Counter)
    gained: set[int] = field(default_factory=set)
    lost: set[int] = field(default_factory=set)

    @property
    def may_be_told(self) -> bool:
        """Whether its share has changed, and five people may have caused it."""
        change = self.mastered.total() - self.told
        return change != 0 and len(self.gained if change > 0 else self.lost) >= MIN_GROUP_SIZE

    def add(self, memory: Row[*tuple[Any, ...]]) -> None:
        known = memory.stability, memory.first_correct_on, memory.last_correct_on
        mastered = is_mastered(*known)
        self.met[memory.objective_id] += 1
        self.mastered[memory.objective_id] += mastered
        if memory.reviewed_on <= self.told_on:
            return
        if mastered:
            _add_to(self.gained, memory.subscriber_id)
        elif memory.incorrect and _was_lasting(memory.first_correct_on, memory.last_correct_on):
            _add_to(self.lost, memory.subscriber_id)


def _add_to(people: set[int], person: int) -> None:
    if len(people) < MIN_GROUP_SIZE:
        people.add(person)


def _was_lasting(first_correct_on: date | None, last_correct_on: date | None) -> bool:
    """Returns whether an objective that is not mastered now may have been."""
    if first_correct_on is None or last_correct_on is None:
        return False
    return last_correct_on - first_correct_on >= MASTERED_SPAN


async def count_mastery(sessions: Sessions, programme_id: int, topic: Topic, today: date) -> None:
    """Count who has mastered each objective, at most once a date; `today` is the programme's.

    It is counted again only after five members have been correct on later dates and five have not.
    """
    async with sessions.begin() as session:
        before = await _told(session, programme_id)
        if not await _is_due(session, programme_id, _counted_on(before)):
            return
    names = {item.objective: pool_names(topic, item.id)[1] for item in topic.items}
    points = _points(before, names)
    people = 0
    async for members, [memories] in iter_batches(
        sessions, programme_id, [_MEMORIES], {}, _MEMORIES_PER_MEMBER
    ):
        people += sum(member.left_at is None and not member.hidden for member in members.values())
        for memory in memories:
            points[names.get(memory.objective_id, "")].add(memory)
    rows = [
        {
            "programme_id": programme_id,
            "objective_id": objective_id,
            "people": people,
            "mastered": point.mastered[objective_id],
            "learning": count - point.mastered[objective_id],
            "counted_on": today,
        }
        for point in points.values()
        if point.may_be_told
        for objective_id, count in point.met.items()
    ]
    told = {name for name, point in points.items() if point.may_be_told}
    async with sessions.begin() as session:
        programme = select(Programme.id).where(Programme.id == programme_id)
        exists_still = await session.scalar(programme.with_for_update(key_share=True))
        if exists_still and _counted_on(await _told(session, programme_id)) == _counted_on(before):
            old = [each.objective_id for each in before if names.get(each.objective_id, "") in told]
            of_programme = MasteryReport.programme_id == programme_id
            await session.execute(
                delete(MasteryReport).where(of_programme, MasteryReport.objective_id.in_(old))
            )
            await execute_many(session, insert(MasteryReport), rows)


def _points(before: Collection[MasteryReport], names: Mapping[str, str]) -> dict[str, _Point]:
    """Returns the key points as they were told last, by name."""
    points = defaultdict[str, _Point](_Point)
    for row in before:
        point = points[names.get(row.objective_id, "")]
        point.told_on = max(point.told_on, row.counted_on)
        point.told += row.mastered
    return points


async def _told(session: AsyncSession, programme_id: int) -> Collection[MasteryReport]:
    query = select(MasteryReport).where(MasteryReport.programme_id == programme_id)
    return (await session.scalars(query)).all()


def _counted_on(told: Collection[MasteryReport]) -> date | None:
    return max((row.counted_on for row in told), default=None)


async def _is_due(session: AsyncSession, programme_id: int, before: date | None) -> bool:
    # In each pool of dates five people were correct and five were not.
    pools = (
        select(ProgrammeDay.pool_ends_on)
        .where(ProgrammeDay.programme_id == programme_id, ProgrammeDay.pool_ends_on.is_not(None))
        .group_by(ProgrammeDay.pool_ends_on)
        .having(func.min(ProgrammeDay.local_date) > (before or date.min))
    )
    return (await session.scalar(pools.limit(1))) is not None
