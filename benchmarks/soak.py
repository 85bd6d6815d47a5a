"""Ten days of 2,000 subscribers in a few minutes: does the bot's memory grow?

The bot runs in a process of its own, on a clock that this process moves; the sandbox, in which
people answer, press and write, runs in this one. Only the memory of the bot's process counts.
"""

import asyncio
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic

from sqlalchemy import func, select

from benchmarks import TOPIC_FOLDER
from benchmarks.bot_process import TOKEN, BotProcess
from benchmarks.databases import Databases
from benchmarks.large_population import LargePopulation, fill, subscriber_id
from benchmarks.processes import read_line
from benchmarks.table import Row, exactly, under
from db.models import Answer
from db.session import create_engine, create_sessions
from questions import load_topic
from quizbot.quiz.answers import totals
from sandbox import people
from sandbox.accounts import Bot, Person
from sandbox.chats import Message
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.server import running
from sandbox.world import World

_FIRST_DAY = date(2026, 11, 23)
_HOURS = (6, 12, 18, 23)  # of each day; at half past them the clock stops
_ANSWERS, _BOARDS, _PICTURES = 0.8, 0.05, 0.01  # shares of those who have just got a question
_PACE = 5_000.0  # messages a second: a day takes seconds
_INTERVAL = 0.05  # seconds between two looks whether all is done
_QUIET = 1.0  # seconds without a call from the bot: then it is idle
_TIMEOUT = 60.0  # seconds
_PRESSES = ("score", "leaderboard")


@dataclass
class Soak:
    """The world around the bot, and the process of the bot."""

    world: World
    bot: Bot
    process: Process
    persons: dict[int, Person]
    rng: Random = field(default_factory=lambda: Random(1))
    asked: int = 0
    answered: int = 0

    async def day(self, day: date) -> float:
        """Play one day; returns the megabytes of the bot at its end."""
        for hour in _HOURS:
            await self._move_to(datetime.combine(day, time(hour, 30), UTC))
            due = sum(number % 24 <= hour for number in range(1, len(self.persons) + 1))
            expected = (day - _FIRST_DAY).days * len(self.persons) + due
            await self._until_asked(expected)
            await self._react()
            await self._until_quiet()
        return float(await self._command("memory"))

    async def _react(self) -> None:
        """Answer the questions that came since the last time, and press and write."""
        new = [
            self.world.poll_messages[poll_id][0] for poll_id in list(self.world.polls)[self.asked :]
        ]
        self.asked += len(new)
        for message in new:
            person = self.persons[message.chat.id_for(self.bot)]
            if self.rng.random() < _ANSWERS:
                option = self.rng.randrange(2)
                people.vote(self.world, person, message, [option], force=False)
                self.answered += 1
            if self.rng.random() < _BOARDS:
                people.write(self.world, person, self.bot.id, "/leaderboard")
                await self._press(person, message)
            if self.rng.random() < _PICTURES:
                people.write(self.world, person, self.bot.id, "/score")

    async def _press(self, person: Person, message: Message) -> None:
        data = self.rng.choice(_PRESSES)
        await people.press(self.world, person, message, data, wait=0)

    async def _move_to(self, moment: datetime) -> None:
        self.world.clock.set(moment)
        await self._command(moment.isoformat())

    async def _until_asked(self, questions: int) -> None:
        """Wait until that many questions have come since the start, and are recorded."""
        await self._until(lambda: len(self.world.polls) >= questions)
        await self._until_quiet()

    async def _until_quiet(self) -> None:
        """Wait until all updates are processed and the bot is idle."""
        seen, since = -1, monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            if len(self.bot.updates) or seen != self.bot.last_message_id:
                seen, since = self.bot.last_message_id, monotonic()
            return monotonic() - since > _QUIET

        await self._until(quiet)

    async def _until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(_TIMEOUT):
            while not done():  # noqa: ASYNC110 -- another process is waited for
                await asyncio.sleep(_INTERVAL)

    async def _command(self, command: str) -> str:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{command}\n".encode())
        return await read_line(self.process)


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields one table, on SQLite, as most people run the bot."""
    number, days = (200, 4) if quick else (2_000, 10)
    database = await databases.create("sqlite")
    await fill(database, LargePopulation(number, _FIRST_DAY, 0, {}, earlier=0))
    async with _soaking(database, number) as soak:
        memory = [await soak.day(_FIRST_DAY + timedelta(days=day)) for day in range(days)]
    middle = memory[days // 2 - 1]
    rows = [Row(f"memory after day {day}", each, "MB") for day, each in enumerate(memory, 1)]
    yield (
        f"Soak: {days} days of {number:,} subscribers, SQLite",
        [
            *rows,
            under("growth over the second half", 100 * (memory[-1] - middle) / middle, 5, "%"),
            exactly("questions received", soak.asked, number * days),
            exactly("answers counted", await _counted(database), soak.answered),
            exactly("totals that differ from the answers", await _differences(database), 0),
        ],
    )
    await databases.drop(database)


@asynccontextmanager
async def _soaking(database: str, number: int) -> AsyncIterator[Soak]:
    start = datetime.combine(_FIRST_DAY, time(), UTC)
    world = World(Clock(start, frozen=True), limits=UNLIMITED)
    bot = world.add_bot(TOKEN)
    persons = {
        id_: Person(id_, f"Person {id_}") for id_ in map(subscriber_id, range(1, number + 1))
    }
    world.people |= persons
    for person in persons.values():
        world.private_chat(person, bot).started = True
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running(world) as url:
            process = BotProcess(url, database, Path(folder), _PACE, now=start)
            async with process.running() as (running_bot, _):
                yield Soak(world, bot, running_bot, persons)


async def _counted(database: str) -> int:
    engine = create_engine(database)
    async with create_sessions(engine)() as session:
        counted = await session.scalar(select(func.count()).select_from(Answer))
    await engine.dispose()
    return counted or 0


async def _differences(database: str) -> int:
    engine = create_engine(database)
    async with create_sessions(engine)() as session:
        found = await totals.differences(session, load_topic(TOPIC_FOLDER).objective_of)
    await engine.dispose()
    return len(found)
