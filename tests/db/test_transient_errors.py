"""Which errors of a database are transient: work that meets one is tried again."""

import asyncio
import errno
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError
from structlog.testing import capture_logs

from db.session import Sessions, create_engine
from db.transient_errors import (
    Outage,
    can_write,
    is_transient,
    kind_of,
    reason_of,
    retry_transient,
)
from tests.processes import without_file_descriptors
from tests.telegram import virtual_time


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.ReadOnlySQLTransactionError("after a failover"),
        asyncpg.InvalidPasswordError("while it is changed"),
        asyncpg.InvalidCatalogNameError("while it is restored"),
        asyncpg.DeadlockDetectedError("two met"),
        asyncpg.AdminShutdownError("terminated"),
        asyncpg.DiskFullError("53100"),
    ],
)
def test_an_outage_is_transient(error: Exception) -> None:
    assert is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.UniqueViolationError("there is one already"),
        asyncpg.NumericValueOutOfRangeError("too large"),
        ValueError("not the database's fault"),
        OSError(errno.EMFILE, "Too many open files"),
        ConnectionResetError("somebody else's"),
        BrokenPipeError("of a process of ours"),
        TimeoutError("of anything else"),
        IntegrityError("INSERT", None, sqlite3.IntegrityError("there is one already")),
    ],
)
def test_a_fault_of_the_work_itself_is_not(error: Exception) -> None:
    assert not is_transient(error)


async def test_a_full_disk_and_a_locked_file_are_transient_on_sqlite(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'small.sqlite3'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE filler (content blob)"))
        await connection.execute(text("PRAGMA max_page_count = 4"))
        with pytest.raises(DBAPIError) as full:
            await connection.execute(text("INSERT INTO filler VALUES (zeroblob(40000))"))
    assert is_transient(full.value)
    await engine.dispose()
    with sqlite3.connect(tmp_path / "small.sqlite3") as other:
        other.execute("PRAGMA max_page_count = 1000000")
        other.execute("BEGIN IMMEDIATE")
        engine = create_engine(f"sqlite:///{tmp_path / 'small.sqlite3'}")
        event.listen(engine.sync_engine, "connect", _wait_for_nothing)
        with pytest.raises(DBAPIError) as locked:
            async with engine.connect() as connection:
                await connection.execute(text("SELECT 1"))
        assert is_transient(locked.value)
        await engine.dispose()


def _wait_for_nothing(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 1")  # milliseconds, instead of ten seconds
    cursor.close()


async def error_of(url: str) -> BaseException:
    """Returns what a statement raises on the database at this URL."""
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
    except Exception as error:  # noqa: BLE001
        return error
    finally:
        await engine.dispose()
    raise AssertionError("it answered")


@asynccontextmanager
async def hanging_up() -> AsyncIterator[int]:
    """The port of a server that closes each connection, while the block runs."""

    def hang_up(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        yield server.sockets[0].getsockname()[1]


async def test_a_server_that_cannot_be_reached_is_transient() -> None:
    with socket.socket() as bound:  # but it does not listen
        bound.bind(("127.0.0.1", 0))
        refused = await error_of(f"postgresql://u@127.0.0.1:{bound.getsockname()[1]}/quizbot")
    unknown = await error_of("postgresql://u@nowhere.invalid/quizbot")
    async with hanging_up() as port:
        broken = await error_of(f"postgresql://u@127.0.0.1:{port}/quizbot")
    for error in (refused, unknown, broken):
        assert isinstance(error, OSError)
        assert is_transient(error)


async def test_an_error_that_only_passes_through_a_transaction_is_not_transient(
    sessions: Sessions,
) -> None:
    async def work() -> None:
        async with sessions.begin() as session:
            await session.execute(text("SELECT 1"))
            raise ConnectionResetError("of another server")

    with pytest.raises(ConnectionResetError) as foreign:
        await work()
    assert not is_transient(foreign.value)


async def test_too_many_open_files_are_no_fault_of_the_database(postgresql: str) -> None:
    """Not even if it is the driver that needed one more."""
    engine = create_engine(postgresql)
    with (
        without_file_descriptors(),
        pytest.raises(OSError, match="Too many open files") as shortage,
    ):
        async with engine.connect():
            pass
    await engine.dispose()
    assert not is_transient(shortage.value)


async def test_a_standby_takes_no_changes(postgresql_sessions: Sessions) -> None:
    assert await can_write(postgresql_sessions)
    async with postgresql_sessions.begin() as session:
        await session.execute(text("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY"))
    assert not await can_write(postgresql_sessions)


async def test_work_that_fails_while_the_database_takes_changes_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pauses: list[float] = []

    async def at_once(seconds: float) -> None:
        pauses.append(seconds)

    async def lock_row() -> None:
        raise asyncpg.LockNotAvailableError("somebody keeps the row")

    answers = [False, True, False, True, True]  # before the third attempt, the fourth ...

    async def is_writable() -> bool:
        return answers.pop(0)

    monkeypatch.setattr("db.transient_errors.asyncio.sleep", at_once)
    with pytest.raises(asyncpg.LockNotAvailableError):
        await retry_transient(lock_row, is_writable)
    assert pauses == [0.25, 0.5, 1.0, 2.0]


def test_work_is_not_given_up_because_the_database_comes_back_while_it_is_asked() -> None:
    async def attempt() -> str:
        clock = asyncio.get_running_loop()
        back = clock.time() + 95

        async def work() -> str:
            if clock.time() < back:
                await asyncio.sleep(30)
                raise asyncpg.ConnectionDoesNotExistError("a statement hung")
            return "done"

        async def is_writable() -> bool:
            await asyncio.sleep(min(10, max(0, back - clock.time())))  # until it can connect
            return clock.time() >= back

        return await retry_transient(work, is_writable)

    assert virtual_time.run(attempt()) == "done"


@pytest.mark.parametrize(
    "error",
    [asyncpg.DiskFullError("53100"), asyncpg.PostgresIOError("58030"), sqlite3.OperationalError()],
)
def test_work_is_not_given_up_because_of_a_full_or_failing_disk(error: Exception) -> None:
    """The database seems to take changes: one that changes no row needs no room."""
    if isinstance(error, sqlite3.OperationalError):
        error.sqlite_errorname = "SQLITE_FULL"
        error = DBAPIError("INSERT", None, error)
    errors = [error] * 5

    async def work() -> str:
        if errors:
            raise errors.pop()
        return "there is room again"

    async def is_writable() -> bool:
        return True

    assert virtual_time.run(retry_transient(work, is_writable)) == "there is room again"


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (asyncpg.DeadlockDetectedError("two met"), "busy"),
        (asyncpg.LockNotAvailableError("canceling statement due to lock timeout"), "busy"),
        (asyncpg.DiskFullError("No space left on device"), "full"),
        (asyncpg.TooManyConnectionsError("sorry, too many clients already"), "refused"),
        (asyncpg.InvalidPasswordError("password authentication failed"), "refused"),
        (asyncpg.ReadOnlySQLTransactionError("after a failover"), "read_only"),
        (asyncpg.PostgresIOError("could not read block"), "failing"),
        (asyncpg.AdminShutdownError("terminated"), "unreachable"),
        (ConnectionRefusedError(111, "Connect call failed"), "unreachable"),
    ],
)
def test_errors_have_a_kind(error: Exception, kind: str) -> None:
    assert kind_of(error) == kind


async def test_a_reason_is_the_drivers_and_quotes_no_row(postgresql: str) -> None:
    engine = create_engine(postgresql)
    statement = (
        "DO $$ BEGIN RAISE EXCEPTION 'disk full' USING ERRCODE = '53100', DETAIL = 'Ana'; END $$"
    )
    with pytest.raises(DBAPIError) as full:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    await engine.dispose()
    told = {"error": "DiskFullError", "code": "53100", "reason": "disk full"}
    assert reason_of(full.value) == told
    assert reason_of(TimeoutError()) == {"error": "TimeoutError", "reason": "no answer in time"}


async def test_an_outage_is_one_line_when_it_begins_and_one_when_it_ends() -> None:
    outage = Outage("db.example:5432/quiz")
    with capture_logs() as lines:
        for _ in range(3):
            for work in ("a vote", "the broadcast"):
                outage.failed(work, asyncpg.DiskFullError("No space left on device"))
        assert outage.fault.endswith("Make room on the disk of the database.")
        outage.failed("a page", asyncpg.DeadlockDetectedError("two met"))
        outage.succeeded("the reports")  # they only read
        outage.succeeded("a vote")
        assert outage.fault
        outage.succeeded("the broadcast")
        outage.succeeded("the broadcast")
    assert outage.fault == ""
    assert [line["event"] for line in lines] == [
        "database_unreachable",
        "database_busy",
        "database_reachable_again",
    ]
    began = lines[0]
    assert (began["kind"], began["code"], began["error"]) == ("full", "53100", "DiskFullError")
    assert began["database"] == "db.example:5432/quiz"
    assert began["reason"] == "No space left on device"


async def test_each_kind_of_failure_is_one_line_of_an_outage() -> None:
    """First a standby, then a user that may not log in: both at once keep failing in turn."""
    outage = Outage()
    with capture_logs() as lines:
        for _ in range(2):
            outage.failed("a vote", asyncpg.ReadOnlySQLTransactionError("a standby"))
            outage.failed("a page", asyncpg.InvalidAuthorizationSpecificationError("NOLOGIN"))
        assert "user and password" in outage.fault
    kinds = [line["kind"] for line in lines if line["event"] == "database_unreachable"]
    assert kinds == ["read_only", "refused"]


async def test_work_that_is_given_up_does_not_keep_an_outage_alive() -> None:
    outage = Outage()
    with capture_logs() as lines:
        outage.failed("a leader's task", asyncpg.AdminShutdownError("terminated"))
        outage.given_up("a leader's task")
        assert outage.fault == ""
        outage.failed("the election", ConnectionRefusedError(111, "Connect call failed"))
        outage.succeeded("the election")
        outage.failed("a vote", asyncpg.DiskFullError("No space left on device"))
    assert [(line["event"], line.get("code")) for line in lines] == [
        ("database_unreachable", "57P01"),
        ("database_reachable_again", None),
        ("database_unreachable", "53100"),
    ]
