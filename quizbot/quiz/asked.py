"""Which delivery a vote is about."""

from collections.abc import Collection
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery, DeliveryState

_UPDATES_KEPT = timedelta(hours=24)  # Bot API, getUpdates


class Asked(NamedTuple):
    """A delivery, with what a vote on it needs to know."""

    id: int
    subscriber_id: int
    local_date: date
    slot: int
    item_id: str
    item_revision: int
    option_order: str
    state: DeliveryState
    message_id: int | None
    poll_id: str | None
    answer_id: int | None
    overtaken: bool


def _query() -> Select[tuple[object, ...]]:
    """Deliveries with what a vote on them needs to know.

    `overtaken` is whether the next day's question was there while this one was still open. The
    poll closes by itself when the next one is due, so a vote that we only hear of after that was
    cast in time. Only a next question that came early (asked for, or after a change of time) can
    have overtaken it.
    """
    later = aliased(Delivery)
    overtaken = exists().where(
        later.subscriber_id == Delivery.subscriber_id,
        later.slot == DAILY,
        later.local_date > Delivery.local_date,
        later.claimed_at < Delivery.closes_at,
    )
    own = (getattr(Delivery, name) for name in Asked._fields[:-2])
    return select(*own, Answer.delivery_id, overtaken).outerjoin(
        Answer, Answer.delivery_id == Delivery.id
    )


_ASKED = _query()


async def of_polls(session: AsyncSession, poll_ids: Collection[str]) -> dict[str | None, Asked]:
    """The deliveries that went out as these polls."""
    rows = await session.execute(_ASKED.where(Delivery.poll_id.in_(poll_ids)))
    return {asked.poll_id: asked for asked in map(Asked._make, rows)}


async def awaiting_poll_id(
    session: AsyncSession, voter_ids: Collection[int], now: datetime
) -> dict[int, Asked]:
    """Each voter's latest question that may have a poll we do not know of.

    Either its vote overtook our commit, or the reply with the poll's id was lost.
    """
    rows = await session.execute(
        _ASKED.where(
            Delivery.subscriber_id.in_(voter_ids),
            or_(Delivery.state == DeliveryState.SENDING, Delivery.possibly_delivered),
            Delivery.closes_at > now - _UPDATES_KEPT,
            Answer.delivery_id.is_(None),
        ).order_by(Delivery.sending_at)
    )
    return {asked.subscriber_id: asked for asked in map(Asked._make, rows)}
