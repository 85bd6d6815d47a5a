"""The bot in a process of its own, with a meter for its CPU time."""

import json
from asyncio.subprocess import Process
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.databases import Databases
from benchmarks.fake_telegram.client import FakeTelegram, running_fake_telegram
from benchmarks.machine import BOT_CORE
from benchmarks.population import Population
from benchmarks.processes import python_command, running_process

TOKEN = "7000000001:a_token_of_the_fake_telegram_for_benchmarks"  # noqa: S105 -- opens nothing

UNPACED = 1_000_000.0  # messages a second; the limit in one chat stays Telegram's


@dataclass
class CpuMeter:
    """CPU seconds of the bot by times of the monotonic clock; empty until the bot ends."""

    readings: list[tuple[float, float]] = field(default_factory=list)
    peak_memory: int = 0  # bytes

    def read(self, file: Path) -> None:
        """Read what the bot wrote; if it could not write, the meter stays empty."""
        if file.is_file():
            written = json.loads(file.read_text(encoding="utf-8"))
            self.readings = [(at, cpu) for at, cpu in written["readings"]]
            self.peak_memory = written["peak_memory"]

    def between(self, start: float | None, end: float | None) -> float | None:
        """Returns the CPU seconds used between two times; None without readings."""
        if not self.readings or start is None or end is None:
            return None
        return self._at(end) - self._at(start)

    def _at(self, moment: float) -> float:
        index = bisect_left(self.readings, (moment, 0.0))
        if index == 0:
            return self.readings[0][1]
        if index == len(self.readings):
            return self.readings[-1][1]
        (before, low), (after, high) = self.readings[index - 1 : index + 1]
        return low + (high - low) * (moment - before) / (after - before)


@dataclass(frozen=True)
class BotProcess:
    """How to start a bot. `pace` is in messages a second; None means Telegram's limit."""

    api_url: str
    database: str
    folder: Path
    pace: float | None = None
    now: datetime | None = None  # for a clock that stands still there
    settings: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[tuple[Process, CpuMeter]]:
        """Run the bot while the block runs; the meter can be read afterwards."""
        meter, file = CpuMeter(), self.folder / "meter.json"
        options: dict[str, Any] = {"meter": str(file)}
        if self.pace is not None:
            options["pace"] = self.pace
        if self.now is not None:
            options["now"] = self.now.isoformat()
        command = python_command("benchmarks.bot", json.dumps(options))
        environment = bot_environment(TOKEN, self.api_url, self.folder) | {
            "QUIZBOT_DATABASE_URL": self.database,
            **self.settings,
        }
        async with running_process(*command, core=BOT_CORE, environment=environment) as process:
            yield process, meter
        meter.read(file)


def bot_environment(token: str, api_url: str, folder: Path) -> dict[str, str]:
    """Returns the settings of a quiet bot on a port of its own."""
    return {
        "QUIZBOT_TOKEN": token,
        "QUIZBOT_API_URL": api_url,
        "QUIZBOT_DATA_DIR": str(folder),
        "QUIZBOT_LISTEN": "127.0.0.1:0",
        "QUIZBOT_LOG_LEVEL": "ERROR",
    }


@asynccontextmanager
async def surroundings(
    databases: Databases, kind: str, population: Population
) -> AsyncIterator[tuple[FakeTelegram, str, Path]]:
    """Yields a fake Telegram, the URL of a database with that population, and a data folder."""
    database = await databases.create(kind, population)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running_fake_telegram() as telegram:
            yield telegram, database, Path(folder)
    await databases.drop(database)
