"""The base of periodic tasks: one run at a time, and a clean stop between steps."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import structlog

from db.session import Sessions
from db.transient_errors import OUTAGE, is_transient
from quizbot import metrics
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.messages.words import Languages

T = TypeVar("T")

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class PeriodicTask(ABC):
    """Work that the scheduler starts repeatedly, never two runs at a time.

    `clock` returns the current time in UTC.
    """

    sessions: Sessions
    clock: Callable[[], datetime]
    _stop: asyncio.Event = field(init=False, default_factory=asyncio.Event)
    _running: asyncio.Lock = field(init=False, default_factory=asyncio.Lock)

    @property
    def stopping(self) -> bool:
        """Returns whether no further step may begin."""
        return self._stop.is_set()

    async def run(self) -> int:
        """Do what is due. Returns how much was done, in units of the work."""
        async with self._running:
            return 0 if self.stopping else await self._work()

    @abstractmethod
    async def _work(self) -> int:
        """Do what is due, step by step, until nothing is left or `stopping`."""

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self._stop.clear()

    async def finish(self, seconds: float) -> None:
        """Begin no further step, and wait up to `seconds` for the one in progress."""
        self._stop.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._running:
                pass


@dataclass(eq=False)
class SendingTask(PeriodicTask):
    """A periodic task that sends messages."""

    sender: Sender
    languages: Languages


@asynccontextmanager
async def repeating(
    name: str,
    step: Callable[[], Awaitable[object]],
    seconds: float,
    seconds_left: Callable[[], float],
) -> AsyncIterator[None]:
    """Takes the step every `seconds` while the block runs, whichever process leads.

    A step that fails is logged and taken again. At the end, a step in progress gets
    `seconds_left()` to finish.
    """
    stop = asyncio.Event()

    async def repeat() -> None:
        while not stop.is_set():
            await attempt(name, step, step)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), seconds)

    repeated = asyncio.create_task(repeat())
    try:
        yield
    finally:
        stop.set()
        _, late = await asyncio.wait([repeated], timeout=seconds_left())
        if late:
            repeated.cancel()
            await asyncio.wait([repeated])
        OUTAGE.given_up(step)


async def attempt(name: str, work: Callable[[], Awaitable[object]], key: Hashable) -> None:
    """Do the work once. A failure is logged and counted, and is part of an outage if transient."""
    try:
        await work()
    except Exception as error:
        if is_transient(error):
            OUTAGE.failed(key, error)
            return
        metrics.JOB_FAILURES.labels(name).inc()
        log.exception("job_failed", job=name)
    OUTAGE.succeeded(key)


async def isolated(work: Awaitable[T], otherwise: T, event: str, job: str, **context: object) -> T:
    """Returns the work's result; logs and counts a failure of the job and returns `otherwise`.

    So one programme or person cannot hold up the others. Raises transient database errors, which
    concern everybody.
    """
    try:
        return await work
    except Exception as error:
        if is_transient(error):
            raise
        metrics.JOB_FAILURES.labels(job).inc()
        log.exception(event, **context)
        return otherwise


async def gather_all(work: Iterable[Awaitable[T]]) -> list[T]:
    """Do all work concurrently, to the end. Then raises the first error, if any."""
    done = await asyncio.gather(*work, return_exceptions=True)
    results = []
    for each in done:
        if isinstance(each, BaseException):
            raise each
        results.append(each)
    return results
