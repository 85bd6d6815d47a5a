"""A local Telegram whose clock stands still, the bot in it, and people who use it."""

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import exists, func, select
from structlog.contextvars import merge_contextvars
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from db.base import Base
from db.models import Answer, Delivery, Subscriber
from db.session import Sessions, create_engine, create_sessions
from quizbot.application import running
from quizbot.quiz.answers import totals
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.scheduler import Jobs
from quizbot.settings import Settings, load
from quizbot.telegram.client.limiter import Pace, RateLimit
from sandbox.client import Control
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.server import running as sandbox_running
from sandbox.world import World
from tests.conftest import DATABASES
from tests.quiz.steps import OBJECTIVE_OF, TOPIC
from tests.sizes import PATIENCE

TOKEN = "7000000001:a_token_of_the_sandbox_for_tests_only"
UNPACED = Pace(
    RateLimit(10_000, burst=1000), RateLimit(1000, burst=1000), RateLimit(1000, burst=1000)
)

Message = dict[str, Any]

on_each_database = pytest.mark.parametrize("sandbox_database", DATABASES, indirect=True)


@dataclass
class Sandbox:
    """A local Telegram for one bot, and the bot's database.

    `log` holds what the bot has logged, an event an entry.
    """

    control: Control
    clock: Clock
    url: str
    bot_id: int
    database: str
    folder: Path
    sessions: Sessions
    log: list[MutableMapping[str, Any]] = field(default_factory=list)

    async def person(self, name: str = "Ana", language: str = "en") -> "Person":
        user = await self.control.user(name, language_code=language)
        return Person(self, user["id"])

    async def subscriber(self, name: str = "Ana") -> "Person":
        """A person who has pressed the start button."""
        person = await self.person(name)
        await person.says("/start")
        await person.hears("What I keep")
        await person.presses("Start")
        await person.hears("You're in")
        return person

    async def asked_subscriber(self, jobs: Jobs) -> "tuple[Person, Message]":
        """Adds a subscriber, and moves the clock on to their first question, at 09:00."""
        person = await self.subscriber()
        await self.later(jobs, hours=1)
        return person, await person.gets_question()

    def settings(self, **changed: Any) -> Settings:
        given: dict[str, Any] = {
            "token": TOKEN,
            "api_url": self.url,
            "database_url": self.database,
            "data_dir": self.folder,
            "listen": "127.0.0.1:0",
        }
        return load(**(given | changed))

    def bot(self, **changed: Any) -> AbstractAsyncContextManager[Jobs]:
        """Runs the bot during the block, with these settings changed."""
        return running(self.settings(**changed), self.clock.now, Random(7), UNPACED)

    async def totals_are_right(self) -> bool:
        """Returns whether stored totals equal the answers' (invariant 6, ARCHITECTURE.md)."""
        async with self.sessions() as session:
            return await totals.differences(session, OBJECTIVE_OF) == []

    async def later(self, jobs: Jobs, **amount: float) -> None:
        """Moves the clock on (hours=, minutes= and so on) and sends what has become due."""
        self.clock.advance(timedelta(**amount).total_seconds())
        for _ in range(20):
            await jobs.broadcast.run()
            if not await self._somebody_is_due(jobs):
                break  # else another task of the bot had locked a row, which is skipped

    async def _somebody_is_due(self, jobs: Jobs) -> bool:
        if self.database.startswith("sqlite"):
            return False
        due = exists().where(Subscriber.next_due_at <= self.clock.now())
        async with jobs.sessions() as session:  # its connections end with the bot
            return bool(await session.scalar(select(due)))

    async def claim_due(self) -> None:
        """Claims for everybody who is due, like a bot that crashes right after."""
        async with self.sessions.begin() as session:
            await claiming.claim_due(
                session, ItemPool.of(TOPIC, Random(7)), self.clock.now(), 100, ReminderPolicy()
            )

    async def count(self, table: type[Base]) -> int:
        """Returns how many rows a table has."""
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    def logged(self, event: str) -> list[MutableMapping[str, Any]]:
        return [entry for entry in self.log if entry["event"] == event]

    def faults_logged(self) -> list[MutableMapping[str, Any]]:
        """Returns what the bot has logged as an error: without faults, nothing."""
        return [entry for entry in self.log if entry["log_level"] in ("error", "critical")]

    async def raw(self, update: dict[str, Any]) -> int:
        """Hands the bot an update written by the test. Returns its update_id."""
        return await self.control.raw_update(self.bot_id, update)

    async def all_read(self) -> None:
        """Waits until the bot has acknowledged all updates.

        A long poll returns them at once, so this waits for work and never for time.
        """
        while (await self.control.pending(self.bot_id))["pending"]:
            pass


@dataclass
class Person:
    """Somebody in a private chat with the bot. `heard` is the last message they waited for."""

    sandbox: Sandbox
    id: int
    heard: Message = field(default_factory=dict)

    async def says(self, text: str) -> Message:
        return await self.sandbox.control.write(self.id, self.sandbox.bot_id, text)

    async def hears(self, text: str) -> Message:
        """Waits for the bot's next message with this in its text or caption."""
        return await self.sees(lambda message: text in words(message))

    async def sees(self, fits: Callable[[Message], bool]) -> Message:
        """Waits for the bot's next message that fits, after the last one waited for."""
        after = self.heard.get("message_id", 0)
        bot_id, control = self.sandbox.bot_id, self.sandbox.control
        self.heard = await control.wait_for(self.id, bot_id, fits, after=after, timeout=PATIENCE)
        return self.heard

    async def gets_question(self) -> Message:
        return await self.sees(lambda message: "poll" in message)

    async def presses(self, label: str) -> Message:
        """Presses the button with this in its label, under the newest message that has one."""
        for message in reversed(await self.messages()):
            for button in buttons(message):
                if label in button["text"]:
                    await self.press_data(message, button["callback_data"])
                    return message
        raise AssertionError(f"no button {label!r}")

    async def press_data(self, message: Message, data: str) -> Message:
        """Presses a button with any data. Returns the bot's answer to the callback query."""
        return await self.sandbox.control.press(
            self.id, self.sandbox.bot_id, message["message_id"], data, wait=25
        )

    async def votes(self, question: Message, *, right: bool = True) -> None:
        """Votes for the correct option, or for a wrong one."""
        key = await self.right_option(question)
        option = key if right else (key + 1) % len(question["poll"]["options"])
        await self.votes_for(question, option)

    async def votes_for(self, question: Message, *options: int, force: bool = False) -> None:
        await self.sandbox.control.vote(
            self.id, self.sandbox.bot_id, question["message_id"], list(options), force=force
        )

    async def right_option(self, question: Message) -> int:
        """Returns the position of the key, which people see only after voting."""
        for call in reversed(await self.sandbox.control.calls("sendPoll")):
            params = call["params"]
            mine = str(params["chat_id"]) == str(self.id)
            if mine and params["question"] == question["poll"]["question"]:
                return int(str(params["correct_option_ids"]).strip("[]"))
        raise AssertionError("that question was never sent")

    async def messages(self) -> list[Message]:
        return await self.sandbox.control.messages(self.id, self.sandbox.bot_id)

    async def questions(self) -> list[Message]:
        return [message for message in await self.messages() if "poll" in message]

    async def hears_nothing_else(self) -> None:
        """Asserts that no message has come since the last one waited for.

        Replies keep their order within a chat: another message would come before the reply
        to a harmless command.
        """
        await self.sandbox.all_read()
        last = self.heard.get("message_id", 0)
        await self.says("/unheard_of")
        answer = await self.hears("I don't know that command")
        between = [
            words(message) or message
            for message in await self.messages()
            if last < message["message_id"] < answer["message_id"] and not message["out"]
        ]
        assert between == []

    async def sends(self, **content: Any) -> None:
        """Sends a message of any kind, such as a sticker."""
        await self.sandbox.raw({"message": self.raw_message(**content)})

    def raw_message(self, **content: Any) -> Message:
        names = {"id": self.id, "first_name": "Somebody"}
        return {
            "message_id": 1_000_000,
            "date": int(self.sandbox.clock.now().timestamp()),
            "chat": {**names, "type": "private"},
            "from": {**names, "is_bot": False, "language_code": "en"},
            **content,
        }

    async def row(self) -> Subscriber | None:
        """Returns the person's row, None if there is none."""
        async with self.sandbox.sessions() as session:
            return await session.get(Subscriber, self.id)

    async def kept(self) -> Subscriber:
        row = await self.row()
        assert row is not None
        return row

    async def deliveries(self) -> list[Delivery]:
        """Returns their questions, oldest first."""
        query = select(Delivery).where(Delivery.subscriber_id == self.id).order_by(Delivery.id)
        async with self.sandbox.sessions() as session:
            return list(await session.scalars(query))

    async def answers(self) -> list[Answer]:
        query = select(Answer).join(Delivery, Delivery.id == Answer.delivery_id)
        query = query.where(Delivery.subscriber_id == self.id).order_by(Answer.delivery_id)
        async with self.sandbox.sessions() as session:
            return list(await session.scalars(query))


def words(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: Message) -> list[dict[str, Any]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


@asynccontextmanager
async def open_sandbox(database: str, folder: Path, start: datetime) -> AsyncIterator[Sandbox]:
    """Opens a local Telegram in which no bot runs yet."""
    clock = Clock(start, frozen=True)
    world = World(clock, limits=UNLIMITED)
    bot = world.add_bot(TOKEN, username="health_quiz_bot", first_name="Health quiz")
    engine = create_engine(database)
    async with sandbox_running(world) as url, Control(url) as control:
        sessions = create_sessions(engine)
        with capture_logs(processors=[merge_contextvars, format_exc_info]) as log:
            yield Sandbox(control, clock, url, bot.id, database, folder, sessions, log)
    await engine.dispose()
