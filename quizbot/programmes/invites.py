"""Invites: deep links with a code that nobody can guess (Bot API, "Deep linking").

A code has 128 random bits, in the characters that a payload may have.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import (
    MAX_CODE_LENGTH,
    Coordination,
    Coordinator,
    Invite,
    InviteKind,
    Programme,
    Team,
)
from quizbot.programmes import audit_log, schedule
from quizbot.programmes.audit_log import Action

Link = tuple[InviteKind, int | None]  # what an invite leads to: its kind, and its team if any

ONE_TIME_LIFETIME = timedelta(days=7)  # of invites that work once
UNDO_WITHIN = timedelta(hours=1)  # after a link was revoked or renewed

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
    action: Action | None = None,
) -> Invite:
    """Create an invite of the actor, beside those that exist; log it, and return it.

    The `action` in the log is that of its kind, unless one is given.
    """
    made = Invite(
        code=secrets.token_urlsafe(16),
        kind=kind,
        programme_id=programme_id,
        team_id=team_id,
        created_at=now,
        created_by=actor_id if kind in _ONE_TIME else None,
        expires_at=now + ONE_TIME_LIFETIME if kind in _ONE_TIME else None,
    )
    session.add(made)
    detail = await _description(session, kind, team_id)
    audit_log.record(session, actor_id, action or _ACTIONS[kind], now, programme_id, detail)
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
    """Returns the latest valid invite of that kind and team, or creates one of the actor.

    The caller has locked the programme, so that concurrent calls create only one.
    Raises EndedError.
    """
    await _check_not_ended(session, programme_id, now)
    found = await current(session, kind, now, programme_id, team_id)
    if found is not None:
        return found
    return await create(session, kind, now, programme_id, team_id, actor_id=actor_id)


async def current(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int,
    team_id: int | None = None,
) -> Invite | None:
    """Returns the latest valid invite of that kind and team; None if there is none."""
    found = await _valid(session, kind, now, programme_id, team_id)
    return found[-1] if found else None


async def is_turned_off(
    session: AsyncSession, now: datetime, programme_id: int, team_id: int | None = None
) -> bool:
    """Returns whether there was a link for members, or the team's, and none is valid now."""
    every = await every_invite(session, programme_id)
    of = [each for each in every if (each.kind, each.team_id) == (InviteKind.MEMBER, team_id)]
    return bool(of) and not any(is_valid(each, now) for each in of)


async def replace(
    session: AsyncSession,
    kind: InviteKind,
    now: datetime,
    programme_id: int,
    team_id: int | None = None,
    *,
    actor_id: int,
) -> Invite:
    """End all invites of that kind and team, and return a new one. The programme is locked.

    Raises EndedError.
    """
    await _check_not_ended(session, programme_id, now)
    ending = await _valid(session, kind, now, programme_id, team_id)
    for each in ending:
        each.ended_at, each.created_by = now, None
    action = Action.LINK_RENEWED if ending else None
    return await create(session, kind, now, programme_id, team_id, actor_id=actor_id, action=action)


async def revoke(session: AsyncSession, invite: Invite, now: datetime, *, actor_id: int) -> None:
    """End the invite, and all others of its kind and team.

    Invites that work once are for different people, so only this one ends.
    """
    ending: Sequence[Invite] = [invite]
    if invite.kind not in _ONE_TIME and invite.programme_id is not None:
        of = (invite.programme_id, invite.team_id)
        ending = await _valid(session, invite.kind, now, *of)
    for each in ending:
        if is_valid(each, now):
            await _end(session, each, now, actor_id)


def undoable(every: Sequence[Invite], now: datetime) -> dict[Link, Invite]:
    """Returns by kind and team the link that `undo` brings back: the last one that ended.

    Only within UNDO_WITHIN, and neither what an undo has ended nor what ended with its coordinator.
    """
    ended = [
        (each.ended_at, each)
        for each in every
        if each.expires_at is None and each.ended_at and each.ended_at > now - UNDO_WITHIN
    ]
    current = {(each.kind, each.team_id): each for each in every if is_valid(each, now)}
    latest = {
        (each.kind, each.team_id): (at, each)
        for at, each in sorted(ended, key=lambda each: each[0])
    }
    return {
        link: each
        for link, (at, each) in latest.items()
        if link not in current or at <= current[link].created_at
    }


async def undo(session: AsyncSession, invite: Invite, now: datetime, *, actor_id: int) -> bool:
    """Bring back a link that was revoked or renewed; the one made since ends.

    Returns False if it is too late. The programme is locked. Raises EndedError.
    """
    programme_id, link = invite.programme_id, (invite.kind, invite.team_id)
    last = undoable(await every_invite(session, programme_id or 0), now).get(link)
    if programme_id is None or last is None or last.ended_at != invite.ended_at:
        return False
    await _check_not_ended(session, programme_id, now)
    for each in await _valid(session, invite.kind, now, programme_id, invite.team_id):
        each.ended_at = now
    invite.ended_at = None
    detail = await _description(session, invite.kind, invite.team_id)
    audit_log.record(session, actor_id, Action.LINK_RESTORED, now, programme_id, detail)
    await session.flush()
    return True


async def _check_not_ended(session: AsyncSession, programme_id: int, now: datetime) -> None:
    schedule.check_not_ended(await session.get_one(Programme, programme_id), now)


async def _valid(
    session: AsyncSession, kind: InviteKind, now: datetime, programme_id: int, team_id: int | None
) -> Sequence[Invite]:
    every = await of_programme(session, programme_id, now)
    return [each for each in every if (each.kind, each.team_id) == (kind, team_id)]


async def _end(session: AsyncSession, invite: Invite, now: datetime, actor_id: int) -> None:
    invite.ended_at, invite.created_by = now, None
    detail = await _description(session, invite.kind, invite.team_id)
    audit_log.record(session, actor_id, Action.LINK_REVOKED, now, invite.programme_id, detail)


async def _description(session: AsyncSession, kind: InviteKind, team_id: int | None) -> str:
    """Returns what the audit log calls the invite: its team's name, or its kind."""
    team = await session.get(Team, team_id) if team_id is not None else None
    return team.name if team is not None else kind.value


async def find(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """Returns the invite if it is valid: neither revoked, nor used up, nor expired.

    Codes are ASCII (Bot API, "Deep linking"): text that a database cannot store is never looked up.
    """
    if not 0 < len(code) <= MAX_CODE_LENGTH or not code.isascii():
        return None
    found = await session.get(Invite, code)
    return found if found is not None and is_valid(found, now) else None


def is_valid(invite: Invite, now: datetime) -> bool:
    expires_at = invite.expires_at
    return invite.ended_at is None and (expires_at is None or now < expires_at)


async def redeem(session: AsyncSession, code: str, now: datetime) -> Invite | None:
    """Use up an invite that works once; returns None if it is not valid or somebody was faster."""
    found: Invite | None = await session.scalar(
        select(Invite)
        .where(Invite.code == code[:MAX_CODE_LENGTH], Invite.kind.in_(_ONE_TIME))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None or not is_valid(found, now):
        return None
    found.ended_at, found.created_by = now, None
    return found


@dataclass(frozen=True)
class OpenInvite:
    """An open invitation to run programmes: its programme, if any, and who made it, if known."""

    invite: Invite
    programme: str | None
    made_by: str | None

    @property
    def handle(self) -> str:
        """A name of the invitation by which nobody can accept it."""
        return hashlib.sha256(self.invite.code.encode()).hexdigest()[:16]


async def open_one_time(session: AsyncSession, now: datetime) -> list[OpenInvite]:
    """Returns all open invitations to run programmes, the latest first."""
    query = (
        select(Invite, Programme.name, Coordinator.name)
        .outerjoin(Programme, Programme.id == Invite.programme_id)
        .outerjoin(Coordinator, Coordinator.id == Invite.created_by)
        .where(Invite.kind.in_(_ONE_TIME), Invite.ended_at.is_(None), Invite.expires_at > now)
        .order_by(Invite.created_at.desc(), Invite.code)
    )
    return [OpenInvite(*row) for row in await session.execute(query)]


async def end_those_of(session: AsyncSession, user_id: int, now: datetime) -> None:
    """End the open invitations by which a coordinator who leaves could come back.

    They are those that the user made, and the colleague and group links of the programmes that the
    user runs, which the user may know. Links for members go on.
    """
    theirs = select(Coordination.programme_id).where(Coordination.coordinator_id == user_id)
    known = and_(
        Invite.kind.in_((InviteKind.COLLEAGUE, InviteKind.GROUP)), Invite.programme_id.in_(theirs)
    )
    await session.execute(
        update(Invite)
        .where(Invite.ended_at.is_(None), or_(known, Invite.created_by == user_id))
        .values(ended_at=now, expires_at=now, created_by=None)  # so that no undo brings it back
    )


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Forget who made invitations that have expired."""
    await session.execute(
        update(Invite)
        .where(Invite.created_by.is_not(None), Invite.expires_at <= now)
        .values(created_by=None)
    )


async def of_programme(session: AsyncSession, programme_id: int, now: datetime) -> Sequence[Invite]:
    """Returns the programme's valid invites, the oldest first."""
    return [each for each in await every_invite(session, programme_id) if is_valid(each, now)]


async def every_invite(session: AsyncSession, programme_id: int) -> Sequence[Invite]:
    """Returns all invites of the programme, valid or not, the oldest first."""
    rows = await session.scalars(
        select(Invite)
        .where(Invite.programme_id == programme_id)
        .order_by(Invite.created_at, Invite.code)
    )
    return rows.all()
