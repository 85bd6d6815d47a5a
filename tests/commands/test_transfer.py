"""`to-postgresql` moves every row of every table, with its meaning."""

import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import JSON, Enum, Table, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import migrate
from db.base import Base
from db.exclusive import exclusive
from db.models import Subscriber
from db.session import create_engine, create_sessions
from db.types import UtcDateTime
from tests.commands.conftest import CommandLine
from tests.databases import set_default
from tests.quiz.steps import join

_TABLES = Base.metadata.sorted_tables
_MOMENT = datetime(2026, 3, 8, 4, 59, 59, 123456, UTC)  # before New York's clocks change
_VALUES: dict[type, Any] = {
    bool: True,
    float: 0.1,
    date: date(2026, 3, 8),
    time: time(7, 30),
}


def _row(table: Table, number: int) -> dict[str, Any]:
    """Returns a row in which everything is set, or, if its number is odd, what must be."""
    return {
        column.key: _value(column, number)
        for column in table.columns
        if number % 2 == 0 or not column.nullable or column.foreign_keys
    }


def _value(column: Any, number: int) -> Any:
    if column.foreign_keys:  # the value of the row that it refers to
        (key,) = column.foreign_keys
        return _value(key.column, number)
    if isinstance(column.type, UtcDateTime):
        return _MOMENT + timedelta(hours=number)
    if isinstance(column.type, JSON):
        return {"é": [1, None]}
    if isinstance(column.type, Enum):
        return next(iter(column.type.enum_class or ()))
    values = {int: number, str: f"x{number}", bytes: bytes([number])} | _VALUES
    return values[column.type.python_type]


@asynccontextmanager
async def _transaction(database: str) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(database)
    try:
        async with engine.begin() as connection:
            yield connection
    finally:
        await engine.dispose()


async def _fill(database: str, rows: int) -> None:
    async with _transaction(database) as connection:
        for table, number in itertools.product(_TABLES, range(2, 2 + rows)):
            await connection.execute(insert(table), [_row(table, number)])


async def _rows(database: str) -> dict[str, list[Any]]:
    async with _transaction(database) as connection:
        return {
            table.name: list(await connection.execute(select(table).order_by(*table.primary_key)))
            for table in _TABLES
        }


async def _rename(engine: AsyncEngine, alias: str) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(Subscriber).values(alias=alias))


@pytest.fixture
async def new_york(postgresql_database: str) -> str:
    """An empty PostgreSQL database whose sessions begin in another time zone."""
    await set_default(postgresql_database, "timezone", "America/New_York")
    return postgresql_database


async def test_every_row_arrives_whatever_the_servers_time_zone_is_and_new_ids_follow(
    postgresql_cli: CommandLine, new_york: str, sqlite_database: str
) -> None:
    await _fill(sqlite_database, rows=3)
    moved = await postgresql_cli.succeeds("to-postgresql")
    assert moved == {"rows": 3 * len(_TABLES), "tables": {table.name: 3 for table in _TABLES}}
    assert await _rows(new_york) == await _rows(sqlite_database)
    async with _transaction(new_york) as connection:
        for table in _TABLES:
            if (column := table.autoincrement_column) is not None:
                sequence = func.pg_get_serial_sequence(table.name, column.name)
                assert await connection.scalar(select(func.nextval(sequence))) == 5, table.name


async def test_a_refused_transfer_migrates_nothing(
    postgresql_cli: CommandLine, postgresql_database: str, sqlite_database: str
) -> None:
    source, target = create_engine(sqlite_database), create_engine(postgresql_database)
    await migrate.downgrade(target, "0008")
    await target.dispose()
    told = await postgresql_cli.fails("to-postgresql")
    assert told.startswith("The PostgreSQL database is not empty: create one that is")
    await migrate.downgrade(source, "0009")
    assert "at schema revision 0009" in await postgresql_cli.fails("to-postgresql")
    assert await migrate.current(target) == "0008"
    async with target.begin() as connection:
        await connection.execute(text("DROP SCHEMA public CASCADE"))
        await connection.execute(text("CREATE SCHEMA public"))
    await migrate.upgrade(source)
    await target.dispose()
    await source.dispose()
    await postgresql_cli.succeeds("to-postgresql")


async def test_what_cannot_be_moved_is_told_and_nothing_is_written(
    postgresql_cli: CommandLine, postgresql_database: str, sqlite_database: str, tmp_path: Path
) -> None:
    cli = postgresql_cli
    missing = await cli.fails("to-postgresql", tmp_path / "else.sqlite3")
    assert missing.startswith("There is no database ")
    not_there = await cli.fails("to-postgresql", database_url=sqlite_database)
    assert not_there.startswith("QUIZBOT_DATABASE_URL does not name a PostgreSQL database")
    with exclusive(sqlite_database):
        assert (await cli.fails("to-postgresql")).startswith("A bot uses the database (process ")
    assert all(rows == [] for rows in (await _rows(postgresql_database)).values())
    sqlite = create_engine(sqlite_database)
    await migrate.downgrade(sqlite, "0009")
    assert "start the bot on it, which migrates it" in await cli.fails("to-postgresql")
    await migrate.upgrade(sqlite)
    await join(create_sessions(sqlite))
    await _rename(sqlite, "x" * 33)  # SQLite takes it, whatever the column says
    too_long = await cli.fails("to-postgresql")
    assert too_long.startswith("PostgreSQL does not take a row of subscribers (value too long")
    await _rename(sqlite, "x")
    await sqlite.dispose()
    await cli.succeeds("to-postgresql")
    again = await cli.fails("to-postgresql")
    assert again.startswith("The PostgreSQL database is not empty: create one that is")
