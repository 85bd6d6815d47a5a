"""Deciding who gets which question: rows are made here, nothing is sent.

A claim is committed before anything leaves; the table's unique constraint allows one daily
question a subscriber and local date (invariant 1).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from questions import Item
from quizbot.quiz import corrections
from quizbot.quiz.choosing import Deck, Past, fits, shuffle
from quizbot.quiz.corrections import Erratum
from quizbot.quiz.due import date_to_serve, local_date, next_due
from quizbot.quiz.learning import DAILY, History, histories

log = structlog.get_logger(__name__)

_PRACTICE_OPEN = timedelta(days=1)


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
    ids = [subscriber.id for subscriber in due]
    met = await _histories(session, ids, deck, now)
    errata = await corrections.untold(session, deck, ids)
    claims = []
    for subscriber in due:
        try:
            claims += _claims_of_due(
                subscriber, met[subscriber.id], errata.get(subscriber.id, []), deck, now
            )
        except ZoneInfoNotFoundError:  # one that the machine's data no longer has
            log.exception("no_such_zone", subscriber=subscriber.id, zone=subscriber.timezone)
            subscriber.next_due_at = now + timedelta(days=1)
    await _add(session, claims)
    return len(due)


@dataclass(frozen=True)
class _Claim:
    delivery: Delivery
    erratum: Erratum | None


def _claims_of_due(
    subscriber: Subscriber, history: History, errata: list[Erratum], deck: Deck, now: datetime
) -> list[_Claim]:
    """The claim for somebody who is due, if a date is to be served; moves `next_due_at` on."""
    zone, at, last = subscriber.timezone, subscriber.question_time, history.last_daily
    assert subscriber.next_due_at is not None  # noqa: S101 -- selected by it
    day = date_to_serve(subscriber.next_due_at, now, zone, at)
    if day is None or (last is not None and day <= last):
        subscriber.next_due_at = next_due(now, zone, at, last).at
        return []
    claim = _daily(subscriber, day, history, errata, deck, now)
    subscriber.next_due_at = claim.delivery.closes_at
    return [claim]


def _daily(
    subscriber: Subscriber,
    day: date,
    history: History,
    errata: list[Erratum],
    deck: Deck,
    now: datetime,
) -> _Claim:
    """The day's question, open until the next one is due, and a correction that goes with it.

    One that would give the question away waits; asking a corrected item anew corrects it, too.
    """
    past = replace(history.past, told=errata[0].item_id) if errata else history.past
    closes_at = next_due(now, subscriber.timezone, subscriber.question_time, day).at
    delivery = _delivery(subscriber.id, (day, DAILY), deck.daily(past, day), now, closes_at)
    fitting = (each for each in errata if delivery.item_id not in deck.near(each.item_id))
    return _Claim(delivery, next(fitting, None))


async def _add(session: AsyncSession, claims: Sequence[_Claim]) -> None:
    session.add_all(claim.delivery for claim in claims)
    await session.flush()  # gives the deliveries their ids
    session.add_all(
        corrections.correction(claim.delivery, claim.erratum) for claim in claims if claim.erratum
    )
    await session.flush()


async def claim_today(
    session: AsyncSession, subscriber: Subscriber, deck: Deck, now: datetime
) -> Delivery:
    """Today's question for somebody who asks: the one that exists, or a new claim."""
    today = local_date(now, subscriber.timezone)
    latest = await latest_daily(session, subscriber.id)
    if latest is not None and latest.local_date >= today:
        return latest
    history = (await _histories(session, [subscriber.id], deck, now))[subscriber.id]
    errata = (await corrections.untold(session, deck, [subscriber.id])).get(subscriber.id, [])
    claim = _daily(subscriber, today, history, errata, deck, now)
    if subscriber.next_due_at is not None:
        subscriber.next_due_at = claim.delivery.closes_at
    await _expire_earlier(session, subscriber.id, today)
    await _add(session, [claim])
    return claim.delivery


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
    drawn = deck.practice(history.all, history.resting)
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
    redrawn = sum([_redrawn(delivery, deck) for delivery in untried])
    await corrections.drop_stale(session, deck)
    return redrawn


def _redrawn(delivery: Delivery, deck: Deck) -> bool:
    """Gives a question that has not left what can be sent today; whether that was needed."""
    item = deck.item(delivery.item_id)
    if item is not None and stands(delivery, item):
        return False
    if item is not None:  # asked in its new words
        delivery.option_order = shuffle(item, deck.rng)
    else:
        past = Past(resting=[delivery.item_id])
        item, delivery.option_order = deck.daily(past, delivery.local_date)
        delivery.item_id = item.id
    delivery.item_revision = item.revision
    return True


def refresh(delivery: Delivery, deck: Deck) -> bool:
    """Before a question is sent after all: whether it can be, if need be as another one.

    What may be in the chat already cannot become another.
    """
    item = deck.item(delivery.item_id)
    if delivery.maybe_elsewhere:
        return item is not None and stands(delivery, item)
    _redrawn(delivery, deck)
    return True


def stands(delivery: Delivery, item: Item) -> bool:
    """Whether it can be sent as it was claimed."""
    return delivery.item_revision == item.revision and fits(delivery.option_order, item)


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
) -> Mapping[int, History]:
    """Deliveries before the last round of the bank do not matter."""
    since = now.date() - timedelta(days=len(deck.items) + 2)
    return await histories(session, subscriber_ids, since)


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
        item_revision=item.revision,
        option_order=option_order,
        state=DeliveryState.CLAIMED,
        maybe_elsewhere=False,
        claimed_at=now,
        closes_at=closes_at,
    )
