"""Transient errors of the database, the outage that they are part of, and retrying."""

import asyncio
import errno
from collections.abc import Awaitable, Callable, Hashable
from traceback import walk_tb
from typing import TypeVar

import structlog
from prometheus_client import Counter
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
_SAME_OUTAGE = 60.0  # seconds after a failure in which another one belongs to the same outage
ATTEMPTS = 3  # until one piece of work may be given up

# What an error says about the database, by the beginning of its SQLSTATE or SQLite's result code.
_KINDS = {
    "busy": ("40", "55", "57014", "BUSY", "LOCKED"),
    "full": ("531", "532", "FULL"),
    "failing": ("58", "IOERR", "CANTOPEN"),
    "read_only": ("25006", "READONLY"),
    "refused": ("28", "3D", "533"),
}
# What to do about each.
_ADVICE = {
    "full": "Make room on the disk of the database.",
    "failing": "Check the disk of the database.",
    "read_only": "Check that the database takes changes: after a failover this may be a standby.",
    "refused": "Check that the database exists, takes this user and password, and has connections "
    "left. If you correct QUIZBOT_DATABASE_URL, restart: it is read at the start.",
    "unreachable": "Check that the database runs and can be reached.",
    "busy": "Check its load, and look for long transactions.",
}
ERRORS = Counter("quizbot_database_errors", "Failures that the database caused, by kind", ["kind"])
for _kind in _ADVICE:
    ERRORS.labels(_kind)

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


def kind_of(error: BaseException) -> str:
    """Returns what a transient error says about the database, a key of _KINDS or "unreachable"."""
    code = _code(error)
    if isinstance(error, PoolTimeoutError):  # all connections are in use
        return "busy"
    return next((kind for kind, codes in _KINDS.items() if code.startswith(codes)), "unreachable")


def fault_of(error: BaseException) -> str:
    """Returns a sentence that says what to do about a transient error."""
    return f"The database cannot be used. {_ADVICE[kind_of(error)]}"


def reason_of(error: BaseException) -> dict[str, str]:
    """Returns what a log line says about an error: its class, SQLSTATE or result code, and words.

    Only the first line of the driver's words: the others may quote a row.
    """
    error = getattr(error, "orig", None) or error
    error = error.__cause__ or error if type(error).__module__.startswith("sqlalchemy") else error
    told = {"error": type(error).__name__, "code": _code(error)}
    words = str(error) or ("no answer in time" if isinstance(error, TimeoutError) else "")
    told["reason"] = next(iter(words.splitlines()), "")
    return {name: each for name, each in told.items() if each}


class Outage:
    """The time in which work of this process fails because of the database.

    The log has one line for each kind of failure, and one when the last of the work has succeeded.
    `database` is where the database is, for these lines.
    """

    def __init__(self, database: str = "") -> None:
        self.database = database
        self._failing: set[Hashable] = set()
        self._fault = ""
        self._kinds: set[str] = set()  # that the log has
        self._began = self._last_failure = float("-inf")  # in the event loop's time

    @property
    def fault(self) -> str:
        """Returns a sentence that says what to do; empty if no work fails."""
        return self._fault if self._failing else ""

    def failed(self, work: Hashable, error: BaseException) -> None:
        """Note that the work failed with a transient error. Busy rows are no outage."""
        kind = kind_of(error)
        ERRORS.labels(kind).inc()
        if kind == "busy":
            log.warning("database_busy", **reason_of(error))
            return
        now = asyncio.get_running_loop().time()
        # Work that is given up may leave a gap in an outage, such as that of a leader.
        if not self._failing and now - self._last_failure > _SAME_OUTAGE:
            self._began, self._kinds = now, set()
        if kind not in self._kinds:
            self._kinds.add(kind)
            told = {"kind": kind, "database": self.database, **reason_of(error)}
            log.error("database_unreachable", **told, advice=_ADVICE[kind])
        self._fault, self._last_failure = fault_of(error), now
        self._failing.add(work)

    def succeeded(self, work: Hashable) -> None:
        """Note that the work no longer fails because of the database."""
        if work in self._failing:
            self.given_up(work)
            if not self._failing:
                seconds = asyncio.get_running_loop().time() - self._began
                self._last_failure = float("-inf")
                log.warning("database_reachable_again", seconds=round(seconds, 1))

    def given_up(self, work: Hashable) -> None:
        """Note that the work is not tried again, so it does not tell when the outage ends."""
        self._failing.discard(work)


OUTAGE = Outage()  # a process has one database


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
    pause, failed, could_write, this = 0.25, 0, attempts == 1, object()
    try:
        while True:
            try:
                done = await work()
            except Exception as error:
                failed += 1
                if not is_transient(error):
                    raise
                of_server = _code(error).startswith(_OF_THE_SERVER)
                # Asked again: the database may have gone away during the attempt. Asking only now
                # is not enough: it may have come back after the attempt.
                if could_write and not of_server and can_write is not None and await can_write():
                    raise
                OUTAGE.failed(this, error)
            else:
                OUTAGE.succeeded(this)
                return done
            await asyncio.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
            could_write = can_write is not None and failed >= attempts - 1 and await can_write()
    finally:
        OUTAGE.given_up(this)
