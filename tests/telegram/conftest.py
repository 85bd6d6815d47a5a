"""The play: people in a local Telegram and the real bot, speaking HTTP with each other."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.telegram.play import Play, playing

# A Monday; 08:00 in UTC, so that the day's first question (09:00) is still to come.
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture
async def play(sqlite_database: str, tmp_path: Path) -> AsyncIterator[Play]:
    """A play on SQLite."""
    async with playing(sqlite_database, tmp_path, START) as play:
        yield play


@pytest.fixture
async def play_on_each(database: str, tmp_path: Path) -> AsyncIterator[Play]:
    """The same play on SQLite and on PostgreSQL, where it depends on the database."""
    async with playing(database, tmp_path, START) as play:
        yield play
