"""What the clock starts: one job for everybody, never one a user."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from db.session import Sessions
from db.transient_errors import is_transient
from quizbot.programmes import privacy, programme
from quizbot.programmes.reports import refresh
from quizbot.telegram.jobs.broadcast import Broadcast
from quizbot.telegram.jobs.digest import Digests
from quizbot.telegram.jobs.end_notice import Farewells
from quizbot.telegram.jobs.group_quiz import GroupQuiz
from quizbot.telegram.jobs.periodic import PeriodicTask
from quizbot.telegram.jobs.question_delivery import QuestionDelivery
from quizbot.telegram.jobs.reminders import Reminder

log = structlog.get_logger(__name__)

_AT_ONCE = 200  # notes to a tick
_TICK = 1  # seconds
_SELDOM = 10  # seconds, of what nobody waits for
_REPORTS = 60  # seconds
_TIDY = 3600  # seconds


@dataclass
class Jobs:
    """The recurring work."""

    sessions: Sessions
    broadcast: Broadcast
    reminder: Reminder
    courier: QuestionDelivery
    group_quiz: GroupQuiz
    digests: Digests
    farewells: Farewells
    repair_delay: timedelta
    clock: Callable[[], datetime]
    _reports: PeriodicTask = field(default_factory=PeriodicTask)
    _stopping: bool = False
    _offering: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def deliver_due(self) -> int:
        """Send everybody who is due the day's question; answers how many went."""
        return await self.broadcast.run()

    async def remind_due(self) -> int:
        """Remind everybody whose evening has come; answers how many were reminded."""
        return await self.reminder.remind_due()

    async def offer_unconfirmed(self) -> None:
        """Offer what may have been lost on the way."""
        async with self._offering:
            if not self._stopping:
                await self.courier.offer_unconfirmed(self.repair_delay, limit=_AT_ONCE)

    async def post_in_groups(self) -> int:
        """Close and post the groups' questions; answers how many were posted."""
        return await self.group_quiz.run()

    async def send_digests(self) -> int:
        """Tell coordinators of the week that is over; answers of how many programmes."""
        return await self.digests.run()

    async def tell_of_ends(self) -> int:
        """Tell members of programmes that have ended; answers how many were told."""
        return await self.farewells.run()

    async def freshen_reports(self) -> None:
        """Bring up to date what is reported of the programmes that are on."""
        async with self._reports.turn:
            async with self.sessions() as session:
                running = await programme.running(session, self.clock())
            for programme_id in running:
                if self._reports.stopping:
                    break
                await self._freshen(programme_id)

    async def _freshen(self, programme_id: int) -> None:
        """Whatever goes wrong with one programme must not leave the others as they are."""
        try:
            await refresh.refresh(self.sessions, programme_id, self.clock(), ahead=True)
        except Exception as error:
            if is_transient(error):
                raise
            log.exception("reports_failed", programme=programme_id)

    async def tidy(self) -> None:
        """Throw away what was kept for a while only."""
        async with self.sessions.begin() as session:
            await privacy.purge_expired(session, self.clock())

    @property
    def _rounds(self) -> tuple[PeriodicTask, ...]:
        return self.group_quiz, self.digests, self.farewells, self._reports

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self._stopping = False
        self.broadcast.begin()
        self.reminder.begin()
        for each in self._rounds:
            each.begin()

    async def finish(self, seconds: float) -> None:
        """Begin nothing more, and wait up to `seconds` for what is in flight."""
        self._stopping = True
        await asyncio.gather(
            self.broadcast.finish(seconds),
            self.reminder.finish(seconds),
            self._offered(seconds),
            *(each.finish(seconds) for each in self._rounds),
        )

    async def _offered(self, seconds: float) -> None:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._offering:
                pass


def schedule(jobs: Jobs) -> AsyncIOScheduler:
    """A scheduler for the jobs, not yet started.

    A tick that comes late is still a tick (misfire_grace_time=None: the default drops it), and
    several late ones are one.
    """
    scheduler = AsyncIOScheduler(
        timezone="UTC",
        job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
    )
    every: list[tuple[int, Callable[[], Awaitable[object]]]] = [
        (_TICK, jobs.deliver_due),
        (_TICK, jobs.offer_unconfirmed),
        (_TICK, jobs.remind_due),
        (_TICK, jobs.post_in_groups),
        (_SELDOM, jobs.send_digests),
        (_SELDOM, jobs.tell_of_ends),
        (_REPORTS, jobs.freshen_reports),
        (_TIDY, jobs.tidy),
    ]
    for seconds, job in every:
        scheduler.add_job(_attempt, "interval", [job], seconds=seconds, id=job.__name__)
    return scheduler


async def _attempt(job: Callable[[], Awaitable[object]]) -> None:
    """A tick that fails is not repeated: the next one is a second away and finds the same rows."""
    try:
        await job()
    except asyncio.CancelledError:
        log.info("job_cut_short")  # by a stop; what was in flight is in doubt
    except Exception as error:
        if not is_transient(error):
            log.exception("job_failed")
            return
        log.warning("database_unreachable", error=type(error).__name__)
