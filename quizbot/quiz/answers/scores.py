"""Members' points in a programme, by week, month and all of it: sums of the answers that count.

A daily question counts for every programme that its member is in, from the date of joining on, if
the date lies between the programme's start and end. Kept for speed, can be rebuilt (invariant 6).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import NamedTuple

from sqlalchemy import bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Answer, Delivery, Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind
from quizbot.quiz.answers.scoring import CountedAnswer, week_of


class Key(NamedTuple):
    """What a score is of."""

    programme_id: int
    kind: ScoreKind
    since: date
    subscriber_id: int


class Sum(NamedTuple):
    """A score's points and answers."""

    points: int
    answered: int


class _Taking(NamedTuple):
    """Somebody's part in a programme, and from when until when their answers count for it."""

    subscriber_id: int
    programme_id: int
    starts_on: date
    ends_on: date | None
    enrolled_on: date

    def counts(self, day: date) -> bool:
        begun = max(self.starts_on, self.enrolled_on)
        return begun <= day and (self.ends_on is None or day <= self.ends_on)

    def keys(self, day: date) -> Iterable[Key]:
        """The scores that an answer of that date goes into."""
        for kind, since in (
            (ScoreKind.WEEK, week_of(day)),
            (ScoreKind.MONTH, day.replace(day=1)),
            (ScoreKind.PROGRAMME, self.starts_on),
        ):
            yield Key(self.programme_id, kind, since, self.subscriber_id)


async def add(session: AsyncSession, answers: Mapping[int, CountedAnswer]) -> None:
    """Add an answer to the scores of each of these subscribers, who are locked."""
    if not answers:
        return
    gained = {
        key: Sum(answers[each.subscriber_id].points, 1)
        for each in await _takings(session, Enrolment.subscriber_id.in_(answers))
        if each.counts(answers[each.subscriber_id].local_date)
        for key in each.keys(answers[each.subscriber_id].local_date)
    }
    if gained:
        await _gain(session, gained)


async def recount_after(session: AsyncSession, programme_id: int, day: date) -> None:
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
    await recount(session, people.all())


async def recount(session: AsyncSession, subscriber_ids: Collection[int] | None) -> None:
    """Make the scores of these people, or (None) of all, what their answers give."""
    stale = delete(ProgrammeScore)
    if subscriber_ids is not None:
        stale = stale.where(ProgrammeScore.subscriber_id.in_(subscriber_ids))
    await session.execute(stale)
    sums = await rebuilt(session, subscriber_ids)
    connection = await session.connection()
    if sums:
        await connection.execute(insert(ProgrammeScore), [_row(*each) for each in sums.items()])


async def rebuilt(
    session: AsyncSession, subscriber_ids: Collection[int] | None = None
) -> dict[Key, Sum]:
    """What the answers give: of some people, or of all."""
    takings = defaultdict(list)
    some = Enrolment.subscriber_id.in_(subscriber_ids) if subscriber_ids is not None else None
    for each in await _takings(session, some):
        takings[each.subscriber_id].append(each)
    query = (
        select(Delivery.subscriber_id, Delivery.local_date, Answer.points)
        .join(Answer, Answer.delivery_id == Delivery.id)
        .where(Answer.counted)
    )
    if subscriber_ids is not None:
        query = query.where(Delivery.subscriber_id.in_(subscriber_ids))
    sums: dict[Key, Sum] = {}
    for whose, day, points in await session.execute(query):
        for taking in takings[whose]:
            for key in taking.keys(day) if taking.counts(day) else ():
                so_far = sums.get(key, Sum(0, 0))
                sums[key] = Sum(so_far.points + points, so_far.answered + 1)
    return sums


async def kept(session: AsyncSession) -> dict[Key, Sum]:
    """All that are kept."""
    return {
        Key(row.programme_id, row.kind, row.since, row.subscriber_id): Sum(row.points, row.answered)
        for row in await session.scalars(select(ProgrammeScore))
    }


async def _takings(session: AsyncSession, which: object | None) -> list[_Taking]:
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
    return [_Taking(*row) for row in await session.execute(query)]


_MORE = (
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


async def _gain(session: AsyncSession, gained: Mapping[Key, Sum]) -> None:
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
    there = {Key(*row) for row in rows} & gained.keys()
    connection = await session.connection()
    if first := gained.keys() - there:
        await connection.execute(
            insert(ProgrammeScore), [_row(key, gained[key]) for key in sorted(first)]
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
        await connection.execute(_MORE, more)


def _row(key: Key, score: Sum) -> dict[str, object]:
    return {**key._asdict(), **score._asdict()}
