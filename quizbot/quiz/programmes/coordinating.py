"""Who may run programmes, and which."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import AuditEntry, Coordination, Coordinator, Dialogue, Programme
from quizbot.quiz.programmes import audit
from quizbot.quiz.programmes.audit import Action

LONGEST_NAME = 64


async def coordinator(session: AsyncSession, person_id: int) -> Coordinator | None:
    """The person as a coordinator, if they are one."""
    return await session.get(Coordinator, person_id)


async def make_coordinator(
    session: AsyncSession, person_id: int, name: str, language: str, now: datetime
) -> Coordinator:
    """Make the person a coordinator whom members know by this name, or give them the name."""
    known = await coordinator(session, person_id)
    if known is not None:
        known.name, known.language = name[:LONGEST_NAME], language
        return known
    made = Coordinator(id=person_id, name=name[:LONGEST_NAME], language=language, since=now)
    session.add(made)
    audit.record(session, person_id, Action.COORDINATOR_MADE, now)
    await session.flush()
    return made


async def coordinators(session: AsyncSession) -> Sequence[Coordinator]:
    """All there are, the first first."""
    return (await session.scalars(select(Coordinator).order_by(Coordinator.since))).all()


async def remove_coordinator(
    session: AsyncSession, person_id: int, actor_id: int, now: datetime
) -> bool:
    """They run nothing any more and are signed out; what they made goes on. Whether they were one.

    A programme that nobody runs is an operator's to give to somebody else.
    """
    known = await coordinator(session, person_id)
    if known is None:
        return False
    await session.delete(known)
    audit.record(session, actor_id, Action.COORDINATOR_REMOVED, now, detail=str(person_id))
    return True


async def forget(session: AsyncSession, person_id: int) -> None:
    """Erase what is kept about a person as a coordinator; the trail stays, without them."""
    await session.execute(delete(Coordinator).where(Coordinator.id == person_id))
    await session.execute(delete(Dialogue).where(Dialogue.person_id == person_id))
    await session.execute(
        update(AuditEntry).where(AuditEntry.actor_id == person_id).values(actor_id=None)
    )


async def programmes_of(session: AsyncSession, person_id: int) -> Sequence[Programme]:
    """What the person runs, the latest first."""
    query = (
        select(Programme)
        .join(Coordination, Coordination.programme_id == Programme.id)
        .where(Coordination.coordinator_id == person_id)
        .order_by(Programme.starts_on.desc(), Programme.id.desc())
    )
    return (await session.scalars(query)).all()


async def run_by(session: AsyncSession, programme_id: int, person_id: int) -> Programme | None:
    """The programme, if that person runs it: whoever else asks learns nothing of it."""
    programme: Programme | None = await session.scalar(
        select(Programme)
        .join(Coordination, Coordination.programme_id == Programme.id)
        .where(Programme.id == programme_id, Coordination.coordinator_id == person_id)
    )
    return programme


async def runners(session: AsyncSession, programme_id: int) -> Sequence[Coordinator]:
    """Who runs it."""
    query = (
        select(Coordinator)
        .join(Coordination, Coordination.coordinator_id == Coordinator.id)
        .where(Coordination.programme_id == programme_id)
        .order_by(Coordinator.since)
    )
    return (await session.scalars(query)).all()


async def share(session: AsyncSession, programme_id: int, person_id: int) -> None:
    """Let this coordinator run the programme as well. Repeating it changes nothing."""
    if await session.get(Coordination, (programme_id, person_id)) is None:
        session.add(Coordination(programme_id=programme_id, coordinator_id=person_id))
        await session.flush()
