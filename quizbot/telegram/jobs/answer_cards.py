"""Answer cards: sent right after the answer; what a crash or a refusal has left over, later."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

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
_SETTLED_PER_COMMIT = 1000


@dataclass(eq=False)
class AnswerCards:
    """Sends the cards. Sent ones are noted once a second: a crash repeats those of a second.

    A card whose sending is in doubt is sent again when its lease ends.
    """

    sessions: Sessions
    clock: Callable[[], datetime]
    sender: Sender
    reply_queue: ReplyQueue
    languages: Languages
    topic: Topic
    lease: timedelta
    _leases: dict[int, datetime] = field(init=False, default_factory=dict)  # by delivery, in order
    _settled: list[int] = field(init=False, default_factory=list)

    def post(self, outcome: AnswerOutcome, w: Words, *, left_over: bool = False) -> None:
        """Send the card after earlier replies to the subscriber."""
        question = outcome.question
        send = partial(self._send, outcome, w, left_over)
        if self.reply_queue.post(question.subscriber_id, send):
            self._leases[question.delivery_id] = self.clock() + self.lease

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        """Tends the cards every second while the block runs."""
        async with repeating(self.tend, _INTERVAL):
            yield
        await self._note_settled()

    async def tend(self) -> None:
        """Note which cards were sent, keep the leases of waiting ones, and send those left over."""
        await self._note_settled()
        await self._renew()
        room = _LEFT_OVER_AT_ONCE - len(self._leases)
        if room > 0:
            await self._send_left_over(room)

    async def _send(self, outcome: AnswerOutcome, w: Words, left_over: bool) -> None:
        question = outcome.question
        result = Result.REFUSED  # also of a card that cannot be shown
        try:
            card = answer_card(w, outcome, self.topic, self.clock(), left_over=left_over)
            result = Result.UNCONFIRMED
            chat_id, reply_to = question.subscriber_id, question.message_id
            result = (await self.sender.send(chat_id, card, reply_to)).result
        finally:
            self._leases.pop(question.delivery_id, None)
            if result in (Result.SENT, Result.REFUSED, Result.BLOCKED):
                self._settled.append(question.delivery_id)

    async def _note_settled(self) -> None:
        while self._settled:
            some = self._settled[:_SETTLED_PER_COMMIT]
            async with self.sessions.begin() as session:
                await cards.settle_cards(session, some)
            del self._settled[: len(some)]

    async def _renew(self) -> None:
        now = self.clock()
        ending = [each for each, until in self._leases.items() if until < now + self.lease / 2]
        async with self.sessions.begin() as session:
            await cards.renew_cards(session, ending, now + self.lease)
        for each in ending:
            if each in self._leases:  # not sent meanwhile
                self._leases[each] = now + self.lease

    async def _send_left_over(self, limit: int) -> None:
        now = self.clock()
        async with self.sessions.begin() as session:
            due = await cards.take_due_cards(session, now, limit, now + self.lease)
        for each in due:
            if each.outcome.question.delivery_id not in self._leases:
                metrics.CARDS_LEFT_OVER.inc()
                self.post(each.outcome, self.languages[each.language], left_over=True)
