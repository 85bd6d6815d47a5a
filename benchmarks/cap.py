"""A minute at Telegram's free pace, against the sandbox, which refuses what is too much."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.databases import Databases
from benchmarks.play import TOKEN, Stage
from benchmarks.population import Population
from benchmarks.table import Row, at_least, exactly
from sandbox.clock import Clock
from sandbox.people import write
from sandbox.server import running
from sandbox.world import World

_CAP = 30  # messages a second
_LOOK = 1.0  # seconds
_PATIENCE = 60.0  # seconds beyond the minute


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """One table."""
    seconds = 10 if quick else 60
    population = Population(due=_CAP * (seconds + 20))
    database = await databases.fresh("sqlite", population, population.fill)
    world = _world(population)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running(world) as url, Stage(url, database, Path(folder)).bot():
            async with asyncio.timeout(_PATIENCE + seconds):
                while not _covers(_polls(world), seconds):  # noqa: ASYNC110 -- the sandbox tells nobody
                    await asyncio.sleep(_LOOK)
    await databases.drop(database)
    title = f"{seconds} s at {_CAP} messages/s, against the sandbox with Telegram's limits"
    yield title, _rows(world, seconds)


def _world(population: Population) -> World:
    """A sandbox where all of them have written to the bot once, as they must have."""
    world = World(Clock())
    bot = world.add_bot(TOKEN, username="bench_bot")
    people = [world.add_person(f"Person {number}") for number in range(population.due)]
    assert [person.id for person in people] == list(population.due_ids)
    for person in people:
        write(world, person, bot.id, "Hello")
    bot.updates.clear()
    return world


def _rows(world: World, seconds: int) -> list[Row]:
    polls = _polls(world)
    used = sum(at < polls[0] + seconds for at in polls)
    refused = sum(call["status"] == 429 for call in world.calls)
    return [
        at_least("share of the cap used", 100 * used / (_CAP * seconds), 99, "%"),
        exactly("refused with 429", refused, 0),
    ]


def _covers(moments: list[float], seconds: float) -> bool:
    return bool(moments) and moments[-1] - moments[0] >= seconds


def _polls(world: World) -> list[float]:
    """When each poll that the sandbox accepted came, in seconds."""
    return [
        datetime.fromisoformat(call["at"]).timestamp()
        for call in world.calls
        if call["method"] == "sendPoll" and call["ok"]
    ]
