"""A wrong key put right: what was answered before is graded anew, with an audit row for each."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime

import structlog
from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, RescoredItem, Rescoring, Subscriber, WeeklyScore
from questions import NOT_THERE, Change, Item, Topic
from quizbot.quiz.answers import scores, scoring
from quizbot.quiz.answers.memory import relearn
from quizbot.quiz.answers.totals import counted_answers, set_totals

log = structlog.get_logger(__name__)

_GONE = str(NOT_THERE)  # where an option is that was dropped: nobody scores by it


async def pending(session: AsyncSession, topic: Topic) -> list[tuple[Item, Change]]:
    """The changes of places that are not applied yet, of each item the oldest first.

    Of withdrawn items as well: what was wrong stays to be put right.
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
                log.error("order_was_too_late", item=item.id, revision=change.revision)
            else:
                found.append((item, change))
    return found


async def rescore(
    session: AsyncSession, item: Item, change: Change, now: datetime, after: int, limit: int
) -> int | None:
    """Apply the change to the next `limit` deliveries behind that id, answered or not.

    Answers the id to go on behind. None means that all are done, which is then remembered.
    """
    deliveries = await _untouched(session, item, change, after, limit)
    if not deliveries:
        session.add(RescoredItem(item_id=item.id, revision=change.revision, rescored_at=now))
        return None
    answers = {
        answer.delivery_id: answer
        for answer in await session.scalars(
            select(Answer).where(Answer.delivery_id.in_([each.id for each in deliveries]))
        )
    }
    places = {
        str(was): str(place) for place, was in enumerate(change.order_was) if was != NOT_THERE
    }
    gained: dict[tuple[date, int], int] = defaultdict(int)
    for delivery in deliveries:
        answer = answers.get(delivery.id)
        audit = _audit(delivery, answer, change, now)
        delivery.option_order = "".join(places.get(place, _GONE) for place in delivery.option_order)
        if answer is not None:
            answer.option = int(places.get(str(answer.option), _GONE))
            points = _points(delivery, answer)
            week = scoring.week_of(delivery.local_date)
            gained[week, delivery.subscriber_id] += points - answer.points
            answer.points = audit.points_after = points
        session.add(audit)
    await session.flush()
    await _recount(session, gained, item.id)
    return deliveries[-1].id


async def _untouched(
    session: AsyncSession, item: Item, change: Change, after: int, limit: int
) -> Sequence[Delivery]:
    """Deliveries of earlier revisions; their subscribers are locked first, as everywhere."""
    done = exists().where(
        Rescoring.delivery_id == Delivery.id, Rescoring.revision == change.revision
    )
    found = (
        await session.execute(
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
    ).all()
    await session.execute(
        select(Subscriber.id)
        .where(Subscriber.id.in_({row.subscriber_id for row in found}))
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


def _audit(delivery: Delivery, answer: Answer | None, change: Change, now: datetime) -> Rescoring:
    return Rescoring(
        delivery_id=delivery.id,
        revision=change.revision,
        order_before=delivery.option_order,
        option_before=answer.option if answer else None,
        points_before=answer.points if answer else None,
        rescored_at=now,
    )


def _points(delivery: Delivery, answer: Answer) -> int:
    right = answer.option == 0
    return scoring.CountedAnswer(delivery.local_date, right).points if answer.counted else 0


async def _recount(
    session: AsyncSession, gained: Mapping[tuple[date, int], int], item_id: str
) -> None:
    """Weeks, totals and memories of these people, from the answers as they are graded now."""
    people = {subscriber_id for _, subscriber_id in gained}
    weeks = await session.scalars(
        select(WeeklyScore).where(
            WeeklyScore.subscriber_id.in_(people),
            WeeklyScore.week.in_({week for week, _ in gained}),
        )
    )
    for score in weeks:
        score.points += gained.get((score.week, score.subscriber_id), 0)
    answers = await counted_answers(session, people)
    for subscriber in await session.scalars(select(Subscriber).where(Subscriber.id.in_(people))):
        set_totals(subscriber, scoring.total(answers[subscriber.id]))
    await scores.recount(session, people)
    await relearn(session, people, item_id)
