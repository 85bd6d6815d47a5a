"""Questions that may be missing from their chat: they are offered, and sent again on request.

Never sent again unasked (invariant 2, ARCHITECTURE.md): only the subscriber can tell whether one is
there.
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

_BATCH_SIZE = 1000
_OFFER_RETRY = timedelta(seconds=30)

# A question in one of these may be missing from the chat.
MAYBE_MISSING = (
    DeliveryState.UNCONFIRMED,
    DeliveryState.OFFERED,
    DeliveryState.REFUSED,
    DeliveryState.BLOCKED,
    DeliveryState.EXPIRED,
)


async def mark_interrupted(session: AsyncSession, before: datetime | None = None) -> int:
    """Mark what was in flight at a crash or an outage as unconfirmed. Returns how many.

    `before` limits it to attempts that began no later.
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
    """Expire unconfirmed questions that have closed meanwhile."""
    closed = await _locked(
        session,
        and_(Delivery.is_in(DeliveryState.UNCONFIRMED), Delivery.closes_at < now + MIN_OPEN_TIME),
    )
    await session.execute(
        update(Delivery).where(Delivery.id.in_(closed)).values(state=DeliveryState.EXPIRED)
    )


async def _locked(session: AsyncSession, which: ColumnElement[bool]) -> Sequence[int]:
    """Returns their ids, locked. What another process has locked is skipped this time."""
    found = await session.scalars(
        select(Delivery.id)
        .where(which)
        .order_by(Delivery.id)
        .limit(_BATCH_SIZE)
        .with_for_update(skip_locked=True)
    )
    return found.all()


@dataclass(frozen=True)
class Unconfirmed:
    """An unconfirmed question, to be offered to its subscriber."""

    delivery_id: int
    attempt: int
    chat_id: int
    language: str


async def unconfirmed_to_offer(
    session: AsyncSession, now: datetime, after: timedelta, limit: int
) -> list[Unconfirmed]:
    """Returns what has been unconfirmed and unanswered for `after`, oldest first."""
    found = await session.execute(
        select(Delivery.id, Delivery.attempts, Delivery.subscriber_id, Subscriber.language)
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
    return [Unconfirmed(*row) for row in found]


async def record_offer(
    session: AsyncSession, offered: Unconfirmed, result: Result, now: datetime
) -> None:
    """Record the result of an offer. Unlike a question it may be sent twice, so it is retried.

    If the subscriber has asked for the question meanwhile, and that attempt is unconfirmed as well,
    it needs an offer of its own.
    """
    states = {Result.SENT: DeliveryState.OFFERED, Result.BLOCKED: DeliveryState.BLOCKED}
    tried: dict[str, object] = {"sending_at": now}
    if result is Result.NOT_SENT:
        tried = {"retry_at": now + _OFFER_RETRY}
    await session.execute(
        update(Delivery)
        .where(
            Delivery.id == offered.delivery_id,
            Delivery.attempts == offered.attempt,
            Delivery.state == DeliveryState.UNCONFIRMED,
        )
        .values(state=states.get(result, DeliveryState.UNCONFIRMED), **tried)
    )


@dataclass(frozen=True)
class NotReceived:
    """A subscriber's request for a question that did not arrive.

    A repeated request must not send it twice: `attempt` is the attempt that the request is about,
    `asked_at` the time of the request (UTC); None if unknown. `deleted` says that the message is
    known to be deleted, so that even a confirmed question is sent again.
    """

    subscriber_id: int
    delivery_id: int
    attempt: int | None = None
    asked_at: datetime | None = None
    deleted: bool = False


async def claim_again(
    session: AsyncSession, not_received: NotReceived, pool: ItemPool, now: datetime
) -> bool:
    """Claim a question again that its subscriber has not received. Returns whether it is claimed.

    It is not if it is somebody else's, confirmed, sent because of this very request, answered,
    closed, or withdrawn while it may be in the chat.
    """
    delivery = await session.scalar(
        select(Delivery)
        .where(Delivery.id == not_received.delivery_id)
        .with_for_update()
        .execution_options(populate_existing=True)  # as it is now, not as it was read before
    )
    if delivery is None or delivery.subscriber_id != not_received.subscriber_id:
        return False
    was_deleted = delivery.state is DeliveryState.SENT and not_received.deleted
    if not (delivery.state in MAYBE_MISSING or was_deleted) or _was_served(delivery, not_received):
        return False
    if not is_open(delivery, now) or await session.get(Answer, delivery.id) is not None:
        return False
    if not refresh_claim(delivery, pool):
        return False
    delivery.state = DeliveryState.CLAIMED
    return True


def _was_served(delivery: Delivery, not_received: NotReceived) -> bool:
    """Returns whether another attempt began after this request."""
    if not_received.attempt is not None:
        return delivery.attempts != not_received.attempt
    asked_at, sent_at = not_received.asked_at, delivery.sending_at
    return asked_at is not None and sent_at is not None and asked_at < sent_at
