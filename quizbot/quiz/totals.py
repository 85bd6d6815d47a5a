"""The totals that are kept with subscribers and weeks, for speed (invariant 6)."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, Subscriber, WeeklyScore
from quizbot.quiz import scoring


class Gain(NamedTuple):
    """Somebody's totals so far, and one more answer that counts."""

    so_far: scoring.Totals
    answer: scoring.CountedAnswer


async def add(session: AsyncSession, gains: Mapping[int, Gain]) -> dict[int, scoring.Totals]:
    """Add an answer to the totals and weeks of each of these subscribers, who are locked."""
    if not gains:
        return {}
    totals = await _totals_with(session, gains)
    connection = await session.connection()
    await connection.execute(
        _TOTALS, [{"subscriber": whose, **asdict(reached)} for whose, reached in totals.items()]
    )
    await _add_to_weeks(
        session,
        {
            (scoring.week_of(gain.answer.local_date), whose): gain.answer.points
            for whose, gain in gains.items()
        },
    )
    return totals


_TOTALS = update(Subscriber).where(Subscriber.id == bindparam("subscriber"))


async def _totals_with(
    session: AsyncSession, gains: Mapping[int, Gain]
) -> dict[int, scoring.Totals]:
    """The totals with one more answer each, which normally is the latest."""
    totals, behind = {}, []
    for whose, (so_far, answer) in gains.items():
        last = so_far.last_answered_on
        if last is None or last < answer.local_date:
            totals[whose] = scoring.add(so_far, answer)
        else:
            behind.append(whose)
    if behind:
        answers = await counted_answers(session, behind)
        totals |= {whose: scoring.total(answers[whose]) for whose in behind}
    return totals


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


_MORE_POINTS = (
    update(WeeklyScore)
    .where(WeeklyScore.week == bindparam("of"), WeeklyScore.subscriber_id == bindparam("whose"))
    .values(points=WeeklyScore.points + bindparam("gained"))
)


async def _add_to_weeks(session: AsyncSession, gained: Mapping[tuple[date, int], int]) -> None:
    """Points by week and subscriber."""
    rows = await session.execute(
        select(WeeklyScore.week, WeeklyScore.subscriber_id).where(
            WeeklyScore.week.in_({week for week, _ in gained}),
            WeeklyScore.subscriber_id.in_({whose for _, whose in gained}),
        )
    )
    there = {(week, whose) for week, whose in rows} & gained.keys()
    connection = await session.connection()
    if first := gained.keys() - there:
        await connection.execute(
            insert(WeeklyScore),
            [
                {"week": week, "subscriber_id": whose, "points": gained[week, whose]}
                for week, whose in first
            ],
        )
    if there:
        await connection.execute(
            _MORE_POINTS,
            [{"of": week, "whose": whose, "gained": gained[week, whose]} for week, whose in there],
        )


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
