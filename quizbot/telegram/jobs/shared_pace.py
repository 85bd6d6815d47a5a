"""Keeps all processes of a bot together within one pace (db.pace_shares)."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from uuid import uuid4

import structlog

from db.pace_shares import claim_share, give_up_share
from db.session import Sessions
from db.transient_errors import is_transient
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.jobs.periodic import repeating

log = structlog.get_logger(__name__)

_INTERVAL = 0.25  # seconds: in two of them, unused pace reaches whoever needs it
_LEASE = 2.0  # seconds
_MARGIN = 0.5  # seconds by which the end of a lease may be noticed late
_RESERVE = 1.0  # messages a second for the next reply


class SharedPace:
    """Claims this process's share again and again, as large as its part of the demand."""

    def __init__(self, sessions: Sessions, limiter: Limiter) -> None:
        self._sessions = sessions
        self._limiter = limiter
        self._process = uuid4().hex
        self._share = 0.0
        self._until = 0.0  # in the event loop's time

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Shares the pace while the block runs."""
        await self._renew()
        async with repeating(self._renew, _INTERVAL):
            yield
        self._use(0)
        with suppress(Exception):  # it ends by itself
            async with self._sessions.begin() as session:
                await give_up_share(session, self._process)

    async def claim(self) -> float:
        """Claim a share by the demand since the last time. Returns it in messages a second."""
        began, whole = asyncio.get_running_loop().time(), self._limiter.pace.overall.messages
        wanted = max(_RESERVE, self._limiter.demand(_INTERVAL))
        async with self._sessions.begin() as session:
            lease = timedelta(seconds=_LEASE)
            share = await claim_share(session, self._process, wanted, whole, lease)
            if share < self._share:
                self._use(share)
        self._use(share)
        self._until = began + _LEASE - _MARGIN
        return share

    async def _renew(self) -> None:
        """Claim; while the database does not answer, nothing is sent after the lease."""
        now = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(max(_INTERVAL, self._until - now)):
                await self.claim()
        except Exception as error:
            if not is_transient(error):
                log.exception("pace_not_shared")
            if asyncio.get_running_loop().time() >= self._until:
                self._use(0)

    def _use(self, share: float) -> None:
        if share != self._share:
            self._share = share
            self._limiter.use_share(share)
