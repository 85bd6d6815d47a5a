"""Keeping to Telegram's pace, so that it need not refuse.

About 30 messages a second over all chats, 1 a second in one chat with short bursts, 20 a minute
in a group (Bot API FAQ, "My bot is hitting limits"). Our gates open no wider than that.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from typing import Any

import structlog
from aiolimiter import AsyncLimiter
from telegram.error import RetryAfter
from telegram.ext import BaseRateLimiter

log = structlog.get_logger(__name__)

JSONDict = dict[str, Any]

_ATTEMPTS = 3  # a call that is told to wait is tried this often
_QUESTION_PATIENCE = 3.0  # seconds
_REPLY_PATIENCE = 60.0
_CHATS = 10_000  # gates kept; an evicted chat starts with an open one
_COUNTED = ("send", "edit", "forward", "copy", "stopPoll")


@dataclass(frozen=True)
class Pace:
    """How fast to speak: overall, and as (messages, seconds) in one private chat and one group."""

    per_second: float
    private: tuple[float, float]
    group: tuple[float, float]


TELEGRAM = Pace(per_second=30, private=(3, 3), group=(20, 60))


class PaceLimiter(BaseRateLimiter[int]):
    """Waits where Telegram would refuse; obeys a 429's retry_after for the chat it came from."""

    def __init__(self, pace: Pace = TELEGRAM) -> None:
        # One at a time in even steps: a full burst at the start of a second would leave the
        # next second none.
        self._overall = AsyncLimiter(1, 1 / pace.per_second)
        self._pace = pace
        self._chats: OrderedDict[str, AsyncLimiter] = OrderedDict()
        self._held_until: dict[str, float] = {}

    async def initialize(self) -> None:
        """Nothing to set up."""

    async def shutdown(self) -> None:
        """Nothing to release."""

    async def process_request(
        self,
        callback: Callable[..., Coroutine[Any, Any, bool | JSONDict | list[JSONDict]]],
        args: Any,
        kwargs: dict[str, Any],
        endpoint: str,
        data: dict[str, Any],
        rate_limit_args: int | None,
    ) -> bool | JSONDict | list[JSONDict]:
        """Make the call in its turn. Raises telegram.error.RetryAfter when it cannot be made.

        A question (sendPoll) does not wait long for one chat: it goes back to the claimed ones,
        and the others of its group go on. A reply waits.
        """
        patience = _QUESTION_PATIENCE if endpoint == "sendPoll" else _REPLY_PATIENCE
        for attempt in range(1, _ATTEMPTS + 1):
            if endpoint.startswith(_COUNTED) and "chat_id" in data:
                await self._turn(str(data["chat_id"]), patience)
            try:
                return await callback(*args, **kwargs)
            except RetryAfter as refusal:
                seconds = _seconds(refusal)
                log.warning("told_to_wait", method=endpoint, seconds=seconds, attempt=attempt)
                self._hold(str(data.get("chat_id")), seconds)
                if attempt == _ATTEMPTS or seconds > patience:
                    raise
                await asyncio.sleep(seconds)
        raise AssertionError  # the loop returns or raises

    async def _turn(self, chat_id: str, patience: float) -> None:
        """Wait for the chat's turn and then for everybody's. Raises RetryAfter past patience."""
        wait = self._held_until.get(chat_id, 0.0) - _now()
        if wait > patience:
            raise RetryAfter(ceil(wait))
        try:
            async with asyncio.timeout(patience):
                await asyncio.sleep(max(0.0, wait))
                await self._gate(chat_id).acquire()
        except TimeoutError:
            raise RetryAfter(1) from None
        await self._overall.acquire()

    def _hold(self, chat_id: str, seconds: float) -> None:
        """Telegram wants the chat left alone; holds that have passed are forgotten."""
        now = _now()
        self._held_until = {chat: end for chat, end in self._held_until.items() if end > now}
        self._held_until[chat_id] = now + seconds

    def _gate(self, chat_id: str) -> AsyncLimiter:
        gate = self._chats.pop(chat_id, None)
        if gate is None:
            is_group = chat_id.startswith("-")
            messages, seconds = self._pace.group if is_group else self._pace.private
            gate = AsyncLimiter(messages, seconds)
            if len(self._chats) >= _CHATS:
                self._chats.popitem(last=False)
        self._chats[chat_id] = gate
        return gate


def _now() -> float:
    """Seconds of the event loop's clock: a pace is a matter of real time."""
    return asyncio.get_running_loop().time()


def _seconds(refusal: RetryAfter) -> float:
    after = refusal.retry_after
    return after.total_seconds() if isinstance(after, timedelta) else after
