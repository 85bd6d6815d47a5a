"""What subscribers have met and how well they recall it, kept beside the answers."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Date,
    Result,
    SmallInteger,
    cast,
    delete,
    exists,
    literal,
    null,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, Recall, Subscriber
from quizbot.quiz.choosing import Past
from quizbot.quiz.review import Answered, Memory, remember, review

DAILY = 0  # the slot of a date's question; practice has those above

_MEMORY = (
    Recall.stability,
    Recall.difficulty,
    Recall.reviewed_on,
    Recall.due_on,
    Recall.missed,
    Recall.first_right_on,
    Recall.last_right_on,
    Recall.reviews,
)  # as in Memory


@dataclass
class History:
    """What one subscriber was sent lately, and recalls at all.

    Item ids are oldest first: of daily questions, of all, and of the last daily and all since.
    """

    memories: dict[str, Memory] = field(default_factory=dict)
    daily: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)
    resting: list[str] = field(default_factory=list)
    last_daily: date | None = None
    last_slot: dict[date, int] = field(default_factory=lambda: defaultdict(int))

    @property
    def past(self) -> Past:
        return Past(self.memories, self.daily, self.resting)

    def add(self, item_id: str, day: date, slot: int) -> None:
        """One more delivery, the latest."""
        self.all.append(item_id)
        self.last_slot[day] = max(self.last_slot[day], slot)
        if slot == DAILY:
            self.daily.append(item_id)
            self.resting.clear()
            self.last_daily = max(self.last_daily or day, day)
        self.resting.append(item_id)


async def histories(
    session: AsyncSession, subscriber_ids: Iterable[int], since: date
) -> Mapping[int, History]:
    """Of the whole batch in one query: all that is recalled, and the deliveries since that date."""
    ids = list(subscriber_ids)
    recalled = select(
        Recall.subscriber_id,
        Recall.item_id,
        cast(null(), Date).label("day"),
        cast(null(), SmallInteger).label("slot"),
        literal(0, BigInteger).label("place"),
        *_MEMORY,
    ).where(Recall.subscriber_id.in_(ids))
    sent = select(
        Delivery.subscriber_id,
        Delivery.item_id,
        Delivery.local_date,
        Delivery.slot,
        Delivery.id,
        *(cast(null(), column.type) for column in _MEMORY),
    ).where(Delivery.subscriber_id.in_(ids), Delivery.local_date >= since)
    found: dict[int, History] = defaultdict(History)
    rows: Result[Any] = await session.execute(union_all(recalled, sent).order_by("place"))
    for row in rows:
        history = found[row.subscriber_id]
        if row.day is None:
            memory: Any = row[5:]
            history.memories[row.item_id] = Memory(*memory)
        else:
            history.add(row.item_id, row.day, row.slot)
    return found


async def learn(session: AsyncSession, delivery: Delivery, *, right: bool) -> None:
    """Take in the answer to a daily question, which the session holds already.

    Practice is no review: it may come right after the explanation was read.
    """
    key = delivery.subscriber_id, delivery.item_id
    recall = await session.get(Recall, key)
    answer = Answered(delivery.local_date, right)
    if recall is None:
        session.add(_recall(*key, review(None, answer)))
    elif recall.reviewed_on < answer.day:
        _keep(recall, review(_memory(recall), answer))
    else:  # an answer that comes late
        await relearn(session, [delivery.subscriber_id], delivery.item_id)


async def relearn(session: AsyncSession, subscriber_ids: Collection[int], item_id: str) -> None:
    """Set what these people recall of the item to what all their answers come to."""
    memories = await remembered(session, subscriber_ids, item_id)
    for recall in await session.scalars(
        select(Recall).where(Recall.item_id == item_id, Recall.subscriber_id.in_(subscriber_ids))
    ):
        if memory := memories.get((recall.subscriber_id, item_id)):
            _keep(recall, memory)


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
    query = select(Recall)
    if subscriber_id is not None:
        query = query.where(Recall.subscriber_id == subscriber_id)
    rows = await session.scalars(query)
    return {(row.subscriber_id, row.item_id): _memory(row) for row in rows}


async def rebuild(session: AsyncSession) -> None:
    """Replace all that is kept by what the answers come to."""
    await session.execute(delete(Recall))
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
    nothing_kept = ~exists(select(Recall.item_id))
    answered = exists(
        select(Answer.delivery_id)
        .join(Delivery, Delivery.id == Answer.delivery_id)
        .where(Delivery.slot == DAILY)
    )
    return bool(await session.scalar(select(nothing_kept & answered)))


def _memory(recall: Recall) -> Memory:
    return Memory(*(getattr(recall, column.key) for column in _MEMORY))


def _recall(subscriber_id: int, item_id: str, memory: Memory) -> Recall:
    return Recall(subscriber_id=subscriber_id, item_id=item_id, **asdict(memory))


def _keep(recall: Recall, memory: Memory) -> None:
    for name, value in asdict(memory).items():
        setattr(recall, name, value)
