"""A local Telegram, and the settings of the real bot in it: they speak HTTP with each other."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.telegram.sandbox import Sandbox, open_sandbox

# A Monday; 08:00 in UTC, an hour before the day's first question (09:00).
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
def sandbox_database(request: pytest.FixtureRequest) -> str:
    """The URL of the bot's database: SQLite, unless the test has the mark `on_each_database`."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database"))


@pytest.fixture
async def sandbox(sandbox_database: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(sandbox_database, tmp_path, START) as sandbox:
        yield sandbox
