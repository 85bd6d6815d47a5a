"""Keeps all processes of a bot together within one pace (db.pace_shares)."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import structlog

from db.pace_shares import claim_share, give_up_share
from db.session import Sessions
from db.transient_errors import reason_of
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.jobs.periodic import repeating

log = structlog.get_logger(__name__)

_INTERVAL = 0.25  # seconds: in two of them, unused pace reaches whoever needs it
_LEASE = 2.0  # seconds
_MARGIN = 0.25  # seconds by which we stop before the lease ends: the event loop may be late
_PATIENCE = 1.5  # seconds that a claim may take
_RESERVE = 1.0  # messages a second for the next reply


class SharedPace:
    """Claims this process's share again and again, as large as its part of the demand."""

    def __init__(self, sessions: Sessions, limiter: Limiter) -> None:
        self._sessions = sessions
        self._limiter = limiter
        self._process = uuid4().hex
        self._share = 0.0
        self._asked_at = 0.0  # in the event loop's time, as all here
        self._end: asyncio.TimerHandle | None = None  # of the lease
        self._fails = False

    @asynccontextmanager
    async def open(self, seconds_left: Callable[[], float]) -> AsyncIterator[None]:
        """Shares the pace while the block runs; nothing is sent before the first claim."""
        self._limiter.use_share(0)
        await self.claim()
        async with repeating("pace", self.claim, _INTERVAL, seconds_left):
            yield
        self._use(0)
        with suppress(Exception):  # it ends by itself
            async with asyncio.timeout(seconds_left()), self._sessions.begin() as session:
                await give_up_share(session, self._process)

    async def claim(self) -> None:
        """Claim a share by the demand since the last time; without an answer, the lease ends."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        wanted = max(_RESERVE, self._limiter.demand(max(_INTERVAL, began - self._asked_at)))
        self._asked_at = began
        try:
            async with asyncio.timeout(_PATIENCE), self._sessions.begin() as session:
                pace, lease = self._limiter.pace.overall.messages, timedelta(seconds=_LEASE)
                share = await claim_share(session, self._process, wanted, pace, lease)
                if share < self._share:
                    self._use(share)
        except Exception as error:  # noqa: BLE001 -- the next claim comes soon
            if not self._fails:
                log.warning("pace_not_shared", **reason_of(error))
            self._fails = True
            return
        self._fails = False
        until = began + _LEASE - _MARGIN
        if self._end is not None:
            self._end.cancel()
        self._end = loop.call_at(until, self._use, 0.0)
        self._use(share)

    def _use(self, share: float) -> None:
        if share != self._share:
            self._share = share
            self._limiter.use_share(share)
