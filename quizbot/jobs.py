"""What the clock starts: one job for everybody, never one a user."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from db.session import Sessions
from db.trouble import is_passing
from quizbot.quiz import claiming
from quizbot.quiz.choosing import Deck
from quizbot.quiz.delivery import Outcome, Result
from quizbot.telegram.courier import Courier

log = structlog.get_logger(__name__)

_CLAIM = 200  # subscribers to a commit
_GROUP = 16  # questions marked as leaving at a time: what a crash can leave in doubt
_TICK = 1  # seconds
_PAUSE = 5.0  # seconds to wait when Telegram cannot be reached


@dataclass
class Jobs:
    """The recurring work. `clock` tells the time; nothing here asks the system for it."""

    sessions: Sessions
    courier: Courier
    deck: Deck
    clock: Callable[[], datetime]
    repair_delay: timedelta
    _stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _delivering: asyncio.Lock = field(default_factory=asyncio.Lock)
    _offering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver_due(self) -> int:
        """Claim for everybody who is due and send all that is claimed; answers how many went."""
        sent = last = 0
        async with self._delivering:
            while not self._stopping.is_set():
                await self._claim()  # who becomes due meanwhile goes behind, not to the next tick
                # Each is tried once a tick: a few that cannot leave do not hold up the rest.
                outcomes = await self.courier.bring(_GROUP, after=last)
                sent += sum(outcome.result is Result.SENT for outcome in outcomes)
                if not outcomes or await self._must_pause(outcomes):
                    break
                last = max(outcome.delivery_id for outcome in outcomes)
        if sent:
            log.info("delivered", questions=sent)
        return sent

    async def finish(self, seconds: float) -> None:
        """Claim no more, and wait up to `seconds` for what is in flight."""
        self._stopping.set()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._delivering, self._offering:
                pass

    async def _must_pause(self, outcomes: Sequence[Outcome]) -> bool:
        """Whether nothing got through: then Telegram is given a few seconds."""
        if any(outcome.result is not Result.NEVER_LEFT for outcome in outcomes):
            return False
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stopping.wait(), _PAUSE)
        return True

    async def offer_unconfirmed(self) -> None:
        """Offer what may have been lost on the way."""
        async with self._offering:
            if not self._stopping.is_set():
                await self.courier.offer_unconfirmed(self.repair_delay, limit=_CLAIM)

    async def _claim(self) -> None:
        due = _CLAIM
        while due == _CLAIM:
            async with self.sessions.begin() as session:
                due = await claiming.claim_due(session, self.deck, self.clock(), _CLAIM)


def schedule(jobs: Jobs) -> AsyncIOScheduler:
    """A scheduler for the jobs, not yet started.

    A tick that comes late is still a tick (misfire_grace_time=None: the default drops it), and
    several late ones are one.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    for job in (jobs.deliver_due, jobs.offer_unconfirmed):
        scheduler.add_job(_attempt, "interval", [job], seconds=_TICK, id=job.__name__)
    return scheduler


async def _attempt(job: Callable[[], Awaitable[object]]) -> None:
    """A tick that fails is not repeated: the next one is a second away and finds the same rows."""
    try:
        await job()
    except Exception as error:
        if not is_passing(error):
            log.exception("job_failed")
            return
        log.warning("database_away", error=type(error).__name__)
