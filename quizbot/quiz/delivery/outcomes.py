"""From claimed to sent: what is about to leave is marked first, what came of it is recorded after.

A question is sent again only if Telegram refused it for the moment or the request certainly never
left; what is in doubt is a matter of quiz.repair (invariant 2).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, auto
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import ColumnElement, Row, and_, bindparam, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Correction, Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.asking.question_days import GRACE_PERIOD, local_date
from quizbot.quiz.people.subscription import mark_blocked

log = structlog.get_logger(__name__)

_Row = Row[*tuple[Any, ...]]

# Telegram refuses polls that close in less than 5 seconds (Bot API, sendPoll); leave it room.
MIN_OPEN_TIME = timedelta(seconds=15)
# Nor do they close by themselves later than this (the same); less an hour, for clocks that differ.
MAX_CLOSE_DELAY = timedelta(seconds=2_628_000)
MAX_OPEN_TIME = MAX_CLOSE_DELAY - timedelta(hours=1)

_ASKED_FOR = timedelta(seconds=30)  # after which the clock brings what a person asked for
_LONGEST_WAIT = 60  # seconds until the next attempt, where Telegram does not say


class Result(Enum):
    """What came of a sending."""

    SENT = auto()
    NOT_SENT = auto()  # certainly not delivered: try again
    UNCONFIRMED = auto()  # the reply was lost
    REFUSED = auto()  # Telegram will not take this message, ever
    BLOCKED = auto()  # blocked, deleted, never started


@dataclass(frozen=True)
class Outcome:
    """The result of the attempt that began at `sending_at`; the ids only when it was sent."""

    delivery_id: int
    sending_at: datetime
    result: Result
    message_id: int | None = None
    poll_id: str | None = None
    retry_after: float | None = None  # seconds, where Telegram says how long to wait


@dataclass(frozen=True)
class Outgoing:
    """A question marked as leaving, with all that its message needs."""

    delivery_id: int
    sending_at: datetime
    chat_id: int
    language: str
    item_id: str
    option_order: str
    closes_at: datetime
    practice: bool
    correction: ItemCorrection | None = None

    def failed(self, result: Result, retry_after: float | None = None) -> Outcome:
        return Outcome(self.delivery_id, self.sending_at, result, retry_after=retry_after)

    def sent(self, message_id: int, poll_id: str | None) -> Outcome:
        return Outcome(self.delivery_id, self.sending_at, Result.SENT, message_id, poll_id)


_LEAVING = (
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
        Correction.item_id.label("corrected"),
        Correction.learned_revision,
        Correction.revision,
        Correction.withdrawn,
    )
    .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
    .outerjoin(Correction, Correction.delivery_id == Delivery.id)
    .where(Delivery.is_in(DeliveryState.CLAIMED))
)


_NEXT = (
    _LEAVING.where(
        # What somebody asked for is brought at once by who took the request, unless that died.
        or_(
            and_(Delivery.slot == DAILY, Subscriber.state == SubscriberState.ACTIVE),
            Delivery.claimed_at <= bindparam("left_over"),
        ),
        or_(Delivery.retry_at.is_(None), Delivery.retry_at <= bindparam("now")),
    )
    .order_by(Delivery.id)
    .limit(bindparam("size"))
    .with_for_update(of=Delivery, skip_locked=True)
)


async def begin_sending(session: AsyncSession, now: datetime, limit: int) -> list[Outgoing]:
    """Mark up to `limit` claimed questions, oldest first, as leaving now.

    What was refused for the moment waits for its time. Claims whose day has ended, or whose
    subscriber has left meanwhile, are expired on the way.
    """
    connection = await session.connection()
    while True:
        claimed = (
            await connection.execute(
                _NEXT, {"now": now, "left_over": now - _ASKED_FOR, "size": limit}
            )
        ).all()
        leaving, gone = [], []
        for row in claimed:
            if _may_leave(row, now):
                leaving.append(row)
            else:
                gone.append(row.id)
        if gone:
            expired = update(Delivery).where(Delivery.id.in_(gone))
            await session.execute(expired.values(state=DeliveryState.EXPIRED))
        if leaving or not claimed:
            return await _mark(session, leaving, now)


async def begin_sending_one(
    session: AsyncSession, now: datetime, delivery_id: int
) -> list[Outgoing]:
    """Mark this question, which its addressee asked for, as leaving now.

    Empty if it is not claimed any more.
    """
    rows = await session.execute(
        _LEAVING.where(Delivery.id == delivery_id).with_for_update(of=Delivery)
    )
    return await _mark(session, [row for row in rows if is_open(row, now)], now)


_MARK = (
    update(Delivery)
    .where(Delivery.id.in_(bindparam("leaving", expanding=True)))
    .values(
        state=DeliveryState.SENDING,
        sending_at=bindparam("at"),
        attempts=Delivery.attempts + 1,
        retry_at=None,
    )
)


async def _mark(session: AsyncSession, rows: Sequence[_Row], now: datetime) -> list[Outgoing]:
    if rows:
        connection = await session.connection()
        await connection.execute(_MARK, {"leaving": [row.id for row in rows], "at": now})
    return [
        Outgoing(
            delivery_id=row.id,
            sending_at=now,
            chat_id=row.subscriber_id,
            language=row.language,
            item_id=row.item_id,
            option_order=row.option_order,
            closes_at=row.closes_at,
            practice=row.slot > DAILY,
            correction=_correction(row),
        )
        for row in rows
    ]


def _correction(row: _Row) -> ItemCorrection | None:
    if row.corrected is None:
        return None
    return ItemCorrection(row.corrected, row.learned_revision, row.revision, row.withdrawn)


def is_open(delivery: Delivery | _Row, now: datetime) -> bool:
    """Whether a poll of it would still be open long enough for Telegram to take it."""
    return delivery.closes_at - now >= MIN_OPEN_TIME


def _may_leave(row: _Row, now: datetime) -> bool:
    if not is_open(row, now):
        return False
    if row.slot > DAILY:
        return True
    if row.state is not SubscriberState.ACTIVE:
        return False
    try:
        return bool(row.local_date >= local_date(now - GRACE_PERIOD, row.timezone))
    except ZoneInfoNotFoundError:  # one that this machine's data does not have
        log.exception("no_such_zone", subscriber=row.subscriber_id, zone=row.timezone)
        return True


async def record_outcomes(
    session: AsyncSession, outcomes: Iterable[Outcome], now: datetime
) -> None:
    """Write down what came of the sendings.

    That Telegram has a question holds even where we had come to doubt it meanwhile. Everything
    else counts only while that same attempt is in flight: it may have been offered, asked for and
    sent anew by another process.
    """
    by_result: dict[Result, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        by_result[outcome.result].append(outcome)
    # Subscribers before deliveries, and each in the order of their ids, everywhere: two
    # transactions must not wait for each other.
    await _mark_blocked(session, by_result[Result.BLOCKED])
    await _lock(session, [each.delivery_id for some in by_result.values() for each in some])
    await _change(session, by_result[Result.BLOCKED], state=DeliveryState.BLOCKED)
    await _change(session, by_result[Result.REFUSED], state=DeliveryState.REFUSED)
    unconfirmed: dict[str, object] = {
        "state": DeliveryState.UNCONFIRMED,
        "possibly_delivered": True,
    }
    await _change(session, by_result[Result.UNCONFIRMED], **unconfirmed)
    await _confirm(session, by_result[Result.SENT])
    await _postpone(session, by_result[Result.NOT_SENT], now)


async def _lock(session: AsyncSession, delivery_ids: Sequence[int]) -> None:
    """On SQLite, with its one writer, there is nothing to lock."""
    connection = await session.connection()
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK, {"ids": delivery_ids})


_LOCK = (
    select(Delivery.id)
    .where(Delivery.id.in_(bindparam("ids", expanding=True)))
    .order_by(Delivery.id)
    .with_for_update()
)


async def _change(session: AsyncSession, outcomes: Sequence[Outcome], **values: object) -> None:
    if outcomes:
        await session.execute(update(Delivery).where(_in_flight(outcomes)).values(values))


def _in_flight(outcomes: Sequence[Outcome]) -> ColumnElement[bool]:
    """Whether a delivery is still in the attempt that one of these tells of."""
    attempts = [
        and_(Delivery.id == each.delivery_id, Delivery.sending_at == each.sending_at)
        for each in outcomes
    ]
    return and_(Delivery.state == DeliveryState.SENDING, or_(*attempts))


async def _confirm(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    if outcomes:
        connection = await session.connection()
        await connection.execute(
            _CONFIRM,
            [
                {"sent": each.delivery_id, "at_message": each.message_id, "poll": each.poll_id}
                for each in outcomes
            ],
        )


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
    """To be tried again: as late as Telegram says, else a little later every time."""
    if not outcomes:
        return
    waits = {each.delivery_id: each.retry_after for each in outcomes}
    postponed = await session.scalars(
        select(Delivery).where(_in_flight(outcomes)).with_for_update()
    )
    for delivery in postponed:
        wait = waits[delivery.id]
        if wait is None:
            wait = min(2 ** (delivery.attempts - 1), _LONGEST_WAIT)
        delivery.state = DeliveryState.CLAIMED
        delivery.retry_at = now + timedelta(seconds=wait)


async def _mark_blocked(session: AsyncSession, outcomes: Sequence[Outcome]) -> None:
    """These people cannot be reached any more, unless that was about an earlier attempt."""
    if not outcomes:
        return
    addressees = await session.scalars(
        select(Delivery.subscriber_id).where(_in_flight(outcomes)).order_by(Delivery.subscriber_id)
    )
    for addressee in addressees.all():
        await mark_blocked(session, addressee)
