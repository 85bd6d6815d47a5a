"""How it feels to one person: start-up, from a vote to its card, memory."""

import asyncio
import sys
import tempfile
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from benchmarks.children import child
from benchmarks.machine import core_of_the_bot
from benchmarks.table import Row, milliseconds, under
from questions import load_topic
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.server import running
from sandbox.world import World

STARTS = 5
READINGS = 20
_TOPIC = Path(__file__).parent.parent / "questions/vitamin-b12-blood-flow"
VOTES = 60


@dataclass(frozen=True)
class Figures:
    """Seconds; megabytes (10^6 bytes) of resident memory."""

    topic: float
    start: float
    card_median: float
    card_p95: float
    memory: float


async def measure(*, quick: bool) -> Figures:
    """Run the bot as people run it (`python bot.py`, SQLite) against the sandbox."""
    world = World(Clock())  # with Telegram's limits
    bot = world.add_bot(username="bench_bot")
    async with running(world) as url, Control(url) as control:
        starts = [await _start(url, bot.token, control) for _ in range(2 if quick else STARTS)]
        async with _bot(url, bot.token) as process:
            cards = [
                await _vote_to_card(control, bot.id, number)
                for number in range(5 if quick else VOTES)
            ]
            memory = _resident(process.pid)
    return Figures(_topic(), median(starts), median(cards), quantiles(cards, n=20)[-1], memory)


async def rows(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """One table."""
    figures = await measure(quick=quick)
    card = milliseconds(figures.card_median)
    yield (
        "One person, the bot as people run it, against the sandbox",
        [
            under(
                "reading the topic, article and bank, median", milliseconds(figures.topic), 20, "ms"
            ),
            under("start to first getUpdates, median", figures.start, 2, "s"),
            under("vote to answer card, median", card, 200, "ms"),
            Row("vote to answer card, 95th percentile", milliseconds(figures.card_p95), "ms"),
            under("resident memory of the bot", figures.memory, 120, "MB"),
        ],
    )


@asynccontextmanager
async def _bot(url: str, token: str) -> AsyncIterator[Process]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {
            "QUIZBOT_TOKEN": token,
            "QUIZBOT_API_URL": url,
            "QUIZBOT_DATA_DIR": folder,
            "QUIZBOT_LISTEN": "127.0.0.1:0",
            "QUIZBOT_LOG_LEVEL": "ERROR",
        }
        command = sys.executable, "bot.py"
        async with child(*command, core=core_of_the_bot(), environment=environment) as process:
            yield process


async def _start(url: str, token: str, control: Control) -> float:
    """From the start of the process, with an empty data folder, to its first getUpdates."""
    await control.forget_calls()
    begun = time.perf_counter()
    async with _bot(url, token):
        while not await control.calls("getUpdates"):
            pass
        return time.perf_counter() - begun


def _topic() -> float:
    times = []
    for _ in range(READINGS):
        begun = time.perf_counter()
        load_topic(_TOPIC)
        times.append(time.perf_counter() - begun)
    return median(times)


async def _vote_to_card(control: Control, bot_id: int, number: int) -> float:
    """From a newcomer's vote to the card on their screen."""
    person = (await control.user(f"Person {number}"))["id"]
    await control.write(person, bot_id, "/start")
    hello = await control.wait_for(person, bot_id, lambda message: "reply_markup" in message)
    await control.press(person, bot_id, hello["message_id"], "begin", wait=1)
    begun = await control.wait_for(person, bot_id, lambda message: True, after=hello["message_id"])
    await control.press(person, bot_id, begun["message_id"], "quiz", wait=1)
    question = await control.wait_for(person, bot_id, lambda message: "poll" in message)
    # A person reads for a moment; Telegram's pace in one chat is a message a second.
    await asyncio.sleep(1)
    at = time.perf_counter()
    await control.vote(person, bot_id, question["message_id"], [0])
    await control.wait_for(person, bot_id, lambda message: True, after=question["message_id"])
    return time.perf_counter() - at


def _resident(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024 / 1e6
    raise RuntimeError("this system does not tell the memory of a process")
