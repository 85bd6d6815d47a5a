"""The dashboard at an address of this machine, and at one behind a proxy."""

import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from db.session import Sessions, create_engine, create_sessions
from tests import databases
from tests.conftest import DATABASES
from tests.web.site import HERE, PUBLIC, Site, open_site

_SHARED = {"shared_site", "shared_sqlite_site"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the tests that share a site on the event loop of that site."""
    for item in items:
        if isinstance(item, pytest.Function) and _SHARED & set(item.fixturenames):
            item.add_marker(pytest.mark.asyncio(loop_scope="module"), append=False)


@pytest.fixture
async def site(sessions: Sessions, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(sessions, tmp_path) as site:
        yield site


@pytest.fixture
async def sqlite_site(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """The same on SQLite alone, for what does not depend on the database."""
    async with _site_on(sqlite_database, tmp_path) as site:
        yield site


@pytest.fixture
async def public_site(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """On SQLite alone as well."""
    async with _site_on(sqlite_database, tmp_path, PUBLIC) as site:
        yield site


@pytest.fixture(scope="module", params=DATABASES)
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    if request.param == "sqlite":
        template = request.getfixturevalue("sqlite_template")
        return databases.sqlite(template, tmp_path_factory.mktemp("shared"))
    return str(request.getfixturevalue("shared_postgresql").empty())


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_site(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A site for all tests of a module, which leave it as they found it."""
    async with _site_on(shared_database, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_sqlite_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The same on SQLite alone."""
    folder = tmp_path_factory.mktemp("sqlite-site")
    async with _site_on(databases.sqlite(sqlite_template, folder), folder) as site:
        yield site


@pytest.fixture(scope="session")
def shared_postgresql(postgresql: str, store: Path) -> Iterator[databases.Postgresql]:
    """A worker's second database, beside the one that is emptied for each test."""
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-shared"
    database = databases.Postgresql(postgresql, store, name)
    yield database
    database.close()


@asynccontextmanager
async def _site_on(database: str, folder: Path, url: str = HERE) -> AsyncIterator[Site]:
    engine = create_engine(database)
    async with open_site(create_sessions(engine), folder, url) as site:
        yield site
    await engine.dispose()
