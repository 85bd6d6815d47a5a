"""Commits work that arrives together in one transaction (databases call it a group commit)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from db.transient_errors import ATTEMPTS, retry_transient

T = TypeVar("T")

_MAX_BATCH = 200  # more is hardly cheaper per item and delays the first one
_PAUSE = 0.002  # seconds without another item in which the batch is complete


class BatchCommitter(Generic[T]):
    """Passes items to `record` in batches: items that arrive during one batch form the next.

    `record` writes a whole batch in one transaction. It is retried while the database is
    unreachable, so nothing is lost. With `can_write`, an item that keeps failing while the database
    takes changes does not hold up the others (db.transient_errors).

    With `patience`, in seconds, a batch waits so long at most for as many items as the last one
    had, while they keep arriving. Clients that each wait for a commit send their next items one by
    one after it: otherwise the first of them would be a batch of its own, and all others wait.
    """

    def __init__(
        self,
        record: Callable[[Sequence[T]], Awaitable[None]],
        can_write: Callable[[], Awaitable[bool]] | None = None,
        max_batch: int = _MAX_BATCH,
        patience: float = 0.0,
    ) -> None:
        self._record = record
        self._can_write = can_write
        self._max_batch = max_batch
        self._patience = patience
        self._last_size = 0
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def add(self, item: T) -> None:
        """Returns once `item` is committed. Raises what `record` raises for it alone."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, committed))
        if self._working is None or self._working.done():
            # Its log lines are about all items, not about the update that came first.
            self._working = asyncio.create_task(self._work(), context=Context())
        await committed

    async def close(self) -> None:
        """Give up what is not committed yet, and cancel its waiters."""
        if self._working is not None and not self._working.done():
            self._working.cancel()
            await asyncio.wait([self._working])
        for _, committed in self._waiting:
            committed.cancel()
        self._waiting.clear()

    async def _work(self) -> None:
        while self._waiting:
            if self._patience:
                await self._gather()
            size = self._last_size = min(self._max_batch, len(self._waiting))
            batch = [self._waiting.popleft() for _ in range(size)]
            try:
                await self._record_batch(batch, ATTEMPTS if size == 1 else 1)
            except asyncio.CancelledError:
                for _, committed in batch:
                    committed.cancel()
                raise

    async def _gather(self) -> None:
        clock = asyncio.get_running_loop()
        seen, until = 0, clock.time() + self._patience
        while seen < len(self._waiting) < self._last_size and clock.time() < until:
            seen = len(self._waiting)
            await asyncio.sleep(_PAUSE)

    async def _record_batch(
        self, batch: Sequence[tuple[T, asyncio.Future[None]]], attempts: int
    ) -> None:
        items = [item for item, _ in batch]
        try:
            await retry_transient(lambda: self._record(items), self._can_write, attempts)
        except Exception as error:  # noqa: BLE001 -- raised to the waiter
            if len(batch) == 1:
                _settle(batch[0][1], error)
            else:  # trying each shows which one failed; the next batch waits, so try it once
                for each in batch:
                    await self._record_batch([each], attempts=1)
        else:
            for _, committed in batch:
                _settle(committed, None)


def _settle(committed: asyncio.Future[None], error: Exception | None) -> None:
    if committed.done():  # nobody waits for it any more
        return
    if error is None:
        committed.set_result(None)
    else:
        committed.set_exception(error)
