"""The dashboard at an address of this machine, and at one behind a proxy."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from db.session import Sessions, create_engine, create_sessions
from tests.web.office import PUBLIC, Office, open_office


@pytest.fixture
async def office(sessions: Sessions, tmp_path: Path) -> AsyncIterator[Office]:
    async with open_office(sessions, tmp_path) as office:
        yield office


@pytest.fixture
async def sqlite_office(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On SQLite alone, for what does not depend on the database."""
    engine = create_engine(sqlite_database)
    async with open_office(create_sessions(engine), tmp_path) as office:
        yield office
    await engine.dispose()


@pytest.fixture
async def public_office(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Office]:
    """On SQLite alone, too."""
    engine = create_engine(sqlite_database)
    async with open_office(create_sessions(engine), tmp_path, PUBLIC) as office:
        yield office
    await engine.dispose()
