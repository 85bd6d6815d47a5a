"""Poll answers on their way to the bot: generated, queued until acknowledged, and counted.

All times are seconds on the monotonic clock.
"""

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.fake_telegram.http import Reply

_FIRST_ID = 100_000_000
_UPDATE = (
    b'{"update_id":%d,"poll_answer":{"poll_id":"%s","user":{"id":%d,"is_bot":false,'
    b'"first_name":"Person","language_code":"en"},"option_ids":[%d],'
    b'"option_persistent_ids":["%d"]}}'
)

_TICK = 0.005  # seconds
_READING_TIME = 1.0  # seconds between a poll and its answer
_OPTIONS = 2  # the fewest that a question has


class Updates:
    """The queue of updates. It is fetched by long polls, or posted to a webhook."""

    def __init__(self) -> None:
        self._pending: deque[tuple[int, bytes]] = deque()
        self._poller: tuple[Reply, int, asyncio.TimerHandle] | None = None
        self._last_id = _FIRST_ID
        self.on_new: Callable[[], None] | None = None  # called instead of long polls' replies
        self.acknowledged = 0
        self.first_taken: float | None = None
        self.last_acknowledged: float | None = None
        self.first_asked: float | None = None
        self.long_polls = 0

    def add_poll_answer(self, poll_id: str, user_id: int, position: int) -> None:
        """Add an update; `announce` follows."""
        self._last_id += 1
        update = _UPDATE % (self._last_id, poll_id.encode(), user_id, position, position)
        self._pending.append((self._last_id, update))

    def announce(self) -> None:
        """Deliver what was added."""
        if self.on_new is not None:
            self.on_new()
        elif self._poller is not None and self._pending:
            reply, limit, timer = self._poller
            timer.cancel()
            self._poller = None
            reply.send(self._batch(limit))

    def get(self, parameters: dict[str, Any], reply: Reply) -> None:
        """Reply to getUpdates. An offset acknowledges the updates before it (Bot API)."""
        if self.first_asked is None:
            self.first_asked = time.monotonic()
        self._acknowledge_before(int(parameters.get("offset", 0)))
        limit, timeout = int(parameters.get("limit", 100)), float(parameters.get("timeout", 0))
        self.long_polls += timeout > 0
        if self._pending or not timeout:
            reply.send(self._batch(limit))
            return
        timer = asyncio.get_running_loop().call_later(timeout, self._time_out)
        self._poller = reply, limit, timer

    def take(self) -> tuple[int, bytes] | None:
        """Returns an update to post; `acknowledge` or `put_back` follows."""
        if not self._pending:
            return None
        self._note_taken()
        return self._pending.popleft()

    def put_back(self, update: tuple[int, bytes]) -> None:
        self._pending.appendleft(update)

    def acknowledge(self) -> None:
        """Count an update as received."""
        self.acknowledged += 1
        self.last_acknowledged = time.monotonic()

    def report(self) -> dict[str, Any]:
        return {
            "answers": self._last_id - _FIRST_ID,
            "acknowledged": self.acknowledged,
            "first_asked": self.first_asked,
            "first_taken": self.first_taken,
            "last_acknowledged": self.last_acknowledged,
            "long_polls": self.long_polls,
        }

    def _acknowledge_before(self, offset: int) -> None:
        while self._pending and self._pending[0][0] < offset:
            self._pending.popleft()
            self.acknowledge()

    def _batch(self, limit: int) -> bytes:
        if self._pending:
            self._note_taken()
        batch = [self._pending[index][1] for index in range(min(limit, len(self._pending)))]
        return b'{"ok":true,"result":[%s]}' % b",".join(batch)

    def _time_out(self) -> None:
        if self._poller is not None:
            reply, limit, _ = self._poller
            self._poller = None
            reply.send(self._batch(limit))

    def _note_taken(self) -> None:
        if self.first_taken is None:
            self.first_taken = time.monotonic()


class Statistics:
    """Counts of polls and cards. More `polls` than `chats` means that some came twice."""

    def __init__(self) -> None:
        self._card_times: list[float] = []  # from an answer to its card
        self._polled_chats: set[int] = set()
        self._poll_times: list[float] = []
        self._answered: dict[int, float] = {}  # chats in which a card is due
        self._last_card: float | None = None

    def poll(self, chat_id: int) -> None:
        """Count a question for that chat."""
        now = time.monotonic()
        self._poll_times.append(now)
        self._polled_chats.add(chat_id)

    def message(self, chat_id: int) -> None:
        """Count a message for that chat: the card, if somebody there has answered."""
        now = time.monotonic()
        if (answered_at := self._answered.pop(chat_id, None)) is not None:
            self._card_times.append(now - answered_at)
            self._last_card = now

    def answer(self, chat_id: int) -> None:
        """Count an answer in that chat."""
        self._answered[chat_id] = time.monotonic()

    def report(self) -> dict[str, Any]:
        return {
            "now": time.monotonic(),
            "polls": len(self._poll_times),
            "chats": len(self._polled_chats),
            "first_poll": self._poll_times[0] if self._poll_times else None,
            "last_poll": self._poll_times[-1] if self._poll_times else None,
            "cards": len(self._card_times),
            "last_card": self._last_card,
            "card_median": percentile(self._card_times, 0.5),
            "card_p99": percentile(self._card_times, 0.99),
            "card_worst": max(self._card_times, default=None),
        }


def percentile(values: list[float], share: float) -> float | None:
    """Returns the smallest value that `share` of them do not exceed; None if there are none."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


class AnswerGenerator:
    """People who answer polls: new ones, or those of a list. Rates are answers a second."""

    def __init__(self, updates: Updates, statistics: Statistics) -> None:
        self._updates = updates
        self._statistics = statistics
        self._new_polls: deque[tuple[float, str, int]] = deque()
        self._count = 0
        self._answers_new_polls = False

    def add_poll(self, poll_id: str, user_id: int) -> None:
        """Note a new poll, which is answered after a second of reading."""
        if self._answers_new_polls:
            self._new_polls.append((time.monotonic() + _READING_TIME, poll_id, user_id))

    def answer_at_once(self, polls: Sequence[tuple[str, int]]) -> None:
        for poll_id, user_id in polls:
            self._answer(poll_id, user_id)
        self._updates.announce()

    async def answer_new_polls(self, rate: float) -> None:
        """Answer each new poll until cancelled."""
        self._answers_new_polls = True
        await _repeat(rate, self._answer_new_poll, self._updates.announce)

    async def answer_at_rate(self, polls: Sequence[tuple[str, int]], rate: float) -> None:
        """Answer the polls of the list until cancelled."""
        left = deque(polls)

        def answer_next() -> bool:
            if not left:
                return False
            self._answer(*left.popleft())
            return True

        await _repeat(rate, answer_next, self._updates.announce)

    def _answer_new_poll(self) -> bool:
        if not self._new_polls or self._new_polls[0][0] > time.monotonic():
            return False
        _, poll_id, user_id = self._new_polls.popleft()
        self._answer(poll_id, user_id)
        return True

    def _answer(self, poll_id: str, user_id: int) -> None:
        self._count += 1
        self._statistics.answer(user_id)
        self._updates.add_poll_answer(poll_id, user_id, self._count % _OPTIONS)


async def _repeat(rate: float, step: Callable[[], bool], done: Callable[[], None]) -> None:
    """Take `rate` steps a second. Steps that were not possible in time are skipped."""
    allowed, last = 0.0, time.monotonic()
    while True:
        await asyncio.sleep(_TICK)
        now = time.monotonic()
        # A late tick may catch up with a twentieth of a second.
        allowed = min(allowed + (now - last) * rate, max(1.0, rate / 20))
        last, stepped = now, False
        while allowed >= 1 and step():
            allowed -= 1
            stepped = True
        if stepped:
            done()
