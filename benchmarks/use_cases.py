"""The bot's use cases on one database, timed: claiming, sending, answering, leaderboards."""

import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import cycle
from random import Random
from statistics import median, quantiles

from sqlalchemy import delete, select

from db.models import Delivery, Subscriber
from db.session import Sessions
from questions import Topic
from quizbot.quiz import subscription
from quizbot.quiz.answers import leaderboard
from quizbot.quiz.answers.leaderboard import Period, RankCache
from quizbot.quiz.answers.recording import AnswerOutcome, PollAnswer, record_answers
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing, begin_sending, record_outcomes
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.telegram.messages import boards
from quizbot.telegram.messages.words import ENGLISH, Languages

BATCH = 200
WARM_UP = 5  # unmeasured repetitions
_SEND_BATCH = 50


@dataclass
class Timings:
    """Wall times in milliseconds. The first `WARM_UP` of them do not count."""

    all: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def measuring(self) -> AsyncIterator[None]:
        begun = time.perf_counter()
        yield
        self.all.append(1000 * (time.perf_counter() - begun))

    @property
    def median(self) -> float:
        return median(self.all[WARM_UP:])

    @property
    def percentile_95(self) -> float:
        return quantiles(self.all[WARM_UP:], n=20)[-1]


class UseCases:
    """The use cases at one time on a filled database (see benchmarks.large_population)."""

    def __init__(self, sessions: Sessions, topic: Topic, now: datetime) -> None:
        self._sessions = sessions
        self._pool = ItemPool.of(topic, Random(1))
        self._objective_of = topic.objective_of
        self._now = now
        self._reminders = ReminderPolicy()
        self._words = Languages()[ENGLISH]

    async def claim(self, batches: int, left: int) -> Timings:
        """Claim full batches, and begin the day again when too few people are due.

        At the end at least `left` questions of the day are claimed, if there are so many people.
        """
        timings, claimed = Timings(), 0
        while len(timings.all) < batches + WARM_UP or claimed < left:
            async with timings.measuring():
                due = await self._claim()
            claimed += due
            timings.all[-1] *= BATCH / max(1, due)
            if due < BATCH:
                timings.all.pop()
                if len(timings.all) >= batches + WARM_UP:
                    break
                await self._begin_again()
                claimed = 0
        return timings

    async def claim_all(self) -> None:
        """Claim for everybody who is due."""
        while await self._claim():
            pass

    async def send_all(self) -> tuple[Timings, list[Outgoing]]:
        """Mark as sending and record as sent, a commit each; returns what was sent, too."""
        timings, sent = Timings(), list[Outgoing]()
        while True:
            async with timings.measuring():
                async with self._sessions.begin() as session:
                    batch = await begin_sending(session, self._now, _SEND_BATCH)
                outcomes = [_sent_outcome(each) for each in batch]
                async with self._sessions.begin() as session:
                    await record_outcomes(session, outcomes, self._now)
            sent += batch
            if len(batch) < _SEND_BATCH:
                timings.all.pop()
                return timings, sent

    async def answer(self, asked: Sequence[Outgoing], together: int) -> Timings:
        """Answer these questions, `together` in a commit."""
        timings, chance = Timings(), Random(2)
        for first in range(0, len(asked), together):
            answers = [_poll_answer(each, chance) for each in asked[first : first + together]]
            async with timings.measuring(), self._sessions.begin() as session:
                recorded = await record_answers(session, answers, self._now, self._objective_of)
            if not all(isinstance(each, AnswerOutcome) for each in recorded):
                raise RuntimeError(f"answers that should count did not: {set(recorded)}")
        return timings

    async def leaderboards(self, viewers: Sequence[int], ranks: RankCache) -> Timings:
        """Show each viewer the board of the week or of all time, with its message."""
        timings, today, ahead = Timings(), self._now.date(), ranks.at(self._now)
        for viewer, period in zip(viewers, cycle(Period), strict=False):
            async with timings.measuring():
                async with self._sessions.begin() as session:
                    await subscription.find(session, viewer)
                    board = await leaderboard.board(session, viewer, period, today, ahead=ahead)
                boards.leaderboard(self._words, board)
        return timings

    async def _claim(self) -> int:
        async with self._sessions.begin() as session:
            return await claiming.claim_due(session, self._pool, self._now, BATCH, self._reminders)

    async def _begin_again(self) -> None:
        """Forget that anybody was asked today."""
        async with self._sessions.begin() as session:
            await session.execute(delete(Delivery).where(Delivery.local_date == self._now.date()))
            for subscriber in await session.scalars(
                select(Subscriber).where(Subscriber.next_due_at > self._now)
            ):
                assert subscriber.next_due_at is not None
                subscriber.next_due_at -= timedelta(days=1)


def _sent_outcome(outgoing: Outgoing) -> Outcome:
    number = outgoing.delivery_id
    return outgoing.sent(number, str(5_200_000_000_000_000_000 + number))


def _poll_answer(asked: Outgoing, chance: Random) -> PollAnswer:
    position = chance.randrange(len(asked.option_order))
    return PollAnswer(str(_sent_outcome(asked).poll_id), asked.chat_id, (position,))
