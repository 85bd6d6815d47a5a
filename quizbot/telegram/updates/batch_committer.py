"""Work that arrives together shares a transaction (a "group commit")."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from db.transient_errors import retry_transient

T = TypeVar("T")

_MOST = 200  # to a transaction: more is hardly cheaper each, and makes the first wait


class BatchCommitter(Generic[T]):
    """Hands over what arrives, several at a time: what comes meanwhile goes together next.

    `record` writes all that it is given in one transaction. While the database is away it is
    called again and again; nothing is lost.
    """

    def __init__(self, record: Callable[[Sequence[T]], Awaitable[None]], most: int = _MOST) -> None:
        self._record = record
        self._most = most
        self._waiting: deque[tuple[T, asyncio.Future[None]]] = deque()
        self._working: asyncio.Task[None] | None = None

    async def add(self, each: T) -> None:
        """Returns once it is committed. Raises what `record` raises for this one alone."""
        committed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((each, committed))
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._work())
        await committed

    async def close(self) -> None:
        """Give up on what is not committed yet; its waiters are cancelled."""
        if self._working is not None and not self._working.done():
            self._working.cancel()
            await asyncio.wait([self._working])
        for _, committed in self._waiting:
            committed.cancel()
        self._waiting.clear()

    async def _work(self) -> None:
        while self._waiting:
            group = [self._waiting.popleft() for _ in range(min(self._most, len(self._waiting)))]
            try:
                await self._together(group)
            except asyncio.CancelledError:
                for _, committed in group:
                    committed.cancel()
                raise

    async def _together(self, group: Sequence[tuple[T, asyncio.Future[None]]]) -> None:
        try:
            await self._try([each for each, _ in group])
        except Exception:  # noqa: BLE001 -- whose fault it is turns out one by one
            for each, committed in group:
                await self._alone(each, committed)
        else:
            for _, committed in group:
                _settle(committed, None)

    async def _alone(self, each: T, committed: asyncio.Future[None]) -> None:
        try:
            await self._try([each])
        except Exception as error:  # noqa: BLE001 -- its own waiter is told
            _settle(committed, error)
        else:
            _settle(committed, None)

    async def _try(self, group: Sequence[T]) -> None:
        await retry_transient(lambda: self._record(group))


def _settle(committed: asyncio.Future[None], error: Exception | None) -> None:
    if committed.done():  # its waiter has gone
        return
    if error is None:
        committed.set_result(None)
    else:
        committed.set_exception(error)
