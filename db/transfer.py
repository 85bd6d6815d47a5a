"""Moving from SQLite to PostgreSQL: all rows of all tables, in one transaction."""

from pathlib import Path

from sqlalchemy import (
    Connection,
    Engine,
    Table,
    create_engine,
    exists,
    func,
    insert,
    inspect,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import migrate
from db.base import Base
from db.exclusive import unused
from db.session import create_engine as create_async_engine
from db.session import existing

_BATCH = 5000  # rows that are in memory at a time

# The sequence of an id goes on after the highest one.
_SET_SEQUENCE = """
SELECT setval(pg_get_serial_sequence('{table}', '{column}'), max("{column}"))
FROM "{table}" HAVING max("{column}") IS NOT NULL
"""


class TransferError(Exception):
    """The rows cannot be moved; the message says why and what to do."""


async def to_postgresql(source: Path, target: str) -> dict[str, int]:
    """Copy all rows of a SQLite file into an empty PostgreSQL database, whose tables are made.

    Returns the number of rows by table, counted in both afterwards. SQLite stays as it is, and
    PostgreSQL empty unless everything was copied. Times keep their meaning whatever the server's
    time zone is: they are written with theirs. Raises TransferError, MissingDatabaseError, or
    db.exclusive.InUseError while a bot uses one of them.
    """
    url = f"sqlite:///{source}"
    existing(url)
    async with unused(url), unused(target):
        engine = create_async_engine(target, statement_timeout=None)
        reading = create_engine(url, hide_parameters=True)
        try:
            return await _copy_all(reading, engine, source)
        finally:
            reading.dispose()
            await engine.dispose()


async def _copy_all(reading: Engine, engine: AsyncEngine, source: Path) -> dict[str, int]:
    tables = Base.metadata.sorted_tables  # parents first
    with reading.connect() as old:
        if fault := migrate.fault_of(migrate.current_of(old), source):
            raise TransferError(fault)
        async with engine.connect() as new:
            if not await new.run_sync(_is_empty):
                raise TransferError(
                    "The PostgreSQL database is not empty: create one that is, and name it in "
                    "QUIZBOT_DATABASE_URL."
                )
        await migrate.upgrade(engine)
        async with engine.begin() as new:
            for table in tables:
                await _copy(old, new, table)
            return {table.name: await _verified(old, new, table) for table in tables}


def _is_empty(new: Connection) -> bool:
    """Returns whether there is nothing but empty tables of this version, if any."""
    if not inspect(new).get_table_names():
        return True
    if migrate.fault_of(migrate.current_of(new)):
        return False
    return not any(new.scalar(select(exists(table))) for table in Base.metadata.sorted_tables)


async def _copy(old: Connection, new: AsyncConnection, table: Table) -> None:
    found = old.execute(select(table), execution_options={"yield_per": _BATCH})
    keys = table.columns.keys()  # not always the names
    for batch in found.partitions():
        rows = [dict(zip(keys, row, strict=True)) for row in batch]
        try:
            await new.execute(insert(table), rows)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            reason = str(error.orig).splitlines()[0]
            raise TransferError(
                f"PostgreSQL does not take a row of {table.name} ({reason}): nothing was kept "
                "there; correct the row in SQLite, or report this."
            ) from error
    column = table.autoincrement_column
    if column is not None:
        statement = _SET_SEQUENCE.format(table=table.name, column=column.name)
        await new.execute(text(statement))


async def _verified(old: Connection, new: AsyncConnection, table: Table) -> int:
    before = old.scalar(select(func.count()).select_from(table))
    after = await _count(new, table)
    if before != after:
        raise TransferError(
            f"{table.name} has {before} rows in SQLite and {after} in PostgreSQL: nothing was "
            "kept there; please report this."
        )
    return after


async def _count(connection: AsyncConnection, table: Table) -> int:
    return await connection.scalar(select(func.count()).select_from(table)) or 0
