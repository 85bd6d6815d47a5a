"""The day's questions to all who are due: claim, mark, send, record, with a limit on each step."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime

import structlog

from db.session import Sessions
from quizbot import metrics
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing, Result
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.jobs.periodic import PeriodicTask
from quizbot.telegram.jobs.question_delivery import QuestionDelivery

log = structlog.get_logger(__name__)

_BATCHES_PER_WINDOW = 4  # commits in which a window is marked as sending
_CLAIMS_PER_COMMIT = 200  # subscribers
_RECHECK_AFTER = 1.0  # seconds: who becomes due meanwhile joins this run, not the next one
_PAUSE = 5.0  # seconds to wait when Telegram cannot be reached; twice as long each time
_MAX_PAUSE = 60.0
_MAX_FAILURES_IN_A_ROW = 4  # questions, after which nothing seems to get through
_FAILURES = (Result.NOT_SENT, Result.UNCONFIRMED)
_LOG_EVERY = 10.0  # seconds between two lines about a broadcast


class _Progress:
    """How far one run is. Time is the event loop's: a rate is a matter of real time."""

    def __init__(self) -> None:
        self.sent = 0
        self._began = self._logged = asyncio.get_running_loop().time()
        self._sent_at_log = 0

    def count(self, result: Result) -> None:
        """Count one more attempt."""
        self.sent += result is Result.SENT

    def is_log_due(self) -> bool:
        """Whether the next line is due."""
        return asyncio.get_running_loop().time() - self._logged >= _LOG_EVERY

    def log(self, left: int) -> None:
        """Log how many were sent, how many are left, the rate, and the time to go at that rate."""
        now = asyncio.get_running_loop().time()
        rate = (self.sent - self._sent_at_log) / (now - self._logged)
        metrics.QUESTIONS_LEFT.set(left)
        log.info(
            "broadcast",
            sent=self.sent,
            left=left,
            per_second=round(rate, 1),
            seconds_to_go=round(left / rate) if rate else None,
        )
        self._logged, self._sent_at_log = now, self.sent

    def finish(self) -> None:
        """Log the end of the run, if anything was sent."""
        metrics.QUESTIONS_LEFT.set(0)
        if self.sent:
            seconds = asyncio.get_running_loop().time() - self._began
            log.info("delivered", questions=self.sent, seconds=round(seconds, 1))


class Broadcast(PeriodicTask):
    """Runs until nobody is due. What cannot be sent now stays claimed for a later run."""

    def __init__(
        self,
        sessions: Sessions,
        question_delivery: QuestionDelivery,
        limiter: Limiter,
        item_pool: ItemPool,
        reminder_policy: ReminderPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._question_delivery = question_delivery
        self._limiter = limiter
        self._item_pool = item_pool
        self._reminder_policy = reminder_policy
        self._clock = clock
        self.window = limiter.pace.window
        self._batch_size = max(2, self.window // _BATCHES_PER_WINDOW)
        self._in_flight: set[asyncio.Task[Outcome]] = set()
        self._failures_in_a_row = 0
        self._next_pause = _PAUSE
        self._progress: _Progress | None = None
        self._freed = asyncio.Event()

    async def _work(self) -> int:
        """Claim for everybody who is due and send all that is claimed. Returns how many."""
        progress = self._progress = _Progress()
        try:
            while not self.stopping and await self._step():
                pass
        finally:
            await self._all_delivered()
        progress.finish()
        return progress.sent

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        super().begin()
        self._limiter.open()

    async def finish(self, seconds: float) -> None:
        """Claim no more, and wait up to `seconds` for what is in flight."""
        self._limiter.close()
        await super().finish(seconds)

    async def _step(self) -> bool:
        """Send one more batch. Returns False when nothing is left that could be sent now."""
        if self._limiter.held_for() > 0 or self._failures_in_a_row >= _MAX_FAILURES_IN_A_ROW:
            await self._pause()
            return False
        await self._log_progress()
        await self._wait_for_room()
        marked = await self._question_delivery.mark(self._batch_size)
        for outgoing in marked:
            self._deliver(outgoing)
        if len(marked) == self._batch_size or await self._claim():
            return True
        if self._in_flight:
            await asyncio.wait(
                self._in_flight, timeout=_RECHECK_AFTER, return_when=asyncio.FIRST_COMPLETED
            )
        return bool(marked or self._in_flight)

    def _deliver(self, outgoing: Outgoing) -> None:
        task = asyncio.create_task(self._question_delivery.deliver(outgoing))
        self._in_flight.add(task)
        metrics.QUESTIONS_UNDER_WAY.set(len(self._in_flight))
        task.add_done_callback(self._delivered)

    def _delivered(self, task: asyncio.Task[Outcome]) -> None:
        self._in_flight.discard(task)
        self._freed.set()
        metrics.QUESTIONS_UNDER_WAY.set(len(self._in_flight))
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            log.error("outcome_not_recorded", exc_info=failure)
            return
        outcome = task.result()
        failed = outcome.result in _FAILURES and outcome.retry_after is None
        self._failures_in_a_row = self._failures_in_a_row + 1 if failed else 0
        if outcome.result is Result.SENT:
            self._next_pause = _PAUSE
        if self._progress is not None:
            self._progress.count(outcome.result)

    async def _wait_for_room(self) -> None:
        """Wait until another batch fits into the window."""
        while len(self._in_flight) + self._batch_size > self.window:
            self._freed.clear()
            await self._freed.wait()

    async def _claim(self) -> bool:
        """Claim for some more people. Returns whether anybody was due."""
        async with self._sessions.begin() as session:
            now = self._clock()
            return (
                await claiming.claim_due(
                    session, self._item_pool, now, _CLAIMS_PER_COMMIT, self._reminder_policy
                )
                > 0
            )

    async def _log_progress(self) -> None:
        if self._progress is not None and self._progress.is_log_due():
            async with self._sessions() as session:
                self._progress.log(await claiming.count_waiting(session, self._clock()))

    async def _pause(self) -> None:
        """Nothing gets through: leave Telegram alone for a while, or for as long as it asked.

        So few questions are left unconfirmed, however long it lasts.
        """
        seconds = self._limiter.held_for()
        if seconds == 0:
            seconds, self._next_pause = self._next_pause, min(2 * self._next_pause, _MAX_PAUSE)
        self._failures_in_a_row = 0
        log.warning("broadcast_paused", seconds=round(seconds, 1))
        while seconds > 0 and not self.stopping:
            await self._log_progress()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), min(seconds, _LOG_EVERY))
            seconds -= _LOG_EVERY

    async def _all_delivered(self) -> None:
        if self._in_flight:
            await asyncio.wait(self._in_flight)
