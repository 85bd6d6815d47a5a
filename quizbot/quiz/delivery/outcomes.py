"""From claimed to sent: an attempt is marked before it begins, and its outcome recorded after.

A question is sent again only if Telegram told the bot to wait or the request was certainly not
sent; unconfirmed ones are left to quiz.delivery.repair (invariant 2, ARCHITECTURE.md).
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import Enum, auto
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import (
    ColumnElement,
    Row,
    String,
    and_,
    bindparam,
    cast,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db.models import DAILY, Correction, Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import execute_many, lock_rows
from db.types import among
from questions import Item, Topic
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.answers.streaks import FREEZE_EVERY, MAX_FREEZES, Totals, beats_best, week_of
from quizbot.quiz.answers.totals import SentQuestion, freezes_needed
from quizbot.quiz.asking.choosing import is_valid_order
from quizbot.quiz.asking.question_days import GRACE_PERIOD, local_date
from quizbot.quiz.subscription import PAUSE_AFTER, mark_blocked

log = structlog.get_logger(__name__)

_Row = Row[*tuple[Any, ...]]

# Telegram refuses polls that close in less than 5 seconds (Bot API, sendPoll); with a margin.
MIN_OPEN_TIME = timedelta(seconds=15)
# The latest time that a poll can close by itself (Bot API, sendPoll); with a margin for clocks.
MAX_CLOSE_DELAY = timedelta(seconds=2_628_000)
MAX_OPEN_TIME = MAX_CLOSE_DELAY - timedelta(hours=1)

_LEFT_OVER_AFTER = timedelta(seconds=30)  # then the broadcast sends what somebody asked for
_MAX_WAIT = 60  # seconds until the next attempt, if Telegram does not say

_UNDER_WAY = (
    DeliveryState.CLAIMED,
    DeliveryState.SENDING,
    DeliveryState.UNCONFIRMED,
    DeliveryState.OFFERED,
)


class Result(Enum):
    """The result of one attempt to send."""

    SENT = auto()
    NOT_SENT = auto()  # certainly not sent: try again
    UNCONFIRMED = auto()  # the reply was lost
    REFUSED = auto()  # Telegram will never accept this message
    BLOCKED = auto()  # the bot is blocked or was never started, or the account is deleted


@dataclass(frozen=True)
class Outcome:
    """The result of the attempt that began at `sending_at`; the ids only when it was sent."""

    delivery_id: int
    sending_at: datetime
    result: Result
    message_id: int | None = None
    poll_id: str | None = None
    retry_after: float | None = None  # seconds, if Telegram says how long to wait


@dataclass(frozen=True)
class Outgoing:
    """A question that is being sent, with everything that its message needs.

    `streak_day` is how many days in a row an answer makes, 0 after a streak that has ended.
    `recap_on` is the question's date if it is a Monday and the subscriber wants a recap. With
    `pauses_on`, the bot asks whether to pause: it will on that local date. `yesterday` is the item
    of the day before, if it was answered. `earns_freeze` and `beats_best` are whether an answer
    does. `ended` are the names of the subscriber's programmes that ended the day before, `last_of`
    of those that ask no more after this.
    """

    delivery_id: int
    sending_at: datetime
    chat_id: int
    language: str
    item_id: str
    option_order: str
    closes_at: datetime
    practice: bool
    local_date: date
    correction: ItemCorrection | None = None
    streak_day: int = 0
    recap_on: date | None = None
    pauses_on: date | None = None
    yesterday: str | None = None
    earns_freeze: bool = False
    beats_best: bool = False
    ended: Sequence[str] = ()
    last_of: Sequence[str] = ()

    def failed(self, result: Result, retry_after: float | None = None) -> Outcome:
        return Outcome(self.delivery_id, self.sending_at, result, retry_after=retry_after)

    def sent(self, message_id: int, poll_id: str | None) -> Outcome:
        return Outcome(self.delivery_id, self.sending_at, Result.SENT, message_id, poll_id)


_previous = aliased(Delivery)
_PREVIOUS = (
    select(cast(_previous.local_date, String) + _previous.item_id)
    .where(
        _previous.subscriber_id == Delivery.subscriber_id,
        _previous.slot == DAILY,
        _previous.local_date < Delivery.local_date,
        _previous.state == DeliveryState.SENT,
    )
    .order_by(_previous.local_date.desc())
    .limit(1)
)
_SENDABLE = (
    select(
        Delivery.id,
        Delivery.subscriber_id,
        Delivery.local_date,
        Delivery.slot,
        Delivery.item_id,
        Delivery.option_order,
        Delivery.closes_at,
        Subscriber.language,
        Subscriber.timezone,
        Subscriber.state,
        Subscriber.recap,
        Subscriber.pause_on,
        Subscriber.streak,
        Subscriber.freezes,
        Subscriber.last_answered_on,
        Subscriber.best_before,
        freezes_needed(SentQuestion.local_date < Delivery.local_date).label("unanswered"),
        _PREVIOUS.correlate(Delivery).scalar_subquery().label("previous"),
        Correction.item_id.label("corrected"),
        Correction.learned_revision,
        Correction.revision,
        Correction.withdrawn,
    )
    .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    .outerjoin(Correction, Correction.delivery_id == Delivery.id)
    .where(Delivery.is_in(DeliveryState.CLAIMED))
)
_AHEAD = (
    _SENDABLE.where(
        # What somebody asked for is sent by the handler of the request, unless that died.
        or_(
            and_(Delivery.slot == DAILY, Subscriber.state == SubscriberState.ACTIVE),
            Delivery.claimed_at <= bindparam("left_over"),
        ),
        or_(Delivery.retry_at.is_(None), Delivery.retry_at <= bindparam("now")),
    )
    .order_by(Delivery.id)
    .limit(bindparam("size"))
)
_NEXT = _AHEAD.with_for_update(of=Delivery, skip_locked=True)
_RECAP_COLUMNS = (Delivery.subscriber_id, Delivery.local_date, Delivery.slot, Subscriber.recap)


async def recaps_ahead(
    session: AsyncSession, now: datetime, limit: int, delivery_id: int | None = None
) -> dict[date, list[int]]:
    """Returns who is to be told a recap with the next `limit` questions, by the question's date.

    Or with that question alone. Nothing is locked or marked.
    """
    values = {"now": now, "left_over": now - _LEFT_OVER_AFTER, "size": limit}
    ahead = _AHEAD
    if delivery_id is not None:
        ahead, values = _SENDABLE.where(Delivery.id == delivery_id), {}
    connection = await session.connection()
    rows = await connection.execute(ahead.with_only_columns(*_RECAP_COLUMNS), values)
    found = defaultdict(list)
    for row in rows:
        if (day := _recap_on(row)) is not None:
            found[day].append(row.subscriber_id)
    return found


async def begin_sending(session: AsyncSession, now: datetime, limit: int) -> list[Outgoing]:
    """Mark up to `limit` claimed questions, oldest first, as being sent now, and return them.

    Questions that Telegram told to wait are left until their time. Claims whose day has ended, or
    whose subscriber has left meanwhile, are expired.
    """
    connection = await session.connection()
    while True:
        claimed = (
            await connection.execute(
                _NEXT, {"now": now, "left_over": now - _LEFT_OVER_AFTER, "size": limit}
            )
        ).all()
        ready = [row for row in claimed if _may_be_sent(row, now)]
        if expired := {row.id for row in claimed} - {row.id for row in ready}:
            expire = update(Delivery).where(Delivery.id.in_(sorted(expired)))
            await session.execute(expire.values(state=DeliveryState.EXPIRED))
        if ready or not claimed:
            return await _mark_sending(session, ready, now)


async def begin_sending_one(
    session: AsyncSession, now: datetime, delivery_id: int
) -> list[Outgoing]:
    """Mark this question, which its subscriber asked for, as being sent now, and return it.

    Returns nothing if it is no longer claimed.
    """
    rows = await session.execute(
        _SENDABLE.where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    )
    return await _mark_sending(session, [row for row in rows if is_open(row, now)], now)


_MARK_SENDING = (
    update(Delivery)
    .where(among(Delivery.id, "ids"))
    .values(
        state=DeliveryState.SENDING,
        sending_at=bindparam("at"),
        attempts=Delivery.attempts + 1,
        retry_at=None,
    )
)


async def _mark_sending(
    session: AsyncSession, rows: Sequence[_Row], now: datetime
) -> list[Outgoing]:
    if rows:
        connection = await session.connection()
        await connection.execute(_MARK_SENDING, {"ids": [row.id for row in rows], "at": now})
    return [_outgoing(row, now) for row in rows]


def _outgoing(row: _Row, now: datetime) -> Outgoing:
    streak_day = _streak_day(row)
    return Outgoing(
        delivery_id=row.id,
        sending_at=now,
        chat_id=row.subscriber_id,
        language=row.language,
        item_id=row.item_id,
        option_order=row.option_order,
        closes_at=row.closes_at,
        practice=row.slot > DAILY,
        local_date=row.local_date,
        correction=_correction(row),
        streak_day=streak_day,
        recap_on=_recap_on(row),
        pauses_on=_pauses_on(row),
        yesterday=_yesterday(row),
        earns_freeze=_earns_freeze(row, streak_day),
        beats_best=beats_best(streak_day, row.best_before),
    )


def _yesterday(row: _Row) -> str | None:
    before = row.local_date - timedelta(days=1)
    was_asked = (row.previous or "").startswith(str(before))
    if not was_asked or row.last_answered_on != before:
        return None
    return str(row.previous[len(str(before)) :])


def _earns_freeze(row: _Row, day: int) -> bool:
    return bool(day) and day % FREEZE_EVERY == 0 and row.freezes - row.unanswered < MAX_FREEZES


def _pauses_on(row: _Row) -> date | None:
    asks = row.pause_on is not None and row.pause_on - PAUSE_AFTER == row.local_date
    return row.pause_on if asks and row.slot == DAILY else None


def _recap_on(row: _Row) -> date | None:
    wanted = row.recap and row.slot == DAILY and row.local_date == week_of(row.local_date)
    return row.local_date if wanted else None


def _streak_day(row: _Row) -> int:
    if row.last_answered_on is None:
        return 1 if row.previous is None else 0
    streak = Totals(streak=row.streak, freezes=row.freezes).streak_after(row.unanswered)
    return streak + 1 if streak else 0


def _correction(row: _Row) -> ItemCorrection | None:
    if row.corrected is None:
        return None
    return ItemCorrection(row.corrected, row.learned_revision, row.revision, row.withdrawn)


async def backlog(session: AsyncSession, now: datetime) -> tuple[int, timedelta]:
    """Returns how many daily questions are still to be sent, and how long the oldest has waited.

    These are the ones claimed, which wait since then, and the ones due.
    """
    claimed = select(func.count(Delivery.id), func.min(Delivery.claimed_at)).where(
        Delivery.is_in(DeliveryState.CLAIMED), Delivery.slot == DAILY
    )
    due = select(func.count(Subscriber.id), func.min(Subscriber.next_due_at)).where(
        Subscriber.next_due_at <= now
    )
    found = [(await session.execute(each)).one() for each in (claimed, due)]
    oldest = min((since for _, since in found if since is not None), default=now)
    return sum(count for count, _ in found), max(now - oldest, timedelta())


def item_to_send(topic: Topic, item_id: str, option_order: str) -> Item | None:
    """Returns the item of a claimed question; None if the bank no longer has it as claimed.

    Only approved questions are sent (invariant 7, ARCHITECTURE.md).
    """
    item = topic.item(item_id)
    is_as_claimed = item is not None and item.approved and is_valid_order(option_order, item)
    return item if is_as_claimed else None


def is_open(delivery: Delivery | _Row, now: datetime) -> bool:
    """Returns whether its poll would be open long enough for Telegram to accept it."""
    return delivery.closes_at - now >= MIN_OPEN_TIME


def _may_be_sent(row: _Row, now: datetime) -> bool:
    """Returns whether its date is not over in the subscriber's zone, and they still want it."""
    if not is_open(row, now):
        return False
    if row.slot > DAILY:
        return True
    if row.state is not SubscriberState.ACTIVE:
        return False
    try:
        return bool(row.local_date >= local_date(now - GRACE_PERIOD, row.timezone))
    except ZoneInfoNotFoundError:  # the machine's data no longer has this zone
        log.exception("no_such_zone", subscriber=row.subscriber_id, zone=row.timezone)
        return True


async def record_outcomes(
    session: AsyncSession, outcomes: Iterable[Outcome], now: datetime
) -> None:
    """Record the outcomes of attempts.

    A question that Telegram has confirmed is sent, even if it was marked as unconfirmed meanwhile.
    Every other outcome counts only while the same attempt is in flight: another process may have
    offered the question, and sent it again on request.
    """
    by_result: dict[Result, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_result[outcome.result].append(outcome)
    # Subscribers before deliveries, and each in the order of their ids, as everywhere: two
    # transactions must not block each other.
    blocked = await _lock_subscribers(session, by_result[Result.BLOCKED])
    ids = [each.delivery_id for group in by_result.values() for each in group]
    if len(by_result[Result.SENT]) < len(ids):  # else one statement changes all, in their order
        await lock_rows(session, Delivery.id, [*ids, *await _under_way(session, blocked)])
    for subscriber_id in blocked:
        await mark_blocked(session, subscriber_id)
    await _change(session, by_result[Result.BLOCKED], state=DeliveryState.BLOCKED)
    await _change(session, by_result[Result.REFUSED], state=DeliveryState.REFUSED)
    unconfirmed: dict[str, object] = {
        "state": DeliveryState.UNCONFIRMED,
        "possibly_delivered": True,
    }
    await _change(session, by_result[Result.UNCONFIRMED], **unconfirmed)
    confirmed = [
        {"sent": each.delivery_id, "at_message": each.message_id, "poll": each.poll_id}
        for each in sorted(by_result[Result.SENT], key=lambda each: each.delivery_id)
    ]
    await execute_many(session, _CONFIRM, confirmed)
    await _postpone(session, by_result[Result.NOT_SENT], now)


async def _change(session: AsyncSession, outcomes: Sequence[Outcome], **values: object) -> None:
    if outcomes:
        await session.execute(update(Delivery).where(_in_flight(outcomes)).values(values))


def _in_flight(outcomes: Sequence[Outcome]) -> ColumnElement[bool]:
    """Returns the condition that a delivery is still in the attempt of one of these outcomes."""
    attempts = [
        and_(Delivery.id == each.delivery_id, Delivery.sending_at == each.sending_at)
        for each in outcomes
    ]
    return and_(Delivery.state == DeliveryState.SENDING, or_(*attempts))


_CONFIRM = (
    update(Delivery)
    .where(
        Delivery.id == bindparam("sent"),
        or_(
            Delivery.state == DeliveryState.SENDING,
            Delivery.state == DeliveryState.UNCONFIRMED,
            Delivery.state == DeliveryState.OFFERED,
        ),
    )
    .values(state=DeliveryState.SENT, message_id=bindparam("at_message"), poll_id=bindparam("poll"))
)


async def _postpone(session: AsyncSession, outcomes: Sequence[Outcome], now: datetime) -> None:
    """Claim the questions again, after as long as Telegram says, or 1, 2, 4, ... seconds."""
    if not outcomes:
        return
    waits = {each.delivery_id: each.retry_after for each in outcomes}
    postponed = await session.scalars(select(Delivery).where(_in_flight(outcomes)))
    for delivery in postponed:
        wait = waits[delivery.id]
        if wait is None:
            wait = min(2 ** (delivery.attempts - 1), _MAX_WAIT)
        delivery.state = DeliveryState.CLAIMED
        delivery.retry_at = now + timedelta(seconds=wait)


async def _lock_subscribers(session: AsyncSession, outcomes: Sequence[Outcome]) -> Collection[int]:
    """Lock the subscribers of the attempts that are still in flight. Returns their ids."""
    if not outcomes:
        return ()
    found = await session.scalars(select(Delivery.subscriber_id).where(_in_flight(outcomes)))
    return await lock_rows(session, Subscriber.id, set(found))


async def _under_way(session: AsyncSession, subscriber_ids: Collection[int]) -> Sequence[int]:
    """Returns the deliveries that may expire when these subscribers are marked as blocked."""
    if not subscriber_ids:
        return ()
    found = await session.scalars(
        select(Delivery.id).where(
            Delivery.subscriber_id.in_(subscriber_ids), Delivery.state.in_(_UNDER_WAY)
        )
    )
    return found.all()
