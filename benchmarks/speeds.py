"""How long the bot's use cases take on one database: claiming, answering, looking at the board."""

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
from quizbot.telegram.messages import score
from quizbot.telegram.messages.words import ENGLISH, Languages

BATCH = 200
WARMING = 5  # of anything, before it is measured
_SENT_AT_ONCE = 50


@dataclass
class Clock:
    """Wall time of what is done, in milliseconds, but for the first `WARMING` times."""

    spent: list[float] = field(default_factory=list)

    @asynccontextmanager
    async def measuring(self) -> AsyncIterator[None]:
        begun = time.perf_counter()
        yield
        self.spent.append(1000 * (time.perf_counter() - begun))

    @property
    def median(self) -> float:
        return median(self.spent[WARMING:])

    @property
    def slow(self) -> float:
        """The 95th percentile."""
        return quantiles(self.spent[WARMING:], n=20)[-1]


class Day:
    """The use cases at one moment on a filled database (see benchmarks.grown)."""

    def __init__(self, sessions: Sessions, topic: Topic, now: datetime) -> None:
        self._sessions = sessions
        self._pool = ItemPool.of(topic, Random(1))
        self._now = now
        self._evening = ReminderPolicy()
        self._languages = Languages()

    async def claim(self, batches: int, left: int) -> Clock:
        """Full batches. Where there are too few people for so many, the day begins again.

        At the end at least `left` questions of the day are claimed, if so many people are there.
        """
        clock, claimed = Clock(), 0
        while len(clock.spent) < batches + WARMING or claimed < left:
            async with clock.measuring():
                due = await self._claim()
            claimed += due
            clock.spent[-1] *= BATCH / max(1, due)
            if due < BATCH:
                clock.spent.pop()
                if len(clock.spent) >= batches + WARMING:
                    break
                await self._begin_again()
                claimed = 0
        return clock

    async def claim_all(self) -> None:
        """For everybody who is due."""
        while await self._claim():
            pass

    async def send_all(self) -> tuple[Clock, list[Outgoing]]:
        """Mark as leaving and record as sent, a commit each; with what has left."""
        clock, left = Clock(), list[Outgoing]()
        while True:
            async with clock.measuring():
                async with self._sessions.begin() as session:
                    leaving = await begin_sending(session, self._now, _SENT_AT_ONCE)
                outcomes = [_sent(each) for each in leaving]
                async with self._sessions.begin() as session:
                    await record_outcomes(session, outcomes, self._now)
            left += leaving
            if len(leaving) < _SENT_AT_ONCE:
                clock.spent.pop()
                return clock, left

    async def answer(self, asked: Sequence[Outgoing], together: int) -> Clock:
        """Votes on these questions, so many to a commit."""
        clock, chance = Clock(), Random(2)
        for first in range(0, len(asked), together):
            cast = [_vote(each, chance) for each in asked[first : first + together]]
            async with clock.measuring(), self._sessions.begin() as session:
                recorded = await record_answers(session, cast, self._now)
            if not all(isinstance(each, AnswerOutcome) for each in recorded):
                raise RuntimeError(f"votes that should count did not: {set(recorded)}")
        return clock

    async def look(self, people: Sequence[int], ranks: RankCache) -> Clock:
        """Each looks at the board of the week or of all time, with the message made from it."""
        clock, w, today = Clock(), self._languages[ENGLISH], self._now.date()
        for person, period in zip(people, cycle(Period), strict=False):
            async with clock.measuring():
                async with self._sessions.begin() as session:
                    await subscription.find(session, person)
                    board = await leaderboard.board(
                        session, person, period, today, ahead=ranks.at(self._now)
                    )
                score.leaderboard(w, board)
        return clock

    async def look_first(self, people: Sequence[int]) -> float:
        """The same where no histogram has been made yet: milliseconds, the median."""
        return median([(await self.look([each], RankCache())).spent[0] for each in people])

    async def _claim(self) -> int:
        async with self._sessions.begin() as session:
            return await claiming.claim_due(session, self._pool, self._now, BATCH, self._evening)

    async def _begin_again(self) -> None:
        """As if nobody had been asked today."""
        async with self._sessions.begin() as session:
            await session.execute(delete(Delivery).where(Delivery.local_date == self._now.date()))
            for subscriber in await session.scalars(
                select(Subscriber).where(Subscriber.next_due_at > self._now)
            ):
                assert subscriber.next_due_at is not None
                subscriber.next_due_at -= timedelta(days=1)


def _sent(leaving: Outgoing) -> Outcome:
    number = leaving.delivery_id
    return leaving.sent(number, str(5_200_000_000_000_000_000 + number))


def _vote(asked: Outgoing, chance: Random) -> PollAnswer:
    position = chance.randrange(len(asked.option_order))
    return PollAnswer(str(_sent(asked).poll_id), asked.chat_id, (position,))
