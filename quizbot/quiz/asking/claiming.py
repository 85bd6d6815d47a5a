"""Deciding who gets which question: rows are made here, nothing is sent.

A claim is committed before anything leaves; the table's unique constraint allows one daily
question a subscriber and local date (invariant 1).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row, bindparam, exists, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from questions import Item
from quizbot.quiz.answers import corrections
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.asking.choosing import (
    ItemPool,
    LearnerHistory,
    Served,
    is_valid_order,
    learner_histories,
    practice_history,
    shuffle_options,
)
from quizbot.quiz.asking.question_days import (
    EVERY_DAY,
    Calendar,
    calendar_of,
    calendars,
    date_to_serve,
    local_date,
    next_due,
)
from quizbot.quiz.delivery import reminders
from quizbot.quiz.delivery.reminders import ReminderPolicy

log = structlog.get_logger(__name__)

_Row = Row[*tuple[Any, ...]]

_PRACTICE_OPEN = timedelta(days=1)


async def claim_due(
    session: AsyncSession, deck: ItemPool, now: datetime, limit: int, evening: ReminderPolicy
) -> int:
    """Claim a question for up to `limit` subscribers whose time has come; answers for how many.

    None means that nobody is left.

    Longest due first; but where there are more than that, a quarter is for who became due last,
    so that those of a later minute need not wait until a large earlier one is through.
    """
    due = await _due(session, now, limit)
    ids = [person.id for person in due]
    if not ids:
        return 0
    met = await learner_histories(session, ids, len(deck.items), now)
    due_corrections = await corrections.due_corrections(session, deck, ids)
    days = await calendars(session, ids)
    claims, moved = [], []
    for person in due:
        try:
            claim, next_at = _claim_of_due(
                person,
                days.get(person.id, EVERY_DAY),
                met[person.id],
                due_corrections.get(person.id, []),
                deck,
                now,
            )
        except ZoneInfoNotFoundError:  # one that the machine's data no longer has
            log.exception("no_such_zone", subscriber=person.id, zone=person.timezone)
            claim, next_at = None, now + timedelta(days=1)
        moved.append({"person": person.id, "next_at": next_at, "evening": person.remind_at})
        if claim is not None:
            claims.append(claim)
            moved[-1]["evening"] = reminders.reminder_due_at(
                claim.values["local_date"], person.timezone, now, evening
            )
    await _insert(session, claims)
    connection = await session.connection()
    await connection.execute(_MOVE_ON, moved)
    return len(due)


_DUE = select(
    Subscriber.id,
    Subscriber.timezone,
    Subscriber.question_time,
    Subscriber.next_due_at,
    Subscriber.remind_at,
).where(Subscriber.next_due_at <= bindparam("now"))

_MOVE_ON = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("person"))
    .values(next_due_at=bindparam("next_at"), remind_at=bindparam("evening"))
)


async def _due(session: AsyncSession, now: datetime, limit: int) -> list[_Row]:
    """Whose time has come, locked: the longest due, and some of the latest."""
    share = limit // _SHARE
    connection = await session.connection()
    oldest = [*await connection.execute(_LONGEST_DUE, {"now": now, "size": limit - share})]
    if share == 0 or len(oldest) < limit - share:
        return oldest
    after = oldest[-1].next_due_at
    latest = {"now": now, "after": after, "size": share}
    return [*oldest, *await connection.execute(_LATEST_DUE, latest)]


_SHARE = 4  # a quarter of a batch is for the latest

_LONGEST_DUE = (
    _DUE.order_by(Subscriber.next_due_at).limit(bindparam("size")).with_for_update(skip_locked=True)
)

_LATEST_DUE = (
    _DUE.where(Subscriber.next_due_at > bindparam("after"))
    .order_by(Subscriber.next_due_at.desc())
    .limit(bindparam("size"))
    .with_for_update(skip_locked=True)
)


async def count_waiting(session: AsyncSession, now: datetime) -> int:
    """How many daily questions are still to be sent: those claimed, and those due."""
    claimed = select(func.count(Delivery.id)).where(
        Delivery.is_in(DeliveryState.CLAIMED), Delivery.slot == DAILY
    )
    due = select(func.count(Subscriber.id)).where(Subscriber.next_due_at <= now)
    return (await session.scalar(claimed) or 0) + (await session.scalar(due) or 0)


@dataclass(frozen=True)
class _Claim:
    """The columns of a delivery, and the correction that goes with it."""

    values: dict[str, Any]
    correction: ItemCorrection | None


def _claim_of_due(
    person: _Row,
    days: Calendar,
    met: Served,
    due_corrections: list[ItemCorrection],
    deck: ItemPool,
    now: datetime,
) -> tuple[_Claim | None, datetime]:
    """The claim for somebody who is due, if a date is to be served; and when they are due next."""
    zone, at, last = person.timezone, person.question_time, met.last_daily
    day = date_to_serve(person.next_due_at, now, zone, at)
    if day is None or (last is not None and day <= last) or not days.asks(day):
        return None, next_due(now, zone, at, last, days.asks).at
    claim = _daily(person, day, days, met.past, due_corrections, deck, now)
    return claim, claim.values["closes_at"]


def _daily(
    person: _Row | Subscriber,
    day: date,
    days: Calendar,
    past: LearnerHistory,
    due_corrections: list[ItemCorrection],
    deck: ItemPool,
    now: datetime,
) -> _Claim:
    """The day's question, open until the next one is due, and a correction that goes with it.

    One that would give the question away waits; asking a corrected item anew corrects it, too.
    """
    past = replace(past, told=due_corrections[0].item_id) if due_corrections else past
    closes_at = next_due(now, person.timezone, person.question_time, day, days.asks).at
    item, order = deck.daily(past, day)
    fitting = (each for each in due_corrections if item.id not in deck.near(each.item_id))
    values = _delivery(person.id, (day, DAILY), (item, order), now, closes_at)
    return _Claim(values, next(fitting, None))


async def _insert(session: AsyncSession, claims: Sequence[_Claim]) -> None:
    """Most in one go; those with a correction need to know their id."""
    if plain := [claim.values for claim in claims if claim.correction is None]:
        connection = await session.connection()
        await connection.execute(insert(Delivery), plain)
    for claim in claims:
        if claim.correction is not None:
            delivery = Delivery(**claim.values)
            session.add(delivery)
            await session.flush()
            session.add(corrections.correction_row(delivery, claim.correction))
    await session.flush()


async def claim_today(
    session: AsyncSession,
    subscriber: Subscriber,
    deck: ItemPool,
    now: datetime,
    evening: ReminderPolicy,
) -> Delivery | None:
    """Today's question for somebody who asks: the one that exists, or a new claim.

    On a day without a question it is the latest one; None if there never was any.
    """
    today = local_date(now, subscriber.timezone)
    latest = await latest_daily(session, subscriber.id)
    days = await calendar_of(session, subscriber.id)
    if (latest is not None and latest.local_date >= today) or not days.asks(today):
        return latest
    met = (await learner_histories(session, [subscriber.id], len(deck.items), now))[subscriber.id]
    due_corrections = (await corrections.due_corrections(session, deck, [subscriber.id])).get(
        subscriber.id, []
    )
    claim = _daily(subscriber, today, days, met.past, due_corrections, deck, now)
    if subscriber.next_due_at is not None:
        subscriber.next_due_at = claim.values["closes_at"]
        subscriber.remind_at = reminders.reminder_due_at(today, subscriber.timezone, now, evening)
    await _expire_earlier(session, subscriber.id, today)
    await _insert(session, [claim])
    claimed = await latest_daily(session, subscriber.id)
    assert claimed is not None  # noqa: S101 -- it was just inserted
    return claimed


async def _expire_earlier(session: AsyncSession, subscriber_id: int, day: date) -> None:
    """Questions of earlier dates that have not arrived do not come beside the day's."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.local_date < day,
            Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.UNCONFIRMED)),
        )
        .values(state=DeliveryState.EXPIRED)
    )


async def claim_practice(
    session: AsyncSession, subscriber: Subscriber, deck: ItemPool, now: datetime
) -> Delivery:
    """An unscored question: the one that is still open, or a new claim, as many as one likes.

    Practice leaves the daily questions their order: what was practised still comes as a daily one.
    """
    today = local_date(now, subscriber.timezone)
    if (still_open := await _open_practice(session, subscriber.id, now)) is not None:
        return still_open
    seen = await practice_history(session, subscriber.id, today, len(deck.items))
    drawn = deck.practice(seen.met, seen.resting)
    place = today, seen.last_slot + 1
    delivery = Delivery(**_delivery(subscriber.id, place, drawn, now, now + _PRACTICE_OPEN))
    session.add(delivery)
    await session.flush()
    return delivery


async def _open_practice(
    session: AsyncSession, subscriber_id: int, now: datetime
) -> Delivery | None:
    found: Delivery | None = await session.scalar(
        select(Delivery)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.slot > DAILY,
            Delivery.closes_at > now,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return found


async def replace_withdrawn(session: AsyncSession, deck: ItemPool) -> int:
    """At start, when the bank may have changed: other items for claims that cannot go as they are.

    What may be in the chat already keeps its item. Answers how many.
    """
    untried = await session.scalars(
        select(Delivery)
        .where(Delivery.is_in(DeliveryState.CLAIMED), Delivery.possibly_delivered.is_(False))
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)  # another process may be sending one just now
    )
    redrawn = sum([_redrawn(delivery, deck) for delivery in untried])
    await corrections.drop_stale_corrections(session, deck)
    return redrawn


def _redrawn(delivery: Delivery, deck: ItemPool) -> bool:
    """Gives a question that has not left what can be sent today; whether that was needed."""
    item = deck.item(delivery.item_id)
    if item is not None and is_current(delivery, item):
        return False
    if item is not None:  # asked in its new words
        delivery.option_order = shuffle_options(item, deck.rng)
    else:
        past = LearnerHistory(resting=[delivery.item_id])
        item, delivery.option_order = deck.daily(past, delivery.local_date)
        delivery.item_id = item.id
    delivery.item_revision = item.revision
    return True


def refresh_claim(delivery: Delivery, deck: ItemPool) -> bool:
    """Before a question is sent after all: whether it can be, if need be as another one.

    What may be in the chat already cannot become another.
    """
    item = deck.item(delivery.item_id)
    if delivery.possibly_delivered:
        return item is not None and is_current(delivery, item)
    _redrawn(delivery, deck)
    return True


def is_current(delivery: Delivery, item: Item) -> bool:
    """Whether it can be sent as it was claimed."""
    return delivery.item_revision == item.revision and is_valid_order(delivery.option_order, item)


async def latest_daily(session: AsyncSession, subscriber_id: int) -> Delivery | None:
    """The latest day's question, sent or not."""
    return await session.scalar(
        select(Delivery)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.slot == DAILY)
        .order_by(Delivery.local_date.desc())
        .limit(1)
    )


async def is_waiting(session: AsyncSession, delivery: Delivery, now: datetime) -> bool:
    """Whether it is open and unanswered."""
    return delivery.closes_at > now and await session.get(Answer, delivery.id) is None


def _delivery(
    subscriber_id: int,
    place: tuple[date, int],
    drawn: tuple[Item, str],
    now: datetime,
    closes_at: datetime,
) -> dict[str, Any]:
    """The columns of a new one."""
    item, option_order = drawn
    return {
        "subscriber_id": subscriber_id,
        "local_date": place[0],
        "slot": place[1],
        "item_id": item.id,
        "item_revision": item.revision,
        "option_order": option_order,
        "state": DeliveryState.CLAIMED,
        "possibly_delivered": False,
        "claimed_at": now,
        "closes_at": closes_at,
        "attempts": 0,
    }
