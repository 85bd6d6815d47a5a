"""Questions that may be missing from their chat: doubted, offered, sent when asked for.

Never sent again blindly (invariant 2): only the addressee can tell whether it is there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.claiming import refresh_claim
from quizbot.quiz.delivery.outcomes import MIN_OPEN_TIME, Result, is_open

_AT_ONCE = 1000
_OFFER_AGAIN = timedelta(seconds=30)

# A question in one of these may be missing from the chat.
MAYBE_MISSING = (
    DeliveryState.UNCONFIRMED,
    DeliveryState.OFFERED,
    DeliveryState.REFUSED,
    DeliveryState.BLOCKED,
    DeliveryState.EXPIRED,
)


async def mark_interrupted(session: AsyncSession, before: datetime | None = None) -> int:
    """What was caught in flight, by a crash or an outage, is unconfirmed. Answers how many.

    `before` leaves alone what began to leave later than that.
    """
    in_flight = Delivery.is_in(DeliveryState.SENDING)
    if before is not None:
        in_flight = and_(in_flight, Delivery.sending_at <= before)
    interrupted = await _locked(session, in_flight)
    await session.execute(
        update(Delivery)
        .where(Delivery.id.in_(interrupted))
        .values(state=DeliveryState.UNCONFIRMED, possibly_delivered=True)
    )
    return len(interrupted)


async def expire_unconfirmed(session: AsyncSession, now: datetime) -> None:
    """What is in doubt and has closed meanwhile is past."""
    closed = await _locked(
        session,
        and_(Delivery.is_in(DeliveryState.UNCONFIRMED), Delivery.closes_at < now + MIN_OPEN_TIME),
    )
    await session.execute(
        update(Delivery).where(Delivery.id.in_(closed)).values(state=DeliveryState.EXPIRED)
    )


async def _locked(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[int]:
    """Their ids. What somebody else is at work on has its turn later."""
    found = await session.scalars(
        select(Delivery.id)
        .where(which)
        .order_by(Delivery.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return found.all()


@dataclass(frozen=True)
class Unconfirmed:
    """A question that was never confirmed, to be offered to its addressee."""

    delivery_id: int
    attempt: int
    chat_id: int
    language: str


async def unconfirmed_to_offer(
    session: AsyncSession, now: datetime, after: timedelta, limit: int
) -> list[Unconfirmed]:
    """What has been in doubt and unanswered for `after`, oldest first."""
    found = await session.execute(
        select(Delivery, Subscriber.language)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(
            Delivery.is_in(DeliveryState.UNCONFIRMED),
            Delivery.sending_at <= now - after,
            or_(Delivery.retry_at.is_(None), Delivery.retry_at <= now),
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    return [
        Unconfirmed(delivery.id, delivery.attempts, delivery.subscriber_id, language)
        for delivery, language in found.all()
    ]


async def record_offer(
    session: AsyncSession, delivery_id: int, result: Result, now: datetime
) -> None:
    """The note is out, or is tried again later: unlike a question, a note may come twice."""
    states = {Result.SENT: DeliveryState.OFFERED, Result.BLOCKED: DeliveryState.BLOCKED}
    tried: dict[str, object] = {"sending_at": now}
    if result is Result.NOT_SENT:
        tried = {"retry_at": now + _OFFER_AGAIN}
    await session.execute(
        update(Delivery)
        .where(Delivery.id == delivery_id, Delivery.state == DeliveryState.UNCONFIRMED)
        .values(state=states.get(result, DeliveryState.UNCONFIRMED), **tried)
    )


@dataclass(frozen=True)
class NotReceived:
    """Somebody says that a question did not arrive.

    A request that we were told twice must not send it twice: `attempt` is the one that the request
    is about, `asked_at` the moment of the request; None where it does not tell. `gone` says that
    the message is known to be gone, so that even a confirmed one leaves again.
    """

    subscriber_id: int
    delivery_id: int
    attempt: int | None = None
    asked_at: datetime | None = None
    gone: bool = False


async def claim_again(
    session: AsyncSession, not_received: NotReceived, pool: ItemPool, now: datetime
) -> bool:
    """Its addressee asks for a question that is not there: make it ready to leave once more.

    False when there is nothing to send: not theirs, there already, sent because of this very
    request, answered, past, or withdrawn while it may be in the chat.
    """
    delivery = await session.scalar(
        select(Delivery)
        .where(Delivery.id == not_received.delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)  # as it is now, not as it was looked at before
    )
    if delivery is None or delivery.subscriber_id != not_received.subscriber_id:
        return False
    there = delivery.state is DeliveryState.SENT and not_received.gone
    if (delivery.state not in MAYBE_MISSING and not there) or _was_served(delivery, not_received):
        return False
    if not is_open(delivery, now) or await session.get(Answer, delivery.id) is not None:
        return False
    if not refresh_claim(delivery, pool):
        return False
    delivery.state = DeliveryState.CLAIMED
    return True


def _was_served(delivery: Delivery, not_received: NotReceived) -> bool:
    """Whether it set out again after this request was made."""
    if not_received.attempt is not None:
        return delivery.attempts != not_received.attempt
    asked_at, sent_at = not_received.asked_at, delivery.sending_at
    return asked_at is not None and sent_at is not None and asked_at < sent_at
