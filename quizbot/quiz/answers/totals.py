"""The totals that are kept with subscribers and weeks, for speed (invariant 6)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy import bindparam, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, WeeklyScore
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from quizbot.quiz.answers import memory, scoring
from quizbot.quiz.answers.scoring import CountedAnswer, week_of


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
        await _recount_unanswered(session, behind)
        answers = await counted_answers(session, behind)
        totals |= {whose: scoring.total(answers[whose]) for whose in behind}
    return totals


class Reached(NamedTuple):
    """Until when somebody's answers have counted, and the date of the one that counts next."""

    last: date | None
    day: date


async def count_unanswered(session: AsyncSession, people: Mapping[int, Reached]) -> dict[int, int]:
    """How many daily questions each of these left unanswered between two of their dates."""
    absent = {
        whose: reached
        for whose, reached in people.items()
        if reached.last is not None and reached.day - reached.last > timedelta(days=1)
    }
    counts = dict.fromkeys(people, 0)
    if not absent:
        return counts
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.local_date).where(
            Delivery.subscriber_id.in_(absent),
            Delivery.local_date > min(reached.last for reached in absent.values() if reached.last),
            Delivery.slot == DAILY,
            Delivery.state == DeliveryState.SENT,
        )
    )
    for whose, day in rows:
        last, until = absent[whose]
        counts[whose] += last is not None and last < day < until
    return counts


async def count_unanswered_until_now(
    session: AsyncSession, subscriber: Subscriber, now: datetime
) -> int:
    """How many daily questions have closed unanswered since the last answer that counts."""
    if subscriber.last_answered_on is None:
        return 0
    query = select(func.count(Delivery.id)).where(
        Delivery.subscriber_id == subscriber.id,
        Delivery.local_date > subscriber.last_answered_on,
        Delivery.slot == DAILY,
        Delivery.state == DeliveryState.SENT,
        Delivery.closes_at <= now,
    )
    return await session.scalar(query) or 0


async def _recount_unanswered(session: AsyncSession, people: Collection[int]) -> None:
    """An answer has come behind a later one: what lay between is looked at again."""
    rows = await session.execute(
        select(Delivery.subscriber_id, Delivery.id, Answer.counted, Answer.unanswered)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(
            Delivery.subscriber_id.in_(people),
            Delivery.slot == DAILY,
            or_(Delivery.state == DeliveryState.SENT, Answer.counted),
        )
        .order_by(Delivery.subscriber_id, Delivery.local_date)
    )
    since: dict[int, int] = {}  # of who has answered one that counts already
    changed = []
    for whose, delivery_id, counted, kept in rows:
        if counted:
            if (anew := since.get(whose, 0)) != kept:
                changed.append({"delivery": delivery_id, "anew": anew})
            since[whose] = 0
        elif whose in since:
            since[whose] += 1
    if changed:
        connection = await session.connection()
        await connection.execute(_UNANSWERED, changed)


_UNANSWERED = (
    update(Answer)
    .where(Answer.delivery_id == bindparam("delivery"))
    .values(unanswered=bindparam("anew"))
)


async def counted_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[int, list[scoring.CountedAnswer]]:
    """The answers that count, by subscriber: of some, or of all."""
    query = (
        select(Delivery.subscriber_id, Delivery.local_date, Answer.option, Answer.unanswered)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Answer.counted)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    answers: dict[int, list[scoring.CountedAnswer]] = defaultdict(list)
    for voter_id, day, option, missed_before in await session.execute(query):
        answers[voter_id].append(scoring.CountedAnswer(day, option == 0, missed_before))
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
        freezes=subscriber.freezes,
    )


def set_totals(subscriber: Subscriber, totals: scoring.Totals) -> None:
    subscriber.points = totals.points
    subscriber.answered = totals.answered
    subscriber.correct = totals.correct
    subscriber.streak = totals.streak
    subscriber.best_streak = totals.best_streak
    subscriber.last_answered_on = totals.last_answered_on
    subscriber.freezes = totals.freezes


async def differences(session: AsyncSession) -> list[str]:
    """Where the kept totals differ from the answers, a sentence each; empty when all is well."""
    answers = await counted_answers(session)
    found = [
        f"subscriber {subscriber.id}: kept {kept}, the answers give {rebuilt}"
        for subscriber in await session.scalars(select(Subscriber))
        if (kept := totals_of(subscriber)) != (rebuilt := scoring.total(answers[subscriber.id]))
    ]
    kept_weeks = {
        (score.week, score.subscriber_id): score.points
        for score in await session.scalars(select(WeeklyScore))
    }
    if kept_weeks != (rebuilt_weeks := _weeks(answers)):
        keys = kept_weeks.keys() | rebuilt_weeks.keys()
        wrong = sorted(key for key in keys if kept_weeks.get(key) != rebuilt_weeks.get(key))
        found.append(f"weekly scores differ for (week, subscriber): {wrong}")
    kept_scores, rebuilt_scores = await stored_scores(session), await scores_from_answers(session)
    if kept_scores != rebuilt_scores:
        either_score = {*kept_scores, *rebuilt_scores}
        wrong_scores = [
            key for key in either_score if kept_scores.get(key) != rebuilt_scores.get(key)
        ]
        found.append(f"programmes' scores differ for: {sorted(wrong_scores)}")
    recalled, rebuilt_recalls = (
        await memory.stored_memories(session),
        await memory.memories_from_answers(session),
    )
    if recalled != rebuilt_recalls:
        either = {*recalled, *rebuilt_recalls}
        strange = sorted(key for key in either if recalled.get(key) != rebuilt_recalls.get(key))
        found.append(f"what is recalled differs for (subscriber, item): {strange}")
    return found


async def rebuild(session: AsyncSession) -> None:
    """Replace all that is kept by what the answers give."""
    answers = await counted_answers(session)
    for subscriber in await session.scalars(select(Subscriber).with_for_update()):
        set_totals(subscriber, scoring.total(answers[subscriber.id]))
    await session.execute(delete(WeeklyScore))
    session.add_all(
        WeeklyScore(week=week, subscriber_id=subscriber_id, points=points)
        for (week, subscriber_id), points in _weeks(answers).items()
    )
    await recount_scores(session, None)
    await memory.rebuild_memories(session)


def _weeks(answers: dict[int, list[scoring.CountedAnswer]]) -> dict[tuple[date, int], int]:
    weeks: dict[tuple[date, int], int] = defaultdict(int)
    for subscriber_id, counted in answers.items():
        for answer in counted:
            weeks[scoring.week_of(answer.local_date), subscriber_id] += answer.points
    return dict(weeks)


class ScoreKey(NamedTuple):
    """What a score is of."""

    programme_id: int
    kind: ScoreKind
    since: date
    subscriber_id: int


class ScoreSum(NamedTuple):
    """A score's points and answers."""

    points: int
    answered: int


class _Participation(NamedTuple):
    """Somebody's part in a programme, and from when until when their answers count for it."""

    subscriber_id: int
    programme_id: int
    starts_on: date
    ends_on: date | None
    enrolled_on: date

    def counts(self, day: date) -> bool:
        begun = max(self.starts_on, self.enrolled_on)
        return begun <= day and (self.ends_on is None or day <= self.ends_on)

    def keys(self, day: date) -> Iterable[ScoreKey]:
        """The scores that an answer of that date goes into."""
        for kind, since in (
            (ScoreKind.WEEK, week_of(day)),
            (ScoreKind.MONTH, day.replace(day=1)),
            (ScoreKind.PROGRAMME, self.starts_on),
        ):
            yield ScoreKey(self.programme_id, kind, since, self.subscriber_id)


async def add_to_programme_scores(
    session: AsyncSession, answers: Mapping[int, CountedAnswer]
) -> None:
    """Add an answer to the scores of each of these subscribers, who are locked."""
    if not answers:
        return
    gained = {
        key: ScoreSum(answers[each.subscriber_id].points, 1)
        for each in await _participations(session, Enrolment.subscriber_id.in_(answers))
        if each.counts(answers[each.subscriber_id].local_date)
        for key in each.keys(answers[each.subscriber_id].local_date)
    }
    if gained:
        await _add_to_scores(session, gained)


async def recount_scores_after(session: AsyncSession, programme_id: int, day: date) -> None:
    """After a change of the programme's end: of members who have answered for a later date.

    They are ahead of the programme's zone; nobody else has an answer that such a change is about.
    """
    ahead = (
        select(Delivery.subscriber_id)
        .join(Enrolment, Enrolment.subscriber_id == Delivery.subscriber_id)
        .where(Enrolment.programme_id == programme_id, Delivery.local_date > day)
    )
    people = await session.scalars(
        select(Subscriber.id)
        .where(Subscriber.id.in_(ahead))
        .order_by(Subscriber.id)
        .with_for_update()
    )
    await recount_scores(session, people.all())


async def recount_scores(session: AsyncSession, subscriber_ids: Collection[int] | None) -> None:
    """Make the scores of these people, or (None) of all, what their answers give."""
    stale = delete(ProgrammeScore)
    if subscriber_ids is not None:
        stale = stale.where(ProgrammeScore.subscriber_id.in_(subscriber_ids))
    await session.execute(stale)
    sums = await scores_from_answers(session, subscriber_ids)
    connection = await session.connection()
    if sums:
        await connection.execute(
            insert(ProgrammeScore), [_score_row(*each) for each in sums.items()]
        )


async def scores_from_answers(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[ScoreKey, ScoreSum]:
    """What the answers give: of some people, or of all."""
    takings = defaultdict(list)
    some = Enrolment.subscriber_id.in_(subscriber_ids) if subscriber_ids is not None else None
    for each in await _participations(session, some):
        takings[each.subscriber_id].append(each)
    query = (
        select(Delivery.subscriber_id, Delivery.local_date, Answer.points)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Answer.counted)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    sums: dict[ScoreKey, ScoreSum] = {}
    for whose, day, points in await session.execute(query):
        for taking in takings[whose]:
            for key in taking.keys(day) if taking.counts(day) else ():
                so_far = sums.get(key, ScoreSum(0, 0))
                sums[key] = ScoreSum(so_far.points + points, so_far.answered + 1)
    return sums


async def stored_scores(session: AsyncSession) -> dict[ScoreKey, ScoreSum]:
    """All that are kept."""
    return {
        ScoreKey(row.programme_id, row.kind, row.since, row.subscriber_id): ScoreSum(
            row.points, row.answered
        )
        for row in await session.scalars(select(ProgrammeScore))
    }


async def _participations(session: AsyncSession, which: object | None) -> list[_Participation]:
    query = (
        select(
            Enrolment.subscriber_id,
            Enrolment.programme_id,
            Programme.starts_on,
            Programme.ends_on,
            Enrolment.enrolled_on,
        )
        .join(Programme, Programme.id == Enrolment.programme_id)
        .where(Enrolment.left_at.is_(None))
    )
    if which is not None:
        query = query.where(which)  # type: ignore[arg-type]
    return [_Participation(*row) for row in await session.execute(query)]


_ADD_TO_SCORE = (
    update(ProgrammeScore)
    .where(
        ProgrammeScore.programme_id == bindparam("of"),
        ProgrammeScore.kind == bindparam("by", type_=ProgrammeScore.kind.type),
        ProgrammeScore.since == bindparam("from"),
        ProgrammeScore.subscriber_id == bindparam("whose"),
    )
    .values(
        points=ProgrammeScore.points + bindparam("gained"),
        answered=ProgrammeScore.answered + bindparam("more"),
    )
)


async def _add_to_scores(session: AsyncSession, gained: Mapping[ScoreKey, ScoreSum]) -> None:
    rows = await session.execute(
        select(
            ProgrammeScore.programme_id,
            ProgrammeScore.kind,
            ProgrammeScore.since,
            ProgrammeScore.subscriber_id,
        ).where(
            ProgrammeScore.programme_id.in_({key.programme_id for key in gained}),
            ProgrammeScore.since.in_({key.since for key in gained}),
            ProgrammeScore.subscriber_id.in_({key.subscriber_id for key in gained}),
        )
    )
    there = {ScoreKey(*row) for row in rows} & gained.keys()
    connection = await session.connection()
    if first := gained.keys() - there:
        await connection.execute(
            insert(ProgrammeScore), [_score_row(key, gained[key]) for key in sorted(first)]
        )
    if there:
        more = [
            {
                "of": key.programme_id,
                "by": key.kind,
                "from": key.since,
                "whose": key.subscriber_id,
                "gained": gained[key].points,
                "more": gained[key].answered,
            }
            for key in sorted(there)
        ]
        await connection.execute(_ADD_TO_SCORE, more)


def _score_row(key: ScoreKey, score: ScoreSum) -> dict[str, object]:
    return {**key._asdict(), **score._asdict()}
