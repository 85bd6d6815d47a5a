"""A learner's memory of an item: spaced repetition by FSRS, and how it is stored.

Ye, Su and Cao (2022), "A stochastic shortest path algorithm for optimizing spaced repetition
scheduling", through the `fsrs` package. A correct answer is rated Good, an incorrect one Again; an
unanswered question is no review. Days are local dates of the subscriber, so the hour of a question
changes nothing. `review` is pure; memories can be rebuilt from the answers (invariant 6,
ARCHITECTURE.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fsrs import Card, Rating, Scheduler, State
from sqlalchemy import Result, delete, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, LearnerMemory, Subscriber
from db.types import among
from db.upsert import upsert

MAX_INTERVAL_DAYS = 180  # days
_MASTERED_STABILITY = 21.0  # days
_MASTERED_SPAN = timedelta(days=7)

_SCHEDULER = Scheduler(
    desired_retention=0.9,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=MAX_INTERVAL_DAYS,
    enable_fuzzing=False,
)


@dataclass(frozen=True)
class ReviewSchedule:
    """The latest review of an item, and the date of the next one.

    `stability` is the number of days after which it is recalled with a probability of 90 % (FSRS).
    `incorrect` describes the latest answer.
    """

    stability: float
    reviewed_on: date
    due_on: date
    incorrect: bool

    def overdue_ratio(self, day: date) -> float:
        """Returns the days since the review over the stability: the greater, the less is recalled.

        In FSRS the probability of recall depends on nothing else.
        """
        return (day - self.reviewed_on).days / self.stability


@dataclass(frozen=True)
class Memory(ReviewSchedule):
    """A learner's memory of one item, as their answers show it.

    `difficulty` runs from 1 to 10 (FSRS), `reviews` is the number of answers.
    """

    difficulty: float
    first_correct_on: date | None
    last_correct_on: date | None
    reviews: int

    @property
    def mastered(self) -> bool:
        """Whether the item is mastered (see is_mastered)."""
        return is_mastered(self.stability, self.first_correct_on, self.last_correct_on)


def is_mastered(
    stability: float, first_correct_on: date | None, last_correct_on: date | None
) -> bool:
    """Returns whether it is stable for three weeks, with correct answers a week or more apart."""
    if first_correct_on is None or last_correct_on is None:
        return False
    lasting = last_correct_on - first_correct_on >= _MASTERED_SPAN
    return lasting and stability >= _MASTERED_STABILITY


def review(memory: Memory | None, day: date, *, correct: bool) -> Memory:
    """Returns the memory after one more answer; answers come in the order of their days."""
    rating = Rating.Good if correct else Rating.Again
    card, _ = _SCHEDULER.review_card(_card(memory), rating, _noon(day))
    assert card.stability is not None and card.difficulty is not None  # noqa: PT018, S101 -- reviewed
    first = memory.first_correct_on if memory else None
    last = memory.last_correct_on if memory else None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        reviewed_on=day,
        due_on=card.due.date(),
        incorrect=not correct,
        first_correct_on=first or day if correct else first,
        last_correct_on=day if correct else last,
        reviews=memory.reviews + 1 if memory else 1,
    )


def review_all(answers: Iterable[tuple[date, bool]]) -> Memory | None:
    """Returns the memory after all answers to an item, each its day and whether it was correct.

    In any order; None without answers.
    """
    memory = None
    for day, correct in sorted(answers):
        memory = review(memory, day, correct=correct)
    return memory


def _card(memory: Memory | None) -> Card:
    # A card without an id would sleep a millisecond to find one.
    if memory is None:
        return Card(card_id=0, due=_noon(date.min))
    return Card(
        card_id=0,
        state=State.Review,
        stability=memory.stability,
        difficulty=memory.difficulty,
        due=_noon(memory.due_on),
        last_review=_noon(memory.reviewed_on),
    )


def _noon(day: date) -> datetime:
    """Returns noon: FSRS counts whole days between two times, so the hour is always the same."""
    return datetime.combine(day, time(12), UTC)


_MEMORY = tuple(getattr(LearnerMemory, each.name) for each in fields(Memory))


async def update_memories(session: AsyncSession, delivery_ids: Collection[int]) -> None:
    """Review memories by the recorded answers to these daily questions, at most one per subscriber.

    Practice is no review: it may come right after the explanation was read.
    """
    if not delivery_ids:
        return
    connection = await session.connection()
    rows: Result[*tuple[Any, ...]] = await connection.execute(_REVIEWED, {"ids": delivery_ids})
    updated, late = {}, defaultdict(list)
    for subscriber_id, item_id, day, option, *values in rows:
        memory = None if values[0] is None else Memory(*values)
        if memory is None or memory.reviewed_on < day:
            updated[subscriber_id, item_id] = review(memory, day, correct=option == 0)
        else:  # an answer to an earlier question than the latest one that was answered
            late[item_id].append(subscriber_id)
    await _store(session, updated)
    for item_id, subscriber_ids in late.items():
        await recompute_memories(session, subscriber_ids, item_id)


_REVIEWED = (
    select(Delivery.subscriber_id, Delivery.item_id, Delivery.local_date, Answer.option, *_MEMORY)
    .join(Answer, Answer.delivery_id == Delivery.id)
    .outerjoin(
        LearnerMemory,
        (LearnerMemory.subscriber_id == Delivery.subscriber_id)
        & (LearnerMemory.item_id == Delivery.item_id),
    )
    .where(among(Delivery.id, "ids"))
)


async def _store(session: AsyncSession, memories: Mapping[tuple[int, str], Memory]) -> None:
    rows = [
        {"subscriber_id": subscriber_id, "item_id": item_id, **vars(memory)}
        for (subscriber_id, item_id), memory in memories.items()
    ]
    await upsert(session, LearnerMemory, rows)


async def recompute_memories(
    session: AsyncSession, subscriber_ids: Collection[int], item_id: str
) -> None:
    """Compute these subscribers' memories of the item from all their answers, and store them."""
    await _store(session, await memories_from_answers(session, subscriber_ids, item_id))


async def memories_from_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None, item_id: str | None = None
) -> dict[tuple[int, str], Memory]:
    """Returns memories computed from the answers, by subscriber and item: of some, or of all."""
    query = (
        select(Delivery.subscriber_id, Delivery.item_id, Delivery.local_date, Answer.option)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.slot == DAILY)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    if item_id is not None:
        query = query.where(Delivery.item_id == item_id)
    answers: dict[tuple[int, str], list[tuple[date, bool]]] = defaultdict(list)
    for subscriber_id, item, day, option in await session.execute(query):
        answers[subscriber_id, item].append((day, option == 0))
    return {key: memory for key, each in answers.items() if (memory := review_all(each))}


async def stored_memories(
    session: AsyncSession, subscriber_id: int | None = None
) -> dict[tuple[int, str], Memory]:
    """Returns stored memories by subscriber and item: of one subscriber, or of all."""
    query = select(LearnerMemory.subscriber_id, LearnerMemory.item_id, *_MEMORY)
    if subscriber_id is not None:
        query = query.where(LearnerMemory.subscriber_id == subscriber_id)
    return {(id_, item): Memory(*values) for id_, item, *values in await session.execute(query)}


async def rebuild_memories(session: AsyncSession) -> None:
    """Replace all stored memories by those computed from the answers."""
    await session.execute(delete(LearnerMemory))
    await _store(session, await memories_from_answers(session))


async def backfill_memories(session: AsyncSession, batch_size: int = 1000) -> int:
    """Fill the memories of a database from before they were kept. Returns how many subscribers.

    All in the session's one transaction: it is done completely or not at all.
    """
    last = total = 0
    while ids := (
        await session.scalars(
            select(Subscriber.id)
            .where(Subscriber.id > last)
            .order_by(Subscriber.id)
            .limit(batch_size)
        )
    ).all():
        await _store(session, await memories_from_answers(session, ids))
        last, total = ids[-1], total + len(ids)
    return total


async def needs_backfill(session: AsyncSession) -> bool:
    """Returns whether there are answers to daily questions, and no memory at all."""
    nothing_stored = ~exists(select(LearnerMemory.item_id))
    answered = exists(
        select(Answer.delivery_id)
        .join(Delivery, Delivery.id == Answer.delivery_id)
        .where(Delivery.slot == DAILY)
    )
    return bool(await session.scalar(select(nothing_stored & answered)))
