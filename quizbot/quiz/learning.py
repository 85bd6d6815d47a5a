"""What subscribers have met and how well they recall it, kept beside the answers."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    Result,
    String,
    bindparam,
    case,
    cast,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, Recall, Subscriber
from quizbot.quiz.choosing import Past
from quizbot.quiz.review import Answered, Memory, remember, review

_Rows = Result[*tuple[Any, ...]]

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


@dataclass(frozen=True)
class Served:
    """What a subscriber has met, and the latest date that has its daily question."""

    past: Past
    last_daily: date | None


_BETWEEN = "\n"  # no part of an item's id, nor is a space


async def served(
    session: AsyncSession, subscriber_ids: Collection[int], items: int, now: datetime
) -> Mapping[int, Served]:
    """Of a whole batch: the deliveries of one round of the bank's `items`, and what is due.

    Each subscriber is one row a query: the database strings together what would be some hundred
    rows, which would be most of what a claim costs.
    """
    since = now.date() - timedelta(days=items + 2)
    known = await _known(session, subscriber_ids)
    due = await _due(session, subscriber_ids, now.date() + timedelta(days=1))
    # Who has nothing due and may have met everything: then what is next to be forgotten comes.
    through = [each for each in known.keys() - due.keys() if 2 * len(known[each][0]) >= items]
    due |= await _due(session, through, date.max)
    asked = await _asked(session, subscriber_ids, since)
    found = {}
    for each in subscriber_ids:
        days, resting = asked.get(each, ([], []))
        past = Past(
            due.get(each, {}), [day[_ISO_DATE:] for day in days], resting, "", *known.get(each, ())
        )
        last = date.fromisoformat(days[-1][:_ISO_DATE]) if days else None
        found[each] = Served(past, last)
    return found


async def _asked(
    session: AsyncSession, subscriber_ids: Collection[int], since: date
) -> dict[int, tuple[list[str], list[str]]]:
    """By subscriber: the daily questions, each a date and an item id, and the items that rest."""
    connection = await session.connection()
    rows = await connection.execute(_ASKED, {"ids": list(subscriber_ids), "since": since})
    found = {}
    for subscriber_id, daily, practised, last_id in rows:
        days = sorted(daily.split(_BETWEEN)) if daily else []
        resting = [day[_ISO_DATE:] for day in days[-1:]] + _since(practised, last_id or 0)
        found[subscriber_id] = days, resting
    return found


_ISO_DATE = len("2026-11-23")

_ASKED = (
    select(
        Delivery.subscriber_id,
        func.aggregate_strings(
            case((Delivery.slot == DAILY, cast(Delivery.local_date, String) + Delivery.item_id)),
            _BETWEEN,
        ),
        func.aggregate_strings(
            case((Delivery.slot > DAILY, cast(Delivery.id, String) + " " + Delivery.item_id)),
            _BETWEEN,
        ),
        func.max(case((Delivery.slot == DAILY, Delivery.id))),
    )
    .where(
        Delivery.subscriber_id.in_(bindparam("ids", expanding=True)),
        Delivery.local_date >= bindparam("since"),
    )
    .group_by(Delivery.subscriber_id)
)


def _since(practised: str | None, delivery_id: int) -> list[str]:
    """The items of the practice that came after that delivery, oldest first."""
    if not practised:
        return []
    parts = (each.split(" ") for each in practised.split(_BETWEEN))
    return [
        item_id
        for place, item_id in sorted((int(id_), item) for id_, item in parts)
        if place > delivery_id
    ]


async def _known(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> dict[int, tuple[frozenset[str], frozenset[str]]]:
    """The items that were answered, and those that were more than once, by subscriber."""
    connection = await session.connection()
    rows = await connection.execute(_KNOWN, {"ids": list(subscriber_ids)})
    return {
        subscriber_id: (frozenset(known.split(_BETWEEN)), frozenset((again or "").split(_BETWEEN)))
        for subscriber_id, known, again in rows
    }


_KNOWN = (
    select(
        Recall.subscriber_id,
        func.aggregate_strings(Recall.item_id, _BETWEEN),
        func.aggregate_strings(case((Recall.reviews > 1, Recall.item_id)), _BETWEEN),
    )
    .where(Recall.subscriber_id.in_(bindparam("ids", expanding=True)))
    .group_by(Recall.subscriber_id)
)


async def _due(
    session: AsyncSession, subscriber_ids: Collection[int], latest: date
) -> dict[int, dict[str, Memory]]:
    """What is due for review by that date, by subscriber."""
    if not subscriber_ids:
        return {}
    connection = await session.connection()
    rows: _Rows = await connection.execute(_DUE, {"ids": list(subscriber_ids), "latest": latest})
    found: dict[int, dict[str, Memory]] = defaultdict(dict)
    for subscriber_id, item_id, *memory in rows:
        found[subscriber_id][item_id] = Memory(*memory)
    return found


_DUE = select(Recall.subscriber_id, Recall.item_id, *_MEMORY).where(
    Recall.subscriber_id.in_(bindparam("ids", expanding=True)),
    Recall.due_on <= bindparam("latest"),
)


@dataclass(frozen=True)
class Practised:
    """What a practice question is chosen by: all items met, oldest first, and those that rest.

    `last_slot` is the highest that is taken on the date.
    """

    met: Sequence[str]
    resting: Sequence[str]
    last_slot: int


async def practised(
    session: AsyncSession, subscriber_id: int, today: date, items: int
) -> Practised:
    """From the deliveries of one round of the bank's `items`."""
    since = today - timedelta(days=items + 2)
    rows = (
        await session.execute(
            select(Delivery.item_id, Delivery.local_date, Delivery.slot)
            .where(Delivery.subscriber_id == subscriber_id, Delivery.local_date >= since)
            .order_by(Delivery.id)
        )
    ).all()
    met = [row.item_id for row in rows]
    last_daily = max((place for place, row in enumerate(rows) if row.slot == DAILY), default=0)
    slots = [row.slot for row in rows if row.local_date == today]
    return Practised(met, met[last_daily:], max(slots, default=DAILY))


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
        await connection.execute(insert(Recall), new)
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
        Recall,
        (Recall.subscriber_id == Delivery.subscriber_id) & (Recall.item_id == Delivery.item_id),
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


_KEEP = (
    update(Recall)
    .where(Recall.subscriber_id == bindparam("whose"), Recall.item_id == bindparam("item"))
    .values({column.key: bindparam(column.key) for column in _MEMORY})
)


def _new(lesson: Lesson, memory: Memory) -> dict[str, object]:
    key = {"subscriber_id": lesson.subscriber_id, "item_id": lesson.item_id}
    return {**key, **vars(memory)}


def _kept(subscriber_id: int, item_id: str, memory: Memory) -> dict[str, object]:
    return {"whose": subscriber_id, "item": item_id, **vars(memory)}
