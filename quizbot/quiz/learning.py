"""What subscribers have met and how well they recall it, kept beside the answers."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import (
    Result,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, LearnerMemory, Subscriber
from quizbot.quiz.review import Answered, Memory, remember, review

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


async def learn(session: AsyncSession, lessons: Sequence[Lesson]) -> None:
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
        await relearn(session, subscriber_ids, item_id)


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


async def relearn(session: AsyncSession, subscriber_ids: Collection[int], item_id: str) -> None:
    """Set what these people recall of the item to what all their answers come to."""
    if memories := await remembered(session, subscriber_ids, item_id):
        connection = await session.connection()
        await connection.execute(_KEEP, [_kept(*key, each) for key, each in memories.items()])


async def remembered(
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
    return {key: memory for key, each in answers.items() if (memory := remember(each))}


async def kept(
    session: AsyncSession, subscriber_id: int | None = None
) -> dict[tuple[int, str], Memory]:
    """What is kept, by subscriber and item: of one subscriber, or of all."""
    query = select(LearnerMemory)
    if subscriber_id is not None:
        query = query.where(LearnerMemory.subscriber_id == subscriber_id)
    rows = await session.scalars(query)
    return {(row.subscriber_id, row.item_id): _memory(row) for row in rows}


async def rebuild(session: AsyncSession) -> None:
    """Replace all that is kept by what the answers come to."""
    await session.execute(delete(LearnerMemory))
    session.add_all(_recall(*key, memory) for key, memory in (await remembered(session)).items())


async def take_in_earlier_answers(session: AsyncSession, at_once: int = 1000) -> int:
    """For a database from before memories were kept; answers how many subscribers it went through.

    All in the session's one transaction, so that it is done or not begun.
    """
    last = passed = 0
    while ids := (
        await session.scalars(
            select(Subscriber.id).where(Subscriber.id > last).order_by(Subscriber.id).limit(at_once)
        )
    ).all():
        memories = await remembered(session, ids)
        rows = [_recall(*key, memory) for key, memory in memories.items()]
        session.add_all(rows)
        await session.flush()
        for row in rows:
            session.expunge(row)
        last, passed = ids[-1], passed + len(ids)
    return passed


async def has_untaken_answers(session: AsyncSession) -> bool:
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
