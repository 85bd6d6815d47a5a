"""A sandbox with people who react by themselves, in the sandbox's own event loop.

They take no time of their own, so that the bot is what is waited for.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Coroutine
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

OFFER = "did not confirm"
PRACTICE = "Practice:"

_LOOKS_WITHIN = 0.5  # seconds from a message to what a person does about it


@dataclass(frozen=True)
class Vote:
    """The position chosen as shown, in a poll of the sandbox."""

    poll: Poll
    position: int


@dataclass
class Member:
    """One of the crowd: how they are, what they did and saw.

    `may_get` is how many polls of the day's question there may be at most: one, and one more for
    each time that they asked although they had it. `first_votes` is by question: its stem, and
    whether it is practice.
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

    def asks(self) -> None:
        """They want the question: (again) if they have it."""
        if self.daily:
            self.may_get += 1

    @property
    def served(self) -> bool:
        """Whether the day's question came and was voted on."""
        return any(not practice for _, practice in self.first_votes)


class Crowd(World):
    """The world in which they live. `rng` decides who is how, and who does what when."""

    def __init__(self, token: str, size: int, rng: Random) -> None:
        super().__init__(Clock(), seed=rng.randrange(2**32), limits=UNLIMITED)
        self.bot = self.add_bot(token, username="health_quiz_bot")
        self.done: Counter[str] = Counter()
        self.planned = 0  # what people are about to do
        self._rng = rng
        self._calls = 0
        self._awaited: list[tuple[int, Collection[str], asyncio.Future[None]]] = []
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
        """In these seconds, whoever is impatient asks before the question has come."""
        for member in self.members.values():
            if member.asks_early:
                self._later(within, partial(self._ask, member))

    @property
    def calls_made(self) -> int:
        """How many calls the bot has made."""
        return self._calls

    async def call(self, *, more: int = 1, at_most: float, methods: Collection[str] = ()) -> bool:
        """Until so many more calls have begun, of these methods if some are named.

        False if that takes longer than `at_most` seconds.
        """
        awaited = asyncio.get_running_loop().create_future()
        self._awaited.append((more, methods, awaited))
        try:
            async with asyncio.timeout(at_most):
                await awaited
        except TimeoutError:
            return False
        return True

    # What the world tells

    def log_call(self, bot: Bot, method: str, params: Params) -> Json:
        """A call begins."""
        self._calls += 1
        waiting, self._awaited = self._awaited, []
        for more, of, awaited in waiting:
            left = more - (not of or method in of)
            if left > 0:
                self._awaited.append((left, of, awaited))
            elif not awaited.done():
                awaited.set_result(None)
        return super().log_call(bot, method, params)

    def post(self, chat: Chat, sender: Account, draft: Draft) -> Message:
        """A message appears: whom it is for does something about it."""
        message = super().post(chat, sender, draft)
        if sender is self.bot:
            self._seen(self.members[chat.id_for(self.bot)], message)
        return message

    # What people do

    def _seen(self, member: Member, message: Message) -> None:
        if message.poll is not None:
            practice = str(message.poll.content.get("description", "")).startswith(PRACTICE)
            (member.practice if practice else member.daily).append(message.poll)
            key = str(message.poll.content["question"]), practice
            self._later(_LOOKS_WITHIN, lambda: self._vote(member, message, key))
        elif OFFER in message.content.get("text", ""):
            self._later(_LOOKS_WITHIN, lambda: self._consider(member, message))

    def _vote(self, member: Member, message: Message, key: tuple[str, bool]) -> None:
        poll = message.poll
        assert poll is not None
        position = self._rng.randrange(len(poll.options))
        people.vote(self, member.person, message, [position], force=False)
        member.first_votes.setdefault(key, Vote(poll, position))
        self.done["votes"] += 1
        if member.votes_twice:  # no app lets them; the bot must not count it all the same
            another = (position + 1) % len(poll.options)
            people.vote(self, member.person, message, [another], force=True)
            self.done["second votes"] += 1
        if member.practises and not key[1]:
            self._later(_LOOKS_WITHIN, partial(self._ask, member))

    def _ask(self, member: Member) -> None:
        member.asks()
        self.done["/quiz"] += 1
        people.write(self, member.person, self.bot.id, "/quiz")

    def _consider(self, member: Member, offer: Message) -> None:
        """Somebody who has the question leaves the button alone, as a rule."""
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
