"""Keeps calls within Telegram's rate limits, so that it does not tell the bot to wait.

About 30 messages a second over all chats (up to 1,000 with paid broadcasts), 1 a second in one
chat with short bursts, 20 a minute in a group (Bot API FAQ, "My bot is hitting limits"; Bot API,
allow_paid_broadcast). Our limits are no higher.

Each limit is one number: the time at which the next message would leave at even intervals (GCRA,
the generic cell rate algorithm of ITU-T I.371). A 429 moves that time forward.
"""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
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

_ATTEMPTS = 3  # for a reply that Telegram tells to wait
_BROADCAST_PATIENCE = 3.0  # seconds: they are retried later
_REPLY_PATIENCE = 60.0
_MAX_CHATS = 10_000  # lines kept before those that limit nothing are dropped
_TICK = 0.005  # seconds; at a higher rate, several messages are released at a time
_COUNTED = ("send", "edit", "forward", "copy", "stopPoll")


class Priority(Enum):
    """Who goes first: replies to a person, before messages that nobody waits for."""

    REPLY = "reply"
    BROADCAST = "broadcast"


@dataclass(frozen=True)
class RateLimit:
    """`messages` every `seconds` at even intervals, the first `burst` of them at once."""

    messages: float
    seconds: float = 1.0
    burst: float = 1.0

    @property
    def emission_interval(self) -> float:
        """Seconds from one message to the next."""
        return self.seconds / self.messages

    @property
    def burst_tolerance(self) -> float:
        """Seconds by which a message may be ahead of the even intervals."""
        return (self.burst - 1) * self.emission_interval


@dataclass(frozen=True)
class Pace:
    """The rate limits over all chats, in one private chat, and in one group.

    `paid` lets Telegram charge for messages above its free pace (Bot API, allow_paid_broadcast).
    """

    overall: RateLimit
    private: RateLimit = RateLimit(1, burst=3)
    group: RateLimit = RateLimit(16, 60, burst=4)  # 20 in any minute
    paid: bool = False

    @property
    def window(self) -> int:
        """Returns how many broadcast messages may be in flight; a crash leaves them unconfirmed.

        A quarter of a second's worth covers the time that Telegram takes to answer.
        """
        return round(max(16, min(512, self.overall.messages / 4)))


def pace(per_second: float, *, paid: bool = False) -> Pace:
    """Returns Telegram's pace with `per_second` messages over all chats, on average.

    A single second may have 5 % more, so that a late timer costs nothing.
    """
    return Pace(RateLimit(per_second, burst=max(1, per_second / 20)), paid=paid)


TELEGRAM = pace(30)


@dataclass(slots=True)
class _Line:
    """The messages to one chat that are waiting, and its limit."""

    limit: RateLimit
    next: float = 0.0  # when the next message would leave at even intervals
    length: int = 0
    leaving: int = 0  # those that wait for a turn over all chats only
    gate: asyncio.Lock = field(default_factory=asyncio.Lock)  # the others, one behind the other


class Limiter(BaseRateLimiter[Priority]):
    """Makes calls wait before Telegram would tell them to, and after a 429 as long as it says.

    A 429 does not say whether it concerns one chat or all. It holds its own chat back; if the next
    call to another chat is told to wait as well, all wait.
    """

    def __init__(self, pace: Pace = TELEGRAM) -> None:
        self.pace = pace
        self._next = 0.0  # when the next message to any chat would leave at even intervals
        self._lines: dict[str, _Line] = {}  # by chat
        self._held_until = 0.0
        # The first chat that was told to wait since a success, and when.
        self._held_chat: tuple[str, float] | None = None
        self._waiting = {priority: deque[asyncio.Future[None]]() for priority in Priority}
        self._timer: asyncio.TimerHandle | None = None
        self._closed = False

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Send waiting broadcasts back: what was not sent stays claimed."""
        self.close()

    def open(self) -> None:
        """Accept broadcasts again."""
        self._closed = False

    def close(self) -> None:
        """Send waiting broadcasts back at once and accept no more. Replies are still sent."""
        self._closed = True
        self._send_back(1)

    def _send_back(self, seconds: float) -> None:
        """Tell waiting broadcasts to try again in `seconds`."""
        waiting = self._waiting[Priority.BROADCAST]
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_exception(RetryAfter(ceil(seconds)))

    def held_for(self) -> float:
        """Returns the seconds for which no message at all may leave."""
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
        """Make the call in its turn. Raises telegram.error.RetryAfter if it cannot be made.

        A broadcast or question does not wait long: if told to wait, it is claimed again at once and
        the others go on. A reply waits.
        """
        priority = rate_limit_args or Priority.REPLY
        chat = str(data.get("chat_id", "")) if endpoint.startswith(_COUNTED) else ""
        if self.pace.paid and endpoint.startswith("send"):
            data["allow_paid_broadcast"] = True
        is_retried_later = priority is Priority.BROADCAST or endpoint == "sendPoll"
        patience = _BROADCAST_PATIENCE if is_retried_later else _REPLY_PATIENCE
        for attempt in range(1, _ATTEMPTS + 1):
            if chat:
                await self._turn(chat, priority, patience)
            began = _now()
            try:
                result = await callback(*args, **kwargs)
            except RetryAfter as told:
                seconds = self._told_to_wait(chat, began, told, endpoint)
                if is_retried_later or attempt == _ATTEMPTS or seconds > patience:
                    raise
                if not chat:
                    await asyncio.sleep(seconds)
            else:
                if chat:
                    self._succeeded(began)
                return result
        raise AssertionError  # the loop returns or raises

    async def _turn(self, chat: str, priority: Priority, patience: float) -> None:
        """Wait for a turn in the chat, then over all chats. Raises RetryAfter after `patience`."""
        line, deadline = self._line(chat), _now() + patience
        self._wait(line, line.length, deadline)
        line.length += 1
        try:
            async with line.gate:
                # Again after each sleep: those ahead may have left later than planned.
                while (wait := self._wait(line, line.leaving, deadline)) > 0:  # noqa: ASYNC110
                    await asyncio.sleep(wait)
                line.leaving += 1
            try:
                is_first = not self._waiting[Priority.REPLY] and not self._waiting[priority]
                if not is_first or not self._take_turn():
                    await self._queue(priority, patience)
            finally:
                line.leaving -= 1
            line.next = max(line.next, _now()) + line.limit.emission_interval
        finally:
            line.length -= 1

    def _line(self, chat: str) -> _Line:
        line = self._lines.get(chat)
        if line is None:
            if len(self._lines) >= _MAX_CHATS:
                now = _now()
                self._lines = {
                    each: line
                    for each, line in self._lines.items()
                    if line.length or line.next > now
                }
            limit = self.pace.group if chat.startswith("-") else self.pace.private
            line = self._lines[chat] = _Line(limit)
        return line

    def _wait(self, line: _Line, ahead: int, deadline: float) -> float:
        """Returns how many seconds a message must wait in its chat, with so many ahead of it.

        Raises RetryAfter if that is later than the deadline.
        """
        now, limit = _now(), line.limit
        due = max(line.next, now) + ahead * limit.emission_interval - limit.burst_tolerance
        at = max(due, self._held_until)
        if at > deadline:
            raise RetryAfter(ceil(at - now))
        return at - now

    def _take_turn(self) -> bool:
        """Count a message that leaves now. Returns False if none may leave yet."""
        limit, now = self.pace.overall, _now()
        if max(self._held_until, self._next - limit.burst_tolerance) > now:
            return False
        # Half an interval compensates for a late timer and keeps the average pace.
        self._next = max(self._next, now - limit.emission_interval / 2) + limit.emission_interval
        return True

    async def _queue(self, priority: Priority, patience: float) -> None:
        """Wait for a turn over all chats. Raises RetryAfter after `patience`."""
        if self._closed and priority is Priority.BROADCAST:
            raise RetryAfter(1)
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[priority].append(waiter)
        self._wake_later()
        try:
            async with asyncio.timeout(patience):
                await waiter
        except TimeoutError:
            raise RetryAfter(1) from None

    def _wake_later(self) -> None:
        """Set the timer for the next message."""
        if self._timer is None and any(self._waiting.values()):
            limit, now = self.pace.overall, _now()
            at = max(self._held_until, self._next - limit.burst_tolerance)
            if limit.emission_interval < _TICK:
                at = max(at, now + _TICK)
            self._timer = asyncio.get_running_loop().call_at(at, self._release)

    def _release(self) -> None:
        """Release the messages that may leave now, replies first."""
        self._timer = None
        for priority in Priority:
            waiting = self._waiting[priority]
            while waiting and (waiting[0].done() or self._take_turn()):
                waiter = waiting.popleft()
                if not waiter.done():
                    waiter.set_result(None)
            if waiting:
                break
        self._wake_later()

    def _told_to_wait(self, chat: str, began: float, told: RetryAfter, endpoint: str) -> float:
        """Hold back the chat, or all, after a 429. Returns for how many seconds."""
        seconds, now = retry_seconds(told), _now()
        metrics.TOLD_TO_WAIT.inc()
        everywhere = self._another_is_held(chat, began)
        if everywhere:
            self._held_until = max(self._held_until, now + seconds)
            if seconds > _BROADCAST_PATIENCE:
                self._send_back(seconds)
        elif chat:
            line = self._line(chat)
            line.next = max(line.next, now + seconds + line.limit.burst_tolerance)
        if chat and self._held_chat is None:
            self._held_chat = chat, now
        log.warning("told_to_wait", method=endpoint, seconds=seconds, everywhere=everywhere)
        return seconds

    def _another_is_held(self, chat: str, began: float) -> bool:
        """Returns whether another chat was told to wait before this call, with no success since."""
        held = self._held_chat
        return bool(chat) and held is not None and held[0] != chat and began > held[1]

    def _succeeded(self, began: float) -> None:
        """Note a success after a 429: the 429 concerned only its own chat."""
        if self._held_chat is not None and began > self._held_chat[1]:
            self._held_chat = None


def retry_seconds(told: RetryAfter) -> float:
    """Returns how long Telegram says to wait."""
    after = told.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else float(after)


def _now() -> float:
    """Returns the event loop's time in seconds: pace is about real time."""
    return asyncio.get_running_loop().time()
