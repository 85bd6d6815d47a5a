"""The steps from which tests of the quiz start: join, claim, send, answer."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random

from sqlalchemy import event, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.models import DAILY, Delivery, DeliveryState, Subscriber
from db.session import Sessions
from questions import Item, Objective, Option, Topic, load_topic
from quizbot.quiz import subscription
from quizbot.quiz.answers.recording import AnswerOutcome, Ignored, PollAnswer, record_answers
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import outcomes as delivery_outcomes
from quizbot.quiz.delivery.outcomes import Outcome, Outgoing
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.quiz.subscription import NewSubscriber

TOPIC = load_topic(Path("questions/vitamin-b12-blood-flow"))
# With those of items that tests make, which are objectives of their own.
OBJECTIVE_OF = {**TOPIC.objective_of, **{each: each for each in ("four", "item", "near", "only")}}
OBJECTIVE_OF |= {f"item-{number}": f"item-{number}" for number in range(10)}

REMINDER_POLICY = ReminderPolicy()

# A Monday, an hour before everybody's first question (09:00 in UTC).
START = datetime(2026, 11, 23, 8, tzinfo=UTC)
DUE = datetime(2026, 11, 23, 9, tzinfo=UTC)


def make_item(
    name: str,
    *,
    cites: tuple[str, ...] = ("KP1",),
    objective: str = "",
    keep_apart: tuple[str, ...] = (),
    options: tuple[str, ...] = ("right", "wrong", "worse"),
) -> Item:
    return Item(
        id=name,
        status="approved",
        revision=1,
        cites=cites,
        evidence=("words",),
        objective=objective or name,
        form="mechanism",
        level="recall",
        difficulty="easy",
        stem="What is it?",
        options=tuple(
            Option(text=text, correct=place == 0, why=None if place == 0 else "It is not.")
            for place, text in enumerate(options)
        ),
        explanation="It is so.",
        more="It is so for a reason.",
        keep_apart=keep_apart,
    )


def topic_of(*items: Item) -> Topic:
    """Returns the shipped topic with these items, and an objective for each that cites one."""
    objectives = {
        item.objective: Objective(id=item.objective, key_point=cited, text=f"Can say {item.id}.")
        for item in items
        for cited in item.cites[:1]
        if cited in TOPIC.statements and cited.startswith("KP")
    }
    return replace(TOPIC, items=items, objectives=objectives)


def make_pool(seed: int = 1) -> ItemPool:
    return ItemPool.of(TOPIC, Random(seed))


def new_subscriber(person: int = 1, zone: str = "UTC", at: time = time(9)) -> NewSubscriber:
    return NewSubscriber(id=person, language="en", timezone=zone, question_time=at)


async def join(
    sessions: Sessions,
    person: int = 1,
    *,
    zone: str = "UTC",
    at: time = time(9),
    now: datetime = START,
) -> None:
    async with sessions.begin() as session:
        await subscription.subscribe(session, new_subscriber(person, zone, at), now, Random(person))


async def subscriber(session: AsyncSession, person: int = 1) -> Subscriber:
    found = await session.get(Subscriber, person)
    assert found is not None
    return found


async def claim(sessions: Sessions, now: datetime, limit: int = 100) -> int:
    """Claims in a transaction of its own. Returns how many subscribers were due."""
    async with sessions.begin() as session:
        return await claiming.claim_due(session, make_pool(), now, limit, REMINDER_POLICY)


async def begin(sessions: Sessions, now: datetime, limit: int = 100) -> list[Outgoing]:
    async with sessions.begin() as session:
        return await delivery_outcomes.begin_sending(session, now, limit)


async def begin_one(sessions: Sessions, now: datetime, number: int) -> Outgoing:
    """Begins to send one delivery that its addressee has asked for."""
    async with sessions.begin() as session:
        [leaving] = await delivery_outcomes.begin_sending_one(session, now, number)
    return leaving


async def record(sessions: Sessions, *outcomes: Outcome, now: datetime = START) -> None:
    async with sessions.begin() as session:
        await delivery_outcomes.record_outcomes(session, outcomes, now)


async def send_due(sessions: Sessions, now: datetime) -> list[Outgoing]:
    """Claims and sends what is due.

    The poll's id is `poll-<delivery>`, the message's is 1000 more than the delivery's.
    """
    await claim(sessions, now)
    leaving = await begin(sessions, now)
    await record(sessions, *(confirmed(each) for each in leaving))
    return leaving


def confirmed(outgoing: Outgoing) -> Outcome:
    number = outgoing.delivery_id
    return outgoing.sent(1000 + number, f"poll-{number}")


def vote_on(outgoing: Outgoing, option: int = 0, *, poll: str | None = None) -> PollAnswer:
    """Returns the addressee's vote for the option with this place in the bank."""
    position = outgoing.option_order.index(str(option))
    return PollAnswer(poll or f"poll-{outgoing.delivery_id}", outgoing.chat_id, (position,))


async def answer(sessions: Sessions, vote: PollAnswer, now: datetime) -> AnswerOutcome | Ignored:
    async with sessions.begin() as session:
        [recorded] = await record_answers(session, [vote], now, OBJECTIVE_OF)
    return recorded


async def counted(sessions: Sessions, vote: PollAnswer, now: datetime) -> AnswerOutcome:
    """Returns the outcome of a vote that must count as an answer."""
    outcome = await answer(sessions, vote, now)
    assert isinstance(outcome, AnswerOutcome)
    return outcome


async def deliveries(sessions: Sessions, person: int = 1) -> list[Delivery]:
    """Returns the committed deliveries, oldest first."""
    async with sessions() as session:
        query = select(Delivery).where(Delivery.subscriber_id == person).order_by(Delivery.id)
        return list(await session.scalars(query))


def past_delivery(day: int, item_id: str, slot: int = DAILY, **more: str) -> Delivery:
    """Returns a delivery to person 1 that was sent so many days after the first."""
    at = DUE + timedelta(day)
    return Delivery(
        subscriber_id=1,
        local_date=at.date(),
        slot=slot,
        item_id=item_id,
        item_revision=1,
        option_order="012",
        state=DeliveryState.SENT,
        claimed_at=at,
        closes_at=at + timedelta(1),
        **more,
    )


@contextmanager
def statements(engine: AsyncEngine) -> Iterator[list[str]]:
    """Collects the SQL statements run during the block."""
    seen: list[str] = []

    def note(*arguments: object) -> None:
        seen.append(str(arguments[2]))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine.sync_engine, "before_cursor_execute", note)
