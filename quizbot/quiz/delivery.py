"""From claimed to sent: what is about to leave is marked first, what came of it is recorded after.

A question is sent again only if Telegram refused it for the moment or the request certainly never
left; in doubt it is offered, not re-sent (invariant 2).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto

from sqlalchemy import exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from quizbot.quiz.subscribing import out_of_reach

# Telegram refuses polls that close in less than 5 seconds (Bot API, sendPoll); leave it room.
_SHORTEST_OPEN = timedelta(seconds=15)


# A question in one of these may be missing from the chat.
NOT_THERE = (
    DeliveryState.UNCONFIRMED,
    DeliveryState.OFFERED,
    DeliveryState.REFUSED,
    DeliveryState.BLOCKED,
    DeliveryState.EXPIRED,
)


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
    """Mark up to `limit` claimed deliveries, oldest first, as leaving now.

    `after` passes over the ids up to that one. Claims whose day has ended are expired instead.
    """
    claimed = Delivery.state == DeliveryState.CLAIMED
    await session.execute(
        update(Delivery)
        .where(claimed, Delivery.closes_at < now + _SHORTEST_OPEN)
        .values(state=DeliveryState.EXPIRED)
    )
    leaving = await session.scalars(
        select(Delivery)
        .where(claimed, Delivery.id > after)
        .order_by(Delivery.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _outgoing(session, leaving.all(), now)


async def begin_sending_one(
    session: AsyncSession, now: datetime, delivery_id: int
) -> list[Outgoing]:
    """Mark this delivery as leaving now; empty if it is not claimed (any more)."""
    delivery = await session.scalar(
        select(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.CLAIMED)
        .with_for_update()
    )
    if delivery is None or not _still_worth_sending(delivery, now):
        return []
    return await _outgoing(session, [delivery], now)


async def claim_again(
    session: AsyncSession, subscriber_id: int, delivery_id: int, now: datetime, *, gone: bool
) -> bool:
    """Its addressee asks for a question that is not there: make it ready to leave once more.

    `gone` says that the message is known to be gone, so that even a confirmed one leaves again.
    False when there is nothing to send: not theirs, there already, answered, or past.
    """
    delivery = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    )
    if delivery is None or delivery.subscriber_id != subscriber_id:
        return False
    if delivery.state not in NOT_THERE and not (gone and delivery.state is DeliveryState.SENT):
        return False
    if await session.get(Answer, delivery_id) or not _still_worth_sending(delivery, now):
        return False
    delivery.state = DeliveryState.CLAIMED
    return True


def _still_worth_sending(delivery: Delivery, now: datetime) -> bool:
    if delivery.closes_at - now >= _SHORTEST_OPEN:
        return True
    delivery.state = DeliveryState.EXPIRED
    return False


async def _outgoing(
    session: AsyncSession, leaving: Sequence[Delivery], now: datetime
) -> list[Outgoing]:
    """What is needed to send them, once they are marked."""
    for delivery in leaving:
        delivery.state = DeliveryState.SENDING
        delivery.sending_at = now
        delivery.attempts += 1
    languages = dict(
        (
            await session.execute(
                select(Subscriber.id, Subscriber.language).where(
                    Subscriber.id.in_([delivery.subscriber_id for delivery in leaving])
                )
            )
        ).all()
    )
    return [
        Outgoing(
            delivery_id=delivery.id,
            chat_id=delivery.subscriber_id,
            language=languages[delivery.subscriber_id],
            item_id=delivery.item_id,
            option_order=delivery.option_order,
            closes_at=delivery.closes_at,
            practice=delivery.slot > 0,
        )
        for delivery in leaving
    ]


_STATES = {
    Result.SENT: DeliveryState.SENT,
    Result.NEVER_LEFT: DeliveryState.CLAIMED,
    Result.IN_DOUBT: DeliveryState.UNCONFIRMED,
    Result.REFUSED: DeliveryState.REFUSED,
    Result.UNREACHABLE: DeliveryState.BLOCKED,
}


async def record_outcomes(session: AsyncSession, outcomes: Iterable[Outcome]) -> None:
    """Write down what came of the sendings."""
    for outcome in outcomes:
        values: dict[str, object] = {"state": _STATES[outcome.result]}
        if outcome.result is Result.SENT:
            values |= {"message_id": outcome.message_id, "poll_id": outcome.poll_id}
        subscriber_id = await session.scalar(
            update(Delivery)
            .where(Delivery.id == outcome.delivery_id, Delivery.state == DeliveryState.SENDING)
            .values(values)
            .returning(Delivery.subscriber_id)
        )
        if outcome.result is Result.UNREACHABLE and subscriber_id is not None:
            await out_of_reach(session, subscriber_id)


async def doubt_interrupted(session: AsyncSession) -> int:
    """At start: what a crash caught in flight is unconfirmed. Answers how many."""
    interrupted = await session.scalars(
        update(Delivery)
        .where(Delivery.state == DeliveryState.SENDING)
        .values(state=DeliveryState.UNCONFIRMED)
        .returning(Delivery.id)
    )
    return len(interrupted.all())


@dataclass(frozen=True)
class Doubtful:
    """A question that was never confirmed, to be offered to its addressee."""

    delivery_id: int
    chat_id: int
    language: str


async def unconfirmed(
    session: AsyncSession, now: datetime, after: timedelta, limit: int
) -> list[Doubtful]:
    """What has been in doubt and unanswered for `after`, oldest first."""
    found = await session.execute(
        select(Delivery, Subscriber.language)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.state == DeliveryState.UNCONFIRMED,
            Delivery.sending_at <= now - after,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [
        Doubtful(delivery.id, delivery.subscriber_id, language)
        for delivery, language in found.all()
        if _still_worth_sending(delivery, now)
    ]


async def record_offer(
    session: AsyncSession, delivery_id: int, result: Result, now: datetime
) -> None:
    """The note is out, or is tried again later: unlike a question, a note may come twice."""
    states = {Result.SENT: DeliveryState.OFFERED, Result.UNREACHABLE: DeliveryState.BLOCKED}
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.UNCONFIRMED)
        .values(state=states.get(result, DeliveryState.UNCONFIRMED), sending_at=now)
    )
