"""Coordinators: who they are, and which programmes each of them runs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import (
    MAX_NAME_LENGTH,
    AuditEntry,
    Coordination,
    Coordinator,
    Invite,
    Programme,
)
from quizbot.programmes import audit_log, invites, text_input
from quizbot.programmes.audit_log import Action


async def find_coordinator(session: AsyncSession, user_id: int) -> Coordinator | None:
    """Returns the coordinator with this Telegram id; None if the user is none."""
    return await session.get(Coordinator, user_id)


async def language_of(session: AsyncSession, user_id: int) -> str:
    """Returns the language of a coordinator, operator or subscriber; empty if it is unknown."""
    coordinator = await session.get(Coordinator, user_id)
    subscriber = await session.get(Subscriber, user_id)
    return next((each.language for each in (coordinator, subscriber) if each is not None), "")


async def may_write(session: AsyncSession, user_id: int) -> bool:
    """Returns whether the coordinator may write to members: no operator has stopped that.

    The coordinator is locked, so an operator who stops them at that moment waits.
    """
    lock = {"key_share": True}  # rows that refer to the coordinator may be added meanwhile
    known = await session.get(Coordinator, user_id, with_for_update=lock, populate_existing=True)
    return known is not None and known.messages_stopped_at is None


async def make_coordinator(
    session: AsyncSession, user_id: int, name: str, language: str, now: datetime
) -> Coordinator:
    """Make the user a coordinator with this name, which members see, or change their name."""
    known = await find_coordinator(session, user_id)
    if known is not None:
        known.name, known.language = name[:MAX_NAME_LENGTH], language
        return known
    made = Coordinator(id=user_id, name=name[:MAX_NAME_LENGTH], language=language, since=now)
    session.add(made)
    audit_log.record(session, user_id, Action.COORDINATOR_MADE, now)
    await session.flush()
    return made


@dataclass(frozen=True)
class ListedCoordinator:
    """A coordinator, with the number of their programmes."""

    coordinator: Coordinator
    programmes: int


async def list_coordinators(session: AsyncSession) -> list[ListedCoordinator]:
    """Returns all coordinators in the order in which they became one."""
    query = (
        select(Coordinator, func.count(Coordination.programme_id))
        .outerjoin(Coordination, Coordination.coordinator_id == Coordinator.id)
        .group_by(Coordinator.id)
        .order_by(Coordinator.since, Coordinator.id)
    )
    return [ListedCoordinator(*row) for row in await session.execute(query)]


async def without_coordinator(session: AsyncSession) -> Sequence[Programme]:
    """Returns the programmes that nobody runs, the latest first."""
    query = (
        select(Programme)
        .where(~exists().where(Coordination.programme_id == Programme.id), ~audit_log.IS_CALLED_OFF)
        .order_by(Programme.id.desc())
    )
    return (await session.scalars(query)).all()


async def run_alone_by(session: AsyncSession, user_id: int) -> list[Programme]:
    """Returns the programmes that nobody but this user runs."""
    return [
        programme
        for programme in await programmes_run_by(session, user_id)
        if len(await coordinators_of(session, programme.id)) == 1
    ]


async def remove_coordinator(
    session: AsyncSession, user_id: int, actor_id: int | None, now: datetime
) -> bool:
    """Remove a coordinator; returns False if the user is none.

    They are signed out and asked nothing more. Their programmes go on; an operator can give one
    without a coordinator to somebody else. `actor_id` is None for the command line.
    """
    known = await find_coordinator(session, user_id)
    if known is None:
        return False
    await invites.end_those_of(session, user_id, now)
    await text_input.finish(session, user_id)
    await session.delete(known)
    await session.flush()
    audit_log.record(session, actor_id, Action.COORDINATOR_REMOVED, now, detail=str(user_id))
    return True


async def forget(session: AsyncSession, user_id: int, now: datetime) -> None:
    """Erase what is kept about a coordinator or an operator, and end their open invitations.

    Which programmes they run, their sign-in links and their web sessions are deleted by ON DELETE
    CASCADE. Entries of the audit log stay, without their id.
    """
    await invites.end_those_of(session, user_id, now)
    await session.execute(delete(Coordinator).where(Coordinator.id == user_id))
    await text_input.finish(session, user_id)
    await session.execute(
        update(AuditEntry).where(AuditEntry.actor_id == user_id).values(actor_id=None)
    )
    about_them = (
        AuditEntry.action.in_(audit_log.ABOUT_COORDINATORS),
        AuditEntry.detail == str(user_id),
    )
    await session.execute(update(AuditEntry).where(*about_them).values(detail=""))


async def accept_invite(
    session: AsyncSession, code: str, user_id: int, name: str, language: str, now: datetime
) -> Invite | None:
    """Use up an invite that works once, and make the user a coordinator of its programme.

    Returns None if it is no longer valid. `name` is what members see.
    """
    invite = await invites.redeem(session, code, now)
    if invite is None:
        return None
    await make_coordinator(session, user_id, name, language, now)
    if invite.programme_id is not None:
        await add_coordinator(session, invite.programme_id, user_id)
        audit_log.record(session, user_id, Action.COLLEAGUE_JOINED, now, invite.programme_id)
    return invite


async def programmes_run_by(session: AsyncSession, user_id: int) -> Sequence[Programme]:
    """Returns the programmes that the user runs, the latest first."""
    query = _run_by(user_id).order_by(Programme.starts_on.desc(), Programme.id.desc())
    return (await session.scalars(query)).all()


async def programme_run_by(
    session: AsyncSession, programme_id: int, user_id: int, *, lock: bool = False
) -> Programme | None:
    """Returns the programme if the user runs it; None for anybody else.

    Pass `lock` to change it: it is locked until the transaction ends.
    """
    query = _run_by(user_id).where(Programme.id == programme_id)
    if lock:  # key_share: members may join meanwhile
        query = query.with_for_update(of=Programme, key_share=True)
        query = query.execution_options(populate_existing=True)
    return await session.scalar(query)


def _run_by(user_id: int) -> Select[Programme]:
    run = select(Programme).join(Coordination, Coordination.programme_id == Programme.id)
    return run.where(Coordination.coordinator_id == user_id)


async def coordinators_of(session: AsyncSession, programme_id: int) -> Sequence[Coordinator]:
    """Returns the programme's coordinators in the order in which they became one."""
    query = (
        select(Coordinator)
        .join(Coordination, Coordination.coordinator_id == Coordinator.id)
        .where(Coordination.programme_id == programme_id)
        .order_by(Coordinator.since, Coordinator.id)
    )
    return (await session.scalars(query)).all()


async def names_of(session: AsyncSession, programme_id: int) -> list[str]:
    """Returns the names of the programme's coordinators, ordered as in `coordinators_of`."""
    return [each.name for each in await coordinators_of(session, programme_id)]


async def keep_colleagues(
    session: AsyncSession, programme_id: int, before_id: int, user_id: int
) -> list[str]:
    """Let all who run the season before with this user run the new programme, too.

    Returns the names of its coordinators; none if the user alone runs it.
    """
    if await programme_run_by(session, before_id, user_id) is None:
        return []
    colleagues = await coordinators_of(session, before_id)
    for each in colleagues:
        await add_coordinator(session, programme_id, each.id)
    return [each.name for each in colleagues] if len(colleagues) > 1 else []


async def add_coordinator(session: AsyncSession, programme_id: int, user_id: int) -> None:
    """Let a coordinator run the programme as well. Repeating it changes nothing."""
    if await session.get(Coordination, (programme_id, user_id)) is None:
        session.add(Coordination(programme_id=programme_id, coordinator_id=user_id))
        await session.flush()
