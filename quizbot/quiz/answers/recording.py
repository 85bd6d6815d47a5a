"""Which delivery a vote is about."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import Result, Select, bindparam, exists, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber
from quizbot.quiz.answers import scoring
from quizbot.quiz.answers import totals as answers_totals
from quizbot.quiz.answers.memory import Answered, Lesson, update_memories
from quizbot.quiz.answers.totals import Gain, Reached

_UPDATES_KEPT = timedelta(hours=24)  # Bot API, getUpdates


class AskedQuestion(NamedTuple):
    """A delivery, with what a vote on it needs to know."""

    id: int
    subscriber_id: int
    local_date: date
    slot: int
    item_id: str
    item_revision: int
    option_order: str
    state: DeliveryState
    message_id: int | None
    poll_id: str | None
    answer_id: int | None
    overtaken: bool


def _query() -> Select[tuple[object, ...]]:
    """Deliveries with what a vote on them needs to know.

    `overtaken` is whether the next day's question was there while this one was still open. The
    poll closes by itself when the next one is due, so a vote that we only hear of after that was
    cast in time. Only a next question that came early (asked for, or after a change of time) can
    have overtaken it.
    """
    later = aliased(Delivery)
    overtaken = exists().where(
        later.subscriber_id == Delivery.subscriber_id,
        later.slot == DAILY,
        later.local_date > Delivery.local_date,
        later.claimed_at < Delivery.closes_at,
    )
    own = (getattr(Delivery, name) for name in AskedQuestion._fields[:-2])
    return select(*own, Answer.delivery_id, overtaken).outerjoin(
        Answer, Answer.delivery_id == Delivery.id
    )


_ASKED = _query()


async def of_polls(
    session: AsyncSession, poll_ids: Collection[str]
) -> dict[str | None, AskedQuestion]:
    """The deliveries that went out as these polls."""
    rows = await session.execute(_ASKED.where(Delivery.poll_id.in_(poll_ids)))
    return {asked.poll_id: asked for asked in map(AskedQuestion._make, rows)}


async def awaiting_poll_id(
    session: AsyncSession, voter_ids: Collection[int], now: datetime
) -> dict[int, AskedQuestion]:
    """Each voter's latest question that may have a poll we do not know of.

    Either its vote overtook our commit, or the reply with the poll's id was lost.
    """
    rows = await session.execute(
        _ASKED.where(
            Delivery.subscriber_id.in_(voter_ids),
            or_(Delivery.state == DeliveryState.SENDING, Delivery.possibly_delivered),
            Delivery.closes_at > now - _UPDATES_KEPT,
            Answer.delivery_id.is_(None),
        ).order_by(Delivery.sending_at)
    )
    return {asked.subscriber_id: asked for asked in map(AskedQuestion._make, rows)}


@dataclass(frozen=True, slots=True)
class PollAnswer:
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

    `late` is a day's question answered after the next one; like practice it earns nothing. For
    one that counts, `unanswered` questions passed unanswered since the one `before`, and there were
    `days_between` without an answer.
    """

    chat_id: int
    message_id: int | None
    item_id: str
    item_revision: int  # the one that was asked
    option: int
    practice: bool
    late: bool
    points: int
    before: scoring.Totals
    totals: scoring.Totals
    unanswered: int
    days_between: int
    next_at: datetime | None  # when the next daily question is due; None while none is planned
    zone: str  # the subscriber's, an IANA name

    @property
    def correct(self) -> bool:
        return self.option == 0


Recorded = AnswerOutcome | Ignored


async def record_answers(
    session: AsyncSession, votes: Sequence[PollAnswer], now: datetime
) -> list[Recorded]:
    """Count each vote that is the addressee's first on its delivery; what came of each, in order.

    Several votes of one person come out as if they had come one by one.
    """
    recorded: dict[int, Recorded] = {}
    waiting: dict[int, PollAnswer] = {}
    for place, vote in enumerate(votes):
        if vote.positions:
            waiting[place] = vote
        else:
            recorded[place] = Ignored.WITHDRAWN
    while waiting:
        # Locked before anything is looked at: one person's answers and claims wait for each other,
        # and a subscriber is always locked before a delivery.
        voters = await _locked(session, {vote.voter_id for vote in waiting.values()})
        turn = _first_of_each(waiting)
        recorded |= await _record(session, turn, voters, now)
        waiting = {place: vote for place, vote in waiting.items() if place not in turn}
    return [recorded[place] for place in range(len(votes))]


def _first_of_each(votes: Mapping[int, PollAnswer]) -> dict[int, PollAnswer]:
    """Each person's first vote."""
    places: dict[int, int] = {}
    for place, vote in votes.items():
        places.setdefault(vote.voter_id, place)
    return {place: votes[place] for place in places.values()}


class _Voter(NamedTuple):
    id: int
    timezone: str
    next_due_at: datetime | None
    points: int
    answered: int
    correct: int
    streak: int
    best_streak: int
    last_answered_on: date | None
    freezes: int

    @property
    def totals(self) -> scoring.Totals:
        return scoring.Totals(*self[3:])


@dataclass(frozen=True, slots=True)
class _Given:
    """A vote that is its delivery's answer."""

    voter: _Voter
    asked: AskedQuestion
    option: int
    poll_id: str
    unanswered: int = 0

    @property
    def practice(self) -> bool:
        return self.asked.slot != DAILY

    @property
    def late(self) -> bool:
        return not self.practice and self.asked.overtaken

    @property
    def counts(self) -> bool:
        return not self.practice and not self.asked.overtaken

    @property
    def scored(self) -> scoring.CountedAnswer:
        """As it counts, if it does."""
        return scoring.CountedAnswer(self.asked.local_date, self.option == 0, self.unanswered)

    @property
    def points(self) -> int:
        return self.scored.points if self.counts else 0


async def _record(
    session: AsyncSession,
    votes: Mapping[int, PollAnswer],
    voters: Mapping[int, _Voter],
    now: datetime,
) -> dict[int, Recorded]:
    """Votes of different people; `voters` are locked."""
    polls = await of_polls(session, {vote.poll_id for vote in votes.values()})
    lost: Mapping[int, AskedQuestion] = {}
    if unknown := [vote for vote in votes.values() if vote.poll_id not in polls]:
        lost = await awaiting_poll_id(session, {vote.voter_id for vote in unknown}, now)
        # Recorded while we looked: it goes before a guess.
        polls |= await of_polls(session, {vote.poll_id for vote in unknown})
    recorded: dict[int, Recorded] = {}
    answers: dict[int, _Given] = {}
    for place, vote in votes.items():
        asked = polls.get(vote.poll_id) or lost.get(vote.voter_id)
        judged = _judge(vote, asked, voters.get(vote.voter_id))
        if isinstance(judged, _Given):
            answers[place] = judged
        else:
            recorded[place] = judged
    if answers:
        outcomes = await _count(session, list(answers.values()), now)
        recorded |= zip(answers, outcomes, strict=True)
    return recorded


def _judge(vote: PollAnswer, asked: AskedQuestion | None, voter: _Voter | None) -> _Given | Ignored:
    if asked is None:
        return Ignored.UNKNOWN_POLL
    if voter is None or asked.subscriber_id != voter.id:
        return Ignored.NOT_ADDRESSEE
    if asked.answer_id is not None:
        return Ignored.REPEATED
    if not 0 <= vote.positions[0] < len(asked.option_order):
        return Ignored.NO_SUCH_OPTION
    return _Given(voter, asked, int(asked.option_order[vote.positions[0]]), vote.poll_id)


async def _locked(session: AsyncSession, voter_ids: Collection[int]) -> dict[int, _Voter]:
    """The voters who are subscribers, locked in the order of their ids.

    In one order everywhere, so that two processes never wait for each other.
    """
    rows: Result[tuple[object, ...]] = await session.execute(
        select(*(getattr(Subscriber, name) for name in _Voter._fields))
        .where(Subscriber.id.in_(voter_ids))
        .order_by(Subscriber.id)
        .with_for_update()
    )
    return {voter.id: voter for voter in map(_Voter._make, rows)}


_ARRIVED = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"))
    .values(state=DeliveryState.SENT, poll_id=bindparam("poll"))
)

# One that is being sent records its own outcome; but its poll is known from now on, so that the
# same vote, told twice, is not taken for one on another question in doubt.
_NAMED = (
    update(Delivery)
    .where(Delivery.id == bindparam("delivery"), Delivery.poll_id.is_(None))
    .values(poll_id=bindparam("poll"))
)


async def _count(
    session: AsyncSession, given: Sequence[_Given], now: datetime
) -> list[AnswerOutcome]:
    """Write the answers down, with all that they change."""
    given = await _with_unanswered(session, given)
    in_order = sorted(given, key=lambda each: each.asked.id)  # deliveries are locked so everywhere
    connection = await session.connection()
    await connection.execute(
        insert(Answer),
        [
            {
                "delivery_id": each.asked.id,
                "option": each.option,
                "counted": each.counts,
                "points": each.points,
                "unanswered": each.unanswered,
                "answered_at": now,
            }
            for each in in_order
        ],
    )
    if arrived := [
        {"delivery": each.asked.id, "poll": each.asked.poll_id or each.poll_id}
        for each in in_order
        if _was_in_doubt(each.asked)
    ]:
        await connection.execute(_ARRIVED, arrived)
    if named := [
        {"delivery": each.asked.id, "poll": each.poll_id}
        for each in in_order
        if each.asked.state is DeliveryState.SENDING and each.asked.poll_id is None
    ]:
        await connection.execute(_NAMED, named)
    await update_memories(
        session,
        [
            Lesson(
                each.asked.id,
                each.voter.id,
                each.asked.item_id,
                Answered(each.asked.local_date, each.option == 0),
            )
            for each in given
            if not each.practice
        ],
    )
    counted = {each.voter.id: each for each in given if each.counts}
    reached = await answers_totals.add(
        session, {whose: Gain(each.voter.totals, each.scored) for whose, each in counted.items()}
    )
    await answers_totals.add_to_programme_scores(
        session, {whose: each.scored for whose, each in counted.items()}
    )
    return [_outcome(each, reached.get(each.voter.id, each.voter.totals)) for each in given]


async def _with_unanswered(session: AsyncSession, given: Sequence[_Given]) -> list[_Given]:
    """With the questions that each of those that count had passed by before."""
    unanswered = await answers_totals.count_unanswered(
        session,
        {
            each.voter.id: Reached(each.voter.last_answered_on, each.asked.local_date)
            for each in given
            if each.counts
        },
    )
    return [replace(each, unanswered=unanswered.get(each.voter.id, 0)) for each in given]


def _was_in_doubt(asked: AskedQuestion) -> bool:
    """Whether the vote tells us that it arrived; one that is being sent records that itself."""
    if asked.state is DeliveryState.SENT:
        return asked.poll_id is None
    return asked.state is not DeliveryState.SENDING


def _outcome(given: _Given, reached: scoring.Totals) -> AnswerOutcome:
    voter, asked = given.voter, given.asked
    return AnswerOutcome(
        chat_id=voter.id,
        message_id=asked.message_id,
        item_id=asked.item_id,
        item_revision=asked.item_revision,
        option=given.option,
        practice=given.practice,
        late=given.late,
        points=given.points,
        before=voter.totals,
        totals=reached,
        unanswered=given.unanswered,
        days_between=_days_between(voter.last_answered_on, asked.local_date),
        next_at=voter.next_due_at,
        zone=voter.timezone,
    )


def _days_between(last: date | None, day: date) -> int:
    return 0 if last is None else max(0, (day - last).days - 1)
