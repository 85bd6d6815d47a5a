"""`python -m benchmarks.bot '{...}'`: the whole bot as people run it, at a pace of our own.

Settings come from QUIZBOT_*; the argument is a JSON object with `pace` (messages a second;
absent: Telegram's), `meter` (a file for CPU time) and `profile` (a file for cProfile).
"""

import asyncio
import cProfile
import json
import resource
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import uvloop

from quizbot import logs
from quizbot.application import collect_garbage_rarely, running
from quizbot.settings import Settings, load
from quizbot.telegram.client.limiter import TELEGRAM, Pace, pace

_STEP = 0.02  # seconds between two readings of the meter


Readings = list[tuple[float, float]]
"""Moments of the monotonic clock, and the CPU seconds of this process by then."""


async def run(settings: Settings, speed: Pace) -> Readings:
    """Until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    readings: Readings = []
    metering = asyncio.create_task(_read(readings))
    async with running(settings, pace=speed):
        collect_garbage_rarely()
        await stop.wait()
    metering.cancel()
    with suppress(asyncio.CancelledError):
        await metering
    return readings


async def _read(readings: Readings) -> None:
    """CPU seconds of this process, all threads, beside the monotonic clock."""
    while True:
        usage = resource.getrusage(resource.RUSAGE_SELF)
        readings.append((time.monotonic(), usage.ru_utime + usage.ru_stime))
        await asyncio.sleep(_STEP)


def main(given: dict[str, Any]) -> None:
    """Run, under a profiler if one is asked for."""
    settings = load()
    logs.set_up(settings.log_level, settings.secrets)
    speed = pace(given["pace"]) if "pace" in given else TELEGRAM
    profiler = cProfile.Profile() if "profile" in given else None
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if profiler is None:
            readings = runner.run(run(settings, speed))
        else:
            readings = profiler.runcall(runner.run, run(settings, speed))
            profiler.dump_stats(given["profile"])
    if "meter" in given:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
        kept = {"readings": readings, "peak_memory": peak}
        Path(given["meter"]).write_text(json.dumps(kept), encoding="utf-8")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
