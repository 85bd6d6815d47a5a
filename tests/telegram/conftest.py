"""A local Telegram, and the settings of the real bot in it: they speak HTTP with each other."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from db.leadership import leading
from questions import Topic, load_topic
from quizbot import scheduler
from quizbot.charts import render
from tests.sizes import PATIENCE
from tests.telegram.sandbox import Sandbox, open_sandbox

# A Monday; 08:00 in UTC, an hour before the day's first question (09:00).
START = datetime(2026, 11, 23, 8, tzinfo=UTC)


@pytest.fixture(scope="session", autouse=True)
def topics() -> Iterator[None]:
    """Bots read the same files only once: half of the time of a start."""
    known: dict[tuple[bytes, ...], Topic] = {}

    def load(directory: Path) -> Topic:
        files = sorted(file for file in directory.rglob("*") if file.is_file())
        content = tuple(file.read_bytes() for file in files)
        key = (bytes(directory), *content)
        if key not in known:
            known[key] = load_topic(directory)
        return known[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quizbot.startup.load_topic", load)
        yield


@pytest.fixture(scope="session", autouse=True)
def leadership() -> Iterator[None]:
    """A busy machine ends neither the leadership of a bot nor its share of the pace."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("quizbot.application.leading", partial(leading, patience=PATIENCE))
        patch.setattr("db.leadership._SET_SESSION", "SET idle_session_timeout = '60s'")
        patch.setattr("quizbot.telegram.jobs.shared_pace._LEASE", 10.0)
        patch.setattr("quizbot.telegram.jobs.shared_pace._PATIENCE", 8.0)
        yield


@pytest.fixture(scope="package", autouse=True)
def no_ticks() -> Iterator[None]:
    """A test runs the jobs that it is about; the scheduler's ticks would only race with them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scheduler, "_INTERVALS", dict.fromkeys(scheduler._INTERVALS, 86_400))
        yield


@pytest.fixture(scope="package", autouse=True)
def small_pictures() -> Iterator[None]:
    """Pictures have a ninth of their pixels: most of the time of a picture."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(render._environment().globals, "SCALE", 1)
        yield


@pytest.fixture
def sandbox_database(request: pytest.FixtureRequest) -> str:
    """The URL of the bot's database: SQLite, unless the test has the mark `on_each_database`."""
    return str(request.getfixturevalue(f"{getattr(request, 'param', 'sqlite')}_database"))


@pytest.fixture
async def sandbox(sandbox_database: str, tmp_path: Path) -> AsyncIterator[Sandbox]:
    async with open_sandbox(sandbox_database, tmp_path, START) as sandbox:
        yield sandbox
