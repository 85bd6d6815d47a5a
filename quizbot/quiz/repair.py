"""Questions that may be missing from their chat: doubted, offered, sent when asked for.

Never sent again blindly (invariant 2): only the addressee can tell whether it is there.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from quizbot.quiz.choosing import Deck
from quizbot.quiz.claiming import refresh
from quizbot.quiz.delivery import SHORTEST_OPEN, Result, is_open

# A question in one of these may be missing from the chat.
NOT_THERE = (
    DeliveryState.UNCONFIRMED,
    DeliveryState.OFFERED,
    DeliveryState.REFUSED,
    DeliveryState.BLOCKED,
    DeliveryState.EXPIRED,
)


async def doubt_interrupted(session: AsyncSession, before: datetime | None = None) -> int:
    """What was caught in flight, by a crash or an outage, is unconfirmed. Answers how many.

    `before` leaves alone what began to leave later than that.
    """
    in_flight = Delivery.is_in(DeliveryState.SENDING)
    interrupted = await session.scalars(
        update(Delivery)
        .where(in_flight if before is None else and_(in_flight, Delivery.sending_at <= before))
        .values(state=DeliveryState.UNCONFIRMED, maybe_elsewhere=True)
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
    """What has been in doubt and unanswered for `after`, oldest first; what has closed expires."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.is_in(DeliveryState.UNCONFIRMED),
            Delivery.closes_at < now + SHORTEST_OPEN,
        )
        .values(state=DeliveryState.EXPIRED)
    )
    found = await session.execute(
        select(Delivery, Subscriber.language)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.is_in(DeliveryState.UNCONFIRMED),
            Delivery.sending_at <= now - after,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [
        Doubtful(delivery.id, delivery.subscriber_id, language)
        for delivery, language in found.all()
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


async def claim_again(
    session: AsyncSession,
    subscriber_id: int,
    delivery_id: int,
    deck: Deck,
    now: datetime,
    *,
    gone: bool,
) -> bool:
    """Its addressee asks for a question that is not there: make it ready to leave once more.

    `gone` says that the message is known to be gone, so that even a confirmed one leaves again.
    False when there is nothing to send: not theirs, there already, answered, past, or withdrawn
    while it may be in the chat.
    """
    delivery = await session.scalar(
        select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    )
    if delivery is None or delivery.subscriber_id != subscriber_id:
        return False
    if delivery.state not in NOT_THERE and not (gone and delivery.state is DeliveryState.SENT):
        return False
    if not is_open(delivery, now) or await session.get(Answer, delivery_id) is not None:
        return False
    if not refresh(delivery, deck):
        return False
    delivery.state = DeliveryState.CLAIMED
    return True
