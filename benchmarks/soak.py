"""Ten days of 2,000 subscribers in a few minutes: what does the bot's process keep of them?

The bot runs in a process of its own, on a clock that is moved on; the sandbox, where people vote,
press and write, is in this one. Only the memory of the bot's process counts.
"""

import asyncio
import os
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from sqlalchemy import func, select

from benchmarks.children import end, python
from benchmarks.databases import Databases
from benchmarks.grown import Past, fill, person
from benchmarks.machine import ROOT, core_of_the_bot, pin
from benchmarks.play import TOKEN
from benchmarks.storage import nobody
from benchmarks.table import Row, exactly, under
from db.models import Answer
from db.session import create_engine, create_sessions
from quizbot.quiz.answers import totals
from sandbox import people
from sandbox.accounts import Bot, Person
from sandbox.chats import Message
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.server import running
from sandbox.world import World

_FIRST_DAY = date(2026, 11, 23)
_HOURS = (6, 12, 18, 23)  # of each day, half past: who is due by then has the question
_VOTES, _LOOKS, _PICTURES = 0.8, 0.05, 0.01  # shares of those who have just got a question
_LOOK = 0.05  # seconds between two looks whether all is done
_QUIET = 1.0  # seconds without a call from the bot, after which nothing more is to come
_PATIENCE = 60.0  # seconds
_PRESSES = ("score", "leaderboard")


@dataclass
class Soak:
    """The world around the bot, and the bot's process in it."""

    world: World
    bot: Bot
    process: Process
    crowd: dict[int, Person]
    chance: Random = field(default_factory=lambda: Random(1))
    asked: int = 0
    answered: int = 0

    async def day(self, day: date) -> float:
        """Live through it; megabytes of the bot at its end."""
        for hour in _HOURS:
            await self._move_to(datetime(day.year, day.month, day.day, hour, 30, tzinfo=UTC))
            due = sum(number % 24 <= hour for number in range(1, len(self.crowd) + 1))
            expected = (day - _FIRST_DAY).days * len(self.crowd) + due
            await self._until_asked(expected)
            await self._react()
            await self._until_quiet()
        return float(await self._tell("memory"))

    async def _react(self) -> None:
        """To the questions that came since the last time."""
        news = [
            self.world.poll_messages[poll_id][0] for poll_id in list(self.world.polls)[self.asked :]
        ]
        self.asked += len(news)
        for message in news:
            someone = self.crowd[message.chat.id_for(self.bot)]
            if self.chance.random() < _VOTES:
                option = self.chance.randrange(2)
                people.vote(self.world, someone, message, [option], force=False)
                self.answered += 1
            if self.chance.random() < _LOOKS:
                people.write(self.world, someone, self.bot.id, "/leaderboard")
                await self._press(someone, message)
            if self.chance.random() < _PICTURES:
                people.write(self.world, someone, self.bot.id, "/score")

    async def _press(self, someone: Person, message: Message) -> None:
        data = self.chance.choice(_PRESSES)
        await people.press(self.world, someone, message, data, wait=0)

    async def _move_to(self, moment: datetime) -> None:
        self.world.clock.set(moment)
        await self._tell(moment.isoformat())

    async def _until_asked(self, questions: int) -> None:
        """So many daily questions have come since the beginning, and are recorded."""
        await self._until(lambda: len(self.world.polls) >= questions)
        await self._until_quiet()

    async def _until_quiet(self) -> None:
        """All updates are taken, and the bot has nothing more to say."""
        seen, since = -1, time.monotonic()

        def quiet() -> bool:
            nonlocal seen, since
            if len(self.bot.updates) or seen != self.bot.last_message_id:
                seen, since = self.bot.last_message_id, time.monotonic()
            return time.monotonic() - since > _QUIET

        await self._until(quiet)

    async def _until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(_PATIENCE):
            while not done():  # noqa: ASYNC110 -- another process is waited for
                await asyncio.sleep(_LOOK)

    async def _tell(self, order: str) -> str:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{order}\n".encode())
        return (await self.process.stdout.readline()).decode().strip()


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """On SQLite, as most will run it."""
    number, days = (200, 4) if quick else (2_000, 10)
    database = await databases.fresh("sqlite", "nobody", nobody)
    await fill(database, Past(number, _FIRST_DAY, 0, [], earlier=0))
    async with _soaking(database, number) as soak:
        memory = [await soak.day(_FIRST_DAY + timedelta(days=day)) for day in range(days)]
    middle = memory[days // 2 - 1]
    rows = [Row(f"memory after day {day}", each, "MB") for day, each in enumerate(memory, 1)]
    yield (
        f"Soak: {days} days of {number:,} subscribers, SQLite",
        [
            *rows,
            under("growth over the second half", 100 * (memory[-1] - middle) / middle, 5, "%"),
            exactly("questions that came", soak.asked, number * days),
            exactly("votes counted", await _counted(database), soak.answered),
            exactly("totals that differ from the answers", await _differences(database), 0),
        ],
    )
    await databases.drop(database)


@asynccontextmanager
async def _soaking(database: str, number: int) -> AsyncIterator[Soak]:
    start = datetime(_FIRST_DAY.year, _FIRST_DAY.month, _FIRST_DAY.day, tzinfo=UTC)
    world = World(Clock(start, frozen=True), limits=UNLIMITED)
    bot = world.add_bot(TOKEN)
    crowd = {who: Person(who, f"Person {who}") for who in map(person, range(1, number + 1))}
    world.people |= crowd
    for each in crowd.values():
        world.private_chat(each, bot).started = True
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running(world) as url:
            process = await _start(url, database, Path(folder), start)
            try:
                yield Soak(world, bot, process, crowd)
            finally:
                await end(process)


async def _start(url: str, database: str, folder: Path, now: datetime) -> Process:
    environment = {
        "PATH": os.environ["PATH"],
        "QUIZBOT_TOKEN": TOKEN,
        "QUIZBOT_API_URL": url,
        "QUIZBOT_DATABASE_URL": database,
        "QUIZBOT_DATA_DIR": str(folder),
        "QUIZBOT_LISTEN": "127.0.0.1:0",
        "QUIZBOT_LOG_LEVEL": "ERROR",
    }
    process = await asyncio.create_subprocess_exec(
        *python("benchmarks.soaked", now.isoformat()),
        cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, start_new_session=True,
    )  # fmt: skip
    if (core := core_of_the_bot()) is not None:
        pin(core, process.pid)
    return process


async def _counted(database: str) -> int:
    engine = create_engine(database)
    async with create_sessions(engine)() as session:
        counted = await session.scalar(select(func.count()).select_from(Answer))
    await engine.dispose()
    return counted or 0


async def _differences(database: str) -> int:
    engine = create_engine(database)
    async with create_sessions(engine)() as session:
        found = await totals.differences(session)
    await engine.dispose()
    return len(found)
