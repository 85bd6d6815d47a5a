"""Recording poll answers: each is matched to its question, graded, stored and counted."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Result, bindparam, exists, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from db.programmes import Enrolment, Programme
from db.session import execute_many, lock_rows
from db.types import among
from quizbot.quiz.answers import memory, totals
from quizbot.quiz.answers.memory import ItemAnswer, MemoryChange
from quizbot.quiz.answers.streaks import CountedAnswer, Totals

_CLOCK_SKEW = timedelta(minutes=1)  # between two processes
_UPDATES_KEPT = timedelta(hours=24)  # Bot API, getUpdates
CARD_LEASE = timedelta(minutes=1)
LONG_SILENCE = 5  # unanswered questions in a row
MONTH = 30  # answers that count: their card tells what was mastered


@dataclass(frozen=True, slots=True)
class PollAnswer:
    """A poll answer from Telegram: who chose which positions, as shown; none is a withdrawal.

    `language` is the language code of the subscriber's app, empty where Telegram does not say.
    `update_id` is for the log.
    """

    poll_id: str
    subscriber_id: int
    positions: tuple[int, ...]
    language: str = ""
    update_id: int | None = None


class AskedQuestion(NamedTuple):
    """A delivered question, and its subscriber before the answer.

    `superseded` says that the next day's question came while this one was still open. `next_at`
    (UTC) is when the next daily question is due, None while none is planned; `zone` is the
    subscriber's, an IANA name. `programme_id` is the latest programme that they take part in.
    `best_before` is the best streak before the one that goes on, None where that is not known.
    """

    delivery_id: int
    subscriber_id: int
    local_date: date
    slot: int
    item_id: str
    item_revision: int
    option_order: str
    state: DeliveryState
    message_id: int | None
    poll_id: str | None
    answered: bool
    superseded: bool
    next_at: datetime | None
    zone: str
    programme_id: int | None
    best_before: int | None
    totals: Totals

    @property
    def practice(self) -> bool:
        return self.slot != DAILY

    @property
    def late(self) -> bool:
        """Whether the next day's question came before the answer to this daily one."""
        return not self.practice and self.superseded

    @property
    def counts(self) -> bool:
        """Whether an answer earns points: practice and late answers do not."""
        return not self.practice and not self.superseded

    @property
    def days_between(self) -> int:
        """The number of days between the last counted answer and this question."""
        last = self.totals.last_answered_on
        return 0 if last is None else max(0, (self.local_date - last).days - 1)


class Ignored(StrEnum):
    """Why a poll answer changed nothing."""

    WITHDRAWN = "withdrawn"
    UNKNOWN_POLL = "unknown_poll"
    NOT_ADDRESSEE = "not_addressee"
    REPEATED = "repeated"
    NO_SUCH_OPTION = "no_such_option"


@dataclass(frozen=True, slots=True)
class AnswerOutcome:
    """The outcome of an answer. `option` is its place in the bank, 0 being the key.

    `unanswered` is how many daily questions passed unanswered before it, since the last answer that
    counts; `totals` are the subscriber's after it. `change` is that of the objective's memory, if
    it was reviewed. `mastered` are the objectives mastered: None where nothing asked for them.
    """

    question: AskedQuestion
    option: int
    unanswered: int
    totals: Totals
    change: MemoryChange | None = None
    mastered: frozenset[str] | None = None

    @property
    def correct(self) -> bool:
        return self.option == 0

    @property
    def points(self) -> int:
        return self.counted.points if self.question.counts else 0

    @property
    def came_back(self) -> bool:
        """Whether it ends a silence of many questions, which no streak outlives."""
        return self.question.counts and self.unanswered >= LONG_SILENCE

    @property
    def streak_ended(self) -> bool:
        """Whether unanswered questions ended the streak before this answer, which begins one."""
        return self.question.counts and self.unanswered > 0 and self.totals.streak == 1

    @property
    def counted(self) -> CountedAnswer:
        """The answer for the totals, if it counts."""
        return CountedAnswer(self.question.local_date, self.correct, self.unanswered)


async def record_answers(
    session: AsyncSession,
    poll_answers: Sequence[PollAnswer],
    now: datetime,
    objective_of: Mapping[str, str],
    card_lease: timedelta = CARD_LEASE,
) -> list[AnswerOutcome | Ignored]:
    """Record each answer that is the addressee's first to its question.

    Returns the outcome of each, in order. Several of one subscriber are recorded one after another.
    `objective_of` gives the objective of each item. The caller sends their answer cards within
    `card_lease`, or renews it (quiz.answers.cards).
    """
    results: list[AnswerOutcome | Ignored] = [Ignored.WITHDRAWN] * len(poll_answers)
    waiting = {index: each for index, each in enumerate(poll_answers) if each.positions}
    # Locked before anything is read: a subscriber's answers and claims wait for each other, and a
    # subscriber is always locked before a delivery.
    subscriber_ids = {each.subscriber_id for each in waiting.values()}
    locked = await lock_rows(session, Subscriber.id, subscriber_ids)
    while waiting:
        turn = _first_of_each_subscriber(waiting)
        recorded = await _record(
            session, list(turn.values()), locked, now, objective_of, card_lease
        )
        for index, result in zip(turn, recorded, strict=True):
            results[index] = result
            del waiting[index]
    return results


def _first_of_each_subscriber(poll_answers: Mapping[int, PollAnswer]) -> dict[int, PollAnswer]:
    first: dict[int, int] = {}
    for index, each in poll_answers.items():
        first.setdefault(each.subscriber_id, index)
    return {index: poll_answers[index] for index in first.values()}


async def _record(
    session: AsyncSession,
    poll_answers: Sequence[PollAnswer],
    locked: Container[int],
    now: datetime,
    objective_of: Mapping[str, str],
    card_lease: timedelta,
) -> list[AnswerOutcome | Ignored]:
    """Record answers of different subscribers. Returns the outcome of each."""
    results: list[AnswerOutcome | Ignored | None] = []
    answered: list[tuple[PollAnswer, AskedQuestion]] = []
    questions = await _asked_questions(session, poll_answers, now)
    for each, question in zip(poll_answers, questions, strict=True):
        if question is None:
            results.append(Ignored.UNKNOWN_POLL)
            continue
        results.append(_why_ignored(each, question, locked))
        if results[-1] is None:
            answered.append((each, question))
    outcomes: Iterable[AnswerOutcome] = ()
    if answered:
        outcomes = await _write(session, answered, now, objective_of, card_lease)
    remaining = iter(outcomes)
    return [each or next(remaining) for each in results]


def _why_ignored(
    poll_answer: PollAnswer, question: AskedQuestion, locked: Container[int]
) -> Ignored | None:
    """Returns None for an answer that is to be recorded."""
    if question.subscriber_id != poll_answer.subscriber_id:
        return Ignored.NOT_ADDRESSEE
    if question.subscriber_id not in locked:  # erased, and joined again, while we waited
        return Ignored.UNKNOWN_POLL
    if question.answered:
        return Ignored.REPEATED
    if not 0 <= poll_answer.positions[0] < len(question.option_order):
        return Ignored.NO_SUCH_OPTION
    return None


async def _asked_questions(
    session: AsyncSession, poll_answers: Sequence[PollAnswer], now: datetime
) -> list[AskedQuestion | None]:
    """Returns the question that each answer is about; None where there is none."""
    known = await _by_poll_id(session, {each.poll_id for each in poll_answers})
    guessed: Mapping[int, AskedQuestion] = {}
    if unknown := [each for each in poll_answers if each.poll_id not in known]:
        guessed = await _without_poll_id(session, {each.subscriber_id for each in unknown}, now)
        # Recorded while we looked: certain, so it takes precedence over a guess.
        known |= await _by_poll_id(session, {each.poll_id for each in unknown})
    return [known.get(each.poll_id) or guessed.get(each.subscriber_id) for each in poll_answers]


async def _by_poll_id(
    session: AsyncSession, poll_ids: Collection[str]
) -> dict[str | None, AskedQuestion]:
    found = await find_asked(session, among(Delivery.poll_id, poll_ids))
    return {question.poll_id: question for question in found}


async def _without_poll_id(
    session: AsyncSession, subscriber_ids: Collection[int], now: datetime
) -> dict[int, AskedQuestion]:
    """Returns each subscriber's latest question that may be in a poll we do not know of.

    Either the answer overtook our commit, or the reply with the poll's id was lost.
    """
    found = await find_asked(
        session,
        among(Delivery.subscriber_id, subscriber_ids),
        or_(Delivery.state == DeliveryState.SENDING, Delivery.possibly_delivered),
        Delivery.claimed_at <= now + _CLOCK_SKEW,  # a parked answer arrived earlier
        Delivery.closes_at > now - _UPDATES_KEPT,
        Answer.delivery_id.is_(None),
    )
    return {question.subscriber_id: question for question in found}


async def find_asked(session: AsyncSession, *where: ColumnElement[bool]) -> list[AskedQuestion]:
    """Returns questions with what an answer to them needs, the latest sent last."""
    connection = await session.connection()
    rows: Result[*tuple[Any, ...]] = await connection.execute(
        _ASKED.where(*where).order_by(Delivery.sending_at)
    )
    end = -len(_TOTALS)
    return [AskedQuestion._make((*row[:end], Totals(*row[end:]))) for row in rows]


# A poll closes by itself when the next question is due, so an answer that we only hear of after
# that was given in time. Only a next question that came early (asked for, or after a change of
# time) can supersede one.
_later = aliased(Delivery)
_SUPERSEDED = exists().where(
    _later.subscriber_id == Delivery.subscriber_id,
    _later.slot == DAILY,
    _later.local_date > Delivery.local_date,
    _later.claimed_at < Delivery.closes_at,
)
_PROGRAMME = (
    select(func.max(Programme.id))
    .join(Enrolment, Enrolment.programme_id == Programme.id)
    .where(
        Enrolment.subscriber_id == Delivery.subscriber_id,
        Enrolment.left_at.is_(None),
        Programme.starts_on <= Delivery.local_date,
        or_(Programme.ends_on.is_(None), Programme.ends_on >= Delivery.local_date),
    )
    .correlate(Delivery)
)
_TOTALS = tuple(getattr(Subscriber, each.name) for each in fields(Totals))
_ASKED = (
    select(
        Delivery.id,
        *(getattr(Delivery, name) for name in AskedQuestion._fields[1:10]),
        Answer.delivery_id.is_not(None),
        _SUPERSEDED,
        Subscriber.next_due_at,
        Subscriber.timezone,
        _PROGRAMME.scalar_subquery(),
        Subscriber.best_before,
        *_TOTALS,
    )
    .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    .outerjoin(Answer, Answer.delivery_id == Delivery.id)
)


async def _write(
    session: AsyncSession,
    answered: Sequence[tuple[PollAnswer, AskedQuestion]],
    now: datetime,
    objective_of: Mapping[str, str],
    card_lease: timedelta,
) -> list[AnswerOutcome]:
    """Write the answers and everything that they change. Returns their outcomes."""
    outcomes = await _outcomes(session, answered)
    await _insert_answers(session, outcomes, now, card_lease)
    await _record_arrivals(session, answered)
    answers = {each.question.subscriber_id: _item_answer(each) for each in outcomes}
    changes = await memory.update_memories(session, answers, objective_of)
    counted = {each.question.subscriber_id: each for each in outcomes if each.question.counts}
    reached = await totals.add_answers(
        session,
        {subscriber_id: each.totals for subscriber_id, each in counted.items()},
        {subscriber_id: each.counted for subscriber_id, each in counted.items()},
    )
    asking = {each for each, change in changes.items() if change.newly_mastered}
    asking |= {each for each, outcome in counted.items() if outcome.came_back}
    asking |= {each for each, counts in reached.items() if counts.answered == MONTH}
    mastered = await memory.mastered_objectives(session, asking)
    return [
        replace(
            each,
            totals=reached.get(each.question.subscriber_id, each.totals),
            change=changes.get(each.question.subscriber_id),
            mastered=mastered.get(each.question.subscriber_id),
        )
        for each in outcomes
    ]


def _item_answer(outcome: AnswerOutcome) -> ItemAnswer:
    question = outcome.question
    return ItemAnswer(question.local_date, question.slot, question.item_id, outcome.correct)


async def _outcomes(
    session: AsyncSession, answered: Sequence[tuple[PollAnswer, AskedQuestion]]
) -> list[AnswerOutcome]:
    """Returns the outcomes with the totals as they were before."""
    unanswered = await totals.count_unanswered(
        session,
        {
            question.subscriber_id: (question.totals.last_answered_on, question.local_date)
            for _, question in answered
            if question.counts and question.days_between and question.totals.last_answered_on
        },
    )
    return [
        AnswerOutcome(
            question,
            option=int(question.option_order[poll_answer.positions[0]]),
            unanswered=unanswered.get(question.subscriber_id, 0),
            totals=question.totals,
        )
        for poll_answer, question in answered
    ]


async def _insert_answers(
    session: AsyncSession,
    outcomes: Sequence[AnswerOutcome],
    now: datetime,
    card_lease: timedelta,
) -> None:
    """Insert the answers by delivery id, the order used everywhere, to avoid deadlocks."""
    rows = [
        {
            "delivery_id": each.question.delivery_id,
            "option": each.option,
            "counted": each.question.counts,
            "points": each.points,
            "unanswered": each.unanswered,
            "answered_at": now,
            "card_due_at": now + card_lease,
        }
        for each in sorted(outcomes, key=lambda each: each.question.delivery_id)
    ]
    await execute_many(session, insert(Answer), rows)


async def _record_arrivals(
    session: AsyncSession, answered: Sequence[tuple[PollAnswer, AskedQuestion]]
) -> None:
    """Mark the questions as sent: an answer proves that its question arrived, and names its poll.

    A question that is being sent records its own outcome; but its poll is named from now on, so
    that a repeated answer is not taken for one to another unconfirmed question.
    """
    arrived, named = [], []
    for poll_answer, question in sorted(answered, key=lambda each: each[1].delivery_id):
        row = {"delivery": question.delivery_id, "poll": question.poll_id or poll_answer.poll_id}
        if question.state is DeliveryState.SENDING:
            if question.poll_id is None:
                named.append(row)
        elif question.state is not DeliveryState.SENT or question.poll_id is None:
            arrived.append(row)
    await execute_many(session, _SET_SENT, arrived)
    await execute_many(session, _SET_POLL_ID, named)


_SET_SENT = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"))
    .values(state=DeliveryState.SENT, poll_id=bindparam("poll"))
)
_SET_POLL_ID = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), Delivery.poll_id.is_(None))
    .values(poll_id=bindparam("poll"))
)
