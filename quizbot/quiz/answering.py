"""A vote arrives: find its delivery, grade it, count it once.

The first answer to a delivery counts (invariant 4), and only the addressee's (invariant 5);
a repeated update finds its answer already there and changes nothing (invariant 3).
"""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, DeliveryState, Subscriber, WeeklyScore
from quizbot.quiz import scoring
from quizbot.quiz.due import local_date
from quizbot.quiz.learning import DAILY, learn

_UPDATES_KEPT = timedelta(hours=24)  # Bot API, getUpdates


@dataclass(frozen=True)
class Vote:
    """What Telegram tells of a vote: the poll, who voted, and the positions chosen as shown."""

    poll_id: str
    voter_id: int
    positions: tuple[int, ...]


class Ignored(StrEnum):
    """Why a vote changed nothing."""

    WITHDRAWN = "withdrawn"
    UNKNOWN_POLL = "unknown_poll"
    NOT_ADDRESSEE = "not_addressee"
    REPEATED = "repeated"
    NO_SUCH_OPTION = "no_such_option"


@dataclass(frozen=True)
class AnswerOutcome:
    """What an answer came to. `option` is the place in the bank, 0 being the key.

    `late` is a day's question answered after the next one; like practice it earns nothing.
    """

    chat_id: int
    message_id: int | None
    item_id: str
    item_revision: int  # the one that was asked
    option: int
    practice: bool
    late: bool
    points: int
    totals: scoring.Totals
    streak: int
    next_at: datetime | None  # when the next daily question is due; None while none is planned
    zone: str  # the subscriber's, an IANA name

    @property
    def correct(self) -> bool:
        return self.option == 0


async def record_answer(
    session: AsyncSession, vote: Vote, now: datetime
) -> AnswerOutcome | Ignored:
    """Count the vote if it is the addressee's first on this delivery."""
    if not vote.positions:
        return Ignored.WITHDRAWN
    known = await _of_poll(session, vote)
    if known is not None and known.subscriber_id != vote.voter_id:
        return Ignored.NOT_ADDRESSEE
    # Locked before anything is written: one person's answers and claims wait for each other, and
    # a subscriber is always locked before a delivery.
    subscriber = await session.scalar(
        select(Subscriber).where(Subscriber.id == vote.voter_id).with_for_update()
    )
    delivery = (
        known
        or await _awaiting_poll_id(session, vote.voter_id, now)
        or await _of_poll(session, vote)  # recorded while we looked
    )
    if subscriber is None or delivery is None or delivery.subscriber_id != subscriber.id:
        return Ignored.UNKNOWN_POLL
    if await session.get(Answer, delivery.id) is not None:
        return Ignored.REPEATED
    if not 0 <= vote.positions[0] < len(delivery.option_order):
        return Ignored.NO_SUCH_OPTION
    if delivery.state is not DeliveryState.SENDING:  # that one records its own outcome
        delivery.state = DeliveryState.SENT
        delivery.poll_id = delivery.poll_id or vote.poll_id
    return await _record(session, subscriber, delivery, vote.positions[0], now)


async def _of_poll(session: AsyncSession, vote: Vote) -> Delivery | None:
    found: Delivery | None = await session.scalar(
        select(Delivery).where(Delivery.poll_id == vote.poll_id)
    )
    return found


async def _awaiting_poll_id(session: AsyncSession, voter_id: int, now: datetime) -> Delivery | None:
    """The voter's question that may have a poll we do not know of.

    Either its vote overtook our commit, or the reply with the poll's id was lost.
    """
    found: Delivery | None = await session.scalar(
        select(Delivery)
        .where(
            Delivery.subscriber_id == voter_id,
            or_(Delivery.state == DeliveryState.SENDING, Delivery.maybe_elsewhere),
            Delivery.closes_at > now - _UPDATES_KEPT,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.sending_at.desc())
        .limit(1)
    )
    return found


async def _record(
    session: AsyncSession, subscriber: Subscriber, delivery: Delivery, position: int, now: datetime
) -> AnswerOutcome:
    option = int(delivery.option_order[position])
    practice = delivery.slot != DAILY
    late = not practice and await _next_came_first(session, delivery)
    counted = not practice and not late
    answer = scoring.CountedAnswer(delivery.local_date, option == 0)
    points = answer.points if counted else 0
    session.add(
        Answer(
            delivery_id=delivery.id,
            option=option,
            counted=counted,
            points=points,
            answered_at=now,
        )
    )
    if not practice:
        await learn(session, delivery, right=option == 0)
    totals = totals_of(subscriber)
    if counted:
        totals = await _totals_with(session, subscriber, answer)
        set_totals(subscriber, totals)
        await _add_to_week(session, subscriber.id, answer)
    return AnswerOutcome(
        chat_id=subscriber.id,
        message_id=delivery.message_id,
        item_id=delivery.item_id,
        item_revision=delivery.item_revision,
        option=option,
        practice=practice,
        late=late,
        points=points,
        totals=totals,
        streak=totals.streak_on(local_date(now, subscriber.timezone)),
        next_at=subscriber.next_due_at,
        zone=subscriber.timezone,
    )


async def _totals_with(
    session: AsyncSession, subscriber: Subscriber, answer: scoring.CountedAnswer
) -> scoring.Totals:
    """The totals with one more answer, which normally is the latest."""
    totals = totals_of(subscriber)
    if totals.last_answered_on is None or totals.last_answered_on < answer.local_date:
        return scoring.add(totals, answer)
    return scoring.total((await counted_answers(session, [subscriber.id]))[subscriber.id])


async def counted_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[int, list[scoring.CountedAnswer]]:
    """The answers that count, by subscriber: of some, or of all."""
    query = (
        select(Delivery.subscriber_id, Delivery.local_date, Answer.option)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Answer.counted)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    answers: dict[int, list[scoring.CountedAnswer]] = defaultdict(list)
    for voter_id, day, option in await session.execute(query):
        answers[voter_id].append(scoring.CountedAnswer(day, option == 0))
    return answers


async def _next_came_first(session: AsyncSession, delivery: Delivery) -> bool:
    """Whether the next day's question was there while this one was still open.

    The poll closes by itself when the next one is due, so a vote that we only hear of after that
    was cast in time. Only a next question that came early (asked for, or after a change of time)
    can have overtaken it.
    """
    return bool(
        await session.scalar(
            select(
                exists().where(
                    Delivery.subscriber_id == delivery.subscriber_id,
                    Delivery.slot == DAILY,
                    Delivery.local_date > delivery.local_date,
                    Delivery.claimed_at < delivery.closes_at,
                )
            )
        )
    )


async def _add_to_week(
    session: AsyncSession, subscriber_id: int, answer: scoring.CountedAnswer
) -> None:
    week = scoring.week_of(answer.local_date)
    score = await session.get(WeeklyScore, (week, subscriber_id))
    if score is None:
        session.add(WeeklyScore(week=week, subscriber_id=subscriber_id, points=answer.points))
    else:
        score.points += answer.points


def totals_of(subscriber: Subscriber) -> scoring.Totals:
    """The totals as kept with the subscriber."""
    return scoring.Totals(
        points=subscriber.points,
        answered=subscriber.answered,
        correct=subscriber.correct,
        streak=subscriber.streak,
        best_streak=subscriber.best_streak,
        last_answered_on=subscriber.last_answered_on,
    )


def set_totals(subscriber: Subscriber, totals: scoring.Totals) -> None:
    subscriber.points = totals.points
    subscriber.answered = totals.answered
    subscriber.correct = totals.correct
    subscriber.streak = totals.streak
    subscriber.best_streak = totals.best_streak
    subscriber.last_answered_on = totals.last_answered_on
