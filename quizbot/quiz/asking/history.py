"""What subscribers have met, as their next question is chosen by it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Result,
    SQLColumnExpression,
    String,
    bindparam,
    case,
    cast,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Delivery, LearnerMemory
from quizbot.quiz.answers.memory import Schedule
from quizbot.quiz.asking.choosing import Past

_Rows = Result[*tuple[Any, ...]]

_BETWEEN = "\n"  # no part of an item's id, nor is a space
_ISO_DATE = len("2026-11-23")


@dataclass(frozen=True)
class Served:
    """What a subscriber has met, and the latest date that has its daily question."""

    past: Past
    last_daily: date | None


async def served(
    session: AsyncSession, subscriber_ids: Collection[int], items: int, now: datetime
) -> Mapping[int, Served]:
    """Of a whole batch: the deliveries of one round of the bank's `items`, and what is due.

    Each subscriber is one row a query: the database strings together what would be some hundred
    rows, which would be most of what a claim costs.
    """
    recalled = await _recalled(session, subscriber_ids, now.date() + timedelta(days=1))
    # Who has nothing due and may have met everything: then what is next to be forgotten comes.
    through = [
        each
        for each, past in recalled.items()
        if not past.schedules and 2 * len(past.answered) >= items
    ]
    recalled |= await _recalled(session, through, date.max)
    asked = await _asked(session, subscriber_ids, now.date() - timedelta(days=items + 2))
    found = {}
    for each in subscriber_ids:
        days, resting = asked.get(each, ([], []))
        past = replace(
            recalled.get(each, Past()), asked=[day[_ISO_DATE:] for day in days], resting=resting
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


async def _recalled(
    session: AsyncSession, subscriber_ids: Collection[int], latest: date
) -> dict[int, Past]:
    """What was answered, and the schedules of what is due for review by `latest`."""
    if not subscriber_ids:
        return {}
    connection = await session.connection()
    rows: _Rows = await connection.execute(
        _RECALLED, {"ids": list(subscriber_ids), "latest": latest}
    )
    return {
        subscriber_id: Past(
            schedules=dict(map(_schedule, due.split(_BETWEEN))) if due else {},
            answered=frozenset(answered.split(_BETWEEN)),
            repeated=frozenset(repeated.split(_BETWEEN)) if repeated else frozenset(),
        )
        for subscriber_id, answered, repeated, due in rows
    }


def _schedule(written: str) -> tuple[str, Schedule]:
    item_id, stability, reviewed_on, due_on, incorrect = written.split(" ")
    days = date.fromisoformat(reviewed_on), date.fromisoformat(due_on)
    return item_id, Schedule(float(stability), *days, incorrect == "incorrect")


def _joined(*columns: SQLColumnExpression[Any]) -> ColumnElement[str]:
    """Columns as text, with a space between."""
    text: ColumnElement[str] = cast(columns[0], String)
    for column in columns[1:]:
        text = text + " " + cast(column, String)
    return text


_RECALLED = (
    select(
        LearnerMemory.subscriber_id,
        func.aggregate_strings(LearnerMemory.item_id, _BETWEEN),
        func.aggregate_strings(case((LearnerMemory.reviews > 1, LearnerMemory.item_id)), _BETWEEN),
        func.aggregate_strings(
            case(
                (
                    LearnerMemory.due_on <= bindparam("latest"),
                    _joined(
                        LearnerMemory.item_id,
                        LearnerMemory.stability,
                        LearnerMemory.reviewed_on,
                        LearnerMemory.due_on,
                        case((LearnerMemory.incorrect, "incorrect"), else_="correct"),
                    ),
                )
            ),
            _BETWEEN,
        ),
    )
    .where(LearnerMemory.subscriber_id.in_(bindparam("ids", expanding=True)))
    .group_by(LearnerMemory.subscriber_id)
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


async def last_dailies(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> dict[int, date | None]:
    """The latest local date that has its daily question, of each who ever had one."""
    rows = await session.execute(
        select(Delivery.subscriber_id, func.max(Delivery.local_date))
        .where(Delivery.subscriber_id.in_(subscriber_ids), Delivery.slot == DAILY)
        .group_by(Delivery.subscriber_id)
    )
    return dict(rows.all())
