"""Everything kept about one person: handed out, and erased."""

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.base import Base
from db.models import Answer, Correction, Delivery, Recall, Rescoring, Subscriber, WeeklyScore
from questions import Topic
from quizbot.quiz.choosing import fits
from quizbot.quiz.learning import DAILY


async def export(session: AsyncSession, subscriber_id: int, topic: Topic) -> dict[str, Any] | None:
    """All that is kept about the person, as plain JSON values; None if nothing is."""
    subscriber = await session.get(Subscriber, subscriber_id)
    if subscriber is None:
        return None
    deliveries = await session.execute(
        select(Delivery, Answer)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(Delivery.subscriber_id == subscriber_id)
        .order_by(Delivery.id)
    )
    weeks = await session.scalars(
        select(WeeklyScore).where(WeeklyScore.subscriber_id == subscriber_id)
    )
    recalls = await session.scalars(select(Recall).where(Recall.subscriber_id == subscriber_id))
    rescorings = await session.scalars(
        select(Rescoring)
        .join(Delivery, Delivery.id == Rescoring.delivery_id)
        .where(Delivery.subscriber_id == subscriber_id)
    )
    corrections = await session.scalars(
        select(Correction)
        .join(Delivery, Delivery.id == Correction.delivery_id)
        .where(Delivery.subscriber_id == subscriber_id)
    )
    return {
        "subscriber": _columns(subscriber, leave_out={"alias_key"}),
        "questions": [_question(*row, topic) for row in deliveries],
        "corrections": [_columns(each, leave_out=set()) for each in corrections],
        "rescored_answers": [_columns(each, leave_out=set()) for each in rescorings],
        "recalled": [_columns(recall, leave_out={"subscriber_id"}) for recall in recalls],
        "weekly_scores": [_columns(week, leave_out={"subscriber_id"}) for week in weeks],
    }


async def is_known(session: AsyncSession, subscriber_id: int) -> bool:
    """Whether anything is kept about the person."""
    return await session.get(Subscriber, subscriber_id) is not None


async def forget(session: AsyncSession, subscriber_id: int, now: datetime) -> list[int]:
    """Erase the person with all deliveries and answers.

    Answers the message ids of polls that are still open: they belong to nobody now, and a vote
    on one must not be taken for an answer to a later question.
    """
    polls = await session.scalars(
        select(Delivery.message_id).where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.message_id.is_not(None),
            Delivery.closes_at > now,
        )
    )
    still_open = [message_id for message_id in polls if message_id is not None]
    await session.execute(delete(Subscriber).where(Subscriber.id == subscriber_id))
    return still_open


def _question(delivery: Delivery, answer: Answer | None, topic: Topic) -> dict[str, Any]:
    item = topic.item(delivery.item_id)
    entry = _columns(delivery, leave_out={"subscriber_id"})
    entry["practice"] = delivery.slot != DAILY
    if item is not None:
        entry["question"] = item.stem  # of today's revision; the options only where it was asked
    same = item is not None and item.revision == delivery.item_revision
    if item is not None and same and fits(delivery.option_order, item):
        entry["options_as_shown"] = [item.options[int(at)].text for at in delivery.option_order]
    if answer is not None:
        entry["answer"] = _columns(answer, leave_out={"delivery_id"})
        entry["answer"]["correct"] = answer.option == 0
        if item is not None and same and fits(delivery.option_order, item):
            entry["answer"]["text"] = item.options[answer.option].text
    return entry


def _columns(row: Base, leave_out: set[str]) -> dict[str, Any]:
    """The row's columns in their order; moments, dates and times in ISO 8601."""
    return {
        column.key: _plain(getattr(row, column.key))
        for column in row.__table__.columns
        if column.key not in leave_out
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
