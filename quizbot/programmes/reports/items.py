"""First and later attempts at each item by a programme's members.

A first attempt is somebody's first answer of all to an item, if it was a daily question. Later ones
are their answers to it as a daily question of a later date, each paired with the first. Whoever met
an item in practice before has no attempts at it: practice comes with the explanation. So do answers
that were graded anew, which were given to another question than the one that their item is now.

Whoever is hidden is left out, as they are of each date's counts: one less the other would tell what
they answered.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, delete, exists, func, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute, aliased

from db.models import DAILY, Answer, Delivery, LearnerMemory, Rescoring, Subscriber
from db.programmes import Enrolment, HeldAnswer, ItemReport, MasteryReport, Programme
from db.session import Sessions
from quizbot.programmes.boards import MIN_GROUP_SIZE
from quizbot.programmes.members import IN_BATCH, EnrolledMember, iter_batches
from quizbot.quiz.answers.memory import is_mastered

_Row = Row[*tuple[Any, ...]]


class BatchKey(NamedTuple):
    """What attempts are added up by."""

    item_id: str
    revision: int
    later: bool


class EarlierAnswer(NamedTuple):
    """An earlier answer to the same item. The first field puts them in order."""

    answered: tuple[datetime, int]  # when, and which delivery
    day: date
    slot: int
    right: bool


@dataclass
class Batch:
    """Attempts, added up; the sums are those of ItemReport.

    `deliveries` are kept while they are of fewer than five people.
    """

    people: set[int] = field(default_factory=set)
    deliveries: list[int] = field(default_factory=list)
    option_counts: Counter[int] = field(default_factory=Counter)
    paired: int = 0
    paired_correct: int = 0
    rest_sum: float = 0.0
    rest_squares: float = 0.0
    rest_correct: float = 0.0
    later: int = 0
    later_correct: int = 0
    later_first_correct: int = 0
    later_both_correct: int = 0
    later_days: int = 0

    @property
    def is_large(self) -> bool:
        """Whether nobody can be told from it."""
        return len(self.people) >= MIN_GROUP_SIZE

    def add(self, answer: Row[*tuple[Any, ...]], first: EarlierAnswer | None) -> None:
        """An attempt; a later one has its first."""
        if not self.is_large:
            self.deliveries.append(answer.id)
        self.people.add(answer.subscriber_id)
        if first is None:
            self._add_first(answer.option, _rest(answer))
        else:
            self._add_later((answer.local_date - first.day).days, answer.option == 0, first.right)

    def _add_first(self, option: int, rest: float | None) -> None:
        self.option_counts[option] += 1
        if rest is not None:
            self.paired += 1
            self.paired_correct += option == 0
            self.rest_sum += rest
            self.rest_squares += rest * rest
            self.rest_correct += rest * (option == 0)

    def _add_later(self, days: int, right: bool, first_correct: bool) -> None:
        self.later += 1
        self.later_correct += right
        self.later_first_correct += first_correct
        self.later_both_correct += right and first_correct
        self.later_days += days


def _rest(answer: Row[*tuple[Any, ...]]) -> float | None:
    """The share of right ones among all other answers of the person that count."""
    others = answer.answered - answer.counted
    right = answer.correct - (answer.counted and answer.option == 0)
    return right / others if others > 0 else None


Batches = dict[BatchKey, Batch]

_earlier, _its_answer = aliased(Delivery), aliased(Answer)

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

_EARLIER = (
    select(
        Delivery.id,
        _earlier.id.label("earlier_id"),
        _earlier.local_date,
        _earlier.slot,
        _its_answer.option,
        _its_answer.answered_at,
    )
    .join(Answer, Answer.delivery_id == Delivery.id)
    .join(
        _earlier,
        and_(
            _earlier.subscriber_id == Delivery.subscriber_id,
            _earlier.item_id == Delivery.item_id,
        ),
    )
    .join(_its_answer, _its_answer.delivery_id == _earlier.id)
    .where(
        Delivery.slot == DAILY,
        or_(
            _its_answer.answered_at < Answer.answered_at,
            and_(_its_answer.answered_at == Answer.answered_at, _earlier.id < Delivery.id),
        ),
    )
)


def _of_members(statement: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return statement.join(Enrolment, Enrolment.subscriber_id == Delivery.subscriber_id).where(
        IN_BATCH, Delivery.local_date.between(bindparam("first"), bindparam("until"))
    )


_OF_MEMBERS = _of_members(_ATTEMPTS), _of_members(_EARLIER)


async def gather_batches(sessions: Sessions, programme_id: int, days: Sequence[date]) -> Batches:
    """All attempts of these dates, which follow one another, and those that are held.

    Those of people who hide, or who hide by now, are in no pile: they are never reported.
    """
    piles: Batches = defaultdict(Batch)
    async with sessions.begin() as session:
        ids = (await session.scalars(_held(programme_id))).all()
        some = [
            (await session.execute(each.where(Delivery.id.in_(ids)))).all()
            for each in (_ATTEMPTS, _EARLIER)
        ]
    _add_attempts(piles, *some)
    dates = {"first": days[0], "until": days[-1]}
    async for members, [answers, earlier] in iter_batches(
        sessions, programme_id, _OF_MEMBERS, dates, rows_each=4 * len(days)
    ):
        theirs = [
            each for each in answers if _is_reported(members[each.subscriber_id], each.local_date)
        ]
        _add_attempts(piles, theirs, earlier)
    return piles


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


def _is_reported(member: EnrolledMember, day: date) -> bool:
    return member.takes_part(day) and not member.hidden


def _add_attempts(piles: Batches, answers: Iterable[_Row], earlier: Iterable[_Row]) -> None:
    firsts: dict[int, EarlierAnswer] = {}
    for row in earlier:
        found = EarlierAnswer(
            (row.answered_at, row.earlier_id), row.local_date, row.slot, row.option == 0
        )
        firsts[row.id] = min(found, firsts.get(row.id, found))
    for row in answers:
        first = firsts.get(row.id)
        if first is None or (first.slot == DAILY and first.day < row.local_date):
            question = BatchKey(row.item_id, row.item_revision, first is not None)
            piles[question].add(row, first)


_SUMS = (
    "paired",
    "paired_correct",
    "rest_sum",
    "rest_squares",
    "rest_correct",
    "later",
    "later_correct",
    "later_first_correct",
    "later_both_correct",
    "later_days",
)


async def publish(
    session: AsyncSession, programme_id: int, piles: Mapping[BatchKey, Batch]
) -> list[int]:
    """Add the piles that are large enough; answers whose deliveries the others are of.

    The programme is locked.
    """
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme_id))
    reports = {(row.item_id, row.item_revision): row for row in rows}
    left: list[int] = []
    for question, pile in piles.items():
        if not pile.is_large:
            left += pile.deliveries
            continue
        key = question.item_id, question.revision
        if key not in reports:
            reports[key] = _empty(programme_id, *key)
            session.add(reports[key])
        _add(reports[key], pile)
    await session.flush()
    return left


async def hold(session: AsyncSession, programme_id: int, delivery_ids: Collection[int]) -> None:
    """These answers, and no others, wait for more. Those of people erased meanwhile do not.

    An erasure takes the person, their deliveries in any order, and what is held of these. So the
    people come first here as well, then what was held and will be: else the two could wait for each
    other.
    """
    held = select(HeldAnswer.delivery_id).where(HeldAnswer.programme_id == programme_id)
    before = (await session.scalars(held)).all()
    ids = {*before, *delivery_ids}
    people = select(Delivery.subscriber_id).where(Delivery.id.in_(ids))
    await _lock_existing(session, Subscriber.id, (await session.scalars(people)).all())
    there = set(await _lock_existing(session, Delivery.id, ids)).intersection(delivery_ids)
    await session.execute(delete(HeldAnswer).where(HeldAnswer.programme_id == programme_id))
    rows = [{"programme_id": programme_id, "delivery_id": each} for each in sorted(there)]
    if rows:
        connection = await session.connection()
        await connection.execute(insert(HeldAnswer), rows)


async def _lock_existing(
    session: AsyncSession, key: InstrumentedAttribute[int], ids: Collection[int]
) -> Sequence[int]:
    """Those of these rows that are there, and will be until the transaction ends."""
    query = select(key).where(key.in_(ids)).order_by(key)
    return (await session.scalars(query.with_for_update(read=True, key_share=True))).all()


def _empty(programme_id: int, item_id: str, revision: int) -> ItemReport:
    return ItemReport(
        programme_id=programme_id,
        item_id=item_id,
        item_revision=revision,
        option_counts=[],
        later_people=0,
        **dict.fromkeys(_SUMS, 0),
    )


def _add(report: ItemReport, pile: Batch) -> None:
    places = max(len(report.option_counts), *(place + 1 for place in pile.option_counts), 0)
    before = [*report.option_counts, *[0] * (places - len(report.option_counts))]
    report.option_counts = [
        people + pile.option_counts[place] for place, people in enumerate(before)
    ]
    if pile.later:  # how many people there are in all cannot be told: those of before may be among
        report.later_people = max(report.later_people, len(pile.people))
    for name in _SUMS:
        setattr(report, name, getattr(report, name) + getattr(pile, name))


_ITEMS_PER_MEMBER = 30  # or so, that somebody recalls

_MEMORIES = (
    select(
        LearnerMemory.item_id,
        LearnerMemory.stability,
        LearnerMemory.first_correct_on,
        LearnerMemory.last_correct_on,
    )
    .join_from(Enrolment, LearnerMemory, LearnerMemory.subscriber_id == Enrolment.subscriber_id)
    .where(IN_BATCH, Enrolment.left_at.is_(None), Enrolment.hidden.is_(False))
)


@dataclass
class _MasteryCounts:
    """How many people there are, have met an item, have mastered it."""

    people: int = 0
    met: Counter[str] = field(default_factory=Counter)
    mastered: Counter[str] = field(default_factory=Counter)


async def count_mastery(sessions: Sessions, programme_id: int, today: date) -> None:
    """At most once a date, `today` being the programme's.

    Only after five members have answered on later dates than it was counted on: so a change never
    tells of one person, not even of one who has left.
    """
    async with sessions.begin() as session:
        before = await _counted_on(session, programme_id)
        if not await _is_due(session, programme_id, before, today):
            return
    counted = _MasteryCounts()
    async for members, [recalls] in iter_batches(
        sessions, programme_id, [_MEMORIES], {}, _ITEMS_PER_MEMBER
    ):
        counted.people += sum(_counts(member) for member in members.values())
        for item_id, *memory in recalls:
            counted.met[item_id] += 1
            counted.mastered[item_id] += is_mastered(*memory)
    async with sessions.begin() as session:
        locked = select(Programme.id).where(Programme.id == programme_id)
        there = await session.scalar(locked.with_for_update(key_share=True))
        if there is not None and await _counted_on(session, programme_id) == before:
            await _replace(session, programme_id, counted, today)


def _counts(member: EnrolledMember) -> bool:
    return member.left_at is None and not member.hidden


async def _counted_on(session: AsyncSession, programme_id: int) -> date | None:
    query = select(func.max(MasteryReport.counted_on))
    return await session.scalar(query.where(MasteryReport.programme_id == programme_id))


async def _is_due(
    session: AsyncSession, programme_id: int, before: date | None, today: date
) -> bool:
    if before is not None and before >= today:
        return False
    answered = (
        select(func.count())
        .select_from(Enrolment)
        .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
        .where(
            Enrolment.programme_id == programme_id,
            Enrolment.left_at.is_(None),
            Enrolment.hidden.is_(False),
            Subscriber.last_answered_on > (before or date.min),
        )
    )
    return (await session.scalar(answered) or 0) >= MIN_GROUP_SIZE


async def _replace(
    session: AsyncSession, programme_id: int, counted: _MasteryCounts, today: date
) -> None:
    await session.execute(delete(MasteryReport).where(MasteryReport.programme_id == programme_id))
    rows = [
        {
            "programme_id": programme_id,
            "item_id": item_id,
            "people": counted.people,
            "mastered": counted.mastered[item_id],
            "learning": met - counted.mastered[item_id],
            "counted_on": today,
        }
        for item_id, met in counted.met.items()
    ]
    connection = await session.connection()
    if rows:
        await connection.execute(insert(MasteryReport), rows)
