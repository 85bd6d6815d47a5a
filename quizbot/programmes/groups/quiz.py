"""The day's question in the group chats of programmes: an anonymous quiz, no vote is known.

It goes the way of every delivery (quiz.delivery): claimed, marked, sent, recorded. What a crash
leaves in flight is in doubt and not sent again that day. When its time is over it is closed, and
what came of it is told once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row, exists, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.leases import Lease
from db.models import DeliveryState
from db.programmes import GroupChat, GroupQuestion, Programme
from quizbot.programmes import schedule
from quizbot.programmes.groups.chats import last_asked, next_due_at
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory
from quizbot.quiz.asking.question_days import (
    GRACE_PERIOD,
    QuestionDays,
    date_to_serve,
    local_date,
    question_days,
)
from quizbot.quiz.delivery.outcomes import MIN_OPEN_TIME, Result

log = structlog.get_logger(__name__)

# Of these the group may have seen the poll.
_MAYBE_SEEN = (
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.UNCONFIRMED,
)


async def is_work_due(session: AsyncSession, now: datetime) -> bool:
    """Whether a group is to be asked, or a question to be sent, doubted or closed."""
    to_ask = select(GroupChat.id).where(GroupChat.next_due_at <= now)
    under_way = GroupQuestion.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING))
    to_do = select(GroupQuestion.id).where(
        GroupQuestion.settled.is_(False), or_(under_way, GroupQuestion.closes_at <= now)
    )
    return bool(await session.scalar(select(or_(exists(to_ask), exists(to_do)))))


@dataclass(frozen=True)
class Claimed:
    """How many groups were due; `ended` are those that are to hear that their programme is over."""

    due: int
    ended: Lease


async def claim_due(session: AsyncSession, pool: ItemPool, now: datetime, limit: int) -> Claimed:
    """Claim the day's question for up to `limit` groups whose time has come, longest due first.

    To be committed before anything is said. Fewer than `limit` mean that nobody is left.
    """
    rows = await session.execute(
        select(GroupChat, Programme)
        .join(Programme, Programme.id == GroupChat.programme_id)
        .where(GroupChat.next_due_at <= now)
        .order_by(GroupChat.next_due_at)
        .limit(limit)
        .with_for_update(of=GroupChat, skip_locked=True)
    )
    due = rows.all()
    days = await question_days(session, {programme.id for _, programme in due})
    ended = []
    for chat, programme in due:
        try:
            if not await _claim(session, chat, programme, days[programme.id], pool, now):
                ended.append(chat.id)
        except ZoneInfoNotFoundError:  # one that the machine's data no longer has
            log.exception("no_such_zone", chat=chat.id, zone=programme.timezone)
            chat.next_due_at = now + timedelta(days=1)
    await session.flush()
    return Claimed(len(due), Lease(GroupChat.next_due_at, tuple(ended), None))


async def _claim(
    session: AsyncSession,
    chat: GroupChat,
    programme: Programme,
    days: QuestionDays,
    pool: ItemPool,
    now: datetime,
) -> bool:
    """The group's question of the day, if there is one today; False when all is over.

    That is told when no member can answer a question any more: then its board is the final one.
    """
    zone = programme.timezone
    day = date_to_serve(chat.next_due_at or now, now, zone, programme.question_time)
    if days.is_over(day or local_date(now, zone)):
        done = schedule.is_finished(programme, now)
        chat.next_due_at = None if done else schedule.next_announcement(programme, now)
        return not done
    last = await last_asked(session, chat.id)
    if day is None or not days.asks(day) or (last is not None and day <= last):
        chat.next_due_at = next_due_at(programme, days, last, now)
        return True
    chat.next_due_at = next_due_at(programme, days, day, now)
    asked = await _asked(session, chat.id, len(pool.items))
    item, order = pool.choose_daily(LearnerHistory(asked=asked, cooling_down=asked[-1:]), day)
    question = GroupQuestion(
        chat_id=chat.id,
        local_date=day,
        item_id=item.id,
        item_revision=item.revision,
        option_order=order,
        state=DeliveryState.CLAIMED,
        closes_at=chat.next_due_at,
        settled=False,
    )
    session.add(question)
    return True


async def _asked(session: AsyncSession, chat_id: int, number: int) -> list[str]:
    """The items that the group met last, oldest first: one round of the bank."""
    latest = await session.scalars(
        select(GroupQuestion.item_id)
        .where(GroupQuestion.chat_id == chat_id, GroupQuestion.state.in_(_MAYBE_SEEN))
        .order_by(GroupQuestion.local_date.desc())
        .limit(number)
    )
    return list(reversed(latest.all()))


@dataclass(frozen=True)
class Posting:
    """A group's question with all that its messages need. `results` are votes by shown option."""

    id: int
    chat_id: int
    language: str
    item_id: str
    option_order: str
    local_date: date
    closes_at: datetime
    sending_at: datetime | None
    message_id: int | None
    results: Sequence[int] | None


_POSTING = (
    select(GroupQuestion, GroupChat.language, Programme.timezone)
    .join(GroupChat, GroupChat.id == GroupQuestion.chat_id)
    .join(Programme, Programme.id == GroupChat.programme_id)
    .where(GroupQuestion.settled.is_(False))
)


async def begin_sending(
    session: AsyncSession, now: datetime, limit: int, tried_before: datetime
) -> list[Posting]:
    """Mark up to `limit` claimed questions, oldest first, as leaving now.

    What was tried since `tried_before` waits. Those whose day has ended are expired on the way.
    """
    waiting = _POSTING.where(
        GroupQuestion.state == DeliveryState.CLAIMED,
        or_(GroupQuestion.sending_at.is_(None), GroupQuestion.sending_at < tried_before),
    )
    while True:
        rows = await session.execute(
            waiting.order_by(GroupQuestion.id)
            .limit(limit)
            .with_for_update(of=GroupQuestion, skip_locked=True)
        )
        claimed = rows.all()
        leaving = [row for row in claimed if _may_be_sent(row, now)]
        for question, *_ in claimed:
            question.state, question.settled = DeliveryState.EXPIRED, True
        for question, *_ in leaving:
            question.state, question.settled = DeliveryState.SENDING, False
            question.sending_at = now
        await session.flush()
        if leaving or not claimed:
            return [_posting(row) for row in leaving]


def _may_be_sent(row: Row[GroupQuestion, str, str], now: datetime) -> bool:
    question, _, zone = row
    if question.closes_at - now < MIN_OPEN_TIME:
        return False
    try:
        return question.local_date >= local_date(now - GRACE_PERIOD, zone)
    except ZoneInfoNotFoundError:
        log.exception("no_such_zone", chat=question.chat_id, zone=zone)
        return True


def _posting(row: Row[GroupQuestion, str, str]) -> Posting:
    question, language, _ = row
    return Posting(
        id=question.id,
        chat_id=question.chat_id,
        language=language,
        item_id=question.item_id,
        option_order=question.option_order,
        local_date=question.local_date,
        closes_at=question.closes_at,
        sending_at=question.sending_at,
        message_id=question.message_id,
        results=question.results,
    )


_STATE_AFTER = {
    Result.SENT: DeliveryState.SENT,
    Result.NOT_SENT: DeliveryState.CLAIMED,
    Result.UNCONFIRMED: DeliveryState.UNCONFIRMED,
    Result.REFUSED: DeliveryState.REFUSED,
    Result.BLOCKED: DeliveryState.BLOCKED,
}


async def record_outcome(
    session: AsyncSession, posting: Posting, result: Result, message_id: int | None
) -> None:
    """Write down what came of the sending, unless another attempt has begun since."""
    states = [DeliveryState.SENDING]
    if result is Result.SENT:  # holds even where we had come to doubt it meanwhile
        states.append(DeliveryState.UNCONFIRMED)
    await session.execute(
        update(GroupQuestion)
        .where(
            GroupQuestion.id == posting.id,
            GroupQuestion.sending_at == posting.sending_at,
            GroupQuestion.state.in_(states),
        )
        .values(
            state=_STATE_AFTER[result],
            message_id=message_id,
            settled=result in (Result.REFUSED, Result.BLOCKED),
        )
    )


async def was_refused_before(session: AsyncSession, posting: Posting) -> bool:
    """Whether Telegram would not take the question before this one either."""
    before = await session.scalar(
        select(GroupQuestion.state)
        .where(
            GroupQuestion.chat_id == posting.chat_id,
            GroupQuestion.local_date < posting.local_date,
        )
        .order_by(GroupQuestion.local_date.desc())
        .limit(1)
    )
    return before is DeliveryState.REFUSED


async def mark_interrupted_unconfirmed(session: AsyncSession, before: datetime) -> None:
    """What has been in flight from before that moment is nobody's any more: it is in doubt."""
    await session.execute(
        update(GroupQuestion)
        .where(
            GroupQuestion.settled.is_(False),
            GroupQuestion.state == DeliveryState.SENDING,
            GroupQuestion.sending_at <= before,
        )
        .values(state=DeliveryState.UNCONFIRMED)
    )


async def closed_questions(session: AsyncSession, now: datetime, limit: int) -> list[Posting]:
    """Questions whose time is over and that arrived, of which something is still to be told.

    Of those that never arrived nothing is: they are settled on the way.
    """
    past = _POSTING.where(GroupQuestion.closes_at <= now).order_by(GroupQuestion.closes_at)
    never = past.where(
        GroupQuestion.state.not_in((DeliveryState.SENT, DeliveryState.SENDING))
    ).limit(limit)
    for question, *_ in (await session.execute(never)).all():
        question.settled = True
        if question.state is DeliveryState.CLAIMED:
            question.state = DeliveryState.EXPIRED
    await session.flush()
    arrived = past.where(GroupQuestion.state == DeliveryState.SENT).limit(limit)
    return [_posting(row) for row in await session.execute(arrived)]


async def settle(session: AsyncSession, question_id: int, results: Sequence[int] | None) -> bool:
    """Closed with these votes, if they are known; whether it is for the caller to tell of it.

    To be committed before that is done.
    """
    settled = await session.execute(
        update(GroupQuestion)
        .where(GroupQuestion.id == question_id, GroupQuestion.settled.is_(False))
        .values(settled=True, results=None if results is None else list(results))
        .returning(GroupQuestion.id)
    )
    return settled.first() is not None


async def reopen(session: AsyncSession, question_id: int) -> None:
    """What was to be told certainly never left: it is to be told later."""
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.id == question_id).values(settled=False)
    )


async def store_results(session: AsyncSession, question_id: int, results: Sequence[int]) -> None:
    """The votes, where they came to be known only afterwards."""
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.id == question_id).values(results=list(results))
    )
