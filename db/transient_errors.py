"""Transient errors of the database, and retrying until they are over."""

import asyncio
import errno
from collections.abc import Awaitable, Callable
from traceback import walk_tb
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from db.session import Sessions

T = TypeVar("T")

log = structlog.get_logger(__name__)

# SQLSTATEs and their classes (PostgreSQL, Appendix A): connection exception, read-only transaction
# (after a failover), authorization (a password is being changed), no such database (it is being
# restored), transaction rollback (a deadlock), insufficient resources, object not in the needed
# state, operator intervention, system error.
_TRANSIENT = ("08", "25006", "28", "3D", "40", "53", "55", "57", "58")
# SQLite's result codes: another writer is active, or the disk is full, unavailable or read-only.
_SQLITE_TRANSIENT = ("BUSY", "LOCKED", "FULL", "IOERR", "READONLY", "CANTOPEN")
# Of those, what all work meets although can_write may not: a full or failing disk, no memory.
_OF_THE_SERVER = ("53", "58", "FULL", "IOERR")
# This process has too little of something; the database has nothing to do with it.
_OWN_SHORTAGES = (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS)
_DRIVERS = ("asyncpg", "sqlalchemy")
_LONGEST_PAUSE = 30.0  # seconds
ATTEMPTS = 3  # until one piece of work may be given up
_CHANGES_NOTHING = text("UPDATE alembic_version SET version_num = '' WHERE version_num = ''")


def is_transient(error: BaseException) -> bool:
    """Returns whether the same work may succeed later: the database is unreachable, busy or full.

    Errors that last until a person fixes something count too: the bot keeps trying. Errors of
    anything but the database do not: a network error counts only if its driver raised it.
    """
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        error = error.orig or error
    if code := _code(error):
        return code.startswith(_TRANSIENT + _SQLITE_TRANSIENT)
    if isinstance(error, OSError):
        return error.errno not in _OWN_SHORTAGES and _is_of_driver(error)
    return isinstance(error, PoolTimeoutError)


def _code(error: BaseException) -> str:
    """Returns SQLite's result code or the SQLSTATE; "" if the error has neither."""
    error = getattr(error, "orig", None) or error
    code = getattr(error, "sqlite_errorname", None) or getattr(error, "sqlstate", None) or ""
    return str(code).removeprefix("SQLITE_")


def _is_of_driver(error: BaseException) -> bool:
    """Returns whether the error came up through the database's driver.

    asyncpg raises the network's own errors, and SQLAlchemy does not wrap them.
    """
    modules = (frame.f_globals.get("__name__", "") for frame, _ in walk_tb(error.__traceback__))
    return any(module.partition(".")[0] in _DRIVERS for module in modules)


async def can_write(sessions: Sessions) -> bool:
    """Returns whether the database takes changes; a standby, for example, does not.

    It changes no row, so it does not notice a full disk.
    """
    try:
        async with sessions.begin() as session:
            await session.execute(_CHANGES_NOTHING)
    except Exception:  # noqa: BLE001 -- whatever it is, others fail as well
        return False
    return True


async def retry_transient(
    work: Callable[[], Awaitable[T]],
    can_write: Callable[[], Awaitable[bool]] | None = None,
    attempts: int = ATTEMPTS,
) -> T:
    """Do the work and return its result, retrying with growing pauses after transient errors.

    The pauses grow from 0.25 to 30 seconds. Raises any other error. With `can_write`, raises the
    transient error of attempt number `attempts` or a later one, too, if the database took changes
    before and after it: then only this work fails, for example because somebody keeps its row
    locked. Never raises the error of a full or failing disk, which all work meets. It is not asked
    before the first attempt.
    """
    pause, failed, could_write = 0.25, 0, attempts == 1
    while True:
        try:
            return await work()
        except Exception as error:
            failed += 1
            if not is_transient(error):
                raise
            of_server = _code(error).startswith(_OF_THE_SERVER)
            # Asked again: the database may have gone away during the attempt. Asking only now is
            # not enough: it may have come back after the attempt.
            if could_write and not of_server and can_write is not None and await can_write():
                raise
            log.warning("database_unreachable", error=type(error).__name__, retry_in=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
        could_write = can_write is not None and failed >= attempts - 1 and await can_write()
