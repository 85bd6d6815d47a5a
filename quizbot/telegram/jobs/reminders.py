"""The evening's reminders to those who have not answered: take, commit, send."""

from collections.abc import Callable, Sequence
from datetime import datetime

import structlog

from db.session import Sessions
from quizbot import metrics
from quizbot.quiz.delivery import reminders
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import DueReminders, ReminderPolicy, Unanswered
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender, result_or_unconfirmed
from quizbot.telegram.jobs.periodic import PeriodicTask, gather_all
from quizbot.telegram.messages import questions
from quizbot.telegram.messages.words import Languages

log = structlog.get_logger(__name__)


class ReminderTask(PeriodicTask):
    """Reminds everybody whose evening has come.

    `batch_size` is how many reminders are in flight at most, and can be lost by a crash.
    """

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        languages: Languages,
        clock: Callable[[], datetime],
        policy: ReminderPolicy,
        batch_size: int = 8,
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._sender = sender
        self._languages = languages
        self._clock = clock
        self._policy = policy
        self._batch_size = batch_size

    async def _work(self) -> int:
        """Returns how many people were reminded."""
        reminded = 0
        while not self.stopping:
            due = await self._take()
            results = await gather_all(self._send(each) for each in due.unanswered)
            reminded += results.count(Result.SENT)
            metrics.REMINDERS.inc(results.count(Result.SENT))
            not_sent = results.count(Result.NOT_SENT)
            if not_sent:
                await self._release(due, results)
            if len(due.lease.ids) < self._batch_size or 0 < not_sent == len(results):
                break  # that was all, or nothing gets through now
        if reminded:
            log.info("reminded", people=reminded)
        return reminded

    async def _take(self) -> DueReminders:
        async with self._sessions.begin() as session:
            return await reminders.take_due(session, self._clock(), self._batch_size, self._policy)

    async def _send(self, unanswered: Unanswered) -> Result:
        async def send() -> Result:
            w = self._languages[unanswered.language]
            reminder = questions.reminder(w, unanswered, self._clock())
            sent = await self._sender.send(
                unanswered.chat_id, reminder, unanswered.message_id, Priority.BROADCAST
            )
            return sent.result

        return await result_or_unconfirmed(send(), unanswered.chat_id)

    async def _release(self, due: DueReminders, results: Sequence[Result]) -> None:
        not_sent = {
            each.chat_id
            for each, result in zip(due.unanswered, results, strict=True)
            if result is Result.NOT_SENT
        }
        async with self._sessions.begin() as session:
            await reminders.release(session, due.lease.only(not_sent), self._clock())
