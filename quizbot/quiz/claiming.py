"""Deciding who gets which question: rows are made here, nothing is sent.

A claim is committed before anything leaves; the table's unique constraint allows one daily
question a subscriber and local date (invariant 1).
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from questions import Item
from quizbot.quiz.choosing import Deck, fits
from quizbot.quiz.due import date_to_serve, local_date, next_due

log = structlog.get_logger(__name__)

DAILY = 0
_PRACTICE_OPEN = timedelta(days=1)


@dataclass
class _History:
    """What one subscriber was sent lately, and the dates and slots used.

    Item ids are oldest first: of daily questions, of all, and of the last daily and all since.
    """

    daily: list[str] = field(default_factory=list)
    all: list[str] = field(default_factory=list)
    recent: list[str] = field(default_factory=list)
    last_daily: date | None = None
    last_slot: dict[date, int] = field(default_factory=lambda: defaultdict(int))


async def claim_due(session: AsyncSession, deck: Deck, now: datetime, limit: int) -> int:
    """Claim a question for up to `limit` subscribers whose time has come, longest due first.

    Answers how many were due; less than `limit` means that nobody else is.
    """
    due = (
        await session.scalars(
            select(Subscriber)
            .where(Subscriber.next_due_at <= now)
            .order_by(Subscriber.next_due_at)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
    ).all()
    histories = await _histories(session, [subscriber.id for subscriber in due], deck, now)
    for subscriber in due:
        try:
            _claim_if_due(session, subscriber, histories[subscriber.id], deck, now)
        except ZoneInfoNotFoundError:  # one that the machine's data no longer has
            log.exception("no_such_zone", subscriber=subscriber.id, zone=subscriber.timezone)
            subscriber.next_due_at = now + timedelta(days=1)
    await session.flush()
    return len(due)


def _claim_if_due(
    session: AsyncSession,
    subscriber: Subscriber,
    history: _History,
    deck: Deck,
    now: datetime,
) -> None:
    zone, at, last = subscriber.timezone, subscriber.question_time, history.last_daily
    assert subscriber.next_due_at is not None  # noqa: S101 -- selected by it
    day = date_to_serve(subscriber.next_due_at, now, zone, at)
    if day is not None and (last is None or day > last):
        upcoming = next_due(now, zone, at, day)
        session.add(
            _delivery(
                subscriber.id,
                (day, DAILY),
                deck.draw(history.daily, history.recent),
                now,
                upcoming.at,
            )
        )
    else:
        upcoming = next_due(now, zone, at, last)
    subscriber.next_due_at = upcoming.at


async def claim_today(
    session: AsyncSession, subscriber: Subscriber, deck: Deck, now: datetime
) -> Delivery:
    """Today's question for somebody who asks: the one that exists, or a new claim."""
    today = local_date(now, subscriber.timezone)
    latest = await latest_daily(session, subscriber.id)
    if latest is not None and latest.local_date >= today:
        return latest
    upcoming = next_due(now, subscriber.timezone, subscriber.question_time, today)
    history = (await _histories(session, [subscriber.id], deck, now))[subscriber.id]
    drawn = deck.draw(history.daily, history.recent)
    delivery = _delivery(subscriber.id, (today, DAILY), drawn, now, upcoming.at)
    session.add(delivery)
    if subscriber.next_due_at is not None:
        subscriber.next_due_at = upcoming.at
    await _expire_earlier(session, subscriber.id, today)
    await session.flush()
    return delivery


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
    session: AsyncSession, subscriber: Subscriber, deck: Deck, now: datetime
) -> Delivery:
    """An unscored question: the one that is still open, or a new claim, as many as one likes.

    Practice leaves the daily questions their order: what was practised still comes as a daily one.
    """
    today = local_date(now, subscriber.timezone)
    if (still_open := await _open_practice(session, subscriber.id, now)) is not None:
        return still_open
    history = (await _histories(session, [subscriber.id], deck, now))[subscriber.id]
    slot = history.last_slot[today] + 1
    drawn = deck.draw(history.all, history.recent)
    delivery = _delivery(subscriber.id, (today, slot), drawn, now, now + _PRACTICE_OPEN)
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


async def redraw_withdrawn(session: AsyncSession, deck: Deck) -> int:
    """At start, when the bank may have changed: other items for claims that cannot go as they are.

    What may be in the chat already keeps its item. Answers how many.
    """
    untried = await session.scalars(
        select(Delivery).where(
            Delivery.state == DeliveryState.CLAIMED, Delivery.maybe_elsewhere.is_(False)
        )
    )
    sendable = {item.id: item for item in deck.items}
    redrawn = 0
    for delivery in untried:
        item = sendable.get(delivery.item_id)
        if item is None or not fits(delivery.option_order, item):
            chosen, delivery.option_order = deck.draw([], [delivery.item_id])
            delivery.item_id = chosen.id
            redrawn += 1
    return redrawn


async def latest_daily(session: AsyncSession, subscriber_id: int) -> Delivery | None:
    """The latest day's question, sent or not."""
    return await session.scalar(
        select(Delivery)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.slot == DAILY)
        .order_by(Delivery.local_date.desc())
        .limit(1)
    )


async def is_answered(session: AsyncSession, delivery: Delivery) -> bool:
    return await session.get(Answer, delivery.id) is not None


async def _histories(
    session: AsyncSession, subscriber_ids: Iterable[int], deck: Deck, now: datetime
) -> dict[int, _History]:
    """One query for the whole batch. Older deliveries than two rounds of the bank do not matter."""
    since = (now - timedelta(days=2 * len(deck.items) + 2)).date()
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.item_id, Delivery.local_date, Delivery.slot)
        .where(Delivery.subscriber_id.in_(list(subscriber_ids)), Delivery.local_date >= since)
        .order_by(Delivery.id)
    )
    histories: dict[int, _History] = defaultdict(_History)
    for subscriber_id, item_id, day, slot in rows:
        history = histories[subscriber_id]
        history.all.append(item_id)
        history.last_slot[day] = max(history.last_slot[day], slot)
        if slot == DAILY:
            history.daily.append(item_id)
            history.recent.clear()
            history.last_daily = max(history.last_daily or day, day)
        history.recent.append(item_id)
    return histories


def _delivery(
    subscriber_id: int,
    place: tuple[date, int],
    drawn: tuple[Item, str],
    now: datetime,
    closes_at: datetime,
) -> Delivery:
    item, option_order = drawn
    return Delivery(
        subscriber_id=subscriber_id,
        local_date=place[0],
        slot=place[1],
        item_id=item.id,
        option_order=option_order,
        state=DeliveryState.CLAIMED,
        maybe_elsewhere=False,
        claimed_at=now,
        closes_at=closes_at,
    )
