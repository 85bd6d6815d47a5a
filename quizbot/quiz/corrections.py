"""Telling people what has changed since they were taught it, once, with their next question."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, DeliveryState
from quizbot.quiz.choosing import Deck
from quizbot.quiz.learning import History

_NEVER_ARRIVED = (DeliveryState.REFUSED, DeliveryState.BLOCKED, DeliveryState.EXPIRED)


@dataclass(frozen=True)
class Correction:
    """An item that somebody learned in an earlier revision, and the one that is taught now.

    The revision behind an item's last one says that it was withdrawn.
    """

    item_id: str
    revision: int


async def untold(
    session: AsyncSession, deck: Deck, past: Mapping[int, History]
) -> dict[int, Correction]:
    """By subscriber, the next thing to put right: one a question.

    Costs a query only where somebody has learned what has changed since.
    """
    outdated = {
        (subscriber_id, item_id): Correction(item_id, deck.taught[item_id])
        for subscriber_id, history in past.items()
        for item_id, memory in history.memories.items()
        if memory.revision < deck.taught.get(item_id, 0)
    }
    if not outdated:
        return {}
    told = await session.execute(
        select(Delivery.subscriber_id, Delivery.corrects_item_id, Delivery.corrects_revision).where(
            Delivery.subscriber_id.in_({subscriber_id for subscriber_id, _ in outdated}),
            Delivery.corrects_item_id.is_not(None),
            Delivery.state.not_in(_NEVER_ARRIVED),
        )
    )
    for subscriber_id, item_id, revision in told:
        due = outdated.get((subscriber_id, item_id or ""))
        if due is not None and revision == due.revision:
            del outdated[subscriber_id, due.item_id]
    first: dict[int, Correction] = {}
    for (subscriber_id, _), correction in outdated.items():
        first.setdefault(subscriber_id, correction)
    return first


def attach(delivery: Delivery, correction: Correction | None) -> None:
    """Let the correction go with the question."""
    if correction is not None:
        delivery.corrects_item_id = correction.item_id
        delivery.corrects_revision = correction.revision


def carried(delivery: Delivery) -> Correction | None:
    """The correction that goes with the question."""
    if delivery.corrects_item_id is None or delivery.corrects_revision is None:
        return None
    return Correction(delivery.corrects_item_id, delivery.corrects_revision)
