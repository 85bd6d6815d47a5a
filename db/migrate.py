"""Bringing a database to the tables of this version, and refusing one from a later version."""

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

# Of this application, in the space that each database has for advisory locks (see db.leadership).
_MIGRATING = int.from_bytes(b"quiz-mig")


class DatabaseTooNewError(Exception):
    """The database was migrated by a later version of the program."""


async def upgrade(engine: AsyncEngine, revision: str = "head") -> None:
    """Migrate up to the revision; nothing is touched if the database is already there.

    Raises DatabaseTooNewError when the database has a revision this program does not know.
    """
    if revision == "head" and await _is_at_head(engine):
        return
    async with migrating(engine) as connection:
        await connection.run_sync(_upgrade, revision)


async def _is_at_head(engine: AsyncEngine) -> bool:
    """Then there is nothing to check either, which takes seconds where there are many rows."""
    async with engine.connect() as connection:
        return await connection.run_sync(
            lambda sync: (
                MigrationContext.configure(sync).get_current_heads()
                == tuple(ScriptDirectory.from_config(config(sync)).get_heads())
            )
        )


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Migrate down to the revision ("base" drops all tables)."""
    async with migrating(engine) as connection:
        await connection.run_sync(lambda sync: command.downgrade(config(sync), revision))


async def differences(engine: AsyncEngine) -> list[Any]:
    """What the models have and the database lacks, or the other way round; empty when equal."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


@asynccontextmanager
async def migrating(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction for migrations, one process at a time.

    On PostgreSQL an advisory lock keeps others waiting, and a statement may take as long as it
    takes. SQLite alters a table by copying it and dropping the old one, which would erase the rows
    that refer to it, so foreign keys rest meanwhile (the pragma does nothing inside a transaction)
    and are checked before the commit.
    """
    if engine.dialect.name != "sqlite":
        patient = create_engine(engine.url, longest=None)
        try:
            async with patient.begin() as connection:
                await connection.execute(select(func.pg_advisory_xact_lock(_MIGRATING)))
                yield connection
        finally:
            await patient.dispose()
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
    """Alembic's settings for this connection; there is no alembic.ini."""
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
