"""A sandbox with people who react to messages, in the sandbox's event loop.

They take hardly any time, so that the tests wait only for the bot.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

from sandbox import people
from sandbox.accounts import Account, Bot, Person
from sandbox.chats import Chat, Draft, Message
from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.params import Params
from sandbox.polls import Poll
from sandbox.wire import Json
from sandbox.world import World

OFFER = "again:"  # in the data of its button
CARD = "Source:"
PRACTICE = "Practice:"

LOOKS_WITHIN = 0.5  # seconds from a message to a person's reaction


@dataclass(frozen=True)
class Vote:
    """The position chosen in a poll of the sandbox, as shown."""

    poll: Poll
    position: int


@dataclass
class Member:
    """One of the crowd: their habits, and what they did and saw.

    `may_get` is how many polls of the day's question they may get: one, and one more for each
    request after the first poll. The keys of `first_votes` are the stem and whether it is practice.
    """

    person: Person
    asks_early: bool
    practises: bool
    presses_anyway: bool
    votes_twice: bool
    may_get: int = 1
    daily: list[Poll] = field(default_factory=list)
    practice: list[Poll] = field(default_factory=list)
    first_votes: dict[tuple[str, bool], Vote] = field(default_factory=dict)
    cards: list[str] = field(default_factory=list)

    def asks(self) -> None:
        """Notes a request for the question."""
        if self.daily:
            self.may_get += 1

    @property
    def served(self) -> bool:
        """Whether they have voted on the day's question."""
        return any(not practice for _, practice in self.first_votes)


class Crowd(World):
    """A sandbox with a crowd. `rng` decides their habits, and who does what when."""

    def __init__(self, token: str, size: int, rng: Random) -> None:
        super().__init__(Clock(), seed=rng.randrange(2**32), limits=UNLIMITED)
        self.bot = self.add_bot(token, username="health_quiz_bot")
        self.done: Counter[str] = Counter()
        self.planned = 0  # reactions still to come
        self._rng = rng
        self._calls = 0
        self._awaited: list[tuple[int, asyncio.Future[None]]] = []
        self._acts: set[asyncio.Task[None]] = set()
        self.members = {member.person.id: member for member in map(self._member, range(size))}

    def _member(self, number: int) -> Member:
        person = self.add_person(f"Person {number}")
        self.private_chat(person, self.bot).started = True
        return Member(
            person,
            asks_early=self._rng.random() < 0.05,
            practises=self._rng.random() < 0.05,
            presses_anyway=self._rng.random() < 0.05,
            votes_twice=self._rng.random() < 0.1,
        )

    def wake(self, within: float) -> None:
        """Lets impatient members request the question within these seconds."""
        for member in self.members.values():
            if member.asks_early:
                self._later(within, partial(self._ask, member))

    @property
    def calls_made(self) -> int:
        """The number of calls that the bot has made."""
        return self._calls

    async def call(self, *, more: int = 1, at_most: float) -> bool:
        """Waits until `more` calls have begun. Returns False after `at_most` seconds."""
        awaited = asyncio.get_running_loop().create_future()
        self._awaited.append((more, awaited))
        try:
            async with asyncio.timeout(at_most):
                await awaited
        except TimeoutError:
            return False
        return True

    # Called by the sandbox

    def log_call(self, bot: Bot, method: str, params: Params) -> Json:
        """Logs a call of the bot that begins."""
        self._calls += 1
        waiting, self._awaited = self._awaited, []
        for more, awaited in waiting:
            if more > 1:
                self._awaited.append((more - 1, awaited))
            elif not awaited.done():
                awaited.set_result(None)
        return super().log_call(bot, method, params)

    def post(self, chat: Chat, sender: Account, draft: Draft) -> Message:
        """Posts a message, to which its receiver reacts."""
        message = super().post(chat, sender, draft)
        if sender is self.bot:
            self._seen(self.members[chat.id_for(self.bot)], message)
        return message

    # Reactions

    def _seen(self, member: Member, message: Message) -> None:
        if message.poll is not None:
            practice = str(message.poll.content.get("description", "")).startswith(PRACTICE)
            (member.practice if practice else member.daily).append(message.poll)
            key = str(message.poll.content["question"]), practice
            self._later(LOOKS_WITHIN, lambda: self._vote(member, message, key))
        elif CARD in message.content.get("text", ""):
            member.cards.append(message.content["text"])
        elif message.markup is not None and OFFER in str(message.markup):
            self._later(LOOKS_WITHIN, lambda: self._consider(member, message))

    def _vote(self, member: Member, message: Message, key: tuple[str, bool]) -> None:
        poll = message.poll
        assert poll is not None
        position = self._rng.randrange(len(poll.options))
        people.vote(self, member.person, message, [position], force=False)
        member.first_votes.setdefault(key, Vote(poll, position))
        self.done["votes"] += 1
        if member.votes_twice:  # no app allows it, but the bot must not count it
            another = (position + 1) % len(poll.options)
            people.vote(self, member.person, message, [another], force=True)
            self.done["second votes"] += 1
        if member.practises and not key[1]:
            self._later(LOOKS_WITHIN, partial(self._ask, member))

    def _ask(self, member: Member) -> None:
        member.asks()
        self.done["/quiz"] += 1
        people.write(self, member.person, self.bot.id, "/quiz")

    def _consider(self, member: Member, offer: Message) -> None:
        """Most members who have the question do not press the button."""
        self.done["offers"] += 1
        if member.daily and not member.presses_anyway:
            return
        member.asks()
        self.done["presses"] += 1
        assert offer.markup is not None
        data = offer.markup["inline_keyboard"][0][0]["callback_data"]
        self._do(self._press(member, offer, data))

    async def _press(self, member: Member, offer: Message, data: str) -> None:
        await people.press(self, member.person, offer, data, wait=0.01)

    def _later(self, within: float, act: Callable[[], None]) -> None:
        def now() -> None:
            self.planned -= 1
            act()

        self.planned += 1
        asyncio.get_running_loop().call_later(self._rng.uniform(0, within), now)

    def _do(self, act: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(act)
        self._acts.add(task)
        task.add_done_callback(self._acts.discard)
