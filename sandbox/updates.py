"""One bot's updates: kept until it confirms them, handed out by long polling or webhook."""

import asyncio
from collections import deque

from sandbox.faults import Faults
from sandbox.wire import ApiError, Json, conflict

# What a bot gets only when it asks for it (Bot API, getUpdates, allowed_updates).
ON_REQUEST = frozenset({"chat_member", "message_reaction", "message_reaction_count"})
OTHER_POLLER = (
    "terminated by other getUpdates request; make sure that only one bot instance is running"
)


class UpdateQueue:
    """Updates in order; ``update_id`` is sequential."""

    def __init__(self, first_id: int, faults: Faults) -> None:
        self.next_id = first_id
        self.confirmed = first_id - 1
        self.allowed: list[str] = []
        self.arrived = asyncio.Event()
        self._faults = faults
        self._pending: deque[Json] = deque()
        self._again: list[Json] = []
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._pending)

    def put(self, kind: str, content: Json) -> None:
        """Add an update of that kind unless the bot does not want it."""
        if kind in self.allowed if self.allowed else kind not in ON_REQUEST:
            self.put_raw({kind: content})

    def put_raw(self, update: Json) -> int:
        """Add an update as it is, whatever is in it; answers its update_id."""
        update_id = self.next_id
        self.next_id += 1
        self._pending.append({**update, "update_id": update_id})
        self.arrived.set()
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
        return update_id

    def peek(self, limit: int) -> list[Json]:
        """The oldest that are not confirmed, without those to be repeated."""
        return [update for update, _ in zip(self._pending, range(limit), strict=False)]

    def confirm(self, offset: int) -> None:
        """Forget updates below ``offset``; a negative one leaves that many of the newest."""
        if offset < 0:
            offset = self._pending[max(0, len(self._pending) + offset)]["update_id"] if self else 0
        while self._pending and self._pending[0]["update_id"] < offset:
            update = self._pending.popleft()
            self.confirmed = update["update_id"]
            if self._faults.doubles():
                self._again.append(update)

    def discard(self, update: Json) -> None:
        """Forget one update that a webhook took, in whatever order."""
        if update in self._pending:
            self._pending.remove(update)
        self.confirmed = max(self.confirmed, update["update_id"])

    def clear(self) -> None:
        """Forget all (drop_pending_updates)."""
        self._pending.clear()
        self._again.clear()

    async def get(self, offset: int, limit: int, timeout: float) -> list[Json]:  # noqa: ASYNC109
        """What getUpdates answers; waits up to ``timeout`` seconds for the first update.

        Raises 409 in the caller that is waiting when another one comes: the earlier loses.
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
        """End the getUpdates that is waiting, with that error."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_exception(error)

    def _take(self, limit: int) -> list[Json]:
        again, self._again = self._again[:limit], self._again[limit:]
        return again + self.peek(limit - len(again))
