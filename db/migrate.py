"""Migrating a database to the tables of this version; one from a later version is refused."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import models, programmes  # noqa: F401 -- they fill the metadata
from db.base import Base
from db.session import create_engine

# The key of the lock; each database has its own space of advisory locks (see db.leadership).
_MIGRATING = int.from_bytes(b"quiz-mig")


class DatabaseTooNewError(Exception):
    """The database was migrated by a later version of the program."""


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Migrate up to the revision; do nothing if the database is already there.

    Raises DatabaseTooNewError if the database has a revision that this version does not know.
    """
    if revision == "head" and await _is_at_head(engine):
        return
    async with migrating(engine) as connection:
        await connection.run_sync(_upgrade, revision)


async def _is_at_head(engine: AsyncEngine) -> bool:
    """Returns whether there is nothing to do: checking many rows' foreign keys takes seconds."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: (
                MigrationContext.configure(sync).get_current_heads()
                == tuple(ScriptDirectory.from_config(config(sync)).get_heads())
            )
        )


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Migrate down to the revision; "base" drops all tables."""
    async with migrating(engine) as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), revision))


async def differences(engine: AsyncEngine) -> list[Any]:
    """Returns what the models have and the database lacks, and the reverse."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


@asynccontextmanager
async def migrating(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Opens a transaction for migrations, one process at a time.

    On PostgreSQL other processes wait for an advisory lock, and statements have no time limit. In
    batch mode SQLite alters a table by copying it and dropping the old one, which would delete the
    rows that refer to it. So foreign keys are off meanwhile (the pragma has no effect inside a
    transaction), and are checked before the commit.
    """
    if engine.dialect.name != "sqlite":
        unlimited = create_engine(engine.url, statement_timeout=None)
        try:
            async with unlimited.begin() as connection:
                await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
                yield connection
        finally:
            await unlimited.dispose()
        return
    async with engine.connect() as connection:
        driver: Any = (await connection.get_raw_connection()).driver_connection
        await driver.execute("PRAGMA foreign_keys = OFF")
        try:
            async with connection.begin():
                yield connection
                broken = await connection.exec_driver_sql("PRAGMA foreign_key_check")
                if (row := broken.first()) is not None:
                    raise RuntimeError(f"the migration leaves a row without its parent: {row}")
        finally:
            await driver.execute("PRAGMA foreign_keys = ON")


def config(connection: Connection) -> Config:
    """Returns Alembic's settings for this connection; there is no alembic.ini."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def _upgrade(connection: Connection, revision: str) -> None:
    settings = config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(settings).walk_revisions()}
    current = MigrationContext.configure(connection).get_current_heads()
    if unknown := set(current) - known:
        raise DatabaseTooNewError(
            f"The database is at revision {', '.join(sorted(unknown))}, which this version does "
            "not know: a later version made it. Run that version, or restore an older backup."
        )
    command.upgrade(settings, revision)


def _differences(connection: Connection) -> list[Any]:
    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))
