"""Invitations: links whose codes nobody can guess (Bot API, "Deep linking").

A code has 128 bits of chance in it, in the 64 characters that a payload may have.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Invite, InviteKind

ONCE_FOR = timedelta(days=7)  # what works once works so long

_ONCE = (InviteKind.COORDINATOR, InviteKind.COLLEAGUE)
_LONGEST_CODE = 32


async def invite(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int | None = None,
    team_id: int | None = None,
) -> Invite:
    """A new invitation."""
    made = Invite(
        code=secrets.token_urlsafe(16),
        kind=kind,
        programme_id=programme_id,
        team_id=team_id,
        made_at=now,
        expires_at=now + ONCE_FOR if kind in _ONCE else None,
    )
    session.add(made)
    await session.flush()
    return made


async def standing(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int,
    team_id: int | None = None,
) -> Invite:
    """The invitation of that kind that is good at the moment, or a new one."""
    query = select(Invite).where(
        Invite.programme_id == programme_id,
        Invite.kind == kind,
        Invite.team_id == team_id if team_id is not None else Invite.team_id.is_(None),
        Invite.ended_at.is_(None),
    )
    found = await session.scalar(query.order_by(Invite.made_at.desc()).limit(1))
    return found or await invite(session, kind, now, programme_id, team_id)


async def find(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """The invitation, if it is good: neither revoked nor used up nor too old."""
    if not 0 < len(code) <= _LONGEST_CODE:
        return None
    found = await session.get(Invite, code)
    return found if found is not None and is_good(found, now) else None


def is_good(invitation: Invite, now: datetime) -> bool:
    """Whether it still invites."""
    expires_at = invitation.expires_at
    return invitation.ended_at is None and (expires_at is None or now < expires_at)


async def use_up(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """An invitation that works once, used now; None if it is none, or somebody was faster."""
    found: Invite | None = await session.scalar(
        select(Invite)
        .where(Invite.code == code[:_LONGEST_CODE], Invite.kind.in_(_ONCE))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or not is_good(found, now):
        return None
    found.ended_at = now
    return found


def revoke(invitation: Invite, now: datetime) -> None:
    """From now on the link leads nowhere."""
    invitation.ended_at = invitation.ended_at or now


async def of_programme(session: AsyncSession, programme_id: int, now: datetime) -> Sequence[Invite]:
    """The programme's links that are good, the oldest first."""
    rows = await session.scalars(
        select(Invite).where(Invite.programme_id == programme_id).order_by(Invite.made_at)
    )
    return [each for each in rows if is_good(each, now)]
