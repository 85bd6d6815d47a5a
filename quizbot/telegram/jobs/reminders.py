"""Reminds those who have not answered: take off the plan, commit, say."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import structlog

from db.session import Sessions
from quizbot import metrics
from quizbot.quiz.delivery import reminders as delivery_reminders
from quizbot.quiz.delivery.outcomes import Result
from quizbot.quiz.delivery.reminders import DueReminders, ReminderPolicy, Unanswered
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.messages import questions
from quizbot.telegram.messages.words import Languages

log = structlog.get_logger(__name__)


class Reminder:
    """The evening's work, on its own beside the questions'.

    `at_once` is how many people a commit takes off the plan: so many reminders are in flight at
    most, and lost by a crash.
    """

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        languages: Languages,
        clock: Callable[[], datetime],
        evening: ReminderPolicy,
        at_once: int = 8,
    ) -> None:
        self._sessions = sessions
        self._sender = sender
        self._languages = languages
        self._clock = clock
        self._evening = evening
        self.at_once = at_once
        self._stopping = False
        self._reminding = asyncio.Lock()

    async def remind_due(self) -> int:
        """Remind everybody whose evening has come; answers how many were reminded."""
        reminded = 0
        async with self._reminding:
            while not self._stopping:
                taken = await self._take()
                results = await asyncio.gather(*(self._say(each) for each in taken.unanswered))
                reminded += results.count(Result.SENT)
                metrics.REMINDERS.inc(results.count(Result.SENT))
                left = results.count(Result.NOT_SENT)
                if left:
                    await self._release(taken, results)
                if len(taken.lease.ids) < self.at_once or 0 < left == len(results):
                    break  # that was all, or nothing gets through now
        if reminded:
            log.info("reminded", people=reminded)
        return reminded

    def begin(self) -> None:
        """Take up the work, for the first time or again."""
        self._stopping = False

    async def finish(self, seconds: float) -> None:
        """Take nobody more, and wait up to `seconds` for what is in flight."""
        self._stopping = True
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds), self._reminding:
                pass

    async def _take(self) -> DueReminders:
        async with self._sessions.begin() as session:
            return await delivery_reminders.take_due(
                session, self._clock(), self.at_once, self._evening
            )

    async def _say(self, unanswered: Unanswered) -> Result:
        """Whatever goes wrong with one must not keep the others' results from being seen."""
        words = self._languages[unanswered.language]
        note = questions.reminder(words, unanswered, self._clock())
        try:
            return await self._sender.say(
                unanswered.chat_id, note, unanswered.message_id, Priority.BROADCAST
            )
        except Exception:
            log.exception("reminder_in_doubt", chat=unanswered.chat_id)
            return Result.UNCONFIRMED

    async def _release(self, due: DueReminders, results: Sequence[Result]) -> None:
        not_sent = {
            each.chat_id
            for each, result in zip(due.unanswered, results, strict=True)
            if result is Result.NOT_SENT
        }
        async with self._sessions.begin() as session:
            await delivery_reminders.release(session, due.lease.only(not_sent), self._clock())
