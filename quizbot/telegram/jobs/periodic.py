"""Work that is done round by round, and stopped between two of them."""

import asyncio
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")


class PeriodicTask:
    """One round at a time; `stopping` says that no more is to be begun."""

    def __init__(self) -> None:
        self.stopping = False
        self.turn = asyncio.Lock()

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self.stopping = False

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, and wait up to `seconds` for what is in flight."""
        self.stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self.turn:
                pass


async def together(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do it all side by side, to the end. Raises what the first that failed has raised."""
    done = await asyncio.gather(*work, return_exceptions=True)
    results = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        results.append(each)
    return results
