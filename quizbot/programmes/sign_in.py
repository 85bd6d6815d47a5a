"""Signing in to the dashboard without a password: by a link that works once, or by a Mini App.

Only the SHA-256 of links and sessions is stored, so nobody can sign in with a copy of the database.
"""

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Coordinator, SignIn, WebSession
from quizbot.programmes import audit_log
from quizbot.programmes.audit_log import Action

LINK_LIFETIME = timedelta(minutes=5)
SESSION_LIFETIME = timedelta(hours=12)
IDLE_LIFETIME = timedelta(hours=2)  # of a session that is not used

_USE_NOTED_EVERY = timedelta(minutes=1)
_MAX_TOKEN_LENGTH = 64


@dataclass(frozen=True)
class SignedIn:
    """A new session of the coordinator; its `token` is for the browser's cookie only.

    `is_new` unless the browser had a session of the same coordinator until now.
    """

    token: str
    expires_at: datetime
    coordinator: Coordinator
    is_new: bool


@dataclass(frozen=True)
class Visitor:
    """A session and its coordinator."""

    session: WebSession
    coordinator: Coordinator


async def issue_link(session: AsyncSession, coordinator_id: int, now: datetime) -> str:
    """Create a link that signs in the coordinator once, in `LINK_LIFETIME`. Returns its token."""
    await purge_expired(session, now)
    token = secrets.token_urlsafe(16)
    session.add(
        SignIn(
            token_hash=_hash(token), coordinator_id=coordinator_id, expires_at=now + LINK_LIFETIME
        )
    )
    await session.flush()
    return token


async def link_owner(session: AsyncSession, token: str, now: datetime) -> Coordinator | None:
    """Returns whom a link would sign in; None if it is not valid. This does not use it up."""
    if not _is_token(token):
        return None
    query = select(Coordinator).join(SignIn, SignIn.coordinator_id == Coordinator.id)
    return await session.scalar(query.where(*_usable_link(token, now)))


async def redeem(
    session: AsyncSession, token: str, now: datetime, before: str = ""
) -> SignedIn | None:
    """Use up the link and sign in; returns None if it was used, has expired, or never existed.

    `before` is the token of the session that the browser had until now, of any coordinator: that
    session ends.
    """
    if not _is_token(token):
        return None
    coordinator_id = await session.scalar(
        update(SignIn)
        .where(*_usable_link(token, now))
        .values(used_at=now)
        .returning(SignIn.coordinator_id)
    )
    if coordinator_id is None:
        return None
    return await _begin(session, coordinator_id, now, before)


async def redeem_launch(
    session: AsyncSession,
    coordinator_id: int,
    signature: str,
    expires_at: datetime,
    now: datetime,
    before: str = "",
) -> SignedIn | None:
    """Sign in by a Mini App's launch data, which the caller has validated.

    Returns None if the user is not a coordinator, or the launch data was used before: its
    `signature` is not accepted twice until `expires_at`. `before` is as in `redeem`.
    """
    coordinator = await session.get(Coordinator, coordinator_id, with_for_update=True)
    used = _hash(f"launch {signature}")
    if coordinator is None or await session.get(SignIn, used) is not None:
        return None
    session.add(
        SignIn(token_hash=used, coordinator_id=coordinator.id, expires_at=expires_at, used_at=now)
    )
    return await _begin(session, coordinator.id, now, before)


async def find_visitor(session: AsyncSession, token: str, now: datetime) -> Visitor | None:
    """Returns the session of the cookie's token with its coordinator; None if it is not valid.

    Notes that the session is used now.
    """
    if not _is_token(token):
        return None
    this = WebSession.token_hash == _hash(token)
    query = (
        select(WebSession, Coordinator)
        .join(Coordinator, Coordinator.id == WebSession.coordinator_id)
        .where(this, ~_is_over(now))
    )
    row = (await session.execute(query)).one_or_none()
    if row is None:
        return None
    visitor = Visitor(*row)
    if now - last_use(visitor.session) >= _USE_NOTED_EVERY:
        await session.execute(update(WebSession).where(this).values(last_used_at=now))
    return visitor


def last_use(web_session: WebSession) -> datetime:
    """Returns when the session was last used, to the minute (UTC)."""
    return web_session.last_used_at or web_session.created_at


def _is_over(now: datetime) -> ColumnElement[bool]:
    """Returns the condition for sessions that have expired or were not used for too long."""
    used_at = func.coalesce(WebSession.last_used_at, WebSession.created_at)
    return or_(WebSession.expires_at <= now, used_at <= now - IDLE_LIFETIME)


async def open_sessions(
    session: AsyncSession, coordinator_id: int, now: datetime
) -> Sequence[WebSession]:
    """Returns the coordinator's sessions that are not over, the oldest first."""
    query = select(WebSession).where(WebSession.coordinator_id == coordinator_id, ~_is_over(now))
    return (await session.scalars(query.order_by(WebSession.created_at))).all()


async def end_all(session: AsyncSession, coordinator_id: int, now: datetime) -> None:
    """End all sessions of the coordinator, and the links that nobody has used yet.

    Sign-ins in progress end as well: `redeem` locks its link and `redeem_launch` the coordinator,
    so the sessions are deleted after waiting for both.
    """
    unused = SignIn.coordinator_id == coordinator_id, SignIn.used_at.is_(None)
    await session.execute(delete(SignIn).where(*unused))
    await session.get(Coordinator, coordinator_id, with_for_update=True, populate_existing=True)
    await session.execute(delete(WebSession).where(WebSession.coordinator_id == coordinator_id))
    audit_log.record(session, coordinator_id, Action.SIGNED_OUT, now, detail="everywhere")


async def sign_out(session: AsyncSession, visitor: Visitor, now: datetime) -> None:
    """End the session on the server, whatever the browser does with its cookie."""
    await session.execute(
        delete(WebSession).where(WebSession.token_hash == visitor.session.token_hash)
    )
    audit_log.record(session, visitor.coordinator.id, Action.SIGNED_OUT, now)


async def _begin(
    session: AsyncSession, coordinator_id: int, now: datetime, before: str
) -> SignedIn:
    """Begin a session, and end the browser's previous one, which has the token `before`."""
    await purge_expired(session, now)
    previous = await find_visitor(session, before, now)
    if previous is not None:
        await sign_out(session, previous, now)
    token, expires_at = secrets.token_urlsafe(32), now + SESSION_LIFETIME
    session.add(
        WebSession(
            token_hash=_hash(token),
            coordinator_id=coordinator_id,
            created_at=now,
            expires_at=expires_at,
        )
    )
    audit_log.record(session, coordinator_id, Action.SIGNED_IN, now)
    await session.flush()
    coordinator = await session.get_one(Coordinator, coordinator_id)
    is_new = previous is None or previous.coordinator.id != coordinator_id
    return SignedIn(token, expires_at, coordinator, is_new)


def _usable_link(token: str, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions for the link with this token, if it is neither used nor expired."""
    return SignIn.token_hash == _hash(token), SignIn.used_at.is_(None), SignIn.expires_at > now


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete links and sessions that have expired or were not used for too long."""
    await session.execute(delete(SignIn).where(SignIn.expires_at <= now))
    await session.execute(delete(WebSession).where(_is_over(now)))


def _is_token(text: str) -> bool:
    return 0 < len(text) <= _MAX_TOKEN_LENGTH


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()
