"""A wrong key put right: what was answered before is graded anew, with an audit row for each."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, RescoredItem, Rescoring, Subscriber, WeeklyScore
from questions import Change, Item, Topic
from quizbot.quiz import scoring
from quizbot.quiz.answering import counted_answers, set_totals
from quizbot.quiz.learning import relearn


async def pending(session: AsyncSession, topic: Topic) -> list[tuple[Item, Change]]:
    """The changes of keys that are not applied yet, of each item the oldest first."""
    applied = {(row.item_id, row.revision) for row in await session.scalars(select(RescoredItem))}
    return [
        (item, change)
        for item in topic.items
        if item.approved
        for change in item.changes
        if change.order_was and (item.id, change.revision) not in applied
    ]


async def rescore(
    session: AsyncSession, item: Item, change: Change, now: datetime, limit: int
) -> int:
    """Apply the change to up to `limit` deliveries, answered or not; answers to how many.

    Fewer than `limit` means that all are done, which is then remembered.
    """
    deliveries = await _untouched(session, item, change, limit)
    answers = {
        answer.delivery_id: answer
        for answer in await session.scalars(
            select(Answer).where(Answer.delivery_id.in_([each.id for each in deliveries]))
        )
    }
    place_now = {str(was): str(place) for place, was in enumerate(change.order_was)}
    regraded: set[int] = set()
    for delivery in deliveries:
        audit = Rescoring(
            delivery_id=delivery.id,
            revision=change.revision,
            order_before=delivery.option_order,
            rescored_at=now,
        )
        session.add(audit)
        delivery.option_order = "".join(place_now[place] for place in delivery.option_order)
        if (answer := answers.get(delivery.id)) is not None:
            await _regrade(session, delivery, answer, int(place_now[str(answer.option)]), audit)
            regraded.add(delivery.subscriber_id)
    await session.flush()
    for subscriber_id in sorted(regraded):
        await _recount(session, subscriber_id, item.id)
    if len(deliveries) < limit:
        session.add(RescoredItem(item_id=item.id, revision=change.revision, rescored_at=now))
    return len(deliveries)


async def _untouched(
    session: AsyncSession, item: Item, change: Change, limit: int
) -> Sequence[Delivery]:
    """Deliveries of earlier revisions; their subscribers are locked first, as everywhere."""
    done = exists().where(
        Rescoring.delivery_id == Delivery.id, Rescoring.revision == change.revision
    )
    found = (
        await session.execute(
            select(Delivery.id, Delivery.subscriber_id)
            .where(Delivery.item_id == item.id, Delivery.item_revision < change.revision, ~done)
            .order_by(Delivery.id)
            .limit(limit)
        )
    ).all()
    owners = {row.subscriber_id for row in found}
    await session.execute(
        select(Subscriber.id)
        .where(Subscriber.id.in_(owners))
        .order_by(Subscriber.id)
        .with_for_update()
    )
    deliveries = await session.scalars(
        select(Delivery)
        .where(Delivery.id.in_([row.id for row in found]))
        .order_by(Delivery.id)
        .with_for_update()
    )
    return deliveries.all()


async def _regrade(
    session: AsyncSession, delivery: Delivery, answer: Answer, option: int, audit: Rescoring
) -> None:
    audit.option_before, audit.points_before = answer.option, answer.points
    answer.option = option
    if answer.counted:
        points = scoring.CountedAnswer(delivery.local_date, option == 0).points
        week = scoring.week_of(delivery.local_date)
        score = await session.get(WeeklyScore, (week, delivery.subscriber_id))
        if score is not None:
            score.points += points - answer.points
        answer.points = points
    audit.points_after = answer.points


async def _recount(session: AsyncSession, subscriber_id: int, item_id: str) -> None:
    """Totals and memory anew, from the answers as they are graded now."""
    subscriber = await session.get_one(Subscriber, subscriber_id)
    answers = await counted_answers(session, subscriber_id)
    set_totals(subscriber, scoring.total(answers[subscriber_id]))
    await relearn(session, subscriber_id, item_id)
