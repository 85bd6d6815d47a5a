"""What a learner remembers of an item: spaced repetition by FSRS. Pure.

Ye, Su and Cao (2022), "A stochastic shortest path algorithm for optimizing spaced repetition
scheduling", through the `fsrs` package. A right answer is rated Good, a wrong one Again; a question
that nobody answered is no review. Days are local dates of the subscriber, so that the hour of a
question moves nothing.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from fsrs import Card, Rating, Scheduler, State
from sqlalchemy import Result, bindparam, delete, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, LearnerMemory, Subscriber

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
class Answered:
    """An answer to a daily question: its local date, and whether it was right."""

    day: date
    right: bool


@dataclass(frozen=True)
class Schedule:
    """When an item is to be reviewed: by `due_on`, at the latest as `stability` says.

    `stability` is the number of days after which it would be recalled with a probability of 90 %
    (FSRS). `incorrect` tells whether the latest answer was wrong.
    """

    stability: float
    reviewed_on: date
    due_on: date
    incorrect: bool

    def strain(self, day: date) -> float:
        """The greater, the likelier it is forgotten on that day.

        In FSRS the probability of recall falls with the days since the review over the stability,
        and depends on nothing else.
        """
        return (day - self.reviewed_on).days / self.stability


@dataclass(frozen=True)
class Memory(Schedule):
    """What the answers so far say about a learner's memory of one item.

    `difficulty` runs from 1 to 10 (FSRS), `reviews` is how many answers there were.
    """

    difficulty: float
    first_correct_on: date | None
    last_correct_on: date | None
    reviews: int

    @property
    def mastered(self) -> bool:
        """See is_mastered."""
        return is_mastered(self.stability, self.first_correct_on, self.last_correct_on)


def is_mastered(
    stability: float, first_correct_on: date | None, last_correct_on: date | None
) -> bool:
    """Right on two days at least a week apart, and stable for three weeks or more."""
    if first_correct_on is None or last_correct_on is None:
        return False
    lasting = last_correct_on - first_correct_on >= _MASTERED_SPAN
    return lasting and stability >= _MASTERED_STABILITY


def review(memory: Memory | None, answer: Answered) -> Memory:
    """The memory after one more answer; answers come in the order of their days."""
    rating = Rating.Good if answer.right else Rating.Again
    card, _ = _SCHEDULER.review_card(_card(memory), rating, _noon(answer.day))
    assert card.stability is not None and card.difficulty is not None  # noqa: PT018, S101 -- reviewed
    first = memory.first_correct_on if memory else None
    last = memory.last_correct_on if memory else None
    return Memory(
        stability=card.stability,
        difficulty=card.difficulty,
        reviewed_on=answer.day,
        due_on=card.due.date(),
        incorrect=not answer.right,
        first_correct_on=first or answer.day if answer.right else first,
        last_correct_on=answer.day if answer.right else last,
        reviews=memory.reviews + 1 if memory else 1,
    )


def review_all(answers: Iterable[Answered]) -> Memory | None:
    """The memory that all answers to an item, in any order, come to; None without any."""
    memory = None
    for answer in sorted(answers, key=lambda answer: answer.day):
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
    """FSRS counts whole days between moments: the same hour every day keeps them whole."""
    return datetime.combine(day, time(12), UTC)


_Rows = Result[*tuple[Any, ...]]

_MEMORY = (
    LearnerMemory.stability,
    LearnerMemory.reviewed_on,
    LearnerMemory.due_on,
    LearnerMemory.incorrect,
    LearnerMemory.difficulty,
    LearnerMemory.first_correct_on,
    LearnerMemory.last_correct_on,
    LearnerMemory.reviews,
)  # as in Memory


@dataclass(frozen=True, slots=True)
class Lesson:
    """An answer to a daily question, to be taken in.

    Practice is no review: it may come right after the explanation was read.
    """

    delivery_id: int
    subscriber_id: int
    item_id: str
    answer: Answered


async def update_memories(session: AsyncSession, lessons: Sequence[Lesson]) -> None:
    """Take in answers of different people, which are in the database already."""
    before = await _recalled(session, [lesson.delivery_id for lesson in lessons])
    new, again, late = [], [], defaultdict(list)
    for lesson in lessons:
        memory = before.get(lesson.delivery_id)
        if memory is None:
            new.append(_new(lesson, review(None, lesson.answer)))
        elif memory.reviewed_on < lesson.answer.day:
            now = review(memory, lesson.answer)
            again.append(_kept(lesson.subscriber_id, lesson.item_id, now))
        else:
            late[lesson.item_id].append(lesson.subscriber_id)
    connection = await session.connection()
    if new:
        await connection.execute(insert(LearnerMemory), new)
    if again:
        await connection.execute(_KEEP, again)
    for item_id, subscriber_ids in late.items():
        await recompute_memories(session, subscriber_ids, item_id)


async def _recalled(session: AsyncSession, delivery_ids: Collection[int]) -> dict[int, Memory]:
    """What their subscribers recall of the items of these deliveries, by delivery."""
    rows: _Rows = await session.execute(_RECALLED, {"ids": list(delivery_ids)})
    return {delivery_id: Memory(*memory) for delivery_id, *memory in rows}


_RECALLED = (
    select(Delivery.id, *_MEMORY)
    .join(
        LearnerMemory,
        (LearnerMemory.subscriber_id == Delivery.subscriber_id)
        & (LearnerMemory.item_id == Delivery.item_id),
    )
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
)


async def recompute_memories(
    session: AsyncSession, subscriber_ids: Collection[int], item_id: str
) -> None:
    """Set what these people recall of the item to what all their answers come to."""
    if memories := await memories_from_answers(session, subscriber_ids, item_id):
        connection = await session.connection()
        await connection.execute(_KEEP, [_kept(*key, each) for key, each in memories.items()])


async def memories_from_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None, item_id: str | None = None
) -> dict[tuple[int, str], Memory]:
    """What the answers come to, by subscriber and item: of some, or of all."""
    query = (
        select(Delivery.subscriber_id, Delivery.item_id, Delivery.local_date, Answer.option)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.slot == DAILY)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    if item_id is not None:
        query = query.where(Delivery.item_id == item_id)
    answers: dict[tuple[int, str], list[Answered]] = defaultdict(list)
    for owner, item, day, option in await session.execute(query):
        answers[owner, item].append(Answered(day, option == 0))
    return {key: memory for key, each in answers.items() if (memory := review_all(each))}


async def stored_memories(
    session: AsyncSession, subscriber_id: int | None = None
) -> dict[tuple[int, str], Memory]:
    """What is kept, by subscriber and item: of one subscriber, or of all."""
    query = select(LearnerMemory)
    if subscriber_id is not None:
        query = query.where(LearnerMemory.subscriber_id == subscriber_id)
    rows = await session.scalars(query)
    return {(row.subscriber_id, row.item_id): _memory(row) for row in rows}


async def rebuild_memories(session: AsyncSession) -> None:
    """Replace all that is kept by what the answers come to."""
    await session.execute(delete(LearnerMemory))
    session.add_all(
        _recall(*key, memory) for key, memory in (await memories_from_answers(session)).items()
    )


async def backfill_memories(session: AsyncSession, at_once: int = 1000) -> int:
    """For a database from before memories were kept; answers how many subscribers it went through.

    All in the session's one transaction, so that it is done or not begun.
    """
    last = passed = 0
    while ids := (
        await session.scalars(
            select(Subscriber.id).where(Subscriber.id > last).order_by(Subscriber.id).limit(at_once)
        )
    ).all():
        memories = await memories_from_answers(session, ids)
        rows = [_recall(*key, memory) for key, memory in memories.items()]
        session.add_all(rows)
        await session.flush()
        for row in rows:
            session.expunge(row)
        last, passed = ids[-1], passed + len(ids)
    return passed


async def needs_backfill(session: AsyncSession) -> bool:
    """Whether there are answers, and nothing has been learnt from any."""
    nothing_kept = ~exists(select(LearnerMemory.item_id))
    answered = exists(
        select(Answer.delivery_id)
        .join(Delivery, Delivery.id == Answer.delivery_id)
        .where(Delivery.slot == DAILY)
    )
    return bool(await session.scalar(select(nothing_kept & answered)))


def _memory(recall: LearnerMemory) -> Memory:
    return Memory(*(getattr(recall, column.key) for column in _MEMORY))


def _recall(subscriber_id: int, item_id: str, memory: Memory) -> LearnerMemory:
    return LearnerMemory(subscriber_id=subscriber_id, item_id=item_id, **asdict(memory))


_KEEP = (
    update(LearnerMemory)
    .where(
        LearnerMemory.subscriber_id == bindparam("whose"),
        LearnerMemory.item_id == bindparam("item"),
    )
    .values({column.key: bindparam(column.key) for column in _MEMORY})
)


def _new(lesson: Lesson, memory: Memory) -> dict[str, object]:
    key = {"subscriber_id": lesson.subscriber_id, "item_id": lesson.item_id}
    return {**key, **vars(memory)}


def _kept(subscriber_id: int, item_id: str, memory: Memory) -> dict[str, object]:
    return {"whose": subscriber_id, "item": item_id, **vars(memory)}
