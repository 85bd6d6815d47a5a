"""What others wait for while something long is done."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

_NAP = 0.001  # seconds


@dataclass
class Waits:
    """What others wait for, in milliseconds: each transaction, and each time the loop was busy."""

    transactions: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    total: float = 0.0


@asynccontextmanager
async def watching(engine: AsyncEngine) -> AsyncIterator[Waits]:
    """The waits of what is done meanwhile."""
    waits, begun = Waits(), time.perf_counter()
    watcher = asyncio.create_task(_watch(waits))
    with _timing(engine, waits):
        yield waits
    waits.total = since(begun)
    watcher.cancel()
    with suppress(asyncio.CancelledError):
        await watcher


async def _watch(waits: Waits) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_NAP)
        waits.busy.append(since(before) - 1000 * _NAP)


@contextmanager
def _timing(engine: AsyncEngine, waits: Waits) -> Iterator[None]:
    begun: dict[int, float] = {}

    def begins(connection: Any) -> None:
        begun[id(connection)] = time.perf_counter()

    def ends(connection: Any) -> None:
        waits.transactions.append(since(begun.pop(id(connection), time.perf_counter())))

    hooks = (("begin", begins), ("commit", ends), ("rollback", ends))
    for name, hook in hooks:
        event.listen(engine.sync_engine, name, hook)
    yield
    for name, hook in hooks:
        event.remove(engine.sync_engine, name, hook)


def since(begun: float) -> float:
    """Milliseconds."""
    return 1000 * (time.perf_counter() - begun)
