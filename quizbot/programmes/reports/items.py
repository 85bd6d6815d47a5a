"""First attempts at each item by a programme's members.

A first attempt is somebody's first answer ever to an item, if it was a daily question. Whoever met
an item in practice before has none, because practice comes with the explanation. Rescored answers
are left out: they were given to a different question.

Members who hide are left out here as in the counts of each date: the difference of the two would
reveal what they answered.
"""

from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy import (
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    insert,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.models import DAILY, Answer, Delivery, Rescoring, Subscriber
from db.programmes import Enrolment, Programme
from db.reports import HeldAnswer, ItemReport
from db.session import Sessions, execute_many
from questions import Topic
from quizbot.programmes.disclosure_control import (
    ALL_ITEMS,
    MIN_GROUP_SIZE,
    form_blocks,
    may_be_told,
    pool_names,
    sum_of,
)
from quizbot.programmes.members import IN_BATCH, EnrolledMember, iter_batches

_CHUNK_SIZE = 500  # ids in a statement

_Row = Row[*tuple[Any, ...]]


class BatchKey(NamedTuple):
    """The key of a batch: an item's revision.

    Pools of several items have the name of what these share, and revision 0.
    """

    item_id: str
    revision: int


@dataclass
class Batch:
    """Attempts that are added up; the sums are those of ItemReport.

    `sides` are the people who were correct, and who were not: all of them, or MIN_GROUP_SIZE.
    """

    sides: tuple[set[int], set[int]] = field(default_factory=lambda: (set(), set()))
    since: date = date.max
    deliveries: "array[int]" = field(default_factory=lambda: array("q"))
    option_counts: Counter[int] = field(default_factory=Counter)
    paired: int = 0
    paired_correct: int = 0
    rest_sum: float = 0.0
    rest_squares: float = 0.0
    rest_correct: float = 0.0

    @property
    def may_be_told(self) -> bool:
        """Whether it may be added to the report."""
        return may_be_told(*map(len, self.sides))

    @property
    def size(self) -> int:
        return len(self.deliveries)

    def __add__(self, other: "Batch") -> "Batch":
        return Batch(
            (self.sides[0] | other.sides[0], self.sides[1] | other.sides[1]),
            min(self.since, other.since),
            self.deliveries + other.deliveries,
            self.option_counts + other.option_counts,
            **{name: getattr(self, name) + getattr(other, name) for name in _SUMS},
        )

    def as_pool(self) -> "Batch":
        """Returns what is kept of several items: options and rest scores are an item's own."""
        correct, total = self.option_counts[0], self.option_counts.total()
        counts = Counter({0: correct, 1: total - correct})
        return Batch(self.sides, self.since, self.deliveries, counts)

    def add(self, answer: _Row) -> None:
        """Add an attempt."""
        correct = answer.option == 0
        self.deliveries.append(answer.id)
        self.since = min(self.since, answer.local_date)
        side = self.sides[not correct]
        if len(side) < MIN_GROUP_SIZE:
            side.add(answer.subscriber_id)
        self.option_counts[answer.option] += 1
        if (rest := _rest_score(answer)) is not None:
            self.paired += 1
            self.paired_correct += correct
            self.rest_sum += rest
            self.rest_squares += rest * rest
            self.rest_correct += rest * correct


_SUMS = tuple(each.name for each in fields(Batch) if each.default == 0)


def _rest_score(answer: _Row) -> float | None:
    """Returns the share of correct answers among the person's other answers that count."""
    others = answer.answered - answer.counted
    correct = answer.correct - (answer.counted and answer.option == 0)
    return correct / others if others > 0 else None


Batches = dict[BatchKey, Batch]


@dataclass(frozen=True)
class Waiting:
    """The attempts that are not in the reports: those until the last round, and the new ones.

    Points tell who was correct on the days since somebody last looked. So figures change in rounds
    only: when five people were correct and five were not among what is new.
    """

    last_round: date
    before: Batches = field(default_factory=lambda: defaultdict(Batch))
    new: Batches = field(default_factory=lambda: defaultdict(Batch))

    @property
    def is_round(self) -> bool:
        return bool(self.new) and sum_of(self.new.values()).may_be_told

    def all(self) -> Batches:
        keys = dict.fromkeys([*self.before, *self.new])
        found = {
            key: [each[key] for each in (self.before, self.new) if key in each] for key in keys
        }
        return {key: sum_of(batches) for key, batches in found.items()}

    def add(self, answers: Iterable[_Row], repeated: Iterable[_Row]) -> None:
        """Add those answers that are first attempts."""
        not_first = {row.id for row in repeated}
        for row in answers:
            if row.id not in not_first:
                batches = self.new if row.local_date > self.last_round else self.before
                batches[BatchKey(row.item_id, row.item_revision)].add(row)


_earlier, _earlier_answer = aliased(Delivery), aliased(Answer)

_REGRADED = exists().where(Rescoring.delivery_id == Delivery.id)

_ATTEMPTS = (
    select(
        Delivery.id,
        Delivery.subscriber_id,
        Delivery.local_date,
        Delivery.item_id,
        Delivery.item_revision,
        Answer.option,
        Answer.counted,
        Subscriber.answered,
        Subscriber.correct,
    )
    .join(Answer, Answer.delivery_id == Delivery.id)
    .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    .where(Delivery.slot == DAILY, ~_REGRADED)
)

# Those that are not first attempts, some several times.
_REPEATED = (
    select(Delivery.id)
    .join(Answer, Answer.delivery_id == Delivery.id)
    .join(
        _earlier,
        and_(
            _earlier.subscriber_id == Delivery.subscriber_id, _earlier.item_id == Delivery.item_id
        ),
    )
    .join(_earlier_answer, _earlier_answer.delivery_id == _earlier.id)
    .where(
        Delivery.slot == DAILY,
        or_(
            _earlier_answer.answered_at < Answer.answered_at,
            and_(_earlier_answer.answered_at == Answer.answered_at, _earlier.id < Delivery.id),
        ),
    )
)


def _of_members(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.join(Enrolment, Enrolment.subscriber_id == Delivery.subscriber_id).where(
        IN_BATCH, Delivery.local_date.between(bindparam("first"), bindparam("until"))
    )


_OF_MEMBERS = _of_members(_ATTEMPTS), _of_members(_REPEATED)


async def gather_waiting(sessions: Sessions, programme: Programme, days: Sequence[date]) -> Waiting:
    """Returns all attempts of these consecutive dates, and those that are held, added up.

    Attempts of people who hide by now are left out: they are never reported.
    """
    programme_id = programme.id
    waiting = Waiting(programme.items_reported_until or date.min)
    async with sessions.begin() as session:
        held = (await session.scalars(_held(programme_id))).all()
    for ids in _chunks(held):
        some = [each.where(Delivery.id.in_(ids)) for each in (_ATTEMPTS, _REPEATED)]
        async with sessions.begin() as session:
            waiting.add(*[(await session.execute(each)).all() for each in some])
    dates = {"first": days[0], "until": days[-1]}
    async for members, [answers, repeated] in iter_batches(
        sessions, programme_id, _OF_MEMBERS, dates, rows_each=4 * len(days)
    ):
        reported = [
            each
            for each in answers
            if _is_reported(members.get(each.subscriber_id), each.local_date)
        ]
        waiting.add(reported, repeated)
    return waiting


def _held(programme_id: int) -> Select[int]:
    return (
        select(HeldAnswer.delivery_id)
        .join(Delivery, Delivery.id == HeldAnswer.delivery_id)
        .join(
            Enrolment,
            and_(
                Enrolment.programme_id == HeldAnswer.programme_id,
                Enrolment.subscriber_id == Delivery.subscriber_id,
            ),
        )
        .where(HeldAnswer.programme_id == programme_id, ~Enrolment.hidden)
    )


def _is_reported(member: EnrolledMember | None, day: date) -> bool:
    """None is somebody who joined after the batch's members were read."""
    return member is not None and member.takes_part(day) and not member.hidden


async def publish(
    session: AsyncSession, programme_id: int, batches: Batches, topic: Topic, old: date
) -> list[int]:
    """Add what may be told to the reports. Returns the delivery ids of what waits.

    Items with answers from before `old` are pooled with their neighbours. The caller has locked the
    programme.
    """
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme_id))
    reports = {(row.item_id, row.item_revision): row for row in rows}

    def if_old(level: int) -> Callable[[BatchKey], BatchKey | None]:
        def pool(key: BatchKey) -> BatchKey | None:
            is_old = batches[key].since < old
            return BatchKey(pool_names(topic, key.item_id)[level], 0) if is_old else None

        return pool

    blocks, left = form_blocks(batches, [lambda key: key, if_old(0), if_old(1), if_old(2)])
    if left and old == date.max and sum_of(left).may_be_told:  # nothing is ever added to it
        rest = BatchKey(ALL_ITEMS, 0)
        left, blocks[rest] = [], sum_of([*left, blocks.get(rest, Batch())])
    for key, batch in blocks.items():
        if key not in reports:
            reports[key] = _empty_report(programme_id, key)
            session.add(reports[key])
        _add(reports[key], batch if key.revision else batch.as_pool())
    await session.flush()
    return [each for batch in left for each in batch.deliveries]


async def hold(session: AsyncSession, programme_id: int, delivery_ids: Collection[int]) -> None:
    """Hold these answers, and no others, until there are more. Erased ones are left out.

    An erasure locks the person, then their deliveries in any order, then what is held of these.
    Therefore this locks the people first as well, then the deliveries that were or will be held;
    otherwise the two could wait for each other.
    """
    of_programme = HeldAnswer.programme_id == programme_id
    before = set((await session.scalars(select(HeldAnswer.delivery_id).where(of_programme))).all())
    changed = before.symmetric_difference(delivery_ids)
    people = set[int]()
    for ids in _chunks(changed):
        query = select(Delivery.subscriber_id).where(Delivery.id.in_(ids))
        people.update((await session.scalars(query)).all())
    for ids in _chunks(people):
        await _lock_existing(session, Subscriber.id, ids)
    for ids in _chunks(changed):
        existing = await _lock_existing(session, Delivery.id, ids)
        gone = of_programme, HeldAnswer.delivery_id.in_(before.intersection(ids))
        await session.execute(delete(HeldAnswer).where(*gone))
        new = [each for each in existing if each not in before]
        rows = [{"programme_id": programme_id, "delivery_id": each} for each in new]
        await execute_many(session, insert(HeldAnswer), rows)


def _chunks(ids: Collection[int]) -> Iterable[Sequence[int]]:
    """Yields the ids in order, so few at a time that nobody waits for what is done with them."""
    ordered = sorted(ids)
    return (ordered[at : at + _CHUNK_SIZE] for at in range(0, len(ordered), _CHUNK_SIZE))


async def _lock_existing(
    session: AsyncSession, key: InstrumentedAttribute[int], ids: Collection[int]
) -> Sequence[int]:
    """Returns the ids of rows that exist, and cannot be deleted until the transaction ends."""
    query = select(key).where(key.in_(ids)).order_by(key)
    return (await session.scalars(query.with_for_update(read=True, key_share=True))).all()


def _empty_report(programme_id: int, key: BatchKey) -> ItemReport:
    return ItemReport(
        programme_id=programme_id,
        item_id=key.item_id,
        item_revision=key.revision,
        option_counts=[],
        **dict.fromkeys(_SUMS, 0),
    )


def _add(report: ItemReport, batch: Batch) -> None:
    options = max(len(report.option_counts), *(option + 1 for option in batch.option_counts), 0)
    before = [*report.option_counts, *[0] * (options - len(report.option_counts))]
    report.option_counts = [
        people + batch.option_counts[option] for option, people in enumerate(before)
    ]
    for name in _SUMS:
        setattr(report, name, getattr(report, name) + getattr(batch, name))
