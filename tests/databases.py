"""Empty, migrated databases, as cheap as they can be: SQLite by copy, PostgreSQL by emptying."""

import asyncio
import shutil
from pathlib import Path

import asyncpg
from filelock import FileLock
from sqlalchemy import make_url

from db import migrate
from db.session import create_engine

# Empties every table that has had rows, and starts the numbering of ids again. Deleting is fifty
# times as fast as TRUNCATE for the few rows of a test, but leaves pages behind.
_EMPTYING = """
CREATE FUNCTION pg_temp.empty_all_tables() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  item record;
BEGIN
  PERFORM set_config('session_replication_role', 'replica', true);  -- no foreign keys
  FOR item IN
    SELECT oid::regclass AS name, pg_relation_size(oid) > 65536 AS big FROM pg_class
    WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
      AND relname <> 'alembic_version' AND pg_relation_size(oid) > 0
  LOOP
    EXECUTE format(CASE WHEN item.big THEN 'TRUNCATE %s CASCADE' ELSE 'DELETE FROM %s' END,
                   item.name);
  END LOOP;
  PERFORM setval(format('%I.%I', schemaname, sequencename), 1, false)
    FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
# Connections that the test before has left, such as those of a bot that was killed.
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
        """Returns its URL: all its tables are there, and without rows."""
        self._loop.run_until_complete(self._empty())
        return self.url

    def close(self) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()

    async def _create(self) -> None:
        await execute(self._server, f'DROP DATABASE IF EXISTS "{self._name}" WITH (FORCE)')
        await execute(self._server, _copy("template", self._name))
        self._connection = await asyncpg.connect(self.url)
        await self._connection.execute(_EMPTYING)
        self._schema = await self._connection.fetchrow(_SCHEMA)

    async def _empty(self) -> None:
        await self._connection.fetch(_LEAVE)
        if await self._connection.fetchrow(_SCHEMA) == self._schema:
            await self._connection.execute("SELECT pg_temp.empty_all_tables()")
        else:
            await self._connection.close()
            await self._create()


def url_of(server: str, name: str) -> str:
    """Returns the URL of another database of the same server."""
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()


def _copy(template: str, name: str) -> str:
    return f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY file_copy'


async def _migrate(url: str) -> None:
    engine = create_engine(url)
    await migrate.upgrade(engine)
    await engine.dispose()
