"""Answer cards that are still to be sent: at least once each, also after a crash.

`Answer.card_due_at` is a lease. The process that records an answer holds it while the card waits to
be sent; when it is due, whoever takes it sends the card.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.leases import take_due
from db.models import Answer, Delivery, Subscriber
from db.session import execute_many, lock_rows
from db.types import among
from quizbot.quiz.answers.recording import (
    AnswerOutcome,
    AskedQuestion,
    find_asked,
)

_MAX_AGE = timedelta(days=1)  # of an answer whose card is still worth sending


@dataclass(frozen=True, slots=True)
class DueCard:
    """The outcome of an answer whose card is due, with today's totals, and the language."""

    outcome: AnswerOutcome
    language: str
    answered_at: datetime


async def take_due_cards(
    session: AsyncSession, now: datetime, limit: int, until: datetime
) -> list[DueCard]:
    """Take up to `limit` cards that are due, the newest first; those over a day old are settled.

    They are due again at `until`.
    """
    lease = await take_due(
        session,
        Answer.card_due_at,
        now,
        limit,
        until,
        Answer.option,
        Answer.counted,
        Answer.unanswered,
        Answer.answered_at,
        order=Answer.answered_at.desc(),
    )
    answers = {row.id: row for row in lease.rows if row.answered_at > now - _MAX_AGE}
    if len(answers) < len(lease.ids):
        await settle_cards(session, set(lease.ids) - set(answers))
    if not answers:
        return []
    these = among(Delivery.id, answers)
    languages = await session.execute(
        select(Delivery.id, Subscriber.language)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .where(these)
    )
    language_of = dict(languages.all())
    asked = await find_asked(session, these)
    due = [
        _due_card(each, answers[each.delivery_id], language_of[each.delivery_id]) for each in asked
    ]
    return sorted(due, key=lambda each: each.answered_at, reverse=True)


def _due_card(question: AskedQuestion, answer: Row[Any], language: str) -> DueCard:
    # The next question may have come between this answer and now: only the answer knows.
    question = question._replace(superseded=not answer.counted)
    outcome = AnswerOutcome(question, answer.option, answer.unanswered, question.totals)
    return DueCard(outcome, language, answer.answered_at)


async def renew_cards(
    session: AsyncSession, delivery_ids: Collection[int], until: datetime
) -> None:
    """Keep the leases of cards that still wait to be sent."""
    await _set_due(session, delivery_ids, until)


async def settle_cards(session: AsyncSession, delivery_ids: Collection[int]) -> None:
    """Note that these cards were sent, or never can be."""
    await _set_due(session, delivery_ids, None)


async def _set_due(
    session: AsyncSession, delivery_ids: Collection[int], due_at: datetime | None
) -> None:
    if delivery_ids:
        await lock_rows(session, Answer.delivery_id, delivery_ids)
        await session.execute(
            update(Answer)
            .where(among(Answer.delivery_id, delivery_ids), Answer.card_due_at.is_not(None))
            .values(card_due_at=due_at)
            .execution_options(synchronize_session=False)
        )


async def postpone_cards(session: AsyncSession, due_at: Mapping[int, datetime]) -> None:
    """Set when these cards are due, by delivery."""
    await lock_rows(session, Answer.delivery_id, due_at)
    rows = [{"delivery": each, "due": due} for each, due in sorted(due_at.items())]
    await execute_many(session, _POSTPONE, rows)


_POSTPONE = (
    update(Answer)
    .where(Answer.delivery_id == bindparam("delivery"), Answer.card_due_at.is_not(None))
    .values(card_due_at=bindparam("due"))
)


async def end_all_leases(session: AsyncSession, now: datetime) -> None:
    """Make all waiting cards due, when no process that held a lease can be alive."""
    await session.execute(
        update(Answer)
        .where(Answer.card_due_at > now)
        .values(card_due_at=now)
        .execution_options(synchronize_session=False)
    )
