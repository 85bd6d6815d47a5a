"""How far a broadcast is: one line in the log every ten seconds, and the metrics."""

import asyncio

import structlog

from quizbot import metrics
from quizbot.quiz.delivery import Result

log = structlog.get_logger(__name__)

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
