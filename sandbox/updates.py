"""Notifications: updates to bots, and events to people's chat pages."""

import asyncio
from collections import OrderedDict, defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from typing import TypeAlias

from sandbox.clock import Clock
from sandbox.faults import Faults
from sandbox.wire import ApiError, Json, conflict

# Kinds that a bot receives only if allowed_updates names them (Bot API, getUpdates).
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
# How long a pressed button is told to the bot and can be answered, in seconds (Client::add_update
# in the Bot API server).
CALLBACK_SECONDS = 150
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)

Event: TypeAlias = tuple[str, Json]


class UpdateQueue:
    """The updates of one bot, in order of their ``update_id``, kept until it confirms them.

    Only callback queries expire, after CALLBACK_SECONDS.
    """

    def __init__(self, first_id: int, faults: Faults, clock: Clock) -> None:
        self.next_id = first_id
        self.confirmed = first_id - 1
        self.allowed: list[str] = []
        # Set when an update arrives, and by others when it may be time to post one again.
        self.changed = asyncio.Event()
        self._faults = faults
        self._clock = clock
        self._pending: OrderedDict[int, Json] = OrderedDict()
        self._expiring: deque[tuple[int, int]] = deque()  # Unix time, update_id
        self._repeated: list[Json] = []
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, content: Json) -> None:
        """Adds an update, unless the bot's allowed_updates exclude its kind."""
        if kind in self.allowed if self.allowed else kind not in ON_REQUEST:
            update_id = self.put_raw({kind: content})
            if kind == "callback_query":
                self._expiring.append((self._clock.timestamp() + CALLBACK_SECONDS, update_id))

    def put_raw(self, update: Json) -> int:
        """Adds an update with any content; returns its update_id."""
        update_id = self.next_id
        self.next_id += 1
        self._pending[update_id] = {**update, "update_id": update_id}
        self.changed.set()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        return update_id

    def peek(self, limit: int) -> list[Json]:
        """Returns the oldest unconfirmed updates, except those to be repeated."""
        while self._expiring and self._expiring[0][0] < self._clock.timestamp():
            self._pending.pop(self._expiring.popleft()[1], None)
        return list(islice(self._pending.values(), limit))

    def confirm(self, offset: int) -> None:
        """Drops the updates below ``offset``; a negative offset keeps that many of the newest."""
        if offset < 0:
            kept = list(self._pending)[offset:]
            offset = kept[0] if kept else 0
        while self._pending and next(iter(self._pending)) < offset:
            self.confirmed, update = self._pending.popitem(last=False)
            if self._faults.doubles():
                self._repeated.append(update)

    def discard(self, update: Json) -> None:
        """Drops one update that the webhook accepted; the order does not matter."""
        self._pending.pop(update["update_id"], None)
        self.confirmed = max(self.confirmed, update["update_id"])

    def clear(self) -> None:
        """Drops all updates (drop_pending_updates)."""
        self._pending.clear()
        self._repeated.clear()

    async def get(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109
        """Returns the result of getUpdates; waits up to ``timeout`` seconds for the first update.

        A second call ends the waiting one, which then raises ApiError 409.
        """
        self.interrupt(conflict(OTHER_POLLER))
        if offset:
            self.confirm(offset)
        batch = self._take(limit)
        if batch or timeout <= 0:
            return batch
        waiter = self._waiter = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(timeout):
                await waiter
        except TimeoutError:
            return []
        finally:
            if self._waiter is waiter:
                self._waiter = None
        return self._take(limit)

    def interrupt(self, error: ApiError) -> None:
        """Ends the waiting getUpdates with that error."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)

    def _take(self, limit: int) -> list[Json]:
        repeated, self._repeated = self._repeated[:limit], self._repeated[limit:]
        return repeated + self.peek(limit - len(repeated))


class EventHub:
    """Passes events to the pages that follow a person."""

    def __init__(self) -> None:
        self._followers: defaultdict[int, set[asyncio.Queue[Event | None]]] = defaultdict(set)

    def is_followed(self, person_id: int) -> bool:
        """Returns whether a page follows the person; if not, no view is needed."""
        return bool(self._followers.get(person_id))

    @contextmanager
    def follow(self, person_id: int) -> Iterator[asyncio.Queue[Event | None]]:
        """Yields a queue of the person's events; None means that the sandbox stops."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers[person_id].add(queue)
        try:
            yield queue
        finally:
            self._followers[person_id].discard(queue)

    def publish(self, person_id: int, event: str, data: Json) -> None:
        """Sends an event to the pages of one person."""
        for queue in self._followers.get(person_id, ()):
            queue.put_nowait((event, data))

    def broadcast(self, event: str, data: Json) -> None:
        """Sends an event to the pages of all people."""
        for person_id in self._followers:
            self.publish(person_id, event, data)

    def close(self) -> None:
        """Ends all streams of events."""
        for queues in self._followers.values():
            for queue in queues:
                queue.put_nowait(None)
