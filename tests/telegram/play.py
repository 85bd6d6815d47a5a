"""What a test needs to play: a sandbox with a standing clock, the bot in it, and people."""

from collections.abc import AsyncIterator, Callable, MutableMapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import func, select
from structlog.processors import format_exc_info
from structlog.testing import capture_logs

from db.base import Base
from db.models import Answer, Delivery, Subscriber
from db.session import Sessions, create_engine, create_sessions
from questions import load_topic
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

TOKEN = "7000000001:a_token_of_the_sandbox_for_tests_only"
UNPACED = Pace(
    RateLimit(10_000, burst=1000), RateLimit(1000, burst=1000), RateLimit(1000, burst=1000)
)

Message = dict[str, Any]


@dataclass
class Play:
    """The stage. `log` holds what the bot has logged, an event an entry."""

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
        await person.hears("What is stored")
        await person.presses("Start")
        await person.hears("You are in")
        return person

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
        """The bot, running while the block does; settings may be changed."""
        return running(self.settings(**changed), self.clock.now, Random(7), UNPACED)

    async def totals_are_right(self) -> bool:
        """Whether what is kept equals what the answers give (invariant 6)."""
        async with self.sessions() as session:
            return await totals.differences(session) == []

    async def later(self, jobs: Jobs, **amount: float) -> None:
        """Time passes (hours=, minutes= and so on), and what has become due is sent."""
        self.clock.advance(timedelta(**amount).total_seconds())
        await jobs.broadcast.run()

    async def claim_due(self) -> None:
        """Claim for everybody who is due, as a bot that went down right after would have."""
        topic = load_topic(self.settings().topic_dir)
        async with self.sessions.begin() as session:
            await claiming.claim_due(
                session, ItemPool.of(topic, Random(7)), self.clock.now(), 100, ReminderPolicy()
            )

    async def count(self, table: type[Base]) -> int:
        """How many rows a table has."""
        async with self.sessions() as session:
            return await session.scalar(select(func.count()).select_from(table)) or 0

    def logged(self, event: str) -> list[MutableMapping[str, Any]]:
        return [entry for entry in self.log if entry["event"] == event]

    def faults_logged(self) -> list[MutableMapping[str, Any]]:
        """What the bot itself calls an error: a play without faults has none."""
        return [entry for entry in self.log if entry["log_level"] in ("error", "critical")]

    async def raw(self, update: dict[str, Any]) -> int:
        """Hand the bot an update of the test's making; its update_id."""
        return await self.control.raw_update(self.bot_id, update)

    async def all_read(self) -> None:
        """Until the bot has acknowledged every update that is waiting for it.

        Each is answered by a long poll at once, so this waits for work and never for time.
        """
        while (await self.control.pending(self.bot_id))["pending"]:
            pass


@dataclass
class Person:
    """Somebody with a private chat with the bot. `heard` is the last message they waited for."""

    play: Play
    id: int
    heard: Message = field(default_factory=dict)

    async def says(self, text: str) -> Message:
        return await self.play.control.write(self.id, self.play.bot_id, text)

    async def hears(self, text: str) -> Message:
        """The next message of the bot that has this in its text (or caption)."""
        return await self.sees(lambda message: text in words(message))

    async def sees(self, fits: Callable[[Message], bool]) -> Message:
        """The next message of the bot that fits, after the last one waited for."""
        after = self.heard.get("message_id", 0)
        bot_id, control = self.play.bot_id, self.play.control
        self.heard = await control.wait_for(self.id, bot_id, fits, after=after)
        return self.heard

    async def gets_question(self) -> Message:
        return await self.sees(lambda message: "poll" in message)

    async def presses(self, label: str) -> Message:
        """The button with this in its label, under the newest message that has one."""
        for message in reversed(await self.messages()):
            for button in buttons(message):
                if label in button["text"]:
                    await self.press_data(message, button["callback_data"])
                    return message
        raise AssertionError(f"no button {label!r}")

    async def press_data(self, message: Message, data: str) -> Message:
        """A press of any data; answers what the bot's callback answer was."""
        return await self.play.control.press(
            self.id, self.play.bot_id, message["message_id"], data, wait=5
        )

    async def votes(self, question: Message, *, right: bool = True) -> None:
        """For the right option, or for a wrong one."""
        key = await self.right_option(question)
        option = key if right else (key + 1) % len(question["poll"]["options"])
        await self.votes_for(question, option)

    async def votes_for(self, question: Message, *options: int, force: bool = False) -> None:
        await self.play.control.vote(
            self.id, self.play.bot_id, question["message_id"], list(options), force=force
        )

    async def right_option(self, question: Message) -> int:
        """Where the bot said that the key is: people see it only after voting."""
        for call in reversed(await self.play.control.calls("sendPoll")):
            params = call["params"]
            mine = str(params["chat_id"]) == str(self.id)
            if mine and params["question"] == question["poll"]["question"]:
                return int(str(params["correct_option_ids"]).strip("[]"))
        raise AssertionError("that question was never sent")

    async def messages(self) -> list[Message]:
        return await self.play.control.messages(self.id, self.play.bot_id)

    async def questions(self) -> list[Message]:
        return [message for message in await self.messages() if "poll" in message]

    async def hears_nothing_else(self) -> None:
        """Nothing has been said since the last message waited for.

        Replies keep their order within a chat, so what would have come is there before the
        answer to something harmless.
        """
        await self.play.all_read()
        last = self.heard.get("message_id", 0)
        await self.says("/unheard_of")
        answer = await self.hears("I do not know that command")
        between = [
            words(message) or message
            for message in await self.messages()
            if last < message["message_id"] < answer["message_id"] and not message["out"]
        ]
        assert between == []

    async def sends(self, **content: Any) -> None:
        """A message of any kind, such as a sticker, as Telegram would hand it over."""
        await self.play.raw({"message": self.raw_message(**content)})

    def raw_message(self, **content: Any) -> Message:
        names = {"id": self.id, "first_name": "Somebody"}
        return {
            "message_id": 1_000_000,
            "date": int(self.play.clock.now().timestamp()),
            "chat": {**names, "type": "private"},
            "from": {**names, "is_bot": False, "language_code": "en"},
            **content,
        }

    async def row(self) -> Subscriber | None:
        """What is kept about the person."""
        async with self.play.sessions() as session:
            return await session.get(Subscriber, self.id)

    async def kept(self) -> Subscriber:
        row = await self.row()
        assert row is not None
        return row

    async def deliveries(self) -> list[Delivery]:
        """Their questions, oldest first."""
        query = select(Delivery).where(Delivery.subscriber_id == self.id).order_by(Delivery.id)
        async with self.play.sessions() as session:
            return list(await session.scalars(query))

    async def answers(self) -> list[Answer]:
        query = select(Answer).join(Delivery, Delivery.id == Answer.delivery_id)
        query = query.where(Delivery.subscriber_id == self.id).order_by(Answer.delivery_id)
        async with self.play.sessions() as session:
            return list(await session.scalars(query))


def words(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: Message) -> list[dict[str, Any]]:
    rows = message.get("reply_markup", {}).get("inline_keyboard", [])
    return [button for row in rows for button in row]


@asynccontextmanager
async def playing(database: str, folder: Path, start: datetime) -> AsyncIterator[Play]:
    """A stage without a bot on it yet."""
    clock = Clock(start, frozen=True)
    world = World(clock, limits=UNLIMITED)
    bot = world.add_bot(TOKEN, username="health_quiz_bot", first_name="Health quiz")
    engine = create_engine(database)
    async with sandbox_running(world) as url, Control(url) as control:
        sessions = create_sessions(engine)
        with capture_logs(processors=[format_exc_info]) as log:
            yield Play(control, clock, url, bot.id, database, folder, sessions, log)
    await engine.dispose()
