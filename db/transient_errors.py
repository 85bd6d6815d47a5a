"""Which of the database's errors pass by themselves, and waiting until they do."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

T = TypeVar("T")

log = structlog.get_logger(__name__)

# SQLSTATEs and their classes (PostgreSQL, Appendix A): connection exception, read-only transaction
# (after a failover), authorization (a password being changed), no such database (being restored),
# transaction rollback (two transactions met), insufficient resources, object not in the needed
# state, operator intervention, system error.
_PASSING = ("08", "25006", "28", "3D", "40", "53", "55", "57", "58")
# SQLite's result codes: somebody else writes, the disk is full, away or read-only.
_SQLITE_PASSING = ("BUSY", "LOCKED", "FULL", "IOERR", "READONLY", "CANTOPEN")
_LONGEST_PAUSE = 30.0  # seconds


def is_transient(error: BaseException) -> bool:
    """Whether the same work may succeed a little later: the database is away, busy or full.

    What passes when a person has mended it counts as well: until then nothing is given up.
    """
    if isinstance(error, DBAPIError):
        if error.connection_invalidated:
            return True
        error = error.orig or error
    code = getattr(error, "sqlite_errorname", "").removeprefix("SQLITE_")
    if code:
        return str(code).startswith(_SQLITE_PASSING)
    state = getattr(error, "sqlstate", None)
    if state is not None:
        return str(state).startswith(_PASSING)
    return isinstance(error, OSError | PoolTimeoutError)


async def retry_transient(work: Callable[[], Awaitable[T]]) -> T:
    """Do the work, again and again with growing pauses while its failure is a passing one.

    Raises what does not pass.
    """
    pause = 0.25
    while True:
        try:
            return await work()
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("database_away", error=type(error).__name__, retry_in=pause)
        await asyncio.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
