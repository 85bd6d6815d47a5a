"""Sums of the answers that count, stored for speed: totals, weekly scores, programme scores.

A daily question counts for every programme that its subscriber is in, from the date of enrolment
on, if its date is one of the programme's question days (`QuestionDays.counts`). All of it can be
rebuilt from the answers (invariant 6, ARCHITECTURE.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import fields
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    Boolean,
    ColumnElement,
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, WeeklyScore
from db.programmes import Enrolment, ProgrammeScore, ScoreKind
from db.session import execute_many, lock_rows
from db.types import among
from db.upsert import upsert
from quizbot.quiz.answers import memory, streaks
from quizbot.quiz.answers.streaks import MAX_FREEZES, CountedAnswer, Totals, week_of
from quizbot.quiz.asking.question_days import QuestionDays, question_days

_TOTALS = tuple(each.name for each in fields(Totals))


def totals_of(subscriber: Subscriber) -> Totals:
    """Returns the totals that are stored with the subscriber."""
    return Totals(*(getattr(subscriber, name) for name in _TOTALS))


def set_totals(subscriber: Subscriber, totals: Totals) -> None:
    for name in _TOTALS:
        setattr(subscriber, name, getattr(totals, name))


async def add_answers(
    session: AsyncSession, before: Mapping[int, Totals], answers: Mapping[int, CountedAnswer]
) -> dict[int, Totals]:
    """Add an answer to the sums of each of these subscribers, who are locked.

    `before` are their totals so far. Returns the new ones.
    """
    if not answers:
        return {}
    totals = await _totals_after(session, before, answers)
    rows = [
        {"subscriber": each, "begins": new.streak == 1, **vars(new)} for each, new in totals.items()
    ]
    await execute_many(session, _SET_TOTALS, rows)
    weeks = [
        {"week": week_of(answer.local_date), "subscriber_id": each, "points": answer.points}
        for each, answer in answers.items()
    ]
    await upsert(session, WeeklyScore, weeks, add=True)
    scores = [
        _score_row(key, ScoreSum(answers[each.subscriber_id].points, 1))
        for each in await _participations(session, among(Enrolment.subscriber_id, answers))
        for key in each.scores_on(answers[each.subscriber_id].local_date)
    ]
    await upsert(session, ProgrammeScore, scores, add=True)
    return totals


_SET_TOTALS = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("subscriber"))
    .values(
        best_before=case(
            (bindparam("begins", type_=Boolean), Subscriber.best_streak),
            else_=Subscriber.best_before,
        )
    )
)


async def _totals_after(
    session: AsyncSession, before: Mapping[int, Totals], answers: Mapping[int, CountedAnswer]
) -> dict[int, Totals]:
    """Returns the totals with one more answer each, which normally is the latest."""
    totals, out_of_order = {}, []
    for subscriber_id, answer in answers.items():
        last = before[subscriber_id].last_answered_on
        if last is None or last < answer.local_date:
            totals[subscriber_id] = streaks.add(before[subscriber_id], answer)
        else:
            out_of_order.append(subscriber_id)
    if out_of_order:
        await _recount_unanswered(session, out_of_order)
        counted = await counted_answers(session, out_of_order)
        totals |= {each: streaks.total(counted[each]) for each in out_of_order}
    return totals


async def count_unanswered(
    session: AsyncSession, periods: Mapping[int, tuple[date, date]]
) -> dict[int, int]:
    """Returns how many daily questions these subscribers left unanswered between two dates each.

    Both dates are excluded.
    """
    counts = dict.fromkeys(periods, 0)
    if not counts:
        return counts
    connection = await session.connection()
    rows = await connection.execute(
        select(Delivery.subscriber_id, Delivery.local_date).where(
            among(Delivery.subscriber_id, periods),
            Delivery.local_date > min(after for after, _ in periods.values()),
            Delivery.slot == DAILY,
            Delivery.state == DeliveryState.SENT,
        )
    )
    for subscriber_id, day in rows:
        after, before = periods[subscriber_id]
        counts[subscriber_id] += after < day < before
    return counts


SentQuestion = aliased(Delivery)


def unanswered_since(limit: int, *which: ColumnElement[bool]) -> ColumnElement[int]:
    """Counts the daily questions sent to a Subscriber since their last counted answer, if any.

    `which` are conditions on `SentQuestion`. For speed, no more than `limit` are counted.
    """
    found = (
        select(SentQuestion.id)
        .where(
            SentQuestion.subscriber_id == Subscriber.id,
            SentQuestion.local_date > func.coalesce(Subscriber.last_answered_on, date.min),
            SentQuestion.slot == DAILY,
            SentQuestion.state == DeliveryState.SENT,
            *which,
        )
        .limit(limit)
        .correlate(Subscriber, Delivery)
        .subquery()
    )
    return select(func.count()).select_from(found).scalar_subquery()


def freezes_needed(*which: ColumnElement[bool]) -> ColumnElement[int]:
    """Counts them as above, up to one more than freezes can make up for (Totals.streak_after)."""
    return unanswered_since(MAX_FREEZES + 1, *which)


async def _recount_unanswered(session: AsyncSession, subscriber_ids: Collection[int]) -> None:
    """Recount `unanswered` of each answer, after one to an earlier question than the latest."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.id, Answer.counted, Answer.unanswered)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(subscriber_ids),
            Delivery.slot == DAILY,
            or_(Delivery.state == DeliveryState.SENT, Answer.counted),
        )
        .order_by(Delivery.subscriber_id, Delivery.local_date)
    )
    since: dict[int, int] = {}  # unanswered ones since the last counted answer, if there is one
    changed = []
    for subscriber_id, delivery_id, counted, stored in rows:
        if counted:
            if (now := since.get(subscriber_id, 0)) != stored:
                changed.append({"delivery": delivery_id, "now": now})
            since[subscriber_id] = 0
        elif subscriber_id in since:
            since[subscriber_id] += 1
    await execute_many(session, _SET_UNANSWERED, changed)


_SET_UNANSWERED = (
    update(Answer)
    .where(Answer.delivery_id == bindparam("delivery"))
    .values(unanswered=bindparam("now"))
)


async def counted_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[int, list[CountedAnswer]]:
    """Returns the answers that count, by subscriber: of some, or of all."""
    query = (
        select(Delivery.subscriber_id, Delivery.local_date, Answer.option, Answer.unanswered)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Answer.counted)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    answers: dict[int, list[CountedAnswer]] = defaultdict(list)
    for subscriber_id, day, option, unanswered in await session.execute(query):
        answers[subscriber_id].append(CountedAnswer(day, option == 0, unanswered))
    return answers


class ScoreKey(NamedTuple):
    """The key of a programme score: `since` is the first day of the week, month or programme."""

    programme_id: int
    kind: ScoreKind
    since: date
    subscriber_id: int


class ScoreSum(NamedTuple):
    """The points and answers of a programme score."""

    points: int
    answered: int


class _Participation(NamedTuple):
    """A subscriber in a programme. Their answers count on its days, from `enrolled_on` on."""

    subscriber_id: int
    programme_id: int
    enrolled_on: date
    days: QuestionDays

    def scores_on(self, day: date) -> Iterator[ScoreKey]:
        """Yields the keys of the scores that an answer of that date counts for."""
        if day < self.enrolled_on or not self.days.counts(day):
            return
        for kind, since in (
            (ScoreKind.WEEK, week_of(day)),
            (ScoreKind.MONTH, day.replace(day=1)),
            (ScoreKind.PROGRAMME, self.days.starts_on),
        ):
            yield ScoreKey(self.programme_id, kind, since, self.subscriber_id)


async def _participations(
    session: AsyncSession, *where: ColumnElement[bool]
) -> Iterable[_Participation]:
    connection = await session.connection()
    enrolled = select(Enrolment.subscriber_id, Enrolment.programme_id, Enrolment.enrolled_on)
    rows = (await connection.execute(enrolled.where(Enrolment.left_at.is_(None), *where))).all()
    if not rows:
        return []
    days = await question_days(session, {row.programme_id for row in rows})
    return [_Participation(*row, days[row.programme_id]) for row in rows]


def _score_row(key: ScoreKey, score: ScoreSum) -> dict[str, Any]:
    return {**key._asdict(), **score._asdict()}


async def recount_scores_after(session: AsyncSession, programme_id: int, day: date) -> None:
    """Recount the scores of members whom a change of the programme's days, on `day`, may affect.

    They have been asked for a later date, because they are ahead of the programme's zone; or for
    that date, but not by the programme: by another one, or before they joined.
    """
    another = aliased(Enrolment)
    elsewhere = or_(
        Enrolment.enrolled_on == day,
        exists().where(
            another.subscriber_id == Enrolment.subscriber_id, another.programme_id != programme_id
        ),
    )
    asked = await session.scalars(
        select(Delivery.subscriber_id)
        .join(Enrolment, Enrolment.subscriber_id == Delivery.subscriber_id)
        .where(
            Enrolment.programme_id == programme_id,
            or_(Delivery.local_date > day, and_(Delivery.local_date == day, elsewhere)),
        )
    )
    subscriber_ids = set(asked)
    await lock_rows(session, Subscriber.id, subscriber_ids)
    await recount_scores(session, subscriber_ids)


async def recount_scores(session: AsyncSession, subscriber_ids: Collection[int] | None) -> None:
    """Recompute these subscribers' programme scores, or all of them (None), from the answers."""
    stale = delete(ProgrammeScore)
    if subscriber_ids is not None:
        stale = stale.where(ProgrammeScore.subscriber_id.in_(subscriber_ids))
    await session.execute(stale)
    scores = await scores_from_answers(session, subscriber_ids)
    await upsert(session, ProgrammeScore, [_score_row(*each) for each in scores.items()])


async def scores_from_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[ScoreKey, ScoreSum]:
    """Returns programme scores computed from the answers: of some subscribers, or of all."""
    answers = select(Delivery.subscriber_id, Delivery.local_date, Answer.points)
    answers = answers.join(Answer, Answer.delivery_id == Delivery.id).where(Answer.counted)
    some = []
    if subscriber_ids is not None:
        answers = answers.where(Delivery.subscriber_id.in_(subscriber_ids))
        some = [Enrolment.subscriber_id.in_(subscriber_ids)]
    participations = defaultdict(list)
    for each in await _participations(session, *some):
        participations[each.subscriber_id].append(each)
    scores: dict[ScoreKey, ScoreSum] = {}
    for subscriber_id, day, points in await session.execute(answers):
        for participation in participations[subscriber_id]:
            for key in participation.scores_on(day):
                so_far = scores.get(key, ScoreSum(0, 0))
                scores[key] = ScoreSum(so_far.points + points, so_far.answered + 1)
    return scores


async def _stored_scores(session: AsyncSession) -> dict[ScoreKey, ScoreSum]:
    return {
        ScoreKey(row.programme_id, row.kind, row.since, row.subscriber_id): ScoreSum(
            row.points, row.answered
        )
        for row in await session.scalars(select(ProgrammeScore))
    }


def _weeks(answers: Mapping[int, Iterable[CountedAnswer]]) -> dict[tuple[date, int], int]:
    weeks: dict[tuple[date, int], int] = defaultdict(int)
    for subscriber_id, counted in answers.items():
        for answer in counted:
            weeks[week_of(answer.local_date), subscriber_id] += answer.points
    return dict(weeks)


async def differences(session: AsyncSession, objective_of: Mapping[str, str]) -> list[str]:
    """Returns a sentence for each place where what is stored differs from the answers."""
    answers = await counted_answers(session)
    found = [
        f"subscriber {subscriber.id}: stored {stored}, the answers give {total}"
        for subscriber in await session.scalars(select(Subscriber))
        if (stored := totals_of(subscriber)) != (total := streaks.total(answers[subscriber.id]))
    ]
    weeks = {
        (score.week, score.subscriber_id): score.points
        for score in await session.scalars(select(WeeklyScore))
    }
    found += _differing("weekly scores", weeks, _weeks(answers))
    scores = await _stored_scores(session)
    found += _differing("programme scores", scores, await scores_from_answers(session))
    memories = await memory.stored_memories(session)
    rebuilt = await memory.memories_from_answers(session, objective_of)
    return found + _differing("memories", memories, rebuilt)


def _differing(what: str, stored: Mapping[Any, Any], rebuilt: Mapping[Any, Any]) -> list[str]:
    keys = {*stored, *rebuilt}
    wrong = sorted(key for key in keys if stored.get(key) != rebuilt.get(key))
    return [f"{what} differ from the answers: {wrong}"] if wrong else []


async def rebuild(session: AsyncSession, objective_of: Mapping[str, str]) -> None:
    """Replace totals, scores and memories by those computed from the answers."""
    answers = await counted_answers(session)
    for subscriber in await session.scalars(select(Subscriber).with_for_update()):
        set_totals(subscriber, streaks.total(answers[subscriber.id]))
    await session.execute(delete(WeeklyScore))
    weeks = [
        {"week": week, "subscriber_id": subscriber_id, "points": points}
        for (week, subscriber_id), points in _weeks(answers).items()
    ]
    await upsert(session, WeeklyScore, weeks)
    await recount_scores(session, None)
    await memory.rebuild_memories(session, objective_of)
