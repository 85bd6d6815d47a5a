"""The sandbox's time, which can be moved forward by hand."""

import asyncio
import contextlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """The current time: real time plus an offset or, if frozen, the time it was moved to.

    It never goes back, because close dates and message ages depend on it.
    """

    def __init__(self, start: datetime | None = None, *, frozen: bool = False) -> None:
        self._base = datetime.now(UTC) if start is None else _aware(start)
        self._since = time.monotonic()
        self._frozen = frozen
        self._listeners: list[Callable[[], None]] = []

    @property
    def frozen(self) -> bool:
        """Returns whether it stands still unless moved."""
        return self._frozen

    def now(self) -> datetime:
        """Returns the current time, aware, in UTC."""
        if self._frozen:
            return self._base
        return self._base + timedelta(seconds=time.monotonic() - self._since)

    def timestamp(self) -> int:
        """Returns the current time in whole Unix seconds, as Telegram writes dates."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> None:
        """Moves forward; raises ValueError for a negative number of seconds."""
        if seconds < 0:
            raise ValueError("the clock only goes forward")
        self._base += timedelta(seconds=seconds)
        for listener in self._listeners:
            listener()

    def set(self, moment: datetime) -> None:
        """Moves forward to an aware time; raises ValueError if it is in the past."""
        self.advance((_aware(moment) - self.now()).total_seconds())

    async def wait(self, event: asyncio.Event, until: float | None) -> None:
        """Waits for ``event``, or until that Unix time at the latest (None: no limit).

        If the clock is frozen, only a move reaches the time: the event must be set then, too.
        """
        left = None
        if until is not None and not self._frozen:
            left = max(0.01, until - self.now().timestamp())
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left):
                await event.wait()

    def on_move(self, listener: Callable[[], None]) -> None:
        """Calls ``listener`` after every manual move, not as real time passes."""
        self._listeners.append(listener)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(UTC)
