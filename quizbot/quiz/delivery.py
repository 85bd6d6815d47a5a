"""From claimed to sent: what is about to leave is marked first, what came of it is recorded after.

A question is sent again only if Telegram refused it for the moment or the request certainly never
left; what is in doubt is a matter of quiz.repair (invariant 2).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Correction, Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.quiz.corrections import Erratum, erratum
from quizbot.quiz.due import GRACE, local_date
from quizbot.quiz.learning import DAILY
from quizbot.quiz.subscribing import out_of_reach

# Telegram refuses polls that close in less than 5 seconds (Bot API, sendPoll); leave it room.
SHORTEST_OPEN = timedelta(seconds=15)


@dataclass(frozen=True)
class Outgoing:
    """A question marked as leaving, with all that its message needs."""

    delivery_id: int
    chat_id: int
    language: str
    item_id: str
    option_order: str
    closes_at: datetime
    practice: bool
    erratum: Erratum | None = None


class Result(Enum):
    """What came of a sending."""

    SENT = auto()
    NEVER_LEFT = auto()  # certainly not delivered: try again
    IN_DOUBT = auto()  # the reply was lost
    REFUSED = auto()  # Telegram will not take this message, ever
    UNREACHABLE = auto()  # blocked, deleted, never started


@dataclass(frozen=True)
class Outcome:
    """The result for one delivery; the ids only when it was sent."""

    delivery_id: int
    result: Result
    message_id: int | None = None
    poll_id: str | None = None


async def begin_sending(
    session: AsyncSession, now: datetime, limit: int, after: int = 0
) -> list[Outgoing]:
    """Mark up to `limit` claimed daily questions, oldest first, as leaving now.

    `after` passes over the ids up to that one. Claims whose day has ended, or whose subscriber
    has left meanwhile, are expired on the way.
    """
    while True:
        rows = await session.execute(
            select(Delivery, Subscriber, Correction)
            .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
            .outerjoin(Correction, Correction.delivery_id == Delivery.id)
            .where(
                Delivery.state == DeliveryState.CLAIMED,
                Delivery.slot == DAILY,
                Delivery.id > after,
            )
            .order_by(Delivery.id)
            .limit(limit)
            .with_for_update(of=Delivery, skip_locked=True)
        )
        claimed = rows.all()
        leaving = []
        for delivery, subscriber, correction in claimed:
            if _may_leave(delivery, subscriber, now):
                leaving.append(_leaving(delivery, subscriber, correction, now))
            else:
                delivery.state = DeliveryState.EXPIRED
        if leaving or not claimed:
            return leaving
        after = claimed[-1][0].id


async def begin_sending_one(
    session: AsyncSession, now: datetime, delivery_id: int
) -> list[Outgoing]:
    """Mark this question, which its addressee asked for, as leaving now.

    Empty if it is not claimed any more.
    """
    rows = await session.execute(
        select(Delivery, Subscriber, Correction)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(Correction, Correction.delivery_id == Delivery.id)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.CLAIMED)
        .with_for_update(of=Delivery)
    )
    return [
        _leaving(delivery, subscriber, correction, now)
        for delivery, subscriber, correction in rows
        if is_open(delivery, now)
    ]


def is_open(delivery: Delivery, now: datetime) -> bool:
    """Whether a poll of it would still be open long enough for Telegram to take it."""
    return delivery.closes_at - now >= SHORTEST_OPEN


def _may_leave(delivery: Delivery, subscriber: Subscriber, now: datetime) -> bool:
    today = local_date(now - GRACE, subscriber.timezone)
    active = subscriber.state is SubscriberState.ACTIVE
    return active and delivery.local_date >= today and is_open(delivery, now)


def _leaving(
    delivery: Delivery, subscriber: Subscriber, correction: Correction | None, now: datetime
) -> Outgoing:
    delivery.state = DeliveryState.SENDING
    delivery.sending_at = now
    return Outgoing(
        delivery_id=delivery.id,
        chat_id=delivery.subscriber_id,
        language=subscriber.language,
        item_id=delivery.item_id,
        option_order=delivery.option_order,
        closes_at=delivery.closes_at,
        practice=delivery.slot > DAILY,
        erratum=erratum(correction),
    )


_STATES = {
    Result.SENT: DeliveryState.SENT,
    Result.NEVER_LEFT: DeliveryState.CLAIMED,
    Result.IN_DOUBT: DeliveryState.UNCONFIRMED,
    Result.REFUSED: DeliveryState.REFUSED,
    Result.UNREACHABLE: DeliveryState.BLOCKED,
}


async def record_outcomes(session: AsyncSession, outcomes: Iterable[Outcome]) -> None:
    """Write down what came of the sendings."""
    # Those who cannot be reached first: a subscriber is locked before a delivery, everywhere.
    for outcome in sorted(outcomes, key=lambda each: each.result is not Result.UNREACHABLE):
        if outcome.result is Result.UNREACHABLE:
            await _lose(session, outcome.delivery_id)
        values: dict[str, object] = {"state": _STATES[outcome.result]}
        if outcome.result is Result.SENT:
            values |= {"message_id": outcome.message_id, "poll_id": outcome.poll_id}
        elif outcome.result is Result.IN_DOUBT:
            values["maybe_elsewhere"] = True
        await session.execute(
            update(Delivery)
            .where(Delivery.id == outcome.delivery_id, Delivery.state == DeliveryState.SENDING)
            .values(values)
        )


async def _lose(session: AsyncSession, delivery_id: int) -> None:
    addressee = await session.scalar(
        select(Delivery.subscriber_id).where(
            Delivery.id == delivery_id, Delivery.state == DeliveryState.SENDING
        )
    )
    if addressee is not None:
        await out_of_reach(session, addressee)
