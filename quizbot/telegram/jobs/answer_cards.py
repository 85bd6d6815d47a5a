"""Answer cards: sent right after the answer, or later if a crash or a refusal came between."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from db.session import Sessions
from questions import Topic
from quizbot import metrics
from quizbot.quiz.answers import cards
from quizbot.quiz.answers.recording import AnswerOutcome
from quizbot.quiz.delivery.outcomes import Result
from quizbot.telegram.client.sender import ReplyQueue, Sender
from quizbot.telegram.jobs.periodic import repeating
from quizbot.telegram.messages.questions import answer_card
from quizbot.telegram.messages.words import Languages, Words

_INTERVAL = 1.0  # seconds
_LEFT_OVER_AT_ONCE = 100  # cards from the database in the reply queue
_PER_COMMIT = 1000  # cards


@dataclass(eq=False)
class AnswerCards:
    """Sends the cards. Sent ones are noted once a second: after a crash a second's come again.

    A card whose sending is in doubt is sent again when its lease ends.
    """

    sessions: Sessions
    clock: Callable[[], datetime]
    sender: Sender
    reply_queue: ReplyQueue
    languages: Languages
    topic: Topic
    lease: timedelta
    article_url: str = ""  # where people can read the article; empty if nowhere
    _leases: dict[int, datetime] = field(init=False, default_factory=dict)  # by delivery, in order
    _settled: list[int] = field(init=False, default_factory=list)
    _postponed: dict[int, datetime] = field(init=False, default_factory=dict)

    def post(
        self, outcome: AnswerOutcome, w: Words, left_over_since: datetime | None = None
    ) -> None:
        """Send the card after earlier replies to the subscriber.

        `left_over_since` is when the answer came, for a card that was not sent right after it.
        """
        question = outcome.question
        send = partial(self._send, outcome, w, left_over_since)
        if self.reply_queue.post(question.subscriber_id, send):
            self._leases[question.delivery_id] = self.clock() + self.lease

    @asynccontextmanager
    async def open(self, seconds_left: Callable[[], float]) -> AsyncIterator[None]:
        """Looks after the cards every second while the block runs."""
        async with repeating("answer_cards", self.run_once, _INTERVAL, seconds_left):
            yield
        with suppress(TimeoutError, SQLAlchemyError, OSError):  # else some come twice
            async with asyncio.timeout(seconds_left()):
                await self._note_results()

    async def run_once(self) -> None:
        """Note which cards were sent, keep the leases of waiting ones, and send those left over."""
        await self._note_results()
        await self._renew()
        room = _LEFT_OVER_AT_ONCE - len(self._leases)
        if room > 0 and not self.sender.is_refused:
            await self._send_left_over(room)

    async def _send(
        self, outcome: AnswerOutcome, w: Words, left_over_since: datetime | None
    ) -> None:
        question, now = outcome.question, self.clock()
        result = Result.REFUSED  # also of a card that cannot be shown
        try:
            left_over = left_over_since is not None
            card = answer_card(
                w, outcome, self.topic, now, left_over=left_over, article_url=self.article_url
            )
            result = Result.UNCONFIRMED
            chat_id, reply_to = question.subscriber_id, question.message_id
            result = (await self.sender.send(chat_id, card, reply_to)).result
        finally:
            self._leases.pop(question.delivery_id, None)
            if result in (Result.SENT, Result.REFUSED, Result.BLOCKED):
                self._settled.append(question.delivery_id)
            elif result is Result.UNCONFIRMED and left_over_since is not None:
                # It may be in the chat: the next ones come after a growing time, 11 in a day.
                pause = max(self.lease, now - left_over_since)
                self._postponed[question.delivery_id] = now + pause

    async def _note_results(self) -> None:
        while self._settled:
            batch = self._settled[:_PER_COMMIT]
            async with self.sessions.begin() as session:
                await cards.settle_cards(session, batch)
            del self._settled[: len(batch)]
        if self._postponed:
            postponed, self._postponed = self._postponed, {}
            async with self.sessions.begin() as session:
                await cards.postpone_cards(session, postponed)

    async def _renew(self) -> None:
        now = self.clock()
        ending = [each for each, until in self._leases.items() if until < now + self.lease / 2]
        for start in range(0, len(ending), _PER_COMMIT):
            batch = ending[start : start + _PER_COMMIT]
            async with self.sessions.begin() as session:
                await cards.renew_cards(session, batch, now + self.lease)
            for each in batch:
                if each in self._leases:  # not sent meanwhile
                    self._leases[each] = now + self.lease

    async def _send_left_over(self, limit: int) -> None:
        now = self.clock()
        async with self.sessions.begin() as session:
            due = await cards.take_due_cards(session, now, limit, now + self.lease)
        for each in due:
            if each.outcome.question.delivery_id not in self._leases:
                metrics.CARDS_LEFT_OVER.inc()
                self.post(each.outcome, self.languages[each.language], each.answered_at)
