"""Empty, migrated databases at low cost: a copy on SQLite, deleted rows on PostgreSQL."""

import asyncio
import shutil
from contextlib import suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from filelock import FileLock
from sqlalchemy import Engine, make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine

from db import migrate
from db.session import create_engine

# For a test of `sessions` whose SQL other tests run on PostgreSQL as well.
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

# Deletes the rows of every table that has some, and starts the numbering of ids again; returns
# the tables. With VACUUM afterwards they are as new, for a twentieth of what TRUNCATE costs.
_EMPTYING = """
CREATE FUNCTION pg_temp.empty_all_tables() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  names text[];
BEGIN
  SELECT array_agg(oid::regclass) INTO names FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0;
  PERFORM set_config('session_replication_role', 'replica', true);  -- no foreign keys
  FOR number IN 1 .. coalesce(cardinality(names), 0) LOOP
    EXECUTE 'DELETE FROM ' || names[number];
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
  RETURN array_to_string(names, ', ');
END $$
"""
# Deletes the planner's statistics from VACUUM and from a test's ANALYZE.
_FORGETTING = """
DELETE FROM pg_statistic WHERE starelid IN (SELECT relid FROM pg_stat_user_tables);
SELECT pg_clear_relation_stats(schemaname, relname) FROM pg_stat_user_tables
WHERE schemaname = 'public'
"""
# Connections left over from the previous test, such as those of a killed bot.
_LEAVE = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
# What a test may have changed besides rows: the revision, settings, tables, columns and indexes.
_SCHEMA = """
SELECT (SELECT string_agg(version_num, ',') FROM alembic_version),
       (SELECT count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase
        WHERE datname = current_database()),
       md5(string_agg(format('%s %s %s', c.oid, relname, a.names), ',' ORDER BY c.oid))
FROM pg_class c, LATERAL (
  SELECT string_agg(attname || attnotnull, ',' ORDER BY attnum) AS names
  FROM pg_attribute WHERE attrelid = c.oid) a
WHERE relnamespace = 'public'::regnamespace
"""


def sqlite_template(folder: Path) -> Path:
    """Returns a migrated SQLite file to copy, one for all workers of a run."""
    file = folder / "template.sqlite3"
    with FileLock(folder / "template.lock"):
        if not file.exists():
            asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


def sqlite(template: Path, folder: Path) -> str:
    """Returns the URL of an empty, migrated SQLite file in `folder`."""
    return f"sqlite:///{shutil.copy(template, folder / 'quizbot.sqlite3')}"


class Postgresql:
    """One migrated database of a server, used again for every test of a worker."""

    def __init__(self, server: str, folder: Path, name: str) -> None:
        self.url, self._server, self._name = url_of(server, name), server, name
        self._loop = asyncio.new_event_loop()
        with FileLock(folder / "template.lock"):
            done = folder / "template.postgresql"
            if not done.exists():
                asyncio.run(execute(server, 'CREATE DATABASE "template"'))
                asyncio.run(_migrate(url_of(server, "template")))
                done.touch()
        self._loop.run_until_complete(self._create())

    def empty(self) -> str:
        """Deletes all rows. Returns the URL."""
        self._loop.run_until_complete(self._empty())
        return self.url

    def close(self) -> None:
        """Ends the connection, which a test may have ended before."""
        try:
            with suppress(OSError):
                self._loop.run_until_complete(self._connection.close())
        finally:
            self._connection.terminate()
            self._loop.close()

    async def _create(self) -> None:
        await execute(self._server, f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        await execute(self._server, _copy("template", self._name))
        self._connection = await asyncpg.connect(self.url)
        await self._connection.execute(_EMPTYING)
        self._schema = await self._connection.fetchrow(_SCHEMA)

    async def _empty(self) -> None:
        try:
            await self._connection.fetch(_LEAVE)
            is_as_made = await self._connection.fetchrow(_SCHEMA) == self._schema
        except (asyncpg.InterfaceError, asyncpg.PostgresError, OSError):
            is_as_made = False  # a test may have ended all connections
        if not is_as_made:
            self._connection.terminate()
            await self._create()
        elif tables := await self._connection.fetchval("SELECT pg_temp.empty_all_tables()"):
            await self._connection.execute(f"VACUUM {tables}")
            await self._connection.execute(_FORGETTING)


def compile_statements_once(patch: pytest.MonkeyPatch) -> None:
    """Lets all engines of a kind share what they have compiled, until the patch is undone.

    Each test has an engine of its own, and compiling takes a fifth of the time of the tests.
    """
    first: dict[str, Engine] = {}

    def create_sharing(*args: Any, **kwargs: Any) -> AsyncEngine:
        engine = create_async_engine(*args, **kwargs)
        own = engine.sync_engine
        shared = first.setdefault(own.dialect.name, own)
        if shared.dialect.server_version_info is not None:  # it has been connected
            own.dialect = own.pool._dialect = shared.dialect  # part of a statement's key
            own._compiled_cache = shared._compiled_cache
        return engine

    patch.setattr("db.session.create_async_engine", create_sharing)


# Of the whole server, on which other tests run: so only those who wait for this connection, or
# behind one another in the queue for its lock.
_WAITING = text("""
WITH RECURSIVE waiting (pid) AS (
  SELECT pg_backend_pid()
  UNION SELECT lock.pid FROM waiting, pg_locks lock
  WHERE NOT lock.granted AND waiting.pid = ANY (pg_blocking_pids(lock.pid)))
SELECT count(*) - 1 FROM waiting
""")


async def until_waiting(holder: AsyncSession, *tasks: asyncio.Task[Any]) -> None:
    """Returns once each task waits for a lock that the holder's transaction has on PostgreSQL."""
    while await holder.scalar(_WAITING) < len(tasks):
        assert not any(task.done() for task in tasks)


def url_of(server: str, name: str) -> str:
    """Returns the URL of another database of the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()


async def set_default(database: str, setting: str, value: str) -> None:
    """Sets what a setting is in new sessions of a PostgreSQL database."""
    name = make_url(database).database
    await execute(database, f"ALTER DATABASE \"{name}\" SET {setting} = '{value}'")


def _copy(template: str, name: str) -> str:
    return f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'


async def _migrate(url: str) -> None:
    engine = create_engine(url)
    await migrate.upgrade(engine)
    await engine.dispose()
