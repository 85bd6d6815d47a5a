"""Sends for some seconds by whatever way, and tells how many and at what cost.

Imported by every rival; it must not import anything of the bot or of a library.
"""

import asyncio
import json
import resource
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

SendPoll = Callable[[int, dict[str, Any]], Awaitable[object]]

FIRST_CHAT = 5_000_000_001


def polls() -> list[dict[str, Any]]:
    """The file that the first argument names."""
    listed: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return listed


def url() -> str:
    return sys.argv[2]


async def send_for(seconds: float, send: SendPoll, together: int) -> None:
    """Keep so many calls going, warm up a little, and print what came of the rest as JSON."""
    queue, sent, number = polls(), 0, 0
    end = time.perf_counter() + 1.0

    async def keep_sending() -> None:
        nonlocal sent, number
        while time.perf_counter() < end:
            number += 1
            await send(FIRST_CHAT + number, queue[number % len(queue)])
            sent += 1

    async def all_of_them() -> None:
        await asyncio.gather(*(keep_sending() for _ in range(together)))

    await all_of_them()
    sent, begun, spent = 0, time.perf_counter(), _cpu()
    end = begun + seconds
    await all_of_them()
    took = time.perf_counter() - begun
    sys.stdout.write(json.dumps({"sent": sent, "seconds": took, "cpu": _cpu() - spent}) + "\n")


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
