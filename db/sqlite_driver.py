"""aiosqlite with fewer thread switches.

aiosqlite works in its own thread, and each round trip takes as long as a small statement. For a
SELECT, SQLAlchemy makes four of them: open a cursor, execute, fetch, close. Here all four are one.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite


def connect(database: str) -> "OneTripConnection":
    """Returns a connection to be awaited, like aiosqlite.connect."""
    connection = OneTripConnection(
        lambda: sqlite3.connect(database, check_same_thread=False), iter_chunk_size=64
    )
    connection._thread.daemon = True  # as in SQLAlchemy: the thread must not keep the process alive
    return connection


class OneTripCursor:
    """The part of a cursor that SQLAlchemy uses; `execute` fetches all rows at once."""

    def __init__(self, connection: "OneTripConnection") -> None:
        self._connection = connection
        self._rows: list[Any] = []
        self.description: Any = None
        self.rowcount = -1
        self.lastrowid: int | None = None
        self.arraysize = 1

    async def __aenter__(self) -> "OneTripCursor":
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> "OneTripCursor":
        self._take(await self._connection.in_thread(_run, statement, parameters))
        return self

    async def executemany(
        self, statement: str, parameters: Sequence[Sequence[Any]]
    ) -> "OneTripCursor":
        self._take(await self._connection.in_thread(_run_many, statement, parameters))
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        self._rows = []

    def _take(self, result: "_Result") -> None:
        self._rows, self.description, self.rowcount, self.lastrowid = result


class OneTripConnection(aiosqlite.Connection):
    """A connection that hands out OneTripCursor."""

    def cursor(self) -> Any:
        return OneTripCursor(self)

    async def in_thread(self, work: Any, *arguments: Any) -> Any:
        """Returns the result of the work, run with the SQLite connection in its thread."""
        return await self._execute(work, self._conn, *arguments)  # type: ignore[no-untyped-call]


_Result = tuple[list[Any], Any, int, int | None]


def _run(connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]) -> _Result:
    return _result(connection.execute(statement, parameters))


def _run_many(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[Sequence[Any]]
) -> _Result:
    return _result(connection.executemany(statement, parameters))


def _result(cursor: sqlite3.Cursor) -> _Result:
    rows = cursor.fetchall() if cursor.description else []
    result = rows, cursor.description, cursor.rowcount, cursor.lastrowid
    cursor.close()
    return result
