"""Evening reminders to people who have not answered: take, commit, send."""

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from quizbot import metrics
from quizbot.quiz.delivery import reminders
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import DueReminders, ReminderPolicy, Unanswered
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all
from quizbot.telegram.messages import questions

log = structlog.get_logger(__name__)


@dataclass(eq=False)
class ReminderTask(SendingTask):
    """Reminds everybody whose reminder is due.

    At most `batch_size` reminders are in flight; a crash can lose them.
    """

    policy: ReminderPolicy
    batch_size: int = 8

    async def _work(self) -> int:
        """Returns how many people were reminded."""
        reminded = 0
        while not self.stopping:
            async with self.sessions.begin() as session:
                due = await reminders.take_due(session, self.clock(), self.batch_size, self.policy)
            results = await gather_all(self._send(each) for each in due.unanswered)
            reminded += results.count(Result.SENT)
            metrics.REMINDERS.inc(results.count(Result.SENT))
            not_sent = results.count(Result.NOT_SENT)
            if not_sent:
                await self._release(due, results)
            if len(due.lease.ids) < self.batch_size or 0 < not_sent == len(results):
                break  # done, or nothing gets through now
        if reminded:
            log.info("reminded", people=reminded)
        return reminded

    async def _send(self, unanswered: Unanswered) -> Result:
        async def send() -> Result:
            w = self.languages[unanswered.language]
            reminder = questions.reminder(w, unanswered, self.clock())
            sent = await self.sender.send(
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
        async with self.sessions.begin() as session:
            await reminders.release(session, due.lease.only(not_sent), self.clock())
