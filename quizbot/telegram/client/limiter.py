"""Keeping to Telegram's pace, so that it need not refuse.

About 30 messages a second over all chats (up to 1,000 where paid broadcasts are allowed), 1 a
second in one chat with short bursts, 20 a minute in a group (Bot API FAQ, "My bot is hitting
limits"; Bot API, allow_paid_broadcast). Our gates open no wider than that.

Each gate is a schedule: the moment at which its next message would leave in even steps (GCRA, the
generic cell rate algorithm of ITU-T I.371). Being told to wait moves a schedule on, nothing else.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from math import ceil
from typing import Any

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from quizbot import metrics

log = structlog.get_logger(__name__)

JSONDict = dict[str, Any]

_ATTEMPTS = 3  # a reply that is told to wait is tried this often
_SHORT_PATIENCE = 3.0  # seconds; of what is tried again later
_REPLY_PATIENCE = 60.0
_CHATS = 10_000  # schedules kept before those that have passed are thrown away
_TICK = 0.005  # seconds; faster than that, messages are released several at a time
_COUNTED = ("send", "edit", "forward", "copy", "stopPoll")


class Priority(Enum):
    """Who goes first: what answers a person, before what nobody waits for."""

    REPLY = "reply"
    BROADCAST = "broadcast"


@dataclass(frozen=True)
class RateLimit:
    """`messages` every `seconds` in even steps, the first `burst` of them at once."""

    messages: float
    seconds: float = 1.0
    burst: float = 1.0

    @property
    def step(self) -> float:
        """Seconds from one message to the next."""
        return self.seconds / self.messages

    @property
    def slack(self) -> float:
        """Seconds by which a message may be ahead of the even steps."""
        return (self.burst - 1) * self.step


@dataclass(frozen=True)
class Pace:
    """How fast to speak: over all chats, in one private chat, in one group.

    `paid` lets Telegram charge for what is above its free pace (Bot API, allow_paid_broadcast).
    """

    overall: RateLimit
    private: RateLimit = RateLimit(1, burst=3)
    group: RateLimit = RateLimit(16, 60, burst=4)  # 20 in any minute
    paid: bool = False

    @property
    def window(self) -> int:
        """Messages of a broadcast that may be under way at once: a crash leaves them in doubt.

        A quarter of a second's worth, which covers the time that Telegram takes to answer.
        """
        return round(max(16, min(512, self.overall.messages / 4)))


def pace(per_second: float, *, paid: bool = False) -> Pace:
    """Telegram's pace with so many messages a second over all chats, on average.

    In a single second a twentieth more may leave.
    """
    # So that a timer that rings late costs nothing.
    return Pace(RateLimit(per_second, burst=max(1, per_second / 20)), paid=paid)


TELEGRAM = pace(30)


class Limiter(BaseRateLimiter[Priority]):
    """Waits where Telegram would refuse; what Telegram refuses all the same waits as long as told.

    A refusal (429) does not say whether one chat or all have had too much. It holds its own chat;
    when the next call that sets out for another chat is refused as well, all wait.
    """

    def __init__(self, pace: Pace = TELEGRAM) -> None:
        self.pace = pace
        self._next = 0.0  # when the next message of all would leave in even steps
        self._chats: dict[str, float] = {}  # the same by chat
        self._held_until = 0.0
        self._suspect: tuple[str, float] | None = None  # the chat refused last, and when
        self._waiting: dict[Priority, deque[asyncio.Future[None]]] = {
            lane: deque() for lane in Priority
        }
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """No broadcast waits any longer: what has not left stays claimed."""
        self.close()

    def open(self) -> None:
        """Take broadcasts, as from the start."""
        self._closed = False

    def close(self) -> None:
        """Let broadcasts that wait go back at once, and take no more. Replies still go."""
        self._closed = True
        self._send_back(1)

    def _send_back(self, seconds: float) -> None:
        """Broadcasts that wait are to be tried again in so many seconds."""
        waiting = self._waiting[Priority.BROADCAST]
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_exception(RetryAfter(ceil(seconds)))

    def held_for(self) -> float:
        """Seconds for which Telegram wants nothing at all."""
        return max(0.0, self._held_until - _now())

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: Priority | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the call in its turn. Raises telegram.error.RetryAfter when it cannot be made.

        A broadcast and a question do not wait long, and go back to the claimed ones at once when
        they are refused: the others go on. A reply waits.
        """
        lane = rate_limit_args or Priority.REPLY
        chat = str(data.get("chat_id", "")) if endpoint.startswith(_COUNTED) else ""
        if self.pace.paid and endpoint.startswith("send"):
            data["allow_paid_broadcast"] = True
        goes_back = lane is Priority.BROADCAST or endpoint == "sendPoll"
        patience = _SHORT_PATIENCE if goes_back else _REPLY_PATIENCE
        for attempt in range(1, _ATTEMPTS + 1):
            if chat:
                await self._turn(chat, lane, patience)
            began = _now()
            try:
                result = await callback(*args, **kwargs)
            except RetryAfter as refusal:
                seconds = self._refused(chat, began, refusal, endpoint)
                if goes_back or attempt == _ATTEMPTS or seconds > patience:
                    raise
                if not chat:
                    await asyncio.sleep(seconds)
            else:
                if chat:
                    self._passed(began)
                return result
        raise AssertionError  # the loop returns or raises

    async def _turn(self, chat: str, lane: Priority, patience: float) -> None:
        """Wait for the chat's turn and then for everybody's. Raises RetryAfter past patience."""
        now = _now()
        gate = self._gate(chat)
        due = self._chats.get(chat, 0.0)
        wait = max(0.0, due - gate.slack - now, self._held_until - now)
        if wait > patience:
            raise RetryAfter(ceil(wait))
        self._chats[chat] = max(due, now) + gate.step
        if len(self._chats) > _CHATS:
            self._chats = {each: due for each, due in self._chats.items() if due > now}
        if wait > 0:
            await asyncio.sleep(wait)
            now = _now()
        if self._waiting[Priority.REPLY] or self._waiting[lane] or not self._leaves(now):
            await self._queue(lane, patience)

    def _gate(self, chat: str) -> RateLimit:
        return self.pace.group if chat.startswith("-") else self.pace.private

    def _leaves(self, now: float) -> bool:
        """Whether a message may leave now; if so it is counted."""
        gate = self.pace.overall
        if max(self._held_until, self._next - gate.slack) > now:
            return False
        # A timer that rang late is made up for, by half a step: the pace on average is kept.
        self._next = max(self._next, now - gate.step / 2) + gate.step
        return True

    async def _queue(self, lane: Priority, patience: float) -> None:
        """Wait for everybody's turn. Raises RetryAfter past patience."""
        if self._closed and lane is Priority.BROADCAST:
            raise RetryAfter(1)
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(waiter)
        self._wake_later()
        try:
            async with asyncio.timeout(patience):
                await waiter
        except TimeoutError:
            raise RetryAfter(1) from None

    def _wake_later(self) -> None:
        """Ring when the next message may leave."""
        if self._timer is None and any(self._waiting.values()):
            gate, now = self.pace.overall, _now()
            at = max(self._held_until, self._next - gate.slack)
            if gate.step < _TICK:
                at = max(at, now + _TICK)
            self._timer = asyncio.get_running_loop().call_at(at, self._release)

    def _release(self) -> None:
        """Let go whose turn it is, replies first."""
        self._timer = None
        for lane in Priority:
            waiting = self._waiting[lane]
            while waiting and (waiting[0].done() or self._leaves(_now())):
                waiter = waiting.popleft()
                if not waiter.done():
                    waiter.set_result(None)
            if waiting:
                break
        self._wake_later()

    def _refused(self, chat: str, began: float, refusal: RetryAfter, endpoint: str) -> float:
        """Telegram wants its peace; answers for how many seconds."""
        seconds, now = seconds_of(refusal), _now()
        metrics.TOLD_TO_WAIT.inc()
        everywhere = self._another_was_refused(chat, began)
        if everywhere:
            self._held_until = max(self._held_until, now + seconds)
            if seconds > _SHORT_PATIENCE:
                self._send_back(seconds)
        elif chat:
            peace = now + seconds + self._gate(chat).slack
            self._chats[chat] = max(self._chats.get(chat, 0.0), peace)
        if chat and self._suspect is None:  # the first since something passed
            self._suspect = chat, now
        log.warning("told_to_wait", method=endpoint, seconds=seconds, everywhere=everywhere)
        return seconds

    def _another_was_refused(self, chat: str, began: float) -> bool:
        """Whether another chat was refused before this call set out, and nothing passed since."""
        suspect = self._suspect
        return bool(chat) and suspect is not None and suspect[0] != chat and began > suspect[1]

    def _passed(self, began: float) -> None:
        """A call that set out after the last refusal went through: that was about its chat."""
        if self._suspect is not None and began > self._suspect[1]:
            self._suspect = None


def seconds_of(refusal: RetryAfter) -> float:
    """How long Telegram wants to be left alone."""
    after = refusal.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _now() -> float:
    """Seconds of the event loop's clock: a pace is a matter of real time."""
    return asyncio.get_running_loop().time()
