"""The bot on stage: in a process of its own, with a meter on its CPU."""

import json
from asyncio.subprocess import Process
from bisect import bisect_left
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.children import child, python
from benchmarks.databases import Databases
from benchmarks.machine import core_of_the_bot
from benchmarks.population import Population
from benchmarks.standin.client import StandIn, standing_in
from quizbot.settings import Settings

TOKEN = "7000000001:a_token_of_the_stand_in_for_benchmarks"  # noqa: S105 -- opens nothing

UNPACED = 1_000_000.0  # messages a second; the pace in one chat stays Telegram's


@dataclass
class Meter:
    """CPU seconds of the bot's process over the monotonic clock; read it after the bot's end."""

    file: Path
    readings: list[tuple[float, float]] = field(default_factory=list)
    peak_memory: int = 0  # bytes

    def read(self) -> None:
        if self.file.is_file():
            kept = json.loads(self.file.read_text(encoding="utf-8"))
            self.readings = [(at, cpu) for at, cpu in kept["readings"]]
            self.peak_memory = kept["peak_memory"]

    def between(self, start: float | None, end: float | None) -> float | None:
        """CPU seconds spent between two moments; None without readings."""
        if not self.readings or start is None or end is None:
            return None
        return self._at(end) - self._at(start)

    def _at(self, moment: float) -> float:
        place = bisect_left(self.readings, (moment, 0.0))
        if place == 0:
            return self.readings[0][1]
        if place == len(self.readings):
            return self.readings[-1][1]
        (before, low), (after, high) = self.readings[place - 1 : place + 1]
        return low + (high - low) * (moment - before) / (after - before)


@dataclass(frozen=True)
class Stage:
    """What a bot is started with. `pace` is in messages a second; None: Telegram's."""

    api_url: str
    database: str
    folder: Path
    pace: float | None = None
    settings: dict[str, str] = field(default_factory=dict)
    profile: Path | None = None

    @asynccontextmanager
    async def bot(self) -> AsyncIterator[tuple[Process, Meter]]:
        """The bot, running while the block does."""
        meter = Meter(self.folder / "meter.json")
        given: dict[str, Any] = {"meter": str(meter.file)}
        if self.pace is not None:
            given["pace"] = self.pace
        if self.profile is not None:
            given["profile"] = str(self.profile)
        command = python("benchmarks.bot", json.dumps(given))
        async with child(*command, core=core_of_the_bot(), environment=self._environment()) as bot:
            yield bot, meter
        meter.read()

    def _environment(self) -> dict[str, str]:
        return {
            "QUIZBOT_TOKEN": TOKEN,
            "QUIZBOT_API_URL": self.api_url,
            "QUIZBOT_DATABASE_URL": self.database,
            "QUIZBOT_DATA_DIR": str(self.folder),
            "QUIZBOT_LISTEN": "127.0.0.1:0",
            "QUIZBOT_LOG_LEVEL": "ERROR",
            **self.settings,
        }


def knows_setting(name: str) -> bool:
    """Whether the bot at hand has that setting."""
    return name in Settings.model_fields


@asynccontextmanager
async def set_up(
    databases: Databases, kind: str, population: Population
) -> AsyncIterator[tuple[StandIn, str, Path]]:
    """A stand-in, the URL of a database with that population, and a folder for the bot's data."""
    database = await databases.fresh(kind, population, population.fill)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with standing_in() as telegram:
            yield telegram, database, Path(folder)
    await databases.drop(database)
