"""How many members have mastered each item, counted anew after some of them have answered.

Whoever is hidden is left out.
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import LearnerMemory, Subscriber
from db.programmes import Enrolment, MasteryReport, Programme
from db.session import Sessions
from quizbot.programmes.boards import MIN_GROUP_SIZE
from quizbot.programmes.members import THESE, EnrolledMember, iter_batches
from quizbot.quiz.answers.memory import is_mastered

_ITEMS_EACH = 30  # or so, that somebody recalls

_RECALLS = (
    select(
        LearnerMemory.item_id,
        LearnerMemory.stability,
        LearnerMemory.first_correct_on,
        LearnerMemory.last_correct_on,
    )
    .join_from(Enrolment, LearnerMemory, LearnerMemory.subscriber_id == Enrolment.subscriber_id)
    .where(THESE, Enrolment.left_at.is_(None), Enrolment.hidden.is_(False))
)


@dataclass
class _Counted:
    """How many people there are, have met an item, have mastered it."""

    people: int = 0
    met: Counter[str] = field(default_factory=Counter)
    mastered: Counter[str] = field(default_factory=Counter)


async def count_mastery(sessions: Sessions, programme_id: int, today: date) -> None:
    """At most once a date, `today` being the programme's.

    Only after five members have answered on later dates than it was counted on: so a change never
    tells of one person, not even of one who has left.
    """
    async with sessions.begin() as session:
        before = await _counted_on(session, programme_id)
        if not await _is_due(session, programme_id, before, today):
            return
    counted = _Counted()
    async for members, [recalls] in iter_batches(
        sessions, programme_id, [_RECALLS], {}, _ITEMS_EACH
    ):
        counted.people += sum(_counts(member) for member in members.values())
        for item_id, *memory in recalls:
            counted.met[item_id] += 1
            counted.mastered[item_id] += is_mastered(*memory)
    async with sessions.begin() as session:
        locked = select(Programme.id).where(Programme.id == programme_id)
        there = await session.scalar(locked.with_for_update(key_share=True))
        if there is not None and await _counted_on(session, programme_id) == before:
            await _replace(session, programme_id, counted, today)


def _counts(member: EnrolledMember) -> bool:
    return member.left_at is None and not member.hidden


async def _counted_on(session: AsyncSession, programme_id: int) -> date | None:
    query = select(func.max(MasteryReport.counted_on))
    return await session.scalar(query.where(MasteryReport.programme_id == programme_id))


async def _is_due(
    session: AsyncSession, programme_id: int, before: date | None, today: date
) -> bool:
    if before is not None and before >= today:
        return False
    answered = (
        select(func.count())
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(
            Enrolment.programme_id == programme_id,
            Enrolment.left_at.is_(None),
            Enrolment.hidden.is_(False),
            Subscriber.last_answered_on > (before or date.min),
        )
    )
    return (await session.scalar(answered) or 0) >= MIN_GROUP_SIZE


async def _replace(
    session: AsyncSession, programme_id: int, counted: _Counted, today: date
) -> None:
    await session.execute(delete(MasteryReport).where(MasteryReport.programme_id == programme_id))
    rows = [
        {
            "programme_id": programme_id,
            "item_id": item_id,
            "people": counted.people,
            "mastered": counted.mastered[item_id],
            "learning": met - counted.mastered[item_id],
            "counted_on": today,
        }
        for item_id, met in counted.met.items()
    ]
    connection = await session.connection()
    if rows:
        await connection.execute(insert(MasteryReport), rows)
