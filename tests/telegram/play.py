"""What a test needs to play: a sandbox with a standing clock, the bot in it, and people."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from db.session import Sessions, create_engine, create_sessions
from quizbot.application import running
from quizbot.jobs import Jobs
from quizbot.quiz import rebuilding
from quizbot.settings import Settings, load
from quizbot.telegram.limiter import Pace
from sandbox.clock import Clock
from sandbox.client import Control
from sandbox.limits import UNLIMITED
from sandbox.server import running as sandbox_running
from sandbox.world import World

TOKEN = "7000000001:a_token_of_the_sandbox_for_tests_only"
UNPACED = Pace(per_second=10_000, private=(1000, 1), group=(1000, 1))

Message = dict[str, Any]


@dataclass
class Play:
    """The stage. `jobs` is there while the bot runs."""

    control: Control
    clock: Clock
    url: str
    bot_id: int
    database: str
    folder: Path
    sessions: Sessions

    async def person(self, name: str = "Ana", language: str = "en") -> "Person":
        user = await self.control.user(name, language_code=language)
        return Person(self, user["id"])

    async def subscriber(self, name: str = "Ana") -> "Person":
        """A person who has pressed the start button."""
        person = await self.person(name)
        await person.says("/start")
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
            return await rebuilding.differences(session) == []

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
            if params["question"] == question["poll"]["question"]:
                return int(str(params["correct_option_ids"]).strip("[]"))
        raise AssertionError("that question was never sent")

    async def messages(self) -> list[Message]:
        return await self.play.control.messages(self.id, self.play.bot_id)

    async def questions(self) -> list[Message]:
        return [message for message in await self.messages() if "poll" in message]


def words(message: Message) -> str:
    return str(message.get("text") or message.get("caption") or "")


def buttons(message: Message) -> list[dict[str, str]]:
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
        yield Play(control, clock, url, bot.id, database, folder, sessions)
    await engine.dispose()
