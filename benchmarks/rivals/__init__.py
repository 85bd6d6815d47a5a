"""The same sends by other means: how fast is the bot beside what people usually write?

All talk to the same stand-in from the same core, and send the bot's own questions. The rivals only
send: they claim nothing, commit nothing and hear nobody, all of which the bot does as well.
"""

import asyncio
import json
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.broadcast import Run, broadcast
from benchmarks.children import ChildFailedError, child, first_line, python
from benchmarks.databases import Databases
from benchmarks.machine import ROOT, core_of_the_bot
from benchmarks.play import UNPACED
from benchmarks.rivals import polls
from benchmarks.standin.client import StandIn, standing_in
from benchmarks.table import Row

_DELAYS = (0.0, 0.08)  # seconds
_PATIENCE = 60.0  # seconds beyond its sending, for one that installs itself first


@dataclass(frozen=True)
class Rival:
    """A way to send, as a command that takes a file of polls, an address and seconds."""

    name: str
    command: tuple[str, ...]
    way: str = ""


_UV = str(ROOT / ".tools/bin/uv")
_AIOGRAM = (_UV, "run", "--quiet", "--script", "benchmarks/rivals/aiogram_sends.py")
RIVALS = (
    Rival("python-telegram-bot, one after another", python("benchmarks.rivals.ptb"), "loop"),
    Rival("… 64 at once, AIORateLimiter not binding", python("benchmarks.rivals.ptb"), "gather"),
    Rival("… 64 at once, AIORateLimiter's defaults", python("benchmarks.rivals.ptb"), "limited"),
    Rival("aiogram, 64 at once, uvloop", _AIOGRAM, "64"),
    Rival("aiogram, 256 at once, uvloop", _AIOGRAM, "256"),
)


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """A table for each reply time."""
    people, seconds = (2_000, 2.0) if quick else (20_000, 6.0)
    for delay in _DELAYS:
        ours = await broadcast(databases, Run("sqlite", people, pace=UNPACED, delay=delay))
        speed = ours.polls_per_second
        cost = ours.cpu_per_poll
        note = "" if cost is None else f"{cost:.2f} ms CPU a poll"
        rows = [Row("this bot, the whole path, SQLite", speed, "/s", note=note)]
        async with standing_in() as telegram:
            await telegram.delay(delay)
            rows += [await _row(rival, telegram, seconds, speed) for rival in RIVALS]
        yield f"The same polls by others, {delay * 1000:.0f} ms reply time", rows


async def _row(rival: Rival, telegram: StandIn, seconds: float, ours: float | None) -> Row:
    try:
        result = await _sent_by(rival, telegram, seconds)
    except (ChildFailedError, OSError, TimeoutError) as error:
        return Row(rival.name, None, note=f"it did not run: {error!r}")
    speed = result["sent"] / result["seconds"]
    note = f"{1000 * result['cpu'] / max(1, result['sent']):.2f} ms CPU a poll"
    if ours is not None and speed:
        note = f"this bot is {ours / speed:.1f} x as fast; {note}"
    return Row(rival.name, speed, "/s", note=note)


async def _sent_by(rival: Rival, telegram: StandIn, seconds: float) -> dict[str, float]:
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        file = Path(folder) / "polls.json"
        polls.write(file)
        command = *rival.command, str(file), telegram.url, str(seconds), rival.way
        async with child(*command, core=core_of_the_bot()) as process:
            return await _result(process, seconds)


async def _result(process: Process, seconds: float) -> dict[str, float]:
    async with asyncio.timeout(seconds + _PATIENCE):
        result: dict[str, float] = json.loads(await first_line(process))
    return result
