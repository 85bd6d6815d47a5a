"""The dashboard at an address of this machine, and at one behind a proxy."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from db.session import Sessions, create_engine, create_sessions
from tests import databases
from tests.programmes.steps import COORDINATOR, programme
from tests.web.site import HERE, PUBLIC, Browser, Site, open_site


@pytest.fixture
async def site(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """On SQLite: test_guard makes all pages and changes on each database."""
    async with _site_on(sqlite_database, tmp_path) as site:
        yield site


@pytest.fixture
async def mine(site: Site) -> int:
    """A programme on the site."""
    return await programme(site.sessions, name="Walk more")


@pytest.fixture
async def browser(site: Site, mine: int) -> Browser:
    """Of the programme's coordinator, signed in."""
    return await site.signed_in(COORDINATOR)


@pytest.fixture
async def each_site(sessions: Sessions, tmp_path: Path) -> AsyncIterator[Site]:
    """On each database, for what depends on it: searching, sorting, what happens at once."""
    async with open_site(sessions, tmp_path) as site:
        yield site


@pytest.fixture
async def public_site(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Site]:
    """On SQLite alone as well."""
    async with _site_on(sqlite_database, tmp_path, PUBLIC) as site:
        yield site


@pytest.fixture(scope="module")
async def shared_site(
    shared_database: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """A site for all tests of a module, which leave it as they found it."""
    async with _site_on(shared_database, tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture(scope="module")
async def shared_sqlite_site(
    sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Site]:
    """The same on SQLite alone."""
    folder = tmp_path_factory.mktemp("sqlite-site")
    async with _site_on(databases.sqlite(sqlite_template, folder), folder) as site:
        yield site


@asynccontextmanager
async def _site_on(database: str, folder: Path, url: str = HERE) -> AsyncIterator[Site]:
    engine = create_engine(database)
    async with open_site(create_sessions(engine), folder, url) as site:
        yield site
    await engine.dispose()
