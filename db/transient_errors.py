"""Transient errors of the database, and retrying until they are over."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

T = TypeVar("T")

log = structlog.get_logger(__name__)

# SQLSTATEs and their classes (PostgreSQL, Appendix A): connection exception, read-only transaction
# (after a failover), authorization (a password is being changed), no such database (it is being
# restored), transaction rollback (a deadlock), insufficient resources, object not in the needed
# state, operator intervention, system error.
_TRANSIENT = ("08", "25006", "28", "3D", "40", "53", "55", "57", "58")
# SQLite's result codes: another writer is active, or the disk is full, unavailable or read-only.
_SQLITE_TRANSIENT = ("BUSY", "LOCKED", "FULL", "IOERR", "READONLY", "CANTOPEN")
_LONGEST_PAUSE = 30.0  # seconds


def is_transient(error: BaseException) -> bool:
    """Returns whether the same work may succeed later: the database is unreachable, busy or full.

    Errors that last until a person fixes something count too: the bot keeps trying.
    """
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        error = error.orig or error
    code = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_")
    if code:
        return str(code).startswith(_SQLITE_TRANSIENT)
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_TRANSIENT)
    return isinstance(error, OSError | PoolTimeoutError)


async def retry_transient(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work and return its result, retrying with growing pauses after transient errors.

    The pauses grow from 0.25 to 30 seconds. Raises any other error.
    """
    pause = 0.25
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("database_unreachable", error=type(error).__name__, retry_in=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
