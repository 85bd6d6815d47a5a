"""Who may run programmes, and which."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import (
    MAX_NAME_LENGTH,
    AuditEntry,
    Coordination,
    Coordinator,
    Invite,
    InviteKind,
    Programme,
)
from quizbot.programmes import audit_log, invites, text_input
from quizbot.programmes.audit_log import Action


async def find_coordinator(session: AsyncSession, person_id: int) -> Coordinator | None:
    """The person as a coordinator, if they are one."""
    return await session.get(Coordinator, person_id)


async def make_coordinator(
    session: AsyncSession, person_id: int, name: str, language: str, now: datetime
) -> Coordinator:
    """Make the person a coordinator whom members know by this name, or give them the name."""
    known = await find_coordinator(session, person_id)
    if known is not None:
        known.name, known.language = name[:MAX_NAME_LENGTH], language
        return known
    made = Coordinator(id=person_id, name=name[:MAX_NAME_LENGTH], language=language, since=now)
    session.add(made)
    audit_log.record(session, person_id, Action.COORDINATOR_MADE, now)
    await session.flush()
    return made


@dataclass(frozen=True)
class ListedCoordinator:
    """A coordinator, and how many programmes they run."""

    coordinator: Coordinator
    programmes: int


async def list_coordinators(session: AsyncSession) -> list[ListedCoordinator]:
    """All coordinators, the first first."""
    query = (
        select(Coordinator, func.count(Coordination.programme_id))
        .outerjoin(Coordination, Coordination.coordinator_id == Coordinator.id)
        .group_by(Coordinator.id)
        .order_by(Coordinator.since, Coordinator.id)
    )
    return [ListedCoordinator(who, number) for who, number in await session.execute(query)]


async def without_coordinator(session: AsyncSession) -> Sequence[Programme]:
    """What nobody runs, the latest first."""
    query = (
        select(Programme)
        .where(~exists().where(Coordination.programme_id == Programme.id))
        .order_by(Programme.id.desc())
    )
    return (await session.scalars(query)).all()


async def run_alone_by(session: AsyncSession, person_id: int) -> list[Programme]:
    """What nobody but this person runs."""
    return [
        programme
        for programme in await programmes_run_by(session, person_id)
        if len(await coordinators_of(session, programme.id)) == 1
    ]


async def remove_coordinator(
    session: AsyncSession, person_id: int, actor_id: int, now: datetime
) -> bool:
    """They run nothing any more, and what they made goes on; whether they were one.

    They are signed out, and what they were being asked is dropped. A programme that
    nobody runs is an operator's to give to somebody else.
    """
    known = await find_coordinator(session, person_id)
    if known is None:
        return False
    await _close_colleague_links(session, person_id, now)
    await text_input.finish(session, person_id)
    await session.delete(known)
    await session.flush()
    audit_log.record(session, actor_id, Action.COORDINATOR_REMOVED, now, detail=str(person_id))
    return True


async def _close_colleague_links(session: AsyncSession, person_id: int, now: datetime) -> None:
    """Whoever is removed could have kept one, and would be back by it."""
    theirs = select(Coordination.programme_id).where(Coordination.coordinator_id == person_id)
    await session.execute(
        update(Invite)
        .where(
            Invite.kind == InviteKind.COLLEAGUE,
            Invite.programme_id.in_(theirs),
            Invite.ended_at.is_(None),
        )
        .values(ended_at=now)
    )


async def forget(session: AsyncSession, person_id: int) -> None:
    """Erase what is kept about a person as a coordinator; the trail stays, without them."""
    await session.execute(delete(Coordinator).where(Coordinator.id == person_id))
    await text_input.finish(session, person_id)
    await session.execute(
        update(AuditEntry).where(AuditEntry.actor_id == person_id).values(actor_id=None)
    )
    about_them = (
        AuditEntry.action == Action.COORDINATOR_REMOVED.value,
        AuditEntry.detail == str(person_id),
    )
    await session.execute(update(AuditEntry).where(*about_them).values(detail=""))


async def accept_invite(
    session: AsyncSession, code: str, person_id: int, name: str, language: str, now: datetime
) -> Invite | None:
    """Use an invitation up that works once: from now on the person runs what it is to.

    None if it is not good any more. `name` is what members see.
    """
    invitation = await invites.redeem(session, code, now)
    if invitation is None:
        return None
    await make_coordinator(session, person_id, name, language, now)
    if invitation.programme_id is not None:
        await add_coordinator(session, invitation.programme_id, person_id)
        audit_log.record(session, person_id, Action.COLLEAGUE_JOINED, now, invitation.programme_id)
    return invitation


async def programmes_run_by(session: AsyncSession, person_id: int) -> Sequence[Programme]:
    """What the person runs, the latest first."""
    query = (
        select(Programme)
        .join(Coordination, Coordination.programme_id == Programme.id)
        .where(Coordination.coordinator_id == person_id)
        .order_by(Programme.starts_on.desc(), Programme.id.desc())
    )
    return (await session.scalars(query)).all()


async def programme_run_by(
    session: AsyncSession, programme_id: int, person_id: int, *, lock: bool = False
) -> Programme | None:
    """The programme, if that person runs it: whoever else asks learns nothing of it.

    Locked until the transaction ends, if it is to be changed.
    """
    query = (
        select(Programme)
        .join(Coordination, Coordination.programme_id == Programme.id)
        .where(Programme.id == programme_id, Coordination.coordinator_id == person_id)
    )
    if lock:  # members may join meanwhile
        query = query.with_for_update(of=Programme, key_share=True)
        query = query.execution_options(populate_existing=True)
    programme: Programme | None = await session.scalar(query)
    return programme


async def coordinators_of(session: AsyncSession, programme_id: int) -> Sequence[Coordinator]:
    """Who runs it."""
    query = (
        select(Coordinator)
        .join(Coordination, Coordination.coordinator_id == Coordinator.id)
        .where(Coordination.programme_id == programme_id)
        .order_by(Coordinator.since)
    )
    return (await session.scalars(query)).all()


async def add_coordinator(session: AsyncSession, programme_id: int, person_id: int) -> None:
    """Let this coordinator run the programme as well. Repeating it changes nothing."""
    if await session.get(Coordination, (programme_id, person_id)) is None:
        session.add(Coordination(programme_id=programme_id, coordinator_id=person_id))
        await session.flush()
