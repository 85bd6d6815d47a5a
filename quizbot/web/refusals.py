"""Refused requests are logged with their peer, but only some: anybody can send many."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

import structlog

log = structlog.get_logger(__name__)

_LINES = 10  # of one reason, in each period
_PERIOD = 60.0  # seconds


@dataclass
class _Logged:
    period: float = -1.0
    lines: int = 0
    left_out: int = 0


class RefusalLog:
    """Logs at most ten lines a minute for each reason. `now` returns seconds of any clock."""

    def __init__(self, now: Callable[[], float] | None = None) -> None:
        self._now = now or (lambda: asyncio.get_running_loop().time())
        self._logged: defaultdict[str, _Logged] = defaultdict(_Logged)

    def note(
        self, event: str, reason: str, client: tuple[str, int] | None, **details: object
    ) -> None:
        """Log the refusal, with the number of those that were `left_out` since the last line.

        `client` is the connection's, or the one that a proxy names if uvicorn trusts the proxy.
        """
        logged, period = self._logged[reason], self._now() // _PERIOD
        if logged.period != period:
            logged.period, logged.lines = period, 0
        if logged.lines == _LINES:
            logged.left_out += 1
            return
        peer = client[0] if client else None
        log.warning(event, reason=reason, peer=peer, left_out=logged.left_out, **details)
        logged.lines, logged.left_out = logged.lines + 1, 0
