"""The published learning gain: in all, by key point, and by days since the first meeting.

It is published in rounds (docs/decisions/0026-learning-gain.md). First meetings are answers to
daily questions on objectives that were never answered before; random reviews are drawn from all
objectives met. Those of members who hide are left out, and so are rescored answers.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from math import ceil
from typing import NamedTuple

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, Purpose, Rescoring
from db.programmes import Enrolment, Programme
from db.reports import LearningReport
from db.session import Sessions
from questions import Statement, Topic
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE, form_blocks, may_be_told
from quizbot.programmes.members import IN_BATCH, iter_batches
from quizbot.programmes.reports.figures import by_key_point
from quizbot.programmes.reports.gain import Attempt, Gain, Person, estimate_gains
from quizbot.quiz.answers.streaks import week_of

# Days since the first meeting, from the least to the most; None has no bound.
BANDS = ((1, 7), (8, 30), (31, None))
# The cells: all, and two ways to divide it into parts.
_TOTAL, _DAYS, _POINT = "all", "days:", "point:"
_WAITING = timedelta(weeks=4)  # after that, the total is told although parts have to wait
_ROWS_EACH = 48  # roughly: answers of a member that are read

_ANSWERS = (
    select(
        Delivery.subscriber_id,
        Delivery.local_date,
        Delivery.item_id,
        Delivery.item_revision,
        Delivery.purpose,
        Answer.option,
    )
    .join_from(Enrolment, Delivery, Delivery.subscriber_id == Enrolment.subscriber_id)
    .join(Answer, Answer.delivery_id == Delivery.id)
    .where(
        IN_BATCH,
        Delivery.slot == DAILY,
        Delivery.local_date >= Enrolment.enrolled_on,
        Delivery.local_date <= bindparam("until"),
        Delivery.purpose.in_([Purpose.NEW, Purpose.RANDOM]),
        ~exists().where(Rescoring.delivery_id == Delivery.id),
    )
    .order_by(Delivery.local_date)
)


class _Answer(NamedTuple):
    """An answer of a member; `met_on` is when they met its objective, maybe on the same day."""

    item: tuple[str, int]  # with its revision
    key_point: str
    day: date
    met_on: date
    correct: bool

    @property
    def is_first(self) -> bool:
        return self.day == self.met_on

    @property
    def cells(self) -> tuple[str, str, str]:
        """Returns the cells that a review is in: one of each partition."""
        days = (self.day - self.met_on).days
        return _TOTAL, _band_cell(sum(days >= least for least, _ in BANDS) - 1), self.key_point


@dataclass
class _Sides:
    """Some of the people who were correct, and of those who were not: MIN_GROUP_SIZE or all."""

    correct: set[int] = field(default_factory=set)
    others: set[int] = field(default_factory=set)
    size: int = 0

    @property
    def may_be_told(self) -> bool:
        return may_be_told(len(self.correct), len(self.others))

    def __add__(self, other: "_Sides") -> "_Sides":
        return _Sides(
            self.correct | other.correct, self.others | other.others, self.size + other.size
        )

    def add(self, person: int, answer: _Answer) -> None:
        side = self.correct if answer.correct else self.others
        self.size += 1
        if len(side) < MIN_GROUP_SIZE:
            side.add(person)


_Answers = Mapping[int, Sequence[_Answer]]  # by subscriber id, in the order of days
_Told = Mapping[str, LearningReport]  # by cell


class _Round(NamedTuple):
    """Reviews until a day, of objectives met until a day; those of earlier rounds are in these."""

    until: date
    met_until: date

    def covers(self, answer: _Answer) -> bool:
        return answer.day <= self.until and answer.met_on <= self.met_until


@dataclass(frozen=True)
class _Rounds:
    """The rounds so far and the one that may follow; `of_cells` are those that a cell was told."""

    so_far: Sequence[_Round]
    of_cells: Mapping[str, Collection[_Round]]
    now: _Round

    def find(self, review: _Answer) -> _Round | None:
        """Returns the round of a review; None if it has to wait for one."""
        return next((each for each in (*self.so_far, self.now) if each.covers(review)), None)


def last_whole_week(settled: Sequence[date], ends_on: date | None) -> date | None:
    """Returns the latest of these days with which a week ends, or the programme."""
    return max((day for day in settled if day.weekday() == 6 or day == ends_on), default=None)


async def report_learning(
    sessions: Sessions, programme_id: int, topic: Topic, until: date, *, is_over: bool
) -> None:
    """Estimate the gain from all answers until that day, and publish what may be told by now."""
    answers = await _read(sessions, programme_id, topic, until)
    async with sessions() as session:
        told = await _told(session, programme_id)
    # Thousands of members take seconds: in a thread, so that everything else goes on.
    gains, rounds = await asyncio.to_thread(_estimate, answers, told, until, is_over=is_over)
    async with sessions.begin() as session:
        programme = select(Programme.id).where(Programme.id == programme_id)
        if await session.scalar(programme.with_for_update(key_share=True)) is None:
            return
        now_told = await _told(session, programme_id)
        if now_told.keys() == told.keys() and _all_rounds(now_told) == _all_rounds(told):
            for cell, gain in gains.items():
                await session.merge(_report(programme_id, cell, gain, rounds))


async def _read(sessions: Sessions, programme_id: int, topic: Topic, until: date) -> _Answers:
    """Returns the answers of each visible member, on objectives that they met in the programme."""
    items = {
        item.id: (item.objective, _point_cell(topic.key_point_of(item))) for item in topic.items
    }
    known: dict[_Answer, _Answer] = {}  # each exists once: many members answer alike
    found: dict[int, list[_Answer]] = defaultdict(list)
    async for members, [rows] in iter_batches(
        sessions, programme_id, [_ANSWERS], {"until": until}, _ROWS_EACH
    ):
        met: dict[tuple[int, str], date] = {}
        for person, day, item_id, revision, purpose, option in rows:
            member, item = members.get(person), items.get(item_id)
            if member is None or item is None or member.hidden or not member.takes_part(day):
                continue
            (objective, key_point), is_new = item, purpose == Purpose.NEW
            if is_new:
                met.setdefault((person, objective), day)
            met_on = met.get((person, objective))
            if met_on is not None and is_new == (met_on == day):
                answer = _Answer((item_id, revision), key_point, day, met_on, option == 0)
                found[person].append(known.setdefault(answer, answer))
    return found


def _estimate(
    answers: _Answers, told: _Told, until: date, *, is_over: bool
) -> tuple[dict[str, Gain], _Rounds]:
    """Returns the gains that may be told now; none if everything waits."""
    so_far = _all_rounds(told)
    met_until = _met_until(answers, so_far[-1].met_until if so_far else date.min, until)
    of_cells = {cell: _rounds(row) for cell, row in told.items()}
    rounds = _Rounds(so_far, of_cells, _Round(until, met_until))
    at_last = is_over or not so_far or until >= so_far[-1].until + _WAITING
    cells = _cells_to_tell(answers, rounds, at_last=at_last)
    people = [_person(theirs, rounds, cells) for theirs in answers.values()] if cells else []
    return estimate_gains([each for each in people if each.firsts]), rounds


def _person(answers: Sequence[_Answer], rounds: _Rounds, cells: Collection[str]) -> Person:
    """Returns the answers that count; a review is in the cells that were told in its round."""
    person = Person()
    for each in answers:
        week, when = week_of(each.day).toordinal(), rounds.find(each)
        if when is not None and each.is_first:
            person.firsts.append(Attempt(each.item, week, each.correct))
        elif when is not None:
            within = tuple(
                cell
                for cell in each.cells
                if cell in cells and (when == rounds.now or when in rounds.of_cells.get(cell, ()))
            )
            person.reviews.append(Attempt(each.item, week, each.correct, within))
    return person


def _met_until(answers: _Answers, before: date, until: date) -> date:
    """Returns until when first meetings count: later ones wait until they hide each other."""
    new = _Sides()
    for person, theirs in answers.items():
        for each in theirs:
            if each.is_first and each.day > before:
                new.add(person, each)
    return until if new.may_be_told else before


def _cells_to_tell(answers: _Answers, rounds: _Rounds, *, at_last: bool) -> Collection[str]:
    """Returns the cells whose new reviews, and first meetings, may be told; none if all wait.

    They wait for parts of which too little is new, unless this happens `at_last`. What is left over
    could be found by subtracting, so the rule holds for that as well.
    """
    firsts, new = defaultdict[str, _Sides](_Sides), defaultdict[str, _Sides](_Sides)
    for person, theirs in answers.items():
        for each in theirs:
            if each.is_first and each.met_on <= rounds.now.met_until:
                firsts[_TOTAL].add(person, each)
                firsts[each.key_point].add(person, each)
            elif not each.is_first and rounds.find(each) == rounds.now:
                for cell in each.cells:
                    new[cell].add(person, each)
    if not (new[_TOTAL].may_be_told and firsts[_TOTAL].may_be_told):
        return ()

    def is_known(cell: str) -> bool:
        return firsts.get(cell, firsts[_TOTAL]).may_be_told

    cells = {_TOTAL}
    for prefix in (_DAYS, _POINT):
        parts = {cell: sides for cell, sides in new.items() if cell.startswith(prefix)}
        blocks, _ = form_blocks(parts, [lambda cell: cell if is_known(cell) else None])
        cells.update(blocks)
    return cells if at_last or cells.issuperset(new) else ()


def _report(programme_id: int, cell: str, gain: Gain, rounds: _Rounds) -> LearningReport:
    """Returns what is kept: whole points of percent, the margin rounded up."""
    told_in = [*rounds.of_cells.get(cell, ()), rounds.now]
    return LearningReport(
        programme_id=programme_id,
        cell=cell,
        people=gain.people,
        reviews=gain.reviews,
        correct=round(gain.correct, 2),
        expected=round(min(1.0, max(0.0, gain.expected)), 2),
        margin=ceil(100 * gain.margin) / 100,
        rounds=[[each.until.isoformat(), each.met_until.isoformat()] for each in told_in],
    )


def _all_rounds(told: _Told) -> list[_Round]:
    return _rounds(told[_TOTAL]) if told else []


def _rounds(report: LearningReport) -> list[_Round]:
    return [_Round(*map(date.fromisoformat, each)) for each in report.rounds]


async def _told(session: AsyncSession, programme_id: int) -> dict[str, LearningReport]:
    query = select(LearningReport).where(LearningReport.programme_id == programme_id)
    return {row.cell: row for row in await session.scalars(query)}


def _band_cell(place: int) -> str:
    return f"{_DAYS}{BANDS[place][0]}"


def _point_cell(key_point: Statement | None) -> str:
    return f"{_POINT}{key_point.id if key_point else ''}"


@dataclass(frozen=True)
class LearningGain:
    """The gains as told last; a gain is None if too few were correct, or not, for it to be told.

    `key_points` are in the article's order, last None with all items that have none; `bands` are in
    the order of BANDS.
    """

    total: Gain | None
    key_points: tuple[tuple[Statement | None, Gain | None], ...]
    bands: tuple[Gain | None, ...]


async def learning_gain(session: AsyncSession, programme: Programme, topic: Topic) -> LearningGain:
    """Returns the gains of all key points that have items."""
    told = await _told(session, programme.id)
    return LearningGain(
        _gain(told.get(_TOTAL)),
        tuple(
            (point, _gain(told.get(_point_cell(point))))
            for point, items in by_key_point(topic, topic.items)
            if _point_cell(point) in told or any(item.approved for item in items)
        ),
        tuple(_gain(told.get(_band_cell(place))) for place in range(len(BANDS))),
    )


async def total_gains(session: AsyncSession, programme_ids: Collection[int]) -> dict[int, Gain]:
    """Returns the gains in all, by programme id; programmes without one are left out."""
    query = select(LearningReport).where(
        LearningReport.programme_id.in_(programme_ids), LearningReport.cell == _TOTAL
    )
    return {
        row.programme_id: gain
        for row in await session.scalars(query)
        if (gain := _gain(row)) is not None
    }


def _gain(row: LearningReport | None) -> Gain | None:
    if row is None:
        return None
    until = max((each.until for each in _rounds(row)), default=None)
    return Gain(row.people, row.reviews, row.correct, row.expected, row.margin, until)
