"""Brings questions to chats: mark as leaving, commit, send, record, commit."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from db.session import Sessions
from questions import Topic
from quizbot import metrics
from quizbot.quiz.asking.choosing import is_valid_order
from quizbot.quiz.delivery import outcomes as delivery_outcomes
from quizbot.quiz.delivery import repair
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing, Result
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.messages import questions
from quizbot.telegram.messages.questions import QuizPoll
from quizbot.telegram.messages.words import Languages
from quizbot.telegram.updates.batch_committer import BatchCommitter

log = structlog.get_logger(__name__)

# What has been in flight so long is nobody's any more: waiting for its turn and for Telegram's
# reply takes less (limiter, transport).
LONGEST_FLIGHT = timedelta(seconds=60)


class QuestionDelivery:
    """One way for every question, whether the clock or a person asked for it."""

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        topic: Topic,
        languages: Languages,
        clock: Callable[[], datetime],
    ) -> None:
        self._sessions = sessions
        self._sender = sender
        self._topic = topic
        self._languages = languages
        self._clock = clock
        self._outcomes = BatchCommitter(self._record)

    async def mark(self, limit: int) -> list[Outgoing]:
        """The next claimed questions, oldest first, which are to be carried now."""
        async with self._sessions.begin() as session:
            return await delivery_outcomes.begin_sending(session, self._clock(), limit)

    async def carry(self, outgoing: Outgoing, lane: Priority = Priority.BROADCAST) -> Outcome:
        """Send a question that is marked; what came of it is committed when this returns."""
        outcome = await self._send(outgoing, lane)
        metrics.QUESTIONS.labels(outcome.result.name.lower()).inc()
        await self._outcomes.add(outcome)
        return outcome

    async def bring_one(self, delivery_id: int) -> None:
        """Send this question to a person who waits for it, if it is claimed."""
        async with self._sessions.begin() as session:
            leaving = await delivery_outcomes.begin_sending_one(session, self._clock(), delivery_id)
        for outgoing in leaving:
            await self.carry(outgoing, Priority.REPLY)

    async def offer_unconfirmed(self, after: timedelta, limit: int) -> None:
        """Offer, with a button, what was never confirmed and is still unanswered.

        Said first and recorded after: a crash between the two repeats a note, which harms less
        than a lost one.
        """
        now = self._clock()
        async with self._sessions.begin() as session:
            await repair.mark_interrupted(session, before=now - max(after, LONGEST_FLIGHT))
        async with self._sessions.begin() as session:
            await repair.expire_unconfirmed(session, now)
        async with self._sessions() as session:
            doubtful = await repair.unconfirmed_to_offer(session, now, after, limit)
        for each in doubtful:
            words = self._languages[each.language]
            note = questions.offer_again(words, each.delivery_id, each.attempt)
            result = await self._sender.say(each.chat_id, note, lane=Priority.BROADCAST)
            async with self._sessions.begin() as session:
                await repair.record_offer(session, each.delivery_id, result, self._clock())

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self._sessions.begin() as session:
            await delivery_outcomes.record_outcomes(session, outcomes, self._clock())

    async def _send(self, outgoing: Outgoing, lane: Priority) -> Outcome:
        """Whatever goes wrong with one must not leave it unrecorded."""
        try:
            poll = self._poll(outgoing)
        except Exception:
            log.exception("question_cannot_be_shown", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        if poll is None:
            log.error("question_withdrawn", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        try:
            return await self._sender.poll(outgoing, poll, lane)
        except Exception:
            log.exception("question_in_doubt", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.UNCONFIRMED)

    def _poll(self, outgoing: Outgoing) -> QuizPoll | None:
        """None where the bank no longer holds the item as it was claimed (invariant 7)."""
        item = self._topic.item(outgoing.item_id)
        if item is None or not item.approved or not is_valid_order(outgoing.option_order, item):
            return None
        return questions.question_poll(
            self._languages[outgoing.language], outgoing, item, self._topic
        )
