"""Which errors of a database are transient: work that meets one is tried again."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from sqlalchemy import event, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from db.session import create_engine
from db.transient_errors import is_transient


@pytest.mark.parametrize(
    "error",
    [
        socket.gaierror(-2, "Name or service not known"),  # its machine is restarting
        OSError(113, "No route to host"),
        ConnectionRefusedError(),
        TimeoutError(),
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
