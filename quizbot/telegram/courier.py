"""Brings questions to chats: mark as leaving, commit, send, record, commit."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import structlog

from db.session import Sessions
from db.trouble import until_it_works
from questions import Topic
from quizbot.quiz import delivery
from quizbot.quiz.delivery import Outcome, Outgoing, Result
from quizbot.telegram.messages import question
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

    async def bring(self, limit: int, only: Sequence[int] | None = None) -> list[Outcome]:
        """Send up to `limit` claimed questions, side by side; answers what came of them."""
        async with self._sessions.begin() as session:
            leaving = await delivery.begin_sending(session, self._clock(), limit, only)
        if not leaving:
            return []
        outcomes = await asyncio.gather(*(self._send(each) for each in leaving))
        await until_it_works(lambda: self._record(outcomes))
        return outcomes

    async def offer_unconfirmed(self, after: timedelta, limit: int) -> None:
        """Offer, with a button, what was never confirmed and is still unanswered.

        Said first and recorded after: a crash between the two repeats a note, which harms less
        than a lost one.
        """
        async with self._sessions.begin() as session:
            doubtful = await delivery.unconfirmed(session, self._clock(), after, limit)
        for each in doubtful:
            note = question.offer_again(self._languages[each.language], each.delivery_id)
            result = await self._sender.say(each.chat_id, note)
            async with self._sessions.begin() as session:
                await delivery.record_offer(session, each.delivery_id, result, self._clock())

    async def _record(self, outcomes: Sequence[Outcome]) -> None:
        async with self._sessions.begin() as session:
            await delivery.record_outcomes(session, outcomes)

    async def _send(self, outgoing: Outgoing) -> Outcome:
        item = self._topic.item(outgoing.item_id)
        if item is None:
            log.error("question_gone", delivery=outgoing.delivery_id, item=outgoing.item_id)
            return Outcome(outgoing.delivery_id, Result.REFUSED)
        poll = question.question_poll(self._languages[outgoing.language], outgoing, item)
        return await self._sender.poll(outgoing, poll)
