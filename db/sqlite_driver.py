"""aiosqlite with fewer changes of thread.

It works in a thread of its own, and each change there and back costs as much as a small statement
takes. SQLAlchemy makes four for a SELECT: a cursor, its execution, its rows, its end. Here all
four are one.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any

import aiosqlite


def connect(database: str) -> "OneTripConnection":
    """To be awaited, as aiosqlite.connect is."""
    connection = OneTripConnection(
        lambda: sqlite3.connect(database, check_same_thread=False), iter_chunk_size=64
    )
    connection._thread.daemon = True  # as SQLAlchemy has it: it must not keep a process alive
    return connection


class OneTripCursor:
    """What SQLAlchemy asks of a cursor; rows are there as soon as a statement is executed."""

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
    """A connection with such cursors."""

    def cursor(self) -> Any:
        return OneTripCursor(self)

    async def in_thread(self, work: Any, *arguments: Any) -> Any:
        """What the work comes to, done with the connection in its thread."""
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
