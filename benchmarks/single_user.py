"""One user: the start of the bot, the time from an answer to its card, and memory."""

import asyncio
import sys
import time
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

from benchmarks import TOPIC_FOLDER
from benchmarks.bot_process import bot_environment
from benchmarks.machine import BOT_CORE, resident_memory
from benchmarks.processes import running_process
from benchmarks.table import Row, milliseconds, under
from questions import load_topic
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.server import running
from sandbox.world import World

_STARTS = 5
_LOADS = 20
_ANSWERS = 60


async def measure(databases: object, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields one table: `python bot.py` with SQLite, against the sandbox."""
    world = World(Clock())  # with Telegram's limits
    bot = world.add_bot(username="bench_bot")
    async with running(world) as url, Control(url) as control:
        starts = [
            await _startup_time(url, bot.token, control) for _ in range(2 if quick else _STARTS)
        ]
        async with _bot(url, bot.token) as process:
            cards = [
                await _answer_to_card(control, bot.id, number)
                for number in range(5 if quick else _ANSWERS)
            ]
            memory = resident_memory(process.pid)
    load_time = milliseconds(_topic_load_time())
    yield (
        "One user, the bot as people run it, against the sandbox",
        [
            under("loading the topic, article and bank, median", load_time, 20, "ms"),
            under("start to first getUpdates, median", median(starts), 2, "s"),
            under("answer to card, median", milliseconds(median(cards)), 200, "ms"),
            Row("answer to card, 95th percentile", 1000 * quantiles(cards, n=20)[-1], "ms"),
            under("resident memory of the bot", memory, 120, "MB"),
        ],
    )


@asynccontextmanager
async def _bot(url: str, token: str) -> AsyncIterator[Process]:
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        environment = bot_environment(token, url, Path(folder))
        command = sys.executable, "bot.py"
        async with running_process(*command, core=BOT_CORE, environment=environment) as process:
            yield process


async def _startup_time(url: str, token: str, control: Control) -> float:
    """Returns seconds from the start of the process, with an empty folder, to getUpdates."""
    await control.forget_calls()
    begun = time.perf_counter()
    async with _bot(url, token):
        while not await control.calls("getUpdates"):
            pass
        return time.perf_counter() - begun


def _topic_load_time() -> float:
    times = []
    for _ in range(_LOADS):
        begun = time.perf_counter()
        load_topic(TOPIC_FOLDER)
        times.append(time.perf_counter() - begun)
    return median(times)


async def _answer_to_card(control: Control, bot_id: int, number: int) -> float:
    """Returns seconds from a newcomer's answer to the card on the screen."""
    person = (await control.user(f"Person {number}"))["id"]
    await control.write(person, bot_id, "/start")
    hello = await control.wait_for(person, bot_id, lambda message: "reply_markup" in message)
    await control.press(person, bot_id, hello["message_id"], "begin", wait=1)
    begun = await control.wait_for(person, bot_id, lambda message: True, after=hello["message_id"])
    await control.press(person, bot_id, begun["message_id"], "quiz", wait=1)
    question = await control.wait_for(person, bot_id, lambda message: "poll" in message)
    # A person reads first, and Telegram's limit in one chat is a message a second.
    await asyncio.sleep(1)
    at = time.perf_counter()
    await control.vote(person, bot_id, question["message_id"], [0])
    await control.wait_for(person, bot_id, lambda message: True, after=question["message_id"])
    return time.perf_counter() - at
