"""What all periodic work has in common: one run at a time, and a clean stop between two steps."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TypeVar

import structlog

from db.transient_errors import is_transient

T = TypeVar("T")

log = structlog.get_logger(__name__)


class PeriodicTask(ABC):
    """Work that the scheduler starts again and again. Not started twice at a time."""

    def __init__(self) -> None:
        self._stop = asyncio.Event()
        self._running = asyncio.Lock()

    @property
    def stopping(self) -> bool:
        """Whether no further step is to begin."""
        return self._stop.is_set()

    async def run(self) -> int:
        """Does what is due. Returns how much was done, in the unit of the work."""
        async with self._running:
            return 0 if self.stopping else await self._work()

    @abstractmethod
    async def _work(self) -> int:
        """Does what is due, step by step, until nothing is left or `stopping`."""

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self._stop.clear()

    async def finish(self, seconds: float) -> None:
        """Begin no further step, and wait up to `seconds` for the one in progress."""
        self._stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._running:
                pass


async def isolated(work: Awaitable[T], otherwise: T, event: str, **context: object) -> T:
    """Returns what the work returns; logs a failure of it and returns `otherwise`.

    So one programme or person cannot keep the others waiting. Raises transient errors of the
    database: they concern everybody.
    """
    try:
        return await work
    except Exception as error:
        if is_transient(error):
            raise
        log.exception(event, **context)
        return otherwise


async def gather_all(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do it all side by side, to the end. Raises what the first that failed has raised."""
    done = await asyncio.gather(*work, return_exceptions=True)
    results = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        results.append(each)
    return results
