"""Programmes that do not take place: deleted while nobody has joined, or called off later.

A programme that is called off is over at once: nobody runs it, and nobody is in it any more. It is
deleted once its members have been told.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import (
    AuditEntry,
    Coordination,
    Enrolment,
    GroupChat,
    Invite,
    Note,
    NoteKind,
    Programme,
)
from quizbot.programmes import audit_log, definitions, group_chats, membership, notes
from quizbot.programmes.audit_log import Action
from quizbot.programmes.programme import REPLANNED_WITHIN, ProgrammeError, has_asked, today_of


async def was_joined(session: AsyncSession, programme_id: int) -> bool:
    """Returns whether anybody has joined, even if they have left since."""
    query = select(Enrolment.subscriber_id).where(Enrolment.programme_id == programme_id).limit(1)
    return await session.scalar(query) is not None


async def remove(session: AsyncSession, programme: Programme, actor_id: int, now: datetime) -> None:
    """Delete a programme that nobody has joined, with its links.

    Raises ProgrammeError, also while a group chat has one of its polls: nothing would close it.
    """
    await session.refresh(programme, with_for_update=True)  # nobody joins meanwhile
    if await was_joined(session, programme.id):
        raise ProgrammeError("joined")
    await _end_links(session, programme, now)
    audit_log.record(session, actor_id, Action.PROGRAMME_REMOVED, now, detail=programme.name)
    await session.delete(programme)
    await session.flush()


async def call_off(
    session: AsyncSession, programme: Programme, actor_id: int, now: datetime
) -> None:
    """Call off a programme that has not begun: its members leave it, and get a note each.

    Raises ProgrammeError, also while a group chat has one of its polls. The caller plans the
    members again afterwards (`membership.replan_members`), as after a change.
    """
    await session.refresh(programme, with_for_update=True)  # nobody joins meanwhile
    if await has_asked(session, programme, now):
        raise ProgrammeError("too-late")
    await _end_links(session, programme, now)
    await session.execute(delete(GroupChat).where(GroupChat.programme_id == programme.id))
    await notes.add_to_members(session, NoteKind.REMOVAL, programme.id, now)
    await membership.wait_for_others(session, programme.id, now)
    await session.execute(
        update(Enrolment)
        .where(definitions.enrolled(programme.id))
        .values(left_at=now, team_id=None, shown_name=None)
        .execution_options(synchronize_session=False)
    )
    await session.execute(delete(Coordination).where(Coordination.programme_id == programme.id))
    programme.starts_on = programme.ends_on = today_of(programme, now) - timedelta(days=1)
    programme.digest_due_at = programme.end_notice_due_at = None
    programme.replan_due_at = now + REPLANNED_WITHIN
    action = Action.PROGRAMME_CALLED_OFF
    audit_log.record(session, actor_id, action, now, programme.id, programme.name)
    await session.flush()


async def _end_links(session: AsyncSession, programme: Programme, now: datetime) -> None:
    """End its links. Raises ProgrammeError while a group chat has one of its polls."""
    if await group_chats.have_polls(session, programme.id):
        raise ProgrammeError("group-polls")
    await session.execute(  # kept without a programme, so that who opens one hears that it is dead
        update(Invite)
        .where(Invite.programme_id == programme.id)
        .values(programme_id=None, team_id=None, created_by=None, ended_at=now)
    )


async def is_called_off(session: AsyncSession, programme_id: int) -> bool:
    found = select(Programme.id).where(Programme.id == programme_id, audit_log.IS_CALLED_OFF)
    return await session.scalar(found) is not None


async def purge_called_off(session: AsyncSession) -> None:
    """Delete programmes that were called off, once their members are told and planned again.

    The entry of the log stays, without the programme, as after deleting one.
    """
    is_told = ~exists().where(Note.programme_id == Programme.id)
    is_planned = Programme.replan_due_at.is_(None)
    done = select(Programme.id).where(audit_log.IS_CALLED_OFF, is_told, is_planned)
    ids = (await session.scalars(done)).all()
    await session.execute(
        update(AuditEntry)
        .where(
            AuditEntry.programme_id.in_(ids),
            AuditEntry.action == Action.PROGRAMME_CALLED_OFF.value,
        )
        .values(programme_id=None)
    )
    await session.execute(delete(Programme).where(Programme.id.in_(ids)))
