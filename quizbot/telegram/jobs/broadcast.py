"""The day's questions to all who are due: claim, mark, send, record, with a bound on each."""

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
from quizbot.telegram.jobs.question_delivery import QuestionDelivery

log = structlog.get_logger(__name__)

_GROUPS = 4  # a window is marked in so many commits
_CLAIM = 200  # subscribers to a commit
_LOOK_AGAIN = 1.0  # seconds: whoever becomes due meanwhile goes behind, not to the next run
_PAUSE = 5.0  # seconds to wait when Telegram cannot be reached; twice as long each time
_LONGEST_PAUSE = 60.0
_LOST_IN_A_ROW = 4  # questions, after which nothing seems to get through
_LOST = (Result.NOT_SENT, Result.UNCONFIRMED)


class Broadcast:
    """Runs until nobody is due. What cannot leave now stays claimed for a later run."""

    def __init__(
        self,
        sessions: Sessions,
        courier: QuestionDelivery,
        limiter: Limiter,
        deck: ItemPool,
        evening: ReminderPolicy,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._courier = courier
        self._limiter = limiter
        self._deck = deck
        self._evening = evening
        self._clock = clock
        self.window = limiter.pace.window
        self._group = max(2, self.window // _GROUPS)
        self._under_way: set[asyncio.Task[Outcome]] = set()
        self._lost_in_a_row = 0
        self._next_pause = _PAUSE
        self._progress: Progress | None = None
        self._running = asyncio.Lock()
        self._freed = asyncio.Event()
        self._stopping = asyncio.Event()

    async def run(self) -> int:
        """Claim for everybody who is due and send all that is claimed; answers how many went."""
        async with self._running:
            progress = self._progress = Progress()
            try:
                while not self._stopping.is_set() and await self._step():
                    pass
            finally:
                await self._all_carried()
            progress.finish()
        return progress.sent

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self._stopping.clear()
        self._limiter.open()

    async def finish(self, seconds: float) -> None:
        """Claim no more, and wait up to `seconds` for what is in flight."""
        self._stopping.set()
        self._limiter.close()
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._running:
                pass

    async def _step(self) -> bool:
        """Send one more group; False when nothing is left that could be sent now."""
        if self._limiter.held_for() > 0 or self._lost_in_a_row >= _LOST_IN_A_ROW:
            await self._pause()
            return False
        await self._tell_now_and_then()
        await self._room()
        leaving = await self._courier.mark(self._group)
        for outgoing in leaving:
            self._carry(outgoing)
        if len(leaving) == self._group or await self._claim():
            return True
        if self._under_way:
            await asyncio.wait(
                self._under_way, timeout=_LOOK_AGAIN, return_when=asyncio.FIRST_COMPLETED
            )
        return bool(leaving or self._under_way)

    def _carry(self, outgoing: Outgoing) -> None:
        task = asyncio.create_task(self._courier.carry(outgoing))
        self._under_way.add(task)
        metrics.QUESTIONS_UNDER_WAY.set(len(self._under_way))
        task.add_done_callback(self._carried)

    def _carried(self, task: asyncio.Task[Outcome]) -> None:
        self._under_way.discard(task)
        self._freed.set()
        metrics.QUESTIONS_UNDER_WAY.set(len(self._under_way))
        if task.cancelled():
            return
        if (failure := task.exception()) is not None:
            log.error("outcome_not_recorded", exc_info=failure)
            return
        outcome = task.result()
        lost = outcome.result in _LOST and outcome.retry_after is None
        self._lost_in_a_row = self._lost_in_a_row + 1 if lost else 0
        if outcome.result is Result.SENT:
            self._next_pause = _PAUSE
        if self._progress is not None:
            self._progress.count(outcome.result)

    async def _room(self) -> None:
        """Until another group fits into the window."""
        while len(self._under_way) + self._group > self.window:
            self._freed.clear()
            await self._freed.wait()

    async def _claim(self) -> bool:
        """Claim for some more; whether anybody was due."""
        async with self._sessions.begin() as session:
            now = self._clock()
            return await claiming.claim_due(session, self._deck, now, _CLAIM, self._evening) > 0

    async def _tell_now_and_then(self) -> None:
        if self._progress is not None and self._progress.is_time():
            async with self._sessions() as session:
                self._progress.tell(await claiming.count_waiting(session, self._clock()))

    async def _pause(self) -> None:
        """Nothing gets through: Telegram is left alone for a while, or as long as it asked for.

        Questions that come to doubt are few that way, however long it lasts.
        """
        left = self._limiter.held_for()
        if left == 0:
            left, self._next_pause = self._next_pause, min(2 * self._next_pause, _LONGEST_PAUSE)
        self._lost_in_a_row = 0
        log.warning("broadcast_paused", seconds=round(left, 1))
        while left > 0 and not self._stopping.is_set():
            await self._tell_now_and_then()
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), min(left, EVERY))
            left -= EVERY

    async def _all_carried(self) -> None:
        if self._under_way:
            await asyncio.wait(self._under_way)


EVERY = 10.0  # seconds between two lines


class Progress:
    """Of one run. Time is the event loop's: a rate is a matter of real time."""

    def __init__(self) -> None:
        self.sent = 0
        self._began = self._told = asyncio.get_running_loop().time()
        self._sent_then = 0

    def count(self, result: Result) -> None:
        """One more question was tried."""
        self.sent += result is Result.SENT

    def is_time(self) -> bool:
        """Whether the next line is due."""
        return asyncio.get_running_loop().time() - self._told >= EVERY

    def tell(self, left: int) -> None:
        """Log how many went, how many are left, how fast, and when it will be done at that rate."""
        now = asyncio.get_running_loop().time()
        rate = (self.sent - self._sent_then) / (now - self._told)
        metrics.QUESTIONS_LEFT.set(left)
        log.info(
            "broadcast",
            sent=self.sent,
            left=left,
            per_second=round(rate, 1),
            seconds_to_go=round(left / rate) if rate else None,
        )
        self._told, self._sent_then = now, self.sent

    def finish(self) -> None:
        """The run is over; said only if something went."""
        metrics.QUESTIONS_LEFT.set(0)
        if self.sent:
            seconds = asyncio.get_running_loop().time() - self._began
            log.info("delivered", questions=self.sent, seconds=round(seconds, 1))
