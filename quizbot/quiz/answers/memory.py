"""A learner's memory of an objective: spaced repetition by FSRS, and how it is stored.

Ye, Su and Cao (2022), "A stochastic shortest path algorithm for optimizing spaced repetition
scheduling", through the `fsrs` package. A correct answer is rated Good, an incorrect one Again; an
unanswered question is no review. Days are local dates of the subscriber, so the hour of a question
changes nothing. An objective is reviewed once a day at most. Memories are a fold over the answers
and can be rebuilt from them (invariant 6, ARCHITECTURE.md).

`objective_of` gives the objective of each item (Topic.objective_of). Answers to items that it does
not know are left out.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, NamedTuple

from fsrs import Card, Rating, Scheduler, State
from sqlalchemy import Result, bindparam, delete, exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, ItemMemory, ObjectiveMemory, Subscriber
from db.session import lock_rows
from db.types import among
from db.upsert import upsert

MAX_INTERVAL_DAYS = 180  # days
COUNTED_PRACTICE = 10  # of a date's practice questions, the first ones that count for learning
MASTERED_STABILITY = 21.0  # days
# FSRS's difficulty is at most 2.2 after correct answers alone, and about 6 after an incorrect one.
NEVER_INCORRECT = 4.0
MASTERED_SPAN = timedelta(days=7)

# What FSRS would ask again sooner waits for these, so that most questions are new ones.
_CORRECT_RESTS = timedelta(days=5)
_INCORRECT_RESTS = timedelta(days=2)

_SCHEDULER = Scheduler(
    desired_retention=0.9,
    learning_steps=(),
    relearning_steps=(),
    maximum_interval=MAX_INTERVAL_DAYS,
    enable_fuzzing=False,
)


class Review(NamedTuple):
    """The latest review of an objective, and the date of the next. `stability` is in days.

    `difficulty` is FSRS's. `first_correct_on` is None if it was never correct.
    """

    reviewed_on: date
    due_on: date
    incorrect: bool
    stability: float
    difficulty: float
    first_correct_on: date | None

    def masters(self, day: date) -> bool:
        """Returns whether a correct answer on that day masters it, which it is not yet."""
        first, since = self.first_correct_on, (day - self.reviewed_on).days
        if self.incorrect or first is None or day - first < MASTERED_SPAN:
            return False
        if is_mastered(self.stability, first, self.reviewed_on):
            return False
        # Rounded, because most memories are like many others, and choosing reads no more digits.
        return _becomes_stable(round(self.stability, 2), round(self.difficulty, 2), since)

    def overdue_ratio(self, day: date) -> float:
        """Returns the days since the review over the stability: the greater, the less is recalled.

        In FSRS the probability of recall depends on nothing else.
        """
        return (day - self.reviewed_on).days / self.stability


@dataclass(frozen=True)
class Memory:
    """A learner's memory of one objective, as their answers show it.

    `stability` is the number of days after which it is recalled with a probability of 90 %, and
    `difficulty` runs from 1 to 10 (FSRS). `incorrect` describes the latest review; `seen` are the
    items answered, the latest last.
    """

    stability: float
    difficulty: float
    reviewed_on: date
    due_on: date
    incorrect: bool
    first_correct_on: date | None
    last_correct_on: date | None
    reviews: int
    seen: tuple[str, ...]

    @property
    def mastered(self) -> bool:
        """Whether the objective is mastered (see is_mastered)."""
        return is_mastered(self.stability, self.first_correct_on, self.last_correct_on)

    @property
    def latest_review(self) -> Review:
        """The part of it by which questions are chosen."""
        return Review(*(getattr(self, name) for name in Review._fields))

    @property
    def masters_from(self) -> date | None:
        """The first date from which one more correct answer masters it, when it is due or later.

        None if it is mastered, was incorrect the last time, or takes more answers than one.
        """
        if self.first_correct_on is None:
            return None
        day = max(self.due_on, self.first_correct_on + MASTERED_SPAN)
        return day if self.latest_review.masters(day) else None

    @property
    def was_missed(self) -> bool:
        """Whether it was ever answered incorrectly (see NEVER_INCORRECT)."""
        return self.difficulty >= NEVER_INCORRECT


def is_mastered(
    stability: float, first_correct_on: date | None, last_correct_on: date | None
) -> bool:
    """Returns whether it is stable for three weeks, with correct answers a week or more apart."""
    if first_correct_on is None or last_correct_on is None:
        return False
    lasting = last_correct_on - first_correct_on >= MASTERED_SPAN
    return lasting and stability >= MASTERED_STABILITY


@lru_cache(4096)
def _becomes_stable(stability: float, difficulty: float, days: int) -> bool:
    """Returns whether a correct answer so many days after a review makes it stable enough."""
    reviewed = _noon(date(2000, 1, 1))
    card = Card(
        card_id=0,
        state=State.Review,
        stability=stability,
        difficulty=difficulty,
        due=reviewed,
        last_review=reviewed,
    )
    after, _ = _SCHEDULER.review_card(card, Rating.Good, reviewed + timedelta(days=days))
    return after.stability is not None and after.stability >= MASTERED_STABILITY


class MemoryChange(NamedTuple):
    """The memory of an objective before an answer, None at the first one, and after it."""

    objective_id: str
    before: Memory | None
    after: Memory

    @property
    def newly_mastered(self) -> bool:
        return self.after.mastered and not (self.before and self.before.mastered)

    @property
    def made_up_for(self) -> date | None:
        """The date of the incorrect answer that this correct one follows, None without one."""
        if self.before is None or not self.before.incorrect or self.after.incorrect:
            return None
        return self.before.reviewed_on


class ItemAnswer(NamedTuple):
    """An answer to an item; `slot` tells the daily question of a date from practice."""

    day: date
    slot: int
    item_id: str
    correct: bool


def review(memory: Memory | None, answer: ItemAnswer) -> Memory | None:
    """Returns the memory after one more answer; answers come in the order of their days and slots.

    Practice after the first COUNTED_PRACTICE of a date changes nothing. If the objective was
    reviewed that day already, the item has only been seen. None: the objective is not met yet.
    """
    if answer.slot > COUNTED_PRACTICE:
        return memory
    known = memory.seen if memory else ()
    seen = (*(each for each in known if each != answer.item_id), answer.item_id)
    if memory and answer.day <= memory.reviewed_on:
        return replace(memory, seen=seen)
    rating = Rating.Good if answer.correct else Rating.Again
    card, _ = _SCHEDULER.review_card(_card(memory), rating, _noon(answer.day))
    assert card.stability is not None and card.difficulty is not None  # noqa: PT018, S101 -- reviewed
    first = memory.first_correct_on if memory else None
    last = memory.last_correct_on if memory else None
    earliest = answer.day + (_CORRECT_RESTS if answer.correct else _INCORRECT_RESTS)
    after = Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        reviewed_on=answer.day,
        due_on=max(card.due.date(), earliest),
        incorrect=not answer.correct,
        seen=seen,
        first_correct_on=first or answer.day if answer.correct else first,
        last_correct_on=answer.day if answer.correct else last,
        reviews=memory.reviews + 1 if memory else 1,
    )
    # A correct answer sooner would put mastery off by weeks.
    return replace(after, due_on=after.masters_from or after.due_on)


def review_all(answers: Iterable[ItemAnswer]) -> Memory | None:
    """Returns the memory after all answers to an objective's items, given in any order."""
    memory = None
    for answer in sorted(answers):
        memory = review(memory, answer)
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


class MemoryKey(NamedTuple):
    """The key of a stored memory."""

    subscriber_id: int
    objective_id: str


Memories = dict[MemoryKey, Memory]

_NAMES = tuple(each.name for each in fields(Memory))
_STORED = select(
    ObjectiveMemory.subscriber_id,
    ObjectiveMemory.objective_id,
    *(getattr(ObjectiveMemory, name) for name in _NAMES),
)


def _memories(rows: Iterable[Sequence[Any]]) -> Memories:
    found = {}
    for subscriber_id, objective_id, *values in rows:
        columns = dict(zip(_NAMES, values, strict=True))
        columns["seen"] = tuple(columns["seen"].split())
        found[MemoryKey(subscriber_id, objective_id)] = Memory(**columns)
    return found


async def update_memories(
    session: AsyncSession, answers: Mapping[int, ItemAnswer], objective_of: Mapping[str, str]
) -> dict[int, MemoryChange]:
    """Review memories by these recorded answers, at most one per subscriber.

    Returns the changes by subscriber, without those of answers that came out of order.
    """
    keys = {
        MemoryKey(each, objective_of[answer.item_id]): answer
        for each, answer in answers.items()
        if answer.item_id in objective_of and answer.slot <= COUNTED_PRACTICE
    }
    if not keys:
        return {}
    connection = await session.connection()
    # Repeated up to a power of two: each number of keys is another statement to parse and plan.
    padding = [next(iter(keys))] * ((1 << (len(keys) - 1).bit_length()) - len(keys))
    parameters = {"keys": [*keys, *padding], "ids": [each.subscriber_id for each in keys]}
    rows: Result[*tuple[Any, ...]] = await connection.execute(_BY_KEY, parameters)
    stored, updated, late = _memories(rows), Memories(), defaultdict(list)
    changes = {}
    for key, answer in keys.items():
        memory = stored.get(key)
        if memory is not None and answer.day <= memory.reviewed_on:
            late[key.objective_id].append(key.subscriber_id)
        elif (after := review(memory, answer)) is not None:
            updated[key] = after
            changes[key.subscriber_id] = MemoryChange(key.objective_id, memory, after)
    await _store(session, updated)
    for objective_id, subscriber_ids in late.items():
        await recompute_memories(session, subscriber_ids, objective_id, objective_of)
    return changes


_BY_KEY = _STORED.where(
    among(ObjectiveMemory.subscriber_id, "ids"),  # SQLite finds no index by pairs alone
    tuple_(ObjectiveMemory.subscriber_id, ObjectiveMemory.objective_id).in_(
        bindparam("keys", expanding=True)
    ),
)


async def _store(session: AsyncSession, memories: Memories) -> None:
    rows = [
        {**key._asdict(), **vars(memory), "seen": " ".join(memory.seen)}
        for key, memory in memories.items()
    ]
    await upsert(session, ObjectiveMemory, rows)


async def recompute_memories(
    session: AsyncSession,
    subscriber_ids: Collection[int],
    objective_id: str,
    objective_of: Mapping[str, str],
) -> None:
    """Compute these subscribers' memories of the objective from all their answers; store them."""
    only = {item: each for item, each in objective_of.items() if each == objective_id}
    await _store(session, await memories_from_answers(session, only, subscriber_ids))


async def memories_from_answers(
    session: AsyncSession,
    objective_of: Mapping[str, str],
    subscriber_ids: Collection[int] | None = None,
    before: date | None = None,
) -> Memories:
    """Returns memories computed from the answers: of some subscribers, or of all.

    With `before`, only from answers to questions of earlier local dates.
    """
    query = select(
        Delivery.subscriber_id,
        Delivery.local_date,
        Delivery.slot,
        Delivery.item_id,
        Answer.option,
    ).join(Answer, Answer.delivery_id == Delivery.id)
    if subscriber_ids is not None:
        query = query.where(
            among(Delivery.subscriber_id, subscriber_ids), among(Delivery.item_id, [*objective_of])
        )
    if before is not None:
        query = query.where(Delivery.local_date < before)
    answers: dict[MemoryKey, list[ItemAnswer]] = defaultdict(list)
    connection = await session.connection()
    for subscriber_id, day, slot, item_id, option in await connection.execute(query):
        if (objective := objective_of.get(item_id)) is not None:
            answer = ItemAnswer(day, slot, item_id, option == 0)
            answers[MemoryKey(subscriber_id, objective)].append(answer)
    return {key: memory for key, each in answers.items() if (memory := review_all(each))}


async def stored_memories(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> Memories:
    """Returns stored memories: of some subscribers, or of all."""
    query = _STORED
    if subscriber_ids is not None:
        query = query.where(among(ObjectiveMemory.subscriber_id, subscriber_ids))
    connection = await session.connection()
    return _memories(await connection.execute(query))


async def mastered_objectives(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> dict[int, frozenset[str]]:
    """Returns which objectives each of these subscribers has mastered; without any, no query."""
    mastered: dict[int, set[str]] = {each: set() for each in subscriber_ids}
    if mastered:
        stable = ObjectiveMemory.stability >= MASTERED_STABILITY
        connection = await session.connection()
        rows = await connection.execute(
            _STORED.where(among(ObjectiveMemory.subscriber_id, subscriber_ids), stable)
        )
        for key, memory in _memories(rows).items():
            if memory.mastered:
                mastered[key.subscriber_id].add(key.objective_id)
    return {each: frozenset(objectives) for each, objectives in mastered.items()}


async def rebuild_memories(
    session: AsyncSession,
    objective_of: Mapping[str, str],
    subscriber_ids: Collection[int] | None = None,
) -> None:
    """Replace stored memories by those computed from the answers: of some subscribers, or all."""
    stale = delete(ObjectiveMemory)
    if subscriber_ids is not None:
        stale = stale.where(among(ObjectiveMemory.subscriber_id, subscriber_ids))
    await session.execute(stale)
    await _store(session, await memories_from_answers(session, objective_of, subscriber_ids))


async def convert_memories(
    session: AsyncSession, objective_of: Mapping[str, str], limit: int
) -> int:
    """Replace memories of items, which an earlier version kept, by memories of objectives.

    Of up to `limit` subscribers. Returns how many these were; the caller commits and goes on until
    it is 0. An older process that still runs may add more, for the next start.
    """
    found = await session.scalars(
        select(ItemMemory.subscriber_id).distinct().order_by(ItemMemory.subscriber_id).limit(limit)
    )
    subscriber_ids = found.all()
    if subscriber_ids:
        await lock_rows(session, Subscriber.id, subscriber_ids)
        await rebuild_memories(session, objective_of, subscriber_ids)
        done = delete(ItemMemory).where(among(ItemMemory.subscriber_id, subscriber_ids))
        await session.execute(done)
    return len(subscriber_ids)


async def needs_rebuild(session: AsyncSession) -> bool:
    """Returns whether there are answers and no memory: the version before kept none at all."""
    nothing_stored = ~exists(select(ObjectiveMemory.objective_id))
    answered = exists(select(Answer.delivery_id))
    return bool(await session.scalar(select(nothing_stored & answered)))
