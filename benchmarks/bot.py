"""`python -m benchmarks.bot '{...}'`: the whole bot, with a pace and a clock for benchmarks.

Settings come from QUIZBOT_*. All keys of the JSON argument are optional: `pace` (messages a second
instead of Telegram's limit), `meter` (a file for CPU time and memory) and `now` (ISO format; the
clock stands still there). With `now`, each line of standard input is answered by a line: a moment
in ISO format sets the clock, `memory` returns the resident megabytes after garbage collection.
"""

import asyncio
import gc
import json
import resource
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

import uvloop

from benchmarks.machine import resident_memory
from quizbot import logs
from quizbot.application import collect_garbage_rarely, running, system_clock
from quizbot.settings import load
from quizbot.telegram.client.limiter import TELEGRAM, pace

_INTERVAL = 0.02  # seconds between two readings of the CPU time

# Times of the monotonic clock, each with the CPU seconds that this process had used by then.
Readings = list[tuple[float, float]]


async def run(options: dict[str, Any]) -> Readings:
    """Run the bot until SIGTERM; returns its CPU time."""
    settings = load()
    logs.set_up(settings.log_level, settings.secrets)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    readings: Readings = []
    background = [asyncio.create_task(_read_cpu_time(readings))]
    clock: Callable[[], datetime] = system_clock
    if "now" in options:
        frozen = FrozenClock(datetime.fromisoformat(options["now"]))
        background.append(asyncio.create_task(frozen.obey_commands()))
        clock = frozen
    limit = pace(options["pace"]) if "pace" in options else TELEGRAM
    async with running(settings, clock, Random(1), limit):
        collect_garbage_rarely()
        await stop.wait()
    for task in background:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    return readings


class FrozenClock:
    """A clock that stands still until a command on standard input moves it."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def __call__(self) -> datetime:
        return self._now

    async def obey_commands(self) -> None:
        """Read commands until standard input ends."""
        commands = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(commands), sys.stdin
        )
        while command := (await commands.readline()).decode().strip():
            if command == "memory":
                gc.collect()
                print(resident_memory(), flush=True)
            else:
                self._now = datetime.fromisoformat(command)
                print("set", flush=True)


async def _read_cpu_time(readings: Readings) -> None:
    while True:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        readings.append((time.monotonic(), usage.ru_utime + usage.ru_stime))
        await asyncio.sleep(_INTERVAL)


def main(options: dict[str, Any]) -> None:
    """Run the bot, then write the file of the meter."""
    readings = uvloop.run(run(options))
    if "meter" in options:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        written = {"readings": readings, "peak_memory": peak}
        Path(options["meter"]).write_text(json.dumps(written), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
