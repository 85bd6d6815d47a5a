"""Delivers questions to chats: mark as sending, commit, send, record the outcome, commit."""

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
from quizbot.telegram.jobs.periodic import PeriodicTask
from quizbot.telegram.messages import questions
from quizbot.telegram.messages.questions import QuizPoll
from quizbot.telegram.messages.words import Languages
from quizbot.telegram.updates.batch_committer import BatchCommitter

log = structlog.get_logger(__name__)

# An attempt that has been in flight so long was abandoned: waiting for its turn and for Telegram's
# reply takes less (limiter, transport).
MAX_FLIGHT_TIME = timedelta(seconds=60)
_OFFERS_PER_RUN = 200


class QuestionDelivery:
    """The one way for every question, whether it is due or a person asked for it."""

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
        """Mark up to `limit` claimed questions as sending, oldest first, and return them."""
        async with self._sessions.begin() as session:
            return await delivery_outcomes.begin_sending(session, self._clock(), limit)

    async def deliver(self, outgoing: Outgoing, priority: Priority = Priority.BROADCAST) -> Outcome:
        """Send a marked question. Its outcome is committed when this returns it."""
        outcome = await self._send(outgoing, priority)
        metrics.QUESTIONS.labels(outcome.result.name.lower()).inc()
        await self._outcomes.add(outcome)
        return outcome

    async def deliver_one(self, delivery_id: int) -> None:
        """Send this question to a person who is waiting for it, if it is claimed."""
        async with self._sessions.begin() as session:
            leaving = await delivery_outcomes.begin_sending_one(session, self._clock(), delivery_id)
        for outgoing in leaving:
            await self.deliver(outgoing, Priority.REPLY)

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self._sessions.begin() as session:
            await delivery_outcomes.record_outcomes(session, outcomes, self._clock())

    async def _send(self, outgoing: Outgoing, priority: Priority) -> Outcome:
        """Returns an outcome whatever goes wrong, so that none is left unrecorded."""
        try:
            poll = self._poll(outgoing)
        except Exception:
            log.exception("question_cannot_be_shown", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        if poll is None:
            log.error("question_withdrawn", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.REFUSED)
        try:
            return await self._sender.question(outgoing, poll, priority)
        except Exception:
            log.exception("question_unconfirmed", delivery=outgoing.delivery_id)
            return outgoing.failed(Result.UNCONFIRMED)

    def _poll(self, outgoing: Outgoing) -> QuizPoll | None:
        """Returns None if the bank no longer has the item as it was claimed (invariant 7)."""
        item = self._topic.item(outgoing.item_id)
        if item is None or not item.approved or not is_valid_order(outgoing.option_order, item):
            return None
        return questions.question_poll(
            self._languages[outgoing.language], outgoing, item, self._topic
        )


class UnconfirmedOffers(PeriodicTask):
    """Offers, with a button, what was never confirmed and is still unanswered after `delay`.

    Offers are sent first and recorded after: a crash between the two repeats a note, which harms
    less than a lost one.
    """

    def __init__(
        self,
        sessions: Sessions,
        sender: Sender,
        languages: Languages,
        clock: Callable[[], datetime],
        delay: timedelta,
    ) -> None:
        super().__init__()
        self._sessions = sessions
        self._sender = sender
        self._languages = languages
        self._clock = clock
        self._delay = delay

    async def _work(self) -> int:
        """Returns how many offers were sent."""
        now = self._clock()
        async with self._sessions.begin() as session:
            interrupted_before = now - max(self._delay, MAX_FLIGHT_TIME)
            await repair.mark_interrupted(session, before=interrupted_before)
        async with self._sessions.begin() as session:
            await repair.expire_unconfirmed(session, now)
        async with self._sessions() as session:
            unconfirmed = await repair.unconfirmed_to_offer(
                session, now, self._delay, _OFFERS_PER_RUN
            )
        for each in unconfirmed:
            w = self._languages[each.language]
            offer = questions.resend_offer(w, each.delivery_id, each.attempt)
            sent = await self._sender.send(each.chat_id, offer, priority=Priority.BROADCAST)
            async with self._sessions.begin() as session:
                await repair.record_offer(session, each.delivery_id, sent.result, self._clock())
        return len(unconfirmed)
