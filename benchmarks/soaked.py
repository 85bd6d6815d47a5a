"""`python -m benchmarks.soaked`: the whole bot, on a clock that is told the time.

Settings come from QUIZBOT_*. Each line of standard input is answered by a line: a moment in ISO
format sets the clock, `memory` tells the resident megabytes after collecting garbage.
"""

import asyncio
import gc
import sys
from datetime import datetime
from random import Random

import uvloop

from benchmarks.memory import resident
from quizbot import logs
from quizbot.application import running
from quizbot.settings import load
from quizbot.telegram.client.limiter import pace

_PACE = 5_000.0  # messages a second: days pass in seconds


async def run(now: datetime) -> None:
    """From this moment on, until standard input ends."""
    settings = load()
    logs.set_up(settings.log_level, settings.secrets)
    orders = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(orders), sys.stdin
    )
    async with running(settings, lambda: now, Random(1), pace(_PACE)):
        while order := (await orders.readline()).decode().strip():
            if order == "memory":
                gc.collect()
                print(resident(), flush=True)
            else:
                now = datetime.fromisoformat(order)
                print("set", flush=True)


if __name__ == "__main__":
    uvloop.run(run(datetime.fromisoformat(sys.argv[1])))
