"""Updates that failed are parked: kept in a table, acknowledged, and retried for a day.

getUpdates confirms all updates up to an id, so one that fails must not hold up the others. Later
updates of the same chat do not wait either. A poll answer does not depend on them: it is recorded
as of the time it arrived. A pressed button does, so a newer press or command replaces it:
otherwise a late retry could undo what the person has chosen since.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from traceback import walk_tb
from typing import Any

import structlog
from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import CallbackQuery, Update

from db import leases
from db.leases import Lease
from db.models import MAX_ERROR_LENGTH, ParkedUpdate
from db.session import Sessions
from db.transient_errors import retry_transient
from db.upsert import upsert
from quizbot import metrics
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.updates.receiver import ALLOWED_UPDATES

RETRIED_FOR = timedelta(days=1)  # then it is set aside

_FIRST_PAUSE = timedelta(seconds=30)  # twice as long each time
_LONGEST_PAUSE = timedelta(hours=1)
_SHORTAGE_PAUSES = (0.25, 0.5, 1, 2, 4, 8, 16, 30)  # seconds
_LEASE = timedelta(minutes=5)  # longer than handling an update takes

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Parked:
    """A parked update that is due for a retry, and the lease on it."""

    update_id: int
    kind: str
    content: dict[str, Any]
    attempts: int
    parked_at: datetime
    lease: Lease


@dataclass(frozen=True)
class Parking:
    """Parks updates. `apologise` tells the sender, and whether the update will be retried."""

    sessions: Sessions
    clock: Callable[[], datetime]
    apologise: Callable[[Update, bool], None]

    async def park(self, update_id: int, failed: PollAnswer | Update, error: Exception) -> None:
        """Keep the update, and return once that is committed, even if the database was away."""
        kind, content, now = _kind_of(failed), _content(failed), self.clock()
        row = {
            "id": update_id,
            "user_id": _user_of(failed),
            "kind": kind,
            "content": content,
            "error": _summary(error),
            "attempts": 1,
            "parked_at": now,
            "retry_at": now + _FIRST_PAUSE if content else None,
        }
        if content:
            log.error("update_parked", update=update_id, kind=kind, exc_info=error)
            metrics.PARKED.inc()
        else:
            _log_set_aside(update_id, kind, error)
        try:
            await self._insert_patiently(row)
        except Exception:
            log.exception("update_not_parked", update=update_id)
            content = None
        if isinstance(failed, Update):
            self.apologise(failed, content is not None)

    async def take_due(self) -> Parked | None:
        """Take the update that is due for the longest time; None if no retry is due."""
        now, row = self.clock(), ParkedUpdate
        async with self.sessions.begin() as session:
            lease = await leases.take_due(
                session,
                row.retry_at,
                now,
                1,
                now + _LEASE,
                row.kind,
                row.content,
                row.attempts,
                row.parked_at,
            )
        if not lease:
            return None
        [found] = lease.rows
        return Parked(found.id, found.kind, found.content, found.attempts, found.parked_at, lease)

    async def succeeded(self, parked: Parked) -> None:
        """Delete it."""
        async with self.sessions.begin() as session:
            await session.execute(delete(ParkedUpdate).where(ParkedUpdate.id == parked.update_id))
        log.info("parked_update_handled", update=parked.update_id, attempts=parked.attempts)

    async def failed(self, parked: Parked, error: Exception) -> None:
        """Plan the next attempt after a growing pause, or set it aside after a day."""
        now = self.clock()
        is_last = now - parked.parked_at >= RETRIED_FOR
        retry_at = None if is_last else now + _pause(parked.attempts)
        async with self.sessions.begin() as session:
            if not await leases.renew(session, parked.lease, retry_at):
                return  # replaced or erased meanwhile
            await session.execute(
                update(ParkedUpdate)
                .where(ParkedUpdate.id == parked.update_id)
                .values(attempts=parked.attempts + 1, error=_summary(error))
            )
        if is_last:
            _log_set_aside(parked.update_id, parked.kind, error)

    async def _insert_patiently(self, row: dict[str, Any]) -> None:
        """Insert the row, even if the process has run out of file descriptors for a minute."""
        for pause in _SHORTAGE_PAUSES:
            try:
                return await retry_transient(lambda: self._insert(row))
            except OSError:
                await asyncio.sleep(pause)
        return await self._insert(row)

    async def _insert(self, row: dict[str, Any]) -> None:
        """Insert the row; if Telegram has repeated the update, it still arrived the first time."""
        async with self.sessions.begin() as session:
            await upsert(session, ParkedUpdate, [row], keep=("parked_at", "attempts"))


async def drop_older_presses(session: AsyncSession, user_id: int, update_id: int) -> None:
    """Delete the user's parked presses before this press or command, so that none is retried."""
    await session.execute(
        delete(ParkedUpdate).where(
            ParkedUpdate.user_id == user_id,
            ParkedUpdate.kind == "callback_query",
            ParkedUpdate.retry_at.is_not(None),
            ParkedUpdate.id < update_id,
        )
    )


def _pause(attempts: int) -> timedelta:
    """Returns the pause after so many failed retries and the first failure."""
    return min(_FIRST_PAUSE * (1 << min(attempts, 16)), _LONGEST_PAUSE)


def _log_set_aside(update_id: int, kind: str, error: Exception) -> None:
    log.error("update_set_aside", update=update_id, kind=kind, exc_info=error)
    metrics.SET_ASIDE.inc()


def _summary(error: Exception) -> str:
    """Returns the error's type and place. Its message may hold what a person has typed."""
    code = getattr(getattr(error, "orig", None), "sqlstate", None)
    places = [
        f"{frame.f_globals.get('__name__')}:{line}" for frame, line in walk_tb(error.__traceback__)
    ]
    own = [place for place in places if place.startswith("quizbot.")]
    parts = (type(error).__name__, code, *own[-1:])
    return " ".join(part for part in parts if part)[:MAX_ERROR_LENGTH]


def _kind_of(failed: PollAnswer | Update) -> str:
    if isinstance(failed, PollAnswer):
        return "poll_answer"
    return next((kind for kind in ALLOWED_UPDATES if getattr(failed, kind) is not None), "other")


def _user_of(failed: PollAnswer | Update) -> int | None:
    if isinstance(failed, PollAnswer):
        return failed.subscriber_id
    return failed.effective_user.id if failed.effective_user is not None else None


def _content(failed: PollAnswer | Update) -> dict[str, Any] | None:
    """Returns what a retry needs; None for a message, of which nothing else is kept."""
    if isinstance(failed, PollAnswer):
        return {"poll_answer": _poll_answer(failed)}
    if failed.callback_query is not None:
        return {"callback_query": _press(failed.callback_query)}
    return None


def _poll_answer(answer: PollAnswer) -> dict[str, Any]:
    return {
        "poll_id": answer.poll_id,
        "user": {"id": answer.subscriber_id, "language_code": answer.language},
        "option_ids": list[int](answer.positions),
    }


def _press(query: CallbackQuery) -> dict[str, Any]:
    """Returns the query without names and without the text of the message with the button."""
    user, message = query.from_user, query.message
    content: dict[str, Any] = {
        "id": query.id,
        "from": {
            "id": user.id,
            "is_bot": user.is_bot,
            "first_name": "",
            "language_code": user.language_code,
        },
        "chat_instance": query.chat_instance,
        "data": query.data,
    }
    if message is not None:
        content["message"] = {
            "message_id": message.message_id,
            "date": int(message.date.timestamp()),
            "chat": {"id": message.chat.id, "type": message.chat.type},
        }
    return content
