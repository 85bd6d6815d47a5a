"""Everything at once on the same few people, without a deadlock of PostgreSQL.

A subscriber is locked before a delivery, and several rows of a table in the order of their ids.
Transactions that keep to this order cannot deadlock (SQLSTATE 40P01). db.transient_errors would
hide a deadlock by a retry.
"""

import asyncio
import os
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import count
from random import Random

import pytest
from sqlalchemy import event, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine
from sqlalchemy.util import await_only

from db.models import Delivery
from db.session import Sessions, create_engine, create_sessions
from quizbot.programmes import privacy
from quizbot.quiz import subscription
from quizbot.quiz.answers import cards, totals
from quizbot.quiz.answers.recording import CARD_LEASE, PollAnswer, record_answers
from quizbot.quiz.asking import claiming
from quizbot.quiz.delivery import outcomes as delivery_outcomes
from quizbot.quiz.delivery import reminders, repair
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing, Result
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.quiz.delivery.repair import NotReceived
from tests.databases import set_default
from tests.quiz.steps import DUE, OBJECTIVE_OF, make_pool, new_subscriber
from tests.sizes import size

PEOPLE = range(1, 9)
WORKERS = 10  # as many as the pool has connections
ROUNDS = size("LOCK_ROUNDS", in_ci=80, elsewhere=30)  # steps of each worker
SEED = int(os.environ.get("LOCK_SEED", "1"))

_DEADLOCK = "40P01"
_NOW_UNCONFIRMED = timedelta(0)  # repair takes everything in flight


@dataclass
class Workload:
    """What the workers share: the time, and the polls that have been sent."""

    sessions: Sessions
    rng: Random
    now: datetime = DUE
    polls: dict[int, list[str]] = field(default_factory=lambda: defaultdict(list))
    deadlocks: Counter[str] = field(default_factory=Counter)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _joining: asyncio.Lock = field(default_factory=asyncio.Lock)

    def __post_init__(self) -> None:
        self.pool = make_pool()
        self.reminder_policy = ReminderPolicy()

    def some(self) -> list[int]:
        """Returns some people, in random order."""
        return self.rng.sample(PEOPLE, self.rng.randint(2, len(PEOPLE)))

    def one(self) -> int:
        return self.rng.choice(PEOPLE)

    async def claim(self) -> None:
        async with self.sessions.begin() as session:
            await claiming.claim_due(session, self.pool, self.now, 5, self.reminder_policy)

    async def send(self) -> None:
        """Sends as QuestionDelivery does; outcomes come back in random order."""
        async with self.sessions.begin() as session:
            leaving = await delivery_outcomes.begin_sending(
                session, self.now, self.rng.randint(2, 6)
            )
        lucky = self.rng.random() < 0.6  # otherwise everybody has blocked the bot
        outcomes = [
            self._outcome(each) if lucky else each.failed(Result.BLOCKED) for each in leaving
        ]
        self.rng.shuffle(outcomes)
        async with self.sessions.begin() as session:
            await delivery_outcomes.record_outcomes(session, outcomes, self.now)

    def _outcome(self, leaving: Outgoing) -> Outcome:
        result = self.rng.choice([*Result, Result.SENT])
        if result is not Result.SENT:
            return leaving.failed(result)
        number = next(self.numbers)
        self.polls[leaving.chat_id].append(f"poll {number}")
        return leaving.sent(number, f"poll {number}")

    async def vote(self) -> None:
        """Records votes in a batch, some on polls whose ids were lost."""
        votes = [
            PollAnswer(
                self.rng.choice([*self.polls[person][-2:], f"lost {next(self.numbers)}"]),
                person,
                (0,),
            )
            for person in self.some()
        ]
        async with self.sessions.begin() as session:
            await record_answers(session, votes, self.now, OBJECTIVE_OF)

    async def offer_unconfirmed(self) -> None:
        """Marks what is in flight as unconfirmed, and offers it, as after an outage."""
        async with self.sessions.begin() as session:
            await repair.mark_interrupted(session, before=self.now)
            offers = await repair.unconfirmed_to_offer(session, self.now, _NOW_UNCONFIRMED, 5)
        for each in offers:
            async with self.sessions.begin() as session:
                result = self.rng.choice([Result.SENT, Result.BLOCKED])
                await repair.record_offer(session, each, result, self.now)

    async def ask_again(self) -> None:
        """Presses the button under an offer."""
        person = self.one()
        async with self.sessions.begin() as session:
            offered = await session.scalar(
                select(Delivery.id).where(
                    Delivery.subscriber_id == person, Delivery.state.in_(repair.MAYBE_MISSING)
                )
            )
            if offered is not None:
                await repair.claim_again(session, NotReceived(person, offered), self.pool, self.now)

    async def quiz(self) -> None:
        async with self.sessions.begin() as session:
            person = await subscription.find(session, self.one())
            if person is None:
                return
            asked = await claiming.claim_today(
                session, person, self.pool, self.now, self.reminder_policy
            )
            if asked is None or not await claiming.is_open_unanswered(session, asked, self.now):
                asked = await claiming.claim_practice(session, person, self.pool, self.now)
        async with self.sessions.begin() as session:
            leaving = await delivery_outcomes.begin_sending_one(session, self.now, asked.id)
        async with self.sessions.begin() as session:
            outcomes = [self._outcome(each) for each in leaving]
            await delivery_outcomes.record_outcomes(session, outcomes, self.now)

    async def prefer(self) -> None:
        async with self.sessions.begin() as session:
            person = await subscription.find(session, self.one())
            if person is not None:
                at = time(self.rng.randrange(24))
                await subscription.set_time(session, person, at, self.now)

    async def leave(self) -> None:
        """/pause, /stop, a block, or /forget."""
        async with self.sessions.begin() as session:
            person = await subscription.find(session, self.one())
            if person is not None:
                match self.rng.randrange(4):
                    case 0:
                        await subscription.pause(session, person)
                    case 1:
                        await subscription.stop(session, person)
                    case 2:
                        await subscription.mark_blocked(session, person.id)
                    case _:
                        await privacy.forget(session, person.id, self.now)

    async def remind(self) -> None:
        async with self.sessions.begin() as session:
            due = await reminders.take_due(session, self.now, 5, self.reminder_policy)
        async with self.sessions.begin() as session:
            await reminders.release(session, due.lease, self.now)

    async def send_cards(self) -> None:
        """Takes answer cards that are due; their results come back in random order."""
        now = self.now + 2 * CARD_LEASE
        async with self.sessions.begin() as session:
            due = await cards.take_due_cards(session, now, 5, now + CARD_LEASE)
        ids = [each.outcome.question.delivery_id for each in due]
        self.rng.shuffle(ids)
        async with self.sessions.begin() as session:
            match self.rng.randrange(3):
                case 0:
                    await cards.settle_cards(session, ids)
                case 1:
                    await cards.renew_cards(session, ids, now)
                case _:
                    await cards.postpone_cards(session, dict.fromkeys(ids, now))

    async def come_back(self) -> None:
        """Everybody who has left returns, and is due again a day later."""
        async with self._joining:  # a person joins once at a time
            for person in PEOPLE:
                async with self.sessions.begin() as session:
                    await subscription.subscribe(
                        session, new_subscriber(person), self.now, Random(person)
                    )


async def work(workload: Workload) -> None:
    """Takes ROUNDS steps of random kinds."""
    often = [
        *[workload.claim] * 3,
        *[workload.send] * 6,
        *[workload.vote] * 6,
        workload.send_cards,
        workload.offer_unconfirmed,
        workload.ask_again,
    ]
    now_and_then = [
        workload.quiz,
        workload.prefer,
        workload.leave,
        workload.remind,
        workload.come_back,
    ]
    for _ in range(ROUNDS):
        if workload.rng.random() < 0.1:
            workload.now += timedelta(days=1)
        await counting_deadlocks(workload, workload.rng.choice([*often, *often, *now_and_then]))


async def counting_deadlocks(workload: Workload, step: Callable[[], Awaitable[None]]) -> None:
    try:
        await step()
    except DBAPIError as error:
        if getattr(error.orig, "sqlstate", None) != _DEADLOCK:
            raise
        name = getattr(step, "__name__", "?")
        workload.deadlocks[f"{name}: {' '.join((error.statement or '').split())[:100]}"] += 1


def pause_after_statements(engine: AsyncEngine, rng: Random) -> None:
    """Pauses after each statement, so that other transactions come in between."""

    @event.listens_for(engine.sync_engine, "after_cursor_execute")
    def after_statement(*_: object) -> None:
        await_only(asyncio.sleep(rng.choice((0, 0, 0.002, 0.005))))


@pytest.fixture
async def workload(postgresql_database: str) -> AsyncIterator[Workload]:
    await set_default(postgresql_database, "deadlock_timeout", "20ms")
    engine = create_engine(postgresql_database)
    pause_after_statements(engine, Random(SEED))
    yield Workload(create_sessions(engine), Random(SEED))
    await engine.dispose()


async def test_no_transactions_deadlock(workload: Workload) -> None:
    await workload.come_back()
    async with asyncio.TaskGroup() as everybody:
        for _ in range(WORKERS):
            everybody.create_task(work(workload))

    assert dict(workload.deadlocks) == {}
    async with workload.sessions() as session:
        assert await totals.differences(session, OBJECTIVE_OF) == []
