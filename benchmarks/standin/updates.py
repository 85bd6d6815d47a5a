"""Votes on their way to the bot: kept until acknowledged, fetched by long polls or posted."""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Any

from benchmarks.standin.http import Reply

_FIRST = 100_000_000
_UPDATE = (
    b'{"update_id":%d,"poll_answer":{"poll_id":"%s","user":{"id":%d,"is_bot":false,'
    b'"first_name":"Person","language_code":"en"},"option_ids":[%d],'
    b'"option_persistent_ids":["%d"]}}'
)


class Updates:
    """The queue. Times are seconds on the monotonic clock."""

    def __init__(self) -> None:
        self._pending: deque[tuple[int, bytes]] = deque()
        self._poller: tuple[Reply, int, asyncio.TimerHandle] | None = None
        self._last = _FIRST
        self.posted: Callable[[], None] | None = None  # told of news while a webhook is set
        self.acknowledged = 0
        self.first_taken: float | None = None
        self.last_acknowledged: float | None = None
        self.first_asked: float | None = None
        self.long_polls = 0

    def add_vote(self, poll_id: str, user_id: int, position: int) -> None:
        self._last += 1
        update = _UPDATE % (self._last, poll_id.encode(), user_id, position, position)
        self._pending.append((self._last, update))

    def announce(self) -> None:
        """What was added can be had now."""
        if self.posted is not None:
            self.posted()
        elif self._poller is not None and self._pending:
            reply, limit, timer = self._poller
            timer.cancel()
            self._poller = None
            reply.send(self._batch(limit))

    def get(self, given: dict[str, Any], reply: Reply) -> None:
        """Bot API, getUpdates: an offset acknowledges what is before it."""
        if self.first_asked is None:
            self.first_asked = time.monotonic()
        self._acknowledge(int(given.get("offset", 0)))
        limit, timeout = int(given.get("limit", 100)), float(given.get("timeout", 0))
        self.long_polls += timeout > 0
        if self._pending or not timeout:
            reply.send(self._batch(limit))
            return
        timer = asyncio.get_running_loop().call_later(timeout, self._time_out)
        self._poller = reply, limit, timer

    def take(self) -> tuple[int, bytes] | None:
        """One to be posted; `acknowledge_one` or `put_back` follows."""
        if not self._pending:
            return None
        self._note_taken()
        return self._pending.popleft()

    def put_back(self, update: tuple[int, bytes]) -> None:
        self._pending.appendleft(update)

    def acknowledge_one(self) -> None:
        self.acknowledged += 1
        self.last_acknowledged = time.monotonic()

    def report(self) -> dict[str, Any]:
        return {
            "votes": self._last - _FIRST,
            "acknowledged": self.acknowledged,
            "first_asked": self.first_asked,
            "first_taken": self.first_taken,
            "last_acknowledged": self.last_acknowledged,
            "long_polls": self.long_polls,
        }

    def _acknowledge(self, offset: int) -> None:
        while self._pending and self._pending[0][0] < offset:
            self._pending.popleft()
            self.acknowledge_one()

    def _batch(self, limit: int) -> bytes:
        if self._pending:
            self._note_taken()
        some = [self._pending[place][1] for place in range(min(limit, len(self._pending)))]
        return b'{"ok":true,"result":[%s]}' % b",".join(some)

    def _time_out(self) -> None:
        if self._poller is not None:
            reply, limit, _ = self._poller
            self._poller = None
            reply.send(self._batch(limit))

    def _note_taken(self) -> None:
        if self.first_taken is None:
            self.first_taken = time.monotonic()
