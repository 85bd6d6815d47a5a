"""Sends polls for some seconds, and prints how many were sent and the CPU time.

All senders import it; it must not import the bot or a library.
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

TOKEN = "7000000001:a_token_of_the_fake_telegram_for_benchmarks"  # noqa: S105 -- opens nothing

_FIRST_CHAT = 5_000_000_001


def _read_polls() -> list[dict[str, Any]]:
    """Returns the content of the file that the first argument names."""
    polls: list[dict[str, Any]] = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    return polls


def url() -> str:
    return sys.argv[2]


async def send_for(seconds: float, send: SendPoll, concurrency: int) -> None:
    """Keep that many calls open; after a second of warm-up, print the result as JSON."""
    polls, sent, number = _read_polls(), 0, 0
    end = time.perf_counter() + 1.0

    async def keep_sending() -> None:
        nonlocal sent, number
        while time.perf_counter() < end:
            number += 1
            await send(_FIRST_CHAT + number, polls[number % len(polls)])
            sent += 1

    async def send_concurrently() -> None:
        await asyncio.gather(*(keep_sending() for _ in range(concurrency)))

    await send_concurrently()
    sent, begun, spent = 0, time.perf_counter(), _cpu()
    end = begun + seconds
    await send_concurrently()
    took = time.perf_counter() - begun
    sys.stdout.write(json.dumps({"sent": sent, "seconds": took, "cpu": _cpu() - spent}) + "\n")


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime
