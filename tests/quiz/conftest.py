"""Sessions on SQLite alone, for rules that do not depend on the database."""

from collections.abc import AsyncIterator

import pytest

from db.session import Sessions, create_engine, create_sessions


@pytest.fixture
async def sqlite_sessions(sqlite_database: str) -> AsyncIterator[Sessions]:
    engine = create_engine(sqlite_database)
    yield create_sessions(engine)
    await engine.dispose()
