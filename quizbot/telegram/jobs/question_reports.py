"""The answers to reports of questions, told to whoever reported: take, commit, send, record."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row

from questions import Topic
from quizbot.programmes import staff
from quizbot.quiz import question_reports
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import result_or_unconfirmed
from quizbot.telegram.jobs.periodic import SendingTask, gather_all
from quizbot.telegram.messages import question_reports as messages


@dataclass(eq=False)
class ReportAnswerTask(SendingTask):
    """Tells each reporter the answer; a crash between sending and recording tells it again."""

    topic: Topic
    batch_size: int = 8

    async def _work(self) -> int:
        """Returns how many people were told."""
        told = 0
        while not self.stopping:
            async with self.sessions.begin() as session:
                lease = await question_reports.take_due(session, self.clock(), self.batch_size)
                languages = [
                    await staff.language_of(session, row.reporter_id) for row in lease.rows
                ]
            results = await gather_all(
                result_or_unconfirmed(self._send(row, language), row.reporter_id)
                for row, language in zip(lease.rows, languages, strict=True)
            )
            async with self.sessions.begin() as session:
                await question_reports.record_told(session, lease, results, self.clock())
            told += results.count(Result.SENT)
            if len(lease.ids) < self.batch_size or Result.SENT not in results:
                break  # done, or nothing gets through now
        return told

    async def _send(self, row: Row[Any], language: str) -> Result:
        w, item = self.languages[language], self.topic.item(row.item_id)
        notice = messages.answer_notice(w, item.stem if item else "", row.answer)
        return (await self.sender.send(row.reporter_id, notice, priority=Priority.BROADCAST)).result
