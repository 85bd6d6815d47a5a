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
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import Enum
from functools import partial
from math import ceil
from typing import Any, TypeVar

import structlog
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

from quizbot import metrics

log = structlog.get_logger(__name__)

JSONDict = dict[str, Any]
T = TypeVar("T")

_BROADCAST_PATIENCE = 3.0  # seconds: they are retried later
_REPLY_PATIENCE = 600.0
_MAX_CHATS = 10_000  # chats remembered before idle ones are dropped
_TICK = 0.005  # seconds; at a higher rate, several messages are released at a time
_COUNTED = ("send", "edit", "forward", "copy", "stopPoll")


class PausedError(RetryAfter):
    """We hold a message back; Telegram has not been asked. python-telegram-bot blames Telegram."""

    def __init__(self, seconds: float, why: str = "the bot's own rate limit") -> None:
        super().__init__(ceil(seconds))
        self.message = f"Not sent yet: {why}. Retry in {ceil(seconds)} seconds"
        self.args = (self.message,)


_STOPPING = "the bot is stopping"


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
class _ChatQueue:
    """The messages that wait to leave for one chat, and the chat's limit."""

    limit: RateLimit
    next: float = 0.0  # when the next message would leave at even intervals
    waiting: int = 0
    in_turn: int = 0  # those of them that the chat's limit lets go: they wait for the overall one
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)  # keeps the others in order


class Limiter(BaseRateLimiter[Priority]):
    """Makes calls wait before Telegram would tell them to, and after a 429 as long as it says.

    A 429 does not say whether it concerns one chat or all. It holds its own chat back; if the next
    call to another chat is told to wait as well, all wait. Messages that already wait for the
    overall limit only still leave.
    """

    def __init__(self, pace: Pace = TELEGRAM) -> None:
        self.pace = pace
        self._overall: RateLimit | None = pace.overall  # None: no message may leave
        self._interval = pace.overall.emission_interval
        self._taken = 0  # turns since `demand` was asked for
        self._next = 0.0  # when the next message to any chat would leave at even intervals
        self._queues: dict[str, _ChatQueue] = {}  # by chat
        self._prune_at = _MAX_CHATS
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
        """Accept no more broadcasts, and send back those that wait. Replies are still sent.

        A broadcast that waits for its chat's limit is sent back when that time has come.
        """
        self._closed = True
        self._send_back(1, _STOPPING)

    def _send_back(self, seconds: float, why: str) -> None:
        """Tell waiting broadcasts to try again in `seconds`."""
        waiting = self._waiting[Priority.BROADCAST]
        while waiting:
            waiter = waiting.popleft()
            if not waiter.done():
                waiter.set_exception(PausedError(seconds, why))

    def use_share(self, messages: float) -> None:
        """Limit all messages to so many a second, this process's share of the pace. 0 stops all."""
        pace, now = self.pace.overall, _now()
        share, self._overall = min(1.0, messages / pace.messages), None
        if share > 0:
            limit = replace(
                pace, messages=pace.messages * share, burst=max(1.0, pace.burst * share)
            )
            # What has left ahead of the old intervals counts for the new ones, too.
            ahead = max(0.0, self._next - now) / self._interval
            self._interval = limit.emission_interval
            self._next = now + ahead * self._interval
            self._overall = limit
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._wake_later()

    def demand(self, seconds: float) -> float:
        """Returns the messages a second that left, or wait to leave, in these last seconds."""
        taken, self._taken = self._taken, 0
        return (taken + sum(map(len, self._waiting.values()))) / seconds

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
        the others go on. A reply waits up to ten minutes in all.
        """
        priority = rate_limit_args or Priority.REPLY
        chat = str(data.get("chat_id", "")) if endpoint.startswith(_COUNTED) else ""
        if self.pace.paid and endpoint.startswith("send"):
            data["allow_paid_broadcast"] = True
        is_retried_later = priority is Priority.BROADCAST or endpoint == "sendPoll"
        try:
            call = partial(callback, *args, **kwargs)
            return await self._until_sent(call, endpoint, chat, priority, once=is_retried_later)
        except RetryAfter:
            if chat and not is_retried_later:
                metrics.REPLIES_LOST.labels("too_late").inc()
            raise

    async def _until_sent(
        self,
        call: Callable[[], Coroutine[Any, Any, T]],
        endpoint: str,
        chat: str,
        priority: Priority,
        *,
        once: bool,
    ) -> T:
        """Make the call in its turn, and, unless `once`, again after each 429."""
        until = _now() + (_BROADCAST_PATIENCE if once else _REPLY_PATIENCE)
        while True:
            if chat:
                await self._turn(chat, priority, until - _now())
            began = _now()
            try:
                result = await call()
            except RetryAfter as told:
                seconds = self._told_to_wait(chat, began, told, endpoint)
                if once or _now() + seconds > until:
                    raise
                if not chat:
                    await asyncio.sleep(seconds)
            else:
                if chat:
                    self._succeeded(began)
                return result

    async def _turn(self, chat: str, priority: Priority, patience: float) -> None:
        """Wait for a turn in the chat, then over all chats. Raises RetryAfter after `patience`."""
        queue = self._queue_of(chat)
        delay = self._delay(queue, ahead=queue.waiting)
        if delay > patience:
            raise PausedError(delay)
        if delay > 0 or queue.waiting or not self._may_leave(priority):
            await self._wait(queue, priority, patience)
        queue.next = max(queue.next, _now()) + queue.limit.emission_interval

    def _queue_of(self, chat: str) -> _ChatQueue:
        queue = self._queues.get(chat)
        if queue is None:
            if len(self._queues) >= self._prune_at:
                self._drop_idle_queues()
            limit = self.pace.group if chat.startswith("-") else self.pace.private
            queue = self._queues[chat] = _ChatQueue(limit)
        return queue

    def _drop_idle_queues(self) -> None:
        now = _now()
        self._queues = {
            chat: queue for chat, queue in self._queues.items() if queue.waiting or queue.next > now
        }
        # Not at each further chat: looking through all takes longer than sending.
        self._prune_at = max(_MAX_CHATS, 2 * len(self._queues))

    def _delay(self, queue: _ChatQueue, ahead: int) -> float:
        """Returns how many seconds a message must wait in its chat, with so many ahead of it."""
        now, limit = _now(), queue.limit
        due = max(queue.next, now) + ahead * limit.emission_interval - limit.burst_tolerance
        return max(due, self._held_until) - now

    async def _wait(self, queue: _ChatQueue, priority: Priority, patience: float) -> None:
        queue.waiting += 1
        try:
            async with asyncio.timeout(patience):
                async with queue.lock:
                    # Again after each sleep: those ahead may have left later than planned.
                    while (delay := self._delay(queue, ahead=queue.in_turn)) > 0:  # noqa: ASYNC110
                        await asyncio.sleep(delay)
                    queue.in_turn += 1
                try:
                    if not self._may_leave(priority):
                        await self._overall_turn(priority)
                finally:
                    queue.in_turn -= 1
        except TimeoutError:
            raise PausedError(1) from None
        finally:
            queue.waiting -= 1

    def _may_leave(self, priority: Priority) -> bool:
        """Take a turn over all chats if nobody is ahead; returns whether there was one.

        Raises RetryAfter for a broadcast after `close`.
        """
        if self._closed and priority is Priority.BROADCAST:
            raise PausedError(1, _STOPPING)
        is_first = not self._waiting[Priority.REPLY] and not self._waiting[priority]
        return is_first and self._take_turn()

    def _take_turn(self) -> bool:
        """Count a message that leaves now. Returns False if none may leave yet."""
        limit, now = self._overall, _now()
        if limit is None or max(self._held_until, self._next - limit.burst_tolerance) > now:
            return False
        self._taken += 1
        # Half an interval compensates for a late timer and keeps the average pace.
        self._next = max(self._next, now - limit.emission_interval / 2) + limit.emission_interval
        return True

    async def _overall_turn(self, priority: Priority) -> None:
        """Wait for a turn over all chats."""
        waiter = asyncio.get_running_loop().create_future()
        self._waiting[priority].append(waiter)
        self._wake_later()
        await waiter

    def _wake_later(self) -> None:
        """Set the timer for the next message."""
        limit, now = self._overall, _now()
        if limit is not None and self._timer is None and any(self._waiting.values()):
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
                self._send_back(seconds, "Telegram has told the bot to wait")
        elif chat:
            queue = self._queue_of(chat)
            queue.next = max(queue.next, now + seconds + queue.limit.burst_tolerance)
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
