"""Reports of questions: the answers to whoever reported, and a note to operators.

Take, commit, send, record.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time
from typing import Any

from sqlalchemy import Row

from questions import Topic
from quizbot.programmes import staff
from quizbot.quiz import question_reports
from quizbot.quiz.asking.question_days import local_date, utc_moment, zone_info
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import ReminderPolicy
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


@dataclass(eq=False)
class OperatorNoteTask(SendingTask):
    """Tells operators that reports wait for an answer, at most once a day of the zone (IANA).

    It waits while the policy's hours are quiet there.
    """

    operators: Collection[int]
    zone: str
    policy: ReminderPolicy

    async def _work(self) -> int:
        """Returns how many operators were told."""
        now = self.clock()
        today = utc_moment(local_date(now, self.zone), time(), self.zone)
        is_quiet = self.policy.is_quiet(now.astimezone(zone_info(self.zone)).time())
        if not self.operators or today is None or is_quiet:
            return 0
        async with self.sessions.begin() as session:
            lease, reports = await question_reports.take_note(session, today, now)
            languages = {each: await staff.language_of(session, each) for each in self.operators}
        if not lease:
            return 0
        results = await gather_all(
            result_or_unconfirmed(self._send(each, language, reports), each)
            for each, language in languages.items()
        )
        async with self.sessions.begin() as session:
            await question_reports.record_note(session, lease, results, today)
        return results.count(Result.SENT)

    async def _send(self, operator_id: int, language: str, reports: int) -> Result:
        note = messages.operator_note(self.languages[language], reports)
        return (await self.sender.send(operator_id, note, priority=Priority.BROADCAST)).result
