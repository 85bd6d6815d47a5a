"""Invitations: links whose codes nobody can guess (Bot API, "Deep linking").

A code has 128 bits of chance in it, in the 64 characters that a payload may have.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_CODE_LENGTH, Invite, InviteKind, Team
from quizbot.programmes import audit_log
from quizbot.programmes.audit_log import Action

ONE_TIME_LIFETIME = timedelta(days=7)  # what works once works so long

_ONE_TIME = (InviteKind.COORDINATOR, InviteKind.COLLEAGUE)

_ACTIONS = {
    InviteKind.MEMBER: Action.LINK_MADE,
    InviteKind.GROUP: Action.LINK_MADE,
    InviteKind.COLLEAGUE: Action.COLLEAGUE_INVITED,
    InviteKind.COORDINATOR: Action.COORDINATOR_INVITED,
}


async def create(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int | None = None,
    team_id: int | None = None,
    *,
    actor_id: int,
) -> Invite:
    """A new invitation of the actor, beside those there are; the trail has it."""
    made = Invite(
        code=secrets.token_urlsafe(16),
        kind=kind,
        programme_id=programme_id,
        team_id=team_id,
        created_at=now,
        expires_at=now + ONE_TIME_LIFETIME if kind in _ONE_TIME else None,
    )
    session.add(made)
    detail = await _description(session, kind, team_id)
    audit_log.record(session, actor_id, _ACTIONS[kind], now, programme_id, detail)
    await session.flush()
    return made


async def current_or_new(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int,
    team_id: int | None = None,
    *,
    actor_id: int,
) -> Invite:
    """The invitation of that kind that is good at the moment, or a new one of the actor.

    The programme is locked (`coordinating.run_by`), so that of many at once one makes it.
    """
    found = await _valid(session, kind, now, programme_id, team_id)
    if found:
        return found[-1]
    return await create(session, kind, now, programme_id, team_id, actor_id=actor_id)


async def replace(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int,
    team_id: int | None = None,
    *,
    actor_id: int,
) -> Invite:
    """A new invitation in place of all of that kind and team. The programme is locked."""
    for each in await _valid(session, kind, now, programme_id, team_id):
        await _end(session, each, now, actor_id)
    return await create(session, kind, now, programme_id, team_id, actor_id=actor_id)


async def revoke(
    session: AsyncSession, invitation: Invite, now: datetime, *, actor_id: int
) -> None:
    """From now on the link leads nowhere, nor do others of its kind and team.

    Of links that work once each is somebody else's: only that one ends.
    """
    ending: Sequence[Invite] = [invitation]
    if invitation.kind not in _ONE_TIME and invitation.programme_id is not None:
        of = (invitation.programme_id, invitation.team_id)
        ending = await _valid(session, invitation.kind, now, *of)
    for each in ending:
        if is_valid(each, now):
            await _end(session, each, now, actor_id)


async def _valid(
    session: AsyncSession, kind: InviteKind, now: datetime, programme_id: int, team_id: int | None
) -> Sequence[Invite]:
    every = await of_programme(session, programme_id, now)
    return [each for each in every if (each.kind, each.team_id) == (kind, team_id)]


async def _end(session: AsyncSession, invitation: Invite, now: datetime, actor_id: int) -> None:
    invitation.ended_at = now
    detail = await _description(session, invitation.kind, invitation.team_id)
    audit_log.record(session, actor_id, Action.LINK_REVOKED, now, invitation.programme_id, detail)


async def _description(session: AsyncSession, kind: InviteKind, team_id: int | None) -> str:
    """What the trail calls it: by the team that it leads into, or by its kind."""
    team = await session.get(Team, team_id) if team_id is not None else None
    return team.name if team is not None else kind.value


async def find(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """The invitation, if it is good: neither revoked nor used up nor too old."""
    if not 0 < len(code) <= MAX_CODE_LENGTH:
        return None
    found = await session.get(Invite, code)
    return found if found is not None and is_valid(found, now) else None


def is_valid(invitation: Invite, now: datetime) -> bool:
    """Whether it still invites."""
    expires_at = invitation.expires_at
    return invitation.ended_at is None and (expires_at is None or now < expires_at)


async def redeem(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """An invitation that works once, used now; None if it is none, or somebody was faster."""
    found: Invite | None = await session.scalar(
        select(Invite)
        .where(Invite.code == code[:MAX_CODE_LENGTH], Invite.kind.in_(_ONE_TIME))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or not is_valid(found, now):
        return None
    found.ended_at = now
    return found


async def of_programme(session: AsyncSession, programme_id: int, now: datetime) -> Sequence[Invite]:
    """The programme's links that are good, the oldest first."""
    rows = await session.scalars(
        select(Invite)
        .where(Invite.programme_id == programme_id)
        .order_by(Invite.created_at, Invite.code)
    )
    return [each for each in rows if is_valid(each, now)]
