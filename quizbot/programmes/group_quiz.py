"""The day's question in the group chats of programmes: an anonymous quiz, so votes stay unknown.

It is claimed, marked as sending, sent and recorded like every delivery (quiz.delivery). If a crash
interrupts the sending, the question is unconfirmed and not sent again that day. When it closes,
its votes are announced once. After that, or if there is nothing to announce, it is done: its
column `settled` is true.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Select, exists, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.leases import Lease
from db.models import DAILY, DeliveryState
from db.programmes import GroupChat, GroupQuestion, Programme
from quizbot.programmes import schedule
from quizbot.programmes.group_chats import last_asked
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.history import Asked, LearnerHistory
from quizbot.quiz.asking.question_days import (
    GRACE_PERIOD,
    QuestionDays,
    date_to_serve,
    local_date,
    question_days,
)
from quizbot.quiz.delivery.outcomes import MIN_OPEN_TIME, Result

log = structlog.get_logger(__name__)

# The group may have seen the poll of a question in one of these states.
_MAYBE_SEEN = (
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.UNCONFIRMED,
)


async def is_work_due(session: AsyncSession, now: datetime) -> bool:
    """Returns whether a group or one of its questions is due for anything."""
    to_ask = select(GroupChat.id).where(GroupChat.next_due_at <= now)
    under_way = GroupQuestion.state.in_((DeliveryState.CLAIMED, DeliveryState.SENDING))
    to_do = select(GroupQuestion.id).where(
        GroupQuestion.settled.is_(False), or_(under_way, GroupQuestion.closes_at <= now)
    )
    return bool(await session.scalar(select(or_(exists(to_ask), exists(to_do)))))


@dataclass(frozen=True)
class ClaimResult:
    """What a claim found: `due` is the number of groups that were due.

    `ended` are those of them to which the end of their programme is to be announced.
    """

    due: int
    ended: Lease


async def claim_due(
    session: AsyncSession, pool: ItemPool, now: datetime, limit: int
) -> ClaimResult:
    """Claim the day's question for up to `limit` groups that are due, the longest due first.

    The caller commits before anything is sent. If fewer than `limit` were due, none is left.
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
            if not await _claim_unless_over(
                session, chat, programme, days[programme.id], pool, now
            ):
                ended.append(chat.id)
        except ZoneInfoNotFoundError:  # this machine's data no longer has it
            log.exception("no_such_zone", chat=chat.id, zone=programme.timezone)
            chat.next_due_at = now + timedelta(days=1)
    await session.flush()
    return ClaimResult(len(due), Lease(GroupChat.next_due_at, tuple(ended), None))


async def _claim_unless_over(
    session: AsyncSession,
    chat: GroupChat,
    programme: Programme,
    days: QuestionDays,
    pool: ItemPool,
    now: datetime,
) -> bool:
    """Claim the group's question, if it has one today. Returns False if the programme is over.

    True says nothing about a claim. The programme is over when no member can answer a question any
    more: then its board is the final one.
    """
    zone = programme.timezone
    day = date_to_serve(chat.next_due_at or now, now, zone, programme.question_time)
    if days.is_over(day or local_date(now, zone)):
        done = schedule.is_finished(programme, now)
        chat.next_due_at = None if done else schedule.next_after_closing(programme, now)
        return not done
    last = await last_asked(session, chat.id)
    if day is None or not days.asks(day) or (last is not None and day <= last):
        chat.next_due_at = schedule.due_question(programme, days, last, now).at
        return True
    chat.next_due_at = schedule.due_question(programme, days, day, now).at
    asked = await _asked(session, chat.id)
    item, order, _ = pool.choose_daily(LearnerHistory.of({}, asked), day)
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


async def _asked(session: AsyncSession, chat_id: int) -> list[Asked]:
    """Returns when the group was asked each item last, the oldest first."""
    last_day = func.max(GroupQuestion.local_date)
    rows = await session.execute(
        select(last_day, GroupQuestion.item_id)
        .where(GroupQuestion.chat_id == chat_id, GroupQuestion.state.in_(_MAYBE_SEEN))
        .group_by(GroupQuestion.item_id)
        .order_by(last_day)
    )
    return [Asked(day, DAILY, item_id) for day, item_id in rows]


class LocalizedQuestion(NamedTuple):
    """A group's question, and the language of the group.

    `last_of` is the programme's name if it is about to be sent and is the programme's last one.
    """

    question: GroupQuestion
    language: str
    last_of: str = ""


_NOT_DONE = (
    select(GroupQuestion, GroupChat.language, Programme)
    .join(GroupChat, GroupChat.id == GroupQuestion.chat_id)
    .join(Programme, Programme.id == GroupChat.programme_id)
    .where(GroupQuestion.settled.is_(False))
)


async def begin_sending(
    session: AsyncSession, now: datetime, limit: int, not_tried_since: datetime
) -> list[LocalizedQuestion]:
    """Mark up to `limit` claimed questions as sending, the oldest first, and return them.

    Only questions that have not been tried since `not_tried_since`. Those whose day is over expire.
    """
    waiting = _NOT_DONE.where(
        GroupQuestion.state == DeliveryState.CLAIMED,
        or_(GroupQuestion.sending_at.is_(None), GroupQuestion.sending_at < not_tried_since),
    )
    while True:
        rows = await session.execute(
            waiting.order_by(GroupQuestion.id)
            .limit(limit)
            .with_for_update(of=GroupQuestion, skip_locked=True)
        )
        claimed = rows.all()
        days = await question_days(session, {programme.id for *_, programme in claimed})
        sending = []
        for question, language, programme in claimed:
            if _may_be_sent(question, programme.timezone, now):
                question.state, question.sending_at = DeliveryState.SENDING, now
                is_last = days[programme.id].last() == question.local_date
                last_of = programme.name if is_last else ""
                sending.append(LocalizedQuestion(question, language, last_of))
            else:
                question.state, question.settled = DeliveryState.EXPIRED, True
        await session.flush()
        if sending or not claimed:
            return sending


def _may_be_sent(question: GroupQuestion, zone: str, now: datetime) -> bool:
    """Returns whether it can stay open long enough, and its date is not over in the zone."""
    if question.closes_at - now < MIN_OPEN_TIME:
        return False
    try:
        return question.local_date >= local_date(now - GRACE_PERIOD, zone)
    except ZoneInfoNotFoundError:
        log.exception("no_such_zone", chat=question.chat_id, zone=zone)
        return True


_STATE_AFTER = {
    Result.SENT: DeliveryState.SENT,
    Result.NOT_SENT: DeliveryState.CLAIMED,
    Result.UNCONFIRMED: DeliveryState.UNCONFIRMED,
    Result.REFUSED: DeliveryState.REFUSED,
    Result.BLOCKED: DeliveryState.BLOCKED,
}


async def record_outcome(
    session: AsyncSession, question: GroupQuestion, result: Result, message_id: int | None
) -> None:
    """Record the outcome of sending, unless another attempt has begun since.

    A refused or blocked question is done.
    """
    states = [DeliveryState.SENDING]
    if result is Result.SENT:  # true even if it was marked unconfirmed meanwhile
        states.append(DeliveryState.UNCONFIRMED)
    await session.execute(
        update(GroupQuestion)
        .where(
            GroupQuestion.id == question.id,
            GroupQuestion.sending_at == question.sending_at,
            GroupQuestion.state.in_(states),
        )
        .values(
            state=_STATE_AFTER[result],
            message_id=message_id,
            settled=result in (Result.REFUSED, Result.BLOCKED),
        )
    )


async def was_previous_refused(session: AsyncSession, question: GroupQuestion) -> bool:
    """Returns whether Telegram refused the group's previous question as well."""
    before = await session.scalar(
        select(GroupQuestion.state)
        .where(
            GroupQuestion.chat_id == question.chat_id,
            GroupQuestion.local_date < question.local_date,
        )
        .order_by(GroupQuestion.local_date.desc())
        .limit(1)
    )
    return before is DeliveryState.REFUSED


async def mark_interrupted(session: AsyncSession, before: datetime) -> None:
    """Mark questions whose sending began by that time and has no outcome as unconfirmed."""
    await session.execute(
        update(GroupQuestion)
        .where(
            GroupQuestion.settled.is_(False),
            GroupQuestion.state == DeliveryState.SENDING,
            GroupQuestion.sending_at <= before,
        )
        .values(state=DeliveryState.UNCONFIRMED)
    )


async def mark_unsent_done(session: AsyncSession, now: datetime, limit: int) -> None:
    """Mark up to `limit` questions as done that have closed and are not known to have arrived.

    They have no votes to announce. Those that were still claimed expire.
    """
    unsent = _closed(now).where(
        GroupQuestion.state.not_in((DeliveryState.SENT, DeliveryState.SENDING))
    )
    for question, *_ in (await session.execute(unsent.limit(limit))).all():
        question.settled = True
        if question.state is DeliveryState.CLAIMED:
            question.state = DeliveryState.EXPIRED
    await session.flush()


async def closed_questions(
    session: AsyncSession, now: datetime, limit: int
) -> list[LocalizedQuestion]:
    """Returns up to `limit` sent questions that have closed and whose votes are not announced."""
    sent = _closed(now).where(GroupQuestion.state == DeliveryState.SENT).limit(limit)
    rows = await session.execute(sent)
    return [LocalizedQuestion(question, language) for question, language, _ in rows]


def _closed(now: datetime) -> Select[GroupQuestion, str, Programme]:
    """Selects questions that have closed and are not done, the longest closed first."""
    return _NOT_DONE.where(GroupQuestion.closes_at <= now).order_by(GroupQuestion.closes_at)


async def mark_done(session: AsyncSession, question_id: int, votes: Sequence[int] | None) -> bool:
    """Store the votes, None if unknown, and mark the question as done. Returns False if it was.

    The caller announces the votes only if this returns True, after committing.
    """
    marked = await session.execute(
        update(GroupQuestion)
        .where(GroupQuestion.id == question_id, GroupQuestion.settled.is_(False))
        .values(settled=True, results=None if votes is None else list(votes))
        .returning(GroupQuestion.id)
    )
    return marked.first() is not None


async def announce_later(session: AsyncSession, question_id: int) -> None:
    """Mark the question as not done, because its announcement was certainly not sent."""
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.id == question_id).values(settled=False)
    )


async def store_votes(session: AsyncSession, question_id: int, votes: Sequence[int]) -> None:
    """Store votes that became known only after the question was done."""
    await session.execute(
        update(GroupQuestion).where(GroupQuestion.id == question_id).values(results=list(votes))
    )
