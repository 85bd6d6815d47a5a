"""Brings questions to chats: mark as leaving, commit, send, record, commit."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from db.session import Sessions
from db.trouble import until_it_works
from questions import Topic
from quizbot.quiz import delivery, repair
from quizbot.quiz.choosing import fits
from quizbot.quiz.delivery import Outcome, Outgoing, Result
from quizbot.telegram.messages import question
from quizbot.telegram.messages.question import QuizPoll
from quizbot.telegram.sender import Sender
from quizbot.telegram.words import Languages

log = structlog.get_logger(__name__)


class Courier:
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

    async def bring(self, limit: int, after: int = 0) -> list[Outcome]:
        """Send up to `limit` claimed questions, side by side; answers what came of them.

        Oldest first, from the delivery behind `after` on.
        """
        async with self._sessions.begin() as session:
            leaving = await delivery.begin_sending(session, self._clock(), limit, after)
        return await self._send_all(leaving)

    async def bring_one(self, delivery_id: int) -> None:
        """Send this question, if it is claimed."""
        async with self._sessions.begin() as session:
            leaving = await delivery.begin_sending_one(session, self._clock(), delivery_id)
        await self._send_all(leaving)

    async def offer_unconfirmed(self, after: timedelta, limit: int) -> None:
        """Offer, with a button, what was never confirmed and is still unanswered.

        Said first and recorded after: a crash between the two repeats a note, which harms less
        than a lost one.
        """
        async with self._sessions.begin() as session:
            now = self._clock()
            await repair.doubt_interrupted(session, before=now - after)
            doubtful = await repair.unconfirmed(session, now, after, limit)
        for each in doubtful:
            note = question.offer_again(self._languages[each.language], each.delivery_id)
            result = await self._sender.say(each.chat_id, note)
            async with self._sessions.begin() as session:
                await repair.record_offer(session, each.delivery_id, result, self._clock())

    async def _send_all(self, leaving: Sequence[Outgoing]) -> list[Outcome]:
        if not leaving:
            return []
        outcomes = await asyncio.gather(*(self._send(each) for each in leaving))
        await until_it_works(lambda: self._record(outcomes))
        return outcomes

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self._sessions.begin() as session:
            await delivery.record_outcomes(session, outcomes)

    async def _send(self, outgoing: Outgoing) -> Outcome:
        """Whatever goes wrong with one must not leave the others of its group unrecorded."""
        poll = self._poll(outgoing)
        if poll is None:
            log.error("question_withdrawn", delivery=outgoing.delivery_id)
            return Outcome(outgoing.delivery_id, Result.REFUSED)
        try:
            return await self._sender.poll(outgoing, poll)
        except Exception:
            log.exception("question_in_doubt", delivery=outgoing.delivery_id)
            return Outcome(outgoing.delivery_id, Result.IN_DOUBT)

    def _poll(self, outgoing: Outgoing) -> QuizPoll | None:
        """None where the bank no longer holds the item as it was claimed (invariant 7)."""
        item = self._topic.item(outgoing.item_id)
        if item is None or not item.approved or not fits(outgoing.option_order, item):
            return None
        return question.question_poll(
            self._languages[outgoing.language], outgoing, item, self._topic
        )
