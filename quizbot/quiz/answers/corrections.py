"""Telling people what has changed since they were taught it, once, with their next question."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Correction, Delivery, DeliveryState
from questions import Item
from quizbot.quiz.asking.choosing import Deck

WAIVER = "correction"  # of a retired item: nobody needs to hear that it is gone
_NEVER_ARRIVED = (DeliveryState.REFUSED, DeliveryState.BLOCKED, DeliveryState.EXPIRED)


@dataclass(frozen=True)
class ItemCorrection:
    """An item that somebody learned in one revision and that is taught otherwise now.

    A `withdrawn` item is not taught any more; `revision` is its last one.
    """

    item_id: str
    learned_revision: int
    revision: int
    withdrawn: bool


def correction_for(item: Item, learned_revision: int) -> ItemCorrection | None:
    """What somebody who learned that revision of the item has to be told; None if nothing.

    Drafts teach nothing yet.
    """
    if item.status == "retired":
        if WAIVER in item.waivers:
            return None
        return ItemCorrection(item.id, learned_revision, item.revision, withdrawn=True)
    waived = {change.revision for change in item.changes if change.waived}
    later = range(learned_revision + 1, item.revision + 1)
    untold = [revision for revision in later if revision not in waived]
    if not item.approved or not untold:
        return None
    return ItemCorrection(item.id, learned_revision, untold[-1], withdrawn=False)


async def untold(
    session: AsyncSession, deck: Deck, subscriber_ids: Collection[int]
) -> dict[int, list[ItemCorrection]]:
    """By subscriber, what is to be put right.

    Costs nothing as long as the bank has not changed.
    """
    items = {item.id: item for item in deck.revised}
    if not items:
        return {}
    learned = await _learned(session, items, subscriber_ids)
    gone: set[tuple[int, str, int]] = set()
    for subscriber_id, told in await _told(session, items, subscriber_ids):
        key = subscriber_id, told.item_id
        if told.withdrawn:
            gone.add((*key, told.revision))
        else:
            learned[key] = max(learned[key], told.revision)
    found: dict[int, list[ItemCorrection]] = defaultdict(list)
    for (subscriber_id, item_id), revision in learned.items():
        due = correction_for(items[item_id], revision)
        if due and not (due.withdrawn and (subscriber_id, item_id, due.revision) in gone):
            found[subscriber_id].append(due)
    return found


async def _learned(
    session: AsyncSession, items: Collection[str], subscriber_ids: Collection[int]
) -> dict[tuple[int, str], int]:
    """The revision that somebody saw the lesson of last, practice included."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.item_id, func.max(Delivery.item_revision))
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Delivery.item_id.in_(items),
        )
        .group_by(Delivery.subscriber_id, Delivery.item_id)
    )
    learned: dict[tuple[int, str], int] = defaultdict(int)
    for subscriber_id, item_id, revision in rows:
        learned[subscriber_id, item_id] = revision
    return learned


async def _told(
    session: AsyncSession, items: Collection[str], subscriber_ids: Collection[int]
) -> list[tuple[int, Correction]]:
    """What went with a question, unless that certainly never arrived."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Correction)
        .join(Correction, Correction.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Correction.item_id.in_(items),
            or_(Delivery.state.not_in(_NEVER_ARRIVED), Delivery.possibly_delivered),
        )
    )
    return [(subscriber_id, correction) for subscriber_id, correction in rows]


def correction_row(delivery: Delivery, correction: ItemCorrection) -> Correction:
    """The row that lets the correction go with the question, which has its id by now."""
    return Correction(
        delivery_id=delivery.id,
        item_id=correction.item_id,
        learned_revision=correction.learned_revision,
        revision=correction.revision,
        withdrawn=correction.withdrawn,
    )


async def drop_stale(session: AsyncSession, deck: Deck) -> None:
    """At start: corrections of questions that have not left, which hold no longer or tell too much.

    What is still due is told with a later question.
    """
    items = {item.id: item for item in deck.revised}
    rows = await session.execute(
        select(Delivery.item_id, Correction)
        .join(Correction, Correction.delivery_id == Delivery.id)
        .where(Delivery.is_in(DeliveryState.CLAIMED))
    )
    for asked, row in rows.all():
        item = items.get(row.item_id)
        due = correction_for(item, row.learned_revision) if item else None
        stands = due is not None and due.withdrawn == row.withdrawn
        if not stands or asked in deck.near(row.item_id):
            await session.delete(row)
