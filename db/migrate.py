"""Migrating a database to the tables of this version; one from a later version is refused.

Alembic is loaded only to change something: it takes 10 MB and a tenth of the start.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy import Connection, func, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import challenges, models, programmes, reports  # noqa: F401 -- they fill the metadata
from db.base import Base
from db.session import create_engine, limit_lock_waits

if TYPE_CHECKING:
    from alembic.config import Config

log = structlog.get_logger(__name__)

_MIGRATIONS = Path(__file__).parent / "migrations"

# The key of the lock; each database has its own space of advisory locks (see db.leadership).
_MIGRATING = int.from_bytes(b"quiz-mig")

_PATIENCE = 60.0  # seconds to try a migration while other processes use the tables
_PAUSE = 0.5  # seconds between two attempts, in which the others work

# Seconds to wait for a table. PostgreSQL looks for deadlocks after a second (deadlock_timeout) and
# may then end the other transaction, so give up before. An autovacuum only lets others through
# after that second, so wait longer if short attempts have not helped.
_LOCK_TIMEOUT = 0.5
_LONG_LOCK_TIMEOUT = 2.0

_BLOCKED = ("55P03", "40P01")  # SQLSTATEs: lock not available, deadlock detected
_IN_USE = "Other processes keep the database's tables in use or migrate them"


class TablesInUseError(Exception):
    """Other processes kept the tables in use; the message says what to do."""


class DatabaseTooNewError(Exception):
    """The database was migrated by a later version of the program."""


async def upgrade(engine: AsyncEngine, revision: str = "head", patience: float = _PATIENCE) -> None:
    """Migrate up to the revision; do nothing if the database is already there.

    Raises DatabaseTooNewError if the database has a revision that this version does not know, and
    TablesInUseError if others use the tables for `patience` seconds.
    """
    if revision == "head" and await current(engine) == known_revisions()[0]:
        return  # checking many rows' foreign keys would take seconds
    await apply(engine, lambda connection: _upgrade(connection, revision), patience)


async def current(engine: AsyncEngine) -> str:
    """Returns the revision of the database; empty if it has none, as before the first start."""
    async with engine.connect() as connection:
        return await connection.run_sync(current_of)


def known_revisions() -> list[str]:
    """Returns the revisions that this version knows, the newest first."""
    files = (_MIGRATIONS / "versions").glob("[0-9]*.py")  # 0001_first_tables.py is revision 0001
    return sorted((file.name.partition("_")[0] for file in files), reverse=True)


def fault_of(revision: str, whose: object = "The database") -> str:
    """Returns a sentence if `revision` is not that of this version; else an empty text."""
    newest, *older = known_revisions()
    if revision == newest:
        return ""
    found = f"{whose} is at schema revision {revision or 'none'}"
    if revision and revision not in older:
        return (
            f"{found}, which this version does not know: run the later version that made it, or "
            "restore an older backup."
        )
    return f"{found}, and this version needs {newest}: start the bot on it, which migrates it."


async def downgrade(engine: AsyncEngine, revision: str) -> None:
    """Migrate down to the revision; "base" drops all tables."""
    from alembic import command  # noqa: PLC0415 -- see above

    await apply(engine, lambda connection: command.downgrade(config(connection), revision))


async def apply(
    engine: AsyncEngine, change: Callable[[Connection], None], patience: float = _PATIENCE
) -> None:
    """Make the change in one transaction, beside processes that go on working.

    A change that must wait for a table, or for another migration, lets go of everything and is
    tried again: others would queue behind it, and a sender that holds what it needs would deadlock
    with it. Raises TablesInUseError if that does not succeed within `patience` seconds.
    """
    loop, blocked_since, lock_timeout = asyncio.get_running_loop(), None, _LOCK_TIMEOUT
    while True:
        try:
            async with migrating(engine, lock_timeout) as connection:
                return await connection.run_sync(change)
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _BLOCKED:
                raise
            if blocked_since is None:
                blocked_since = loop.time()
                log.warning("migration_waits", advice=f"{_IN_USE}; trying for {patience:.0f} s.")
            blocked_for = loop.time() - blocked_since
            if blocked_for >= patience:
                raise TablesInUseError(
                    f"{_IN_USE}: {patience:.0f} s were not enough to migrate them. Start this "
                    "process again, or stop the other processes first (docs/deploy.md, Upgrade)."
                ) from error
        if blocked_for > patience / 2:
            lock_timeout = _LONG_LOCK_TIMEOUT
        await asyncio.sleep(_PAUSE)


async def differences(engine: AsyncEngine) -> list[Any]:
    """Returns what the models have and the database lacks, and the reverse."""
    async with engine.connect() as connection:
        return await connection.run_sync(_differences)


@asynccontextmanager
async def migrating(
    engine: AsyncEngine, lock_timeout: float = _LOCK_TIMEOUT
) -> AsyncIterator[AsyncConnection]:
    """Opens a transaction for migrations, one process at a time.

    On PostgreSQL statements have no time limit, but fail after waiting for `lock_timeout` seconds
    for a table, or for a process that migrates. In batch mode SQLite alters a table by copying it
    and dropping the old one, which would delete the rows that refer to it. So foreign keys are off
    meanwhile (the pragma has no effect inside a transaction), and are checked before the commit.
    """
    if engine.dialect.name != "sqlite":
        unlimited = create_engine(engine.url, statement_timeout=None)
        try:
            async with unlimited.begin() as connection:
                await limit_lock_waits(connection, lock_timeout)
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


def config(connection: Connection | None = None) -> "Config":
    """Returns Alembic's settings for this connection; there is no alembic.ini."""
    from alembic.config import Config  # noqa: PLC0415 -- see above

    settings = Config()
    settings.set_main_option("script_location", str(_MIGRATIONS))
    settings.set_main_option("path_separator", "os")
    settings.attributes["connection"] = connection
    return settings


def current_of(connection: Connection) -> str:
    """Returns the revision of the database, as `current` does."""
    if not inspect(connection).has_table("alembic_version"):
        return ""
    return connection.scalar(text("SELECT version_num FROM alembic_version")) or ""


def _upgrade(connection: Connection, revision: str) -> None:
    if (at := current_of(connection)) and at not in known_revisions():
        raise DatabaseTooNewError(fault_of(at))
    from alembic import command  # noqa: PLC0415 -- see above

    command.upgrade(config(connection), revision)


def _differences(connection: Connection) -> list[Any]:
    from alembic.autogenerate import compare_metadata  # noqa: PLC0415 -- see above
    from alembic.runtime.migration import MigrationContext  # noqa: PLC0415

    context = MigrationContext.configure(connection, opts={"compare_type": True})
    return list(compare_metadata(context, Base.metadata))
