"""Corrections: items that changed after somebody learned them, and wrong keys.

A subscriber hears of a changed item once, with their next question. When a key was wrong, earlier
answers are rescored at start, with an audit row each.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import structlog
from sqlalchemy import exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import (
    Answer,
    Correction,
    Delivery,
    DeliveryState,
    RescoredItem,
    Rescoring,
    Subscriber,
    WeeklyScore,
)
from db.reports import ItemShare
from db.session import lock_rows
from questions import NEW_OPTION, Change, Item, Topic
from quizbot.quiz.answers import streaks
from quizbot.quiz.answers.memory import recompute_memories
from quizbot.quiz.answers.totals import counted_answers, recount_scores, set_totals
from quizbot.quiz.asking.choosing import ItemPool

log = structlog.get_logger(__name__)

WAIVER = "correction"  # of a retired item: nobody needs to hear that it is withdrawn
_NOT_RECEIVED = (DeliveryState.REFUSED, DeliveryState.BLOCKED, DeliveryState.EXPIRED)
_REMOVED_OPTION = str(NEW_OPTION)  # the place of an option that was removed: it is never correct


@dataclass(frozen=True)
class ItemCorrection:
    """An item that somebody learned in one revision and that has changed since.

    A `withdrawn` item is no longer taught; `revision` is its last one.
    """

    item_id: str
    learned_revision: int
    revision: int
    withdrawn: bool


def _is_waived(item: Item) -> bool:
    return item.status == "retired" and WAIVER in item.waivers


def correction_for(item: Item, learned_revision: int) -> ItemCorrection | None:
    """Returns what to tell somebody who learned that revision of the item; None if nothing.

    Drafts teach nothing yet.
    """
    if _is_waived(item):
        return None
    if item.status == "retired":
        return ItemCorrection(item.id, learned_revision, item.revision, withdrawn=True)
    waived = {change.revision for change in item.changes if change.waived}
    later = range(learned_revision + 1, item.revision + 1)
    relevant = [revision for revision in later if revision not in waived]
    if not item.approved or not relevant:
        return None
    return ItemCorrection(item.id, learned_revision, relevant[-1], withdrawn=False)


def changes_told(item: Item, correction: ItemCorrection | Correction) -> list[Change]:
    """Returns the item's changes that the correction tells, oldest first."""
    later = range(correction.learned_revision + 1, correction.revision + 1)
    return [change for change in item.changes if change.revision in later]


def _words(item: Item, correction: ItemCorrection | Correction) -> set[str]:
    """Returns what the correction says in the authors' words; nothing if answers are rescored.

    Several items may say the same, which somebody who learned them all needs to hear once.
    """
    changes = changes_told(item, correction)
    rescored = any(change.rekeyed for change in changes)
    return set() if rescored else {change.tell for change in changes if change.tell}


async def due_corrections(
    session: AsyncSession, pool: ItemPool, subscriber_ids: Collection[int]
) -> dict[int, list[ItemCorrection]]:
    """Returns the corrections that each subscriber has not received yet.

    Costs nothing as long as the bank has not changed, and one query if nobody learned an item that
    has.
    """
    items = {item.id: item for item in pool.revised if not _is_waived(item)}
    if not items:
        return {}
    learned = await _learned_revisions(session, items, subscriber_ids)
    if not learned:
        return {}
    withdrawn: set[tuple[int, str, int]] = set()
    told: dict[int, set[str]] = defaultdict(set)
    for subscriber_id, sent in await _sent_corrections(session, items, subscriber_ids):
        key = subscriber_id, sent.item_id
        told[subscriber_id] |= _words(items[sent.item_id], sent)
        if sent.withdrawn:
            withdrawn.add((*key, sent.revision))
        else:
            learned[key] = max(learned[key], sent.revision)
    found: dict[int, list[ItemCorrection]] = defaultdict(list)
    for (subscriber_id, item_id), revision in learned.items():
        due = correction_for(items[item_id], revision)
        if due is None or (due.withdrawn and (subscriber_id, item_id, due.revision) in withdrawn):
            continue
        words = _words(items[item_id], due)
        if not words or not words <= told[subscriber_id]:
            found[subscriber_id].append(due)
    return found


async def _learned_revisions(
    session: AsyncSession, items: Collection[str], subscriber_ids: Collection[int]
) -> dict[tuple[int, str], int]:
    """Returns the latest revision whose explanation each subscriber saw, in practice or not."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.item_id, func.max(Delivery.item_revision))
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.subscriber_id.in_(subscriber_ids), Delivery.item_id.in_(items))
        .group_by(Delivery.subscriber_id, Delivery.item_id)
    )
    learned: dict[tuple[int, str], int] = defaultdict(int)
    for subscriber_id, item_id, revision in rows:
        learned[subscriber_id, item_id] = revision
    return learned


async def _sent_corrections(
    session: AsyncSession, items: Collection[str], subscriber_ids: Collection[int]
) -> list[tuple[int, Correction]]:
    """Returns the corrections sent with a question, unless that was certainly not received."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Correction)
        .join(Correction, Correction.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Correction.item_id.in_(items),
            or_(Delivery.state.not_in(_NOT_RECEIVED), Delivery.possibly_delivered),
        )
    )
    return [(subscriber_id, correction) for subscriber_id, correction in rows]


async def drop_stale_corrections(session: AsyncSession, pool: ItemPool) -> None:
    """Drop corrections of unsent questions that are obsolete or give the question away.

    For the start, when the bank may have changed. What is still due goes with a later question.
    """
    items = {item.id: item for item in pool.revised}
    rows = await session.execute(
        select(Delivery.item_id, Correction)
        .join(Correction, Correction.delivery_id == Delivery.id)
        .where(Delivery.is_in(DeliveryState.CLAIMED))
    )
    for asked, row in rows.all():
        item = items.get(row.item_id)
        due = correction_for(item, row.learned_revision) if item else None
        obsolete = due is None or due.withdrawn != row.withdrawn
        if obsolete or asked in pool.related(row.item_id):
            await session.delete(row)


async def pending_rescorings(session: AsyncSession, topic: Topic) -> list[tuple[Item, Change]]:
    """Returns the changes of option order that are not applied yet, each item's oldest first.

    Withdrawn items are included: answers to them are corrected, too.
    """
    applied: dict[str, set[int]] = defaultdict(set)
    for row in await session.scalars(select(RescoredItem)):
        applied[row.item_id].add(row.revision)
    found = []
    for item in topic.items:
        for change in item.changes if item.status != "draft" else ():
            if not change.order_was or change.revision in applied[item.id]:
                continue
            if change.revision < max(applied[item.id], default=0):
                log.error("rescoring_too_late", item=item.id, revision=change.revision)
            else:
                found.append((item, change))
    return found


async def rescore(
    session: AsyncSession,
    topic: Topic,
    item: Item,
    change: Change,
    now: datetime,
    after: int,
    limit: int,
) -> int | None:
    """Apply the change to the next `limit` deliveries with ids above `after`, answered or not.

    Returns the id to continue after. None means that all are done, which is recorded.
    """
    deliveries = await _not_rescored(session, item, change, after, limit)
    if not deliveries:
        session.add(RescoredItem(item_id=item.id, revision=change.revision, rescored_at=now))
        await session.execute(_RESET_SHARES.where(ItemShare.item_id == item.id))
        return None
    answers = {
        answer.delivery_id: answer
        for answer in await session.scalars(
            select(Answer).where(Answer.delivery_id.in_([each.id for each in deliveries]))
        )
    }
    places = {
        str(was): str(place) for place, was in enumerate(change.order_was) if was != NEW_OPTION
    }
    gained: dict[tuple[date, int], int] = defaultdict(int)
    for delivery in deliveries:
        answer = answers.get(delivery.id)
        audit = _audit_row(delivery, answer, change, now)
        delivery.option_order = "".join(
            places.get(place, _REMOVED_OPTION) for place in delivery.option_order
        )
        if answer is not None:
            answer.option = int(places.get(str(answer.option), _REMOVED_OPTION))
            points = _points(delivery, answer)
            week = streaks.week_of(delivery.local_date)
            gained[week, delivery.subscriber_id] += points - answer.points
            answer.points = audit.points_after = points
        session.add(audit)
    await session.flush()
    await _recount(session, gained, item.objective, topic.objective_of)
    return deliveries[-1].id


_RESET_SHARES = update(ItemShare).values(
    correct=0, incorrect=0, waiting_correct=0, waiting_incorrect=0
)


async def _not_rescored(
    session: AsyncSession, item: Item, change: Change, after: int, limit: int
) -> Sequence[Delivery]:
    """Returns deliveries of earlier revisions, locked after their subscribers, as everywhere."""
    done = exists().where(
        Rescoring.delivery_id == Delivery.id, Rescoring.revision == change.revision
    )
    found = await session.execute(
        select(Delivery.id, Delivery.subscriber_id)
        .where(
            Delivery.id > after,
            Delivery.item_id == item.id,
            Delivery.item_revision < change.revision,
            ~done,
        )
        .order_by(Delivery.id)
        .limit(limit)
    )
    subscriber_of = dict(found.all())
    await lock_rows(session, Subscriber.id, set(subscriber_of.values()))
    deliveries = await session.scalars(
        select(Delivery)
        .where(Delivery.id.in_(subscriber_of))
        .order_by(Delivery.id)
        .with_for_update()
    )
    return deliveries.all()


def _audit_row(
    delivery: Delivery, answer: Answer | None, change: Change, now: datetime
) -> Rescoring:
    return Rescoring(
        delivery_id=delivery.id,
        revision=change.revision,
        order_before=delivery.option_order,
        option_before=answer.option if answer else None,
        points_before=answer.points if answer else None,
        rescored_at=now,
    )


def _points(delivery: Delivery, answer: Answer) -> int:
    correct = answer.option == 0
    return streaks.CountedAnswer(delivery.local_date, correct).points if answer.counted else 0


async def _recount(
    session: AsyncSession,
    gained: Mapping[tuple[date, int], int],
    objective_id: str,
    objective_of: Mapping[str, str],
) -> None:
    """Recompute what is stored for these subscribers from the rescored answers."""
    subscriber_ids = {subscriber_id for _, subscriber_id in gained}
    weeks = await session.scalars(
        select(WeeklyScore).where(
            WeeklyScore.subscriber_id.in_(subscriber_ids),
            WeeklyScore.week.in_({week for week, _ in gained}),
        )
    )
    for score in weeks:
        score.points += gained.get((score.week, score.subscriber_id), 0)
    answers = await counted_answers(session, subscriber_ids)
    subscribers = await session.scalars(select(Subscriber).where(Subscriber.id.in_(subscriber_ids)))
    for subscriber in subscribers:
        set_totals(subscriber, streaks.total(answers[subscriber.id]))
    await recount_scores(session, subscriber_ids)
    await recompute_memories(session, subscriber_ids, objective_id, objective_of)
