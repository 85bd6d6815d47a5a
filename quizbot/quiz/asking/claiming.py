"""Claiming: deciding who gets which question. Rows are written here, nothing is sent.

A claim is committed before anything is sent; the table's unique constraint allows one daily
question a subscriber and local date (invariant 1, ARCHITECTURE.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row, bindparam, exists, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Correction, Delivery, DeliveryState, Subscriber
from db.session import execute_many
from questions import Item
from quizbot.quiz import subscription
from quizbot.quiz.answers import corrections
from quizbot.quiz.answers.corrections import ItemCorrection
from quizbot.quiz.answers.memory import COUNTED_PRACTICE
from quizbot.quiz.answers.totals import unanswered_since
from quizbot.quiz.asking.choosing import Choice, ItemPool, is_valid_order, shuffle_options
from quizbot.quiz.asking.history import Asked, LearnerHistory, learner_histories
from quizbot.quiz.asking.question_days import (
    EVERY_DAY,
    Calendar,
    calendar_of,
    calendars,
    date_to_serve,
    local_date,
    next_due,
)
from quizbot.quiz.delivery import reminders
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.quiz.subscription import PAUSE_AFTER, SILENCE

log = structlog.get_logger(__name__)

_Row = Row[*tuple[Any, ...]]

_PRACTICE_OPEN = timedelta(days=1)
MAX_PRACTICE_A_DAY = 30


class PracticeUsedUpError(Exception):
    """The subscriber has had all the practice that there is on one day."""


async def claim_due(
    session: AsyncSession, pool: ItemPool, now: datetime, limit: int, policy: ReminderPolicy
) -> int:
    """Claim a question for up to `limit` subscribers who are due. Returns how many were due.

    0 means that nobody is left. The longest due come first; but if there are more than `limit`, a
    quarter of them are the latest due, so that they need not wait until a large earlier batch is
    through. Who was asked whether to pause, and has answered nothing since, is paused instead.
    """
    due_subscribers = await _due_subscribers(session, now, limit)
    ids = [subscriber.id for subscriber in due_subscribers]
    if not ids:
        return 0
    histories = await learner_histories(session, ids, now)
    corrections_due = await _due_corrections(session, pool, histories)
    days = await calendars(session, ids)
    claims, next_times, silent = [], [], []
    for subscriber in due_subscribers:
        try:
            claim, next_at = _claim_or_skip(
                subscriber,
                days.get(subscriber.id, EVERY_DAY),
                histories[subscriber.id],
                corrections_due.get(subscriber.id, []),
                pool,
                now,
            )
        except ZoneInfoNotFoundError:  # the machine's data no longer has this zone
            log.exception("no_such_zone", subscriber=subscriber.id, zone=subscriber.timezone)
            claim, next_at = None, now + timedelta(days=1)
        if next_at is None:
            silent.append(subscriber.id)
            continue
        if claim is not None:
            claims.append(claim)
        next_times.append(_next_times(subscriber, claim, next_at, now, policy))
    await subscription.pause_all(session, silent)
    await _insert(session, claims)
    await execute_many(session, _SET_NEXT_TIMES, next_times)
    return len(due_subscribers)


def _next_times(
    subscriber: _Row,
    claim: "_Claim | None",
    next_at: datetime,
    now: datetime,
    policy: ReminderPolicy,
) -> dict[str, Any]:
    """Returns when the subscriber is asked next, reminded and perhaps paused."""
    times = {
        "subscriber": subscriber.id,
        "next_at": next_at,
        "reminder": subscriber.remind_at,
        "asked": subscriber.pause_asked_on,
        "pause": subscriber.pause_on,
    }
    if claim is not None:
        day, times["reminder"] = claim.values["local_date"], None
        if subscriber.unanswered < reminders.IGNORED:
            times["reminder"] = reminders.reminder_due_at(day, subscriber.timezone, now, policy)
        if subscription.asks_to_pause(subscriber):
            times |= {"asked": day, "pause": day + PAUSE_AFTER}
    return times


async def _due_corrections(
    session: AsyncSession, pool: ItemPool, histories: Mapping[int, LearnerHistory]
) -> Mapping[int, list[ItemCorrection]]:
    """Returns the corrections due; only the deliveries of who has seen a revised item are read."""
    revised = {item.id for item in pool.revised}
    ids = [each for each, history in histories.items() if not revised.isdisjoint(history.seen)]
    return await corrections.due_corrections(session, pool, ids) if ids else {}


_DUE = select(
    Subscriber.id,
    Subscriber.timezone,
    Subscriber.question_time,
    Subscriber.next_due_at,
    Subscriber.remind_at,
    Subscriber.last_answered_on,
    Subscriber.pause_on,
    Subscriber.pause_asked_on,
    unanswered_since(SILENCE).label("unanswered"),
).where(Subscriber.next_due_at <= bindparam("now"))

_SET_NEXT_TIMES = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("subscriber"))
    .values(
        next_due_at=bindparam("next_at"),
        remind_at=bindparam("reminder"),
        pause_asked_on=bindparam("asked"),
        pause_on=bindparam("pause"),
    )
)


async def _due_subscribers(session: AsyncSession, now: datetime, limit: int) -> list[_Row]:
    """Returns due subscribers, locked: the longest due, and in a full batch some of the latest."""
    latest_quota = limit // 4
    size = limit - latest_quota
    connection = await session.connection()
    longest = [*await connection.execute(_LONGEST_DUE, {"now": now, "size": size})]
    if latest_quota == 0 or len(longest) < size:
        return longest
    parameters = {"now": now, "after": longest[-1].next_due_at, "size": latest_quota}
    return [*longest, *await connection.execute(_LATEST_DUE, parameters)]


_LONGEST_DUE = (
    _DUE.order_by(Subscriber.next_due_at).limit(bindparam("size")).with_for_update(skip_locked=True)
)

_LATEST_DUE = (
    _DUE.where(Subscriber.next_due_at > bindparam("after"))
    .order_by(Subscriber.next_due_at.desc())
    .limit(bindparam("size"))
    .with_for_update(skip_locked=True)
)


@dataclass(frozen=True)
class _Claim:
    """A delivery that is not inserted yet: its columns, and the correction that goes with it."""

    values: dict[str, Any]
    correction: ItemCorrection | None


def _claim_or_skip(
    subscriber: _Row,
    days: Calendar,
    history: LearnerHistory,
    corrections_due: list[ItemCorrection],
    pool: ItemPool,
    now: datetime,
) -> tuple[_Claim | None, datetime | None]:
    """Returns the claim for a due subscriber, if any, and when the next question is due.

    None is never: the subscriber has been silent for so long that they are to be paused.
    """
    zone, at, last = subscriber.timezone, subscriber.question_time, history.last_daily
    day = date_to_serve(subscriber.next_due_at, now, zone, at)
    if day is None or (last is not None and day <= last) or not days.asks(day):
        return None, next_due(now, zone, at, last, days.asks).at
    if subscription.stays_silent(subscriber, day):
        return None, None
    claim = _daily_claim(subscriber, day, days, history, corrections_due, pool, now)
    return claim, claim.values["closes_at"]


def _daily_claim(
    subscriber: _Row | Subscriber,
    day: date,
    days: Calendar,
    history: LearnerHistory,
    corrections_due: list[ItemCorrection],
    pool: ItemPool,
    now: datetime,
) -> _Claim:
    """Returns the day's claim: its question is open until the next one is due.

    A correction that would give the question away waits. If the corrected item itself is asked
    again, its explanation corrects it.
    """
    if corrections_due:
        history = replace(history, corrected=corrections_due[0].item_id)
    closes_at = next_due(now, subscriber.timezone, subscriber.question_time, day, days.asks).at
    choice = pool.choose_daily(history, day)
    fitting = (each for each in corrections_due if choice.item.id not in pool.related(each.item_id))
    values = _delivery_values(subscriber.id, choice, now, closes_at, local_date=day, slot=DAILY)
    return _Claim(values, next(fitting, None))


async def _insert(session: AsyncSession, claims: Sequence[_Claim]) -> None:
    """Insert the claims in one statement; those with a correction separately, to get their ids."""
    plain = [claim.values for claim in claims if claim.correction is None]
    await execute_many(session, insert(Delivery), plain)
    for claim in claims:
        if claim.correction is not None:
            delivery = Delivery(**claim.values)
            session.add(delivery)
            await session.flush()
            session.add(Correction(delivery_id=delivery.id, **vars(claim.correction)))
    await session.flush()


async def claim_today(
    session: AsyncSession,
    subscriber: Subscriber,
    pool: ItemPool,
    now: datetime,
    policy: ReminderPolicy,
) -> Delivery | None:
    """Returns today's question for a subscriber who asks: the existing one, or a new claim.

    On a day without a question it is the latest one; None if there never was any.
    """
    today = local_date(now, subscriber.timezone)
    latest_delivery = await latest_daily(session, subscriber.id)
    days = await calendar_of(session, subscriber.id)
    if not _asks_another(days, today, latest_delivery):
        return latest_delivery
    ids = [subscriber.id]
    history = (await learner_histories(session, ids, now))[subscriber.id]
    corrections_due = await _due_corrections(session, pool, {subscriber.id: history})
    claim = _daily_claim(
        subscriber, today, days, history, corrections_due.get(subscriber.id, []), pool, now
    )
    if subscriber.next_due_at is not None:
        subscriber.next_due_at = claim.values["closes_at"]
        subscriber.remind_at = reminders.reminder_due_at(today, subscriber.timezone, now, policy)
    await _expire_earlier(session, subscriber.id, today)
    await _insert(session, [claim])
    claimed = await latest_daily(session, subscriber.id)
    assert claimed is not None  # noqa: S101 -- it was just inserted
    return claimed


def _asks_another(days: Calendar, today: date, latest: Delivery | None) -> bool:
    """Returns whether today has a question and the latest one is from an earlier date."""
    return days.asks(today) and (latest is None or latest.local_date < today)


async def is_ready(session: AsyncSession, subscriber: Subscriber, now: datetime) -> bool:
    """Returns whether /quiz brings the day's question now, not practice."""
    latest = await latest_daily(session, subscriber.id)
    if latest is not None and await is_open_unanswered(session, latest, now):
        return True
    days = await calendar_of(session, subscriber.id)
    return _asks_another(days, local_date(now, subscriber.timezone), latest)


async def _expire_earlier(session: AsyncSession, subscriber_id: int, day: date) -> None:
    """Expire unreceived questions of earlier dates, so that they do not arrive with today's."""
    await session.execute(
        update(Delivery)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.local_date < day,
            Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.UNCONFIRMED)),
        )
        .values(state=DeliveryState.EXPIRED)
    )


async def claim_practice(
    session: AsyncSession, subscriber: Subscriber, pool: ItemPool, now: datetime
) -> Delivery:
    """Returns an unscored question: the one that is still open, or a new claim.

    Raises PracticeUsedUpError if the subscriber has had MAX_PRACTICE_A_DAY on this local date, or
    there is nothing that practice may take.
    """
    today = local_date(now, subscriber.timezone)
    if (still_open := await _open_practice(session, subscriber.id, now)) is not None:
        return still_open
    history = (await learner_histories(session, [subscriber.id], now))[subscriber.id]
    slot = 1 + max((each.slot for each in history.lately if each.day == today), default=DAILY)
    choice = None
    if slot <= MAX_PRACTICE_A_DAY:
        choice = pool.choose_practice(history, today, counts=slot <= COUNTED_PRACTICE)
    if choice is None:
        raise PracticeUsedUpError
    values = _delivery_values(
        subscriber.id, choice, now, now + _PRACTICE_OPEN, local_date=today, slot=slot
    )
    delivery = Delivery(**values)
    session.add(delivery)
    await session.flush()
    return delivery


async def _open_practice(
    session: AsyncSession, subscriber_id: int, now: datetime
) -> Delivery | None:
    """Returns the subscriber's latest practice question that is open and unanswered, if any."""
    found: Delivery | None = await session.scalar(
        select(Delivery)
        .where(
            Delivery.subscriber_id == subscriber_id,
            Delivery.slot > DAILY,
            Delivery.closes_at > now,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
        .order_by(Delivery.id.desc())
        .limit(1)
    )
    return found


async def replace_withdrawn(session: AsyncSession, pool: ItemPool) -> int:
    """Replace items of claims that cannot be sent as they are. Returns how many were replaced.

    For the start, when the bank may have changed. A question that may be in the chat already keeps
    its item.
    """
    not_tried = await session.scalars(
        select(Delivery)
        .where(Delivery.is_in(DeliveryState.CLAIMED), Delivery.possibly_delivered.is_(False))
        .order_by(Delivery.id)
        .with_for_update(skip_locked=True)  # another process may be sending one just now
    )
    replaced = sum([_replace_if_stale(delivery, pool) for delivery in not_tried])
    await corrections.drop_stale_corrections(session, pool)
    return replaced


def _replace_if_stale(delivery: Delivery, pool: ItemPool) -> bool:
    """Give an unsent question an item that can be sent today, unless its own can.

    Returns whether it was replaced.
    """
    item = pool.item(delivery.item_id)
    if item is not None and is_current(delivery, item):
        return False
    if item is not None:  # asked in its new words
        delivery.option_order = shuffle_options(item, pool.rng)
    else:
        asked = Asked(delivery.local_date, delivery.slot, delivery.item_id)
        choice = pool.choose_daily(LearnerHistory.of({}, [asked]), delivery.local_date)
        item, delivery.option_order, _ = choice
        delivery.item_id, delivery.purpose = item.id, None
    delivery.item_revision = item.revision
    return True


def refresh_claim(delivery: Delivery, pool: ItemPool) -> bool:
    """Make the claim sendable, with another item if necessary. Returns False if it cannot be.

    A question that may be in the chat already keeps its item.
    """
    item = pool.item(delivery.item_id)
    if delivery.possibly_delivered:
        return item is not None and is_current(delivery, item)
    _replace_if_stale(delivery, pool)
    return True


def is_current(delivery: Delivery, item: Item) -> bool:
    """Returns whether the question can be sent as it was claimed."""
    return delivery.item_revision == item.revision and is_valid_order(delivery.option_order, item)


async def latest_daily(session: AsyncSession, subscriber_id: int) -> Delivery | None:
    """Returns the latest daily question, sent or not."""
    return await session.scalar(
        select(Delivery)
        .where(Delivery.subscriber_id == subscriber_id, Delivery.slot == DAILY)
        .order_by(Delivery.local_date.desc())
        .limit(1)
    )


async def is_open_unanswered(session: AsyncSession, delivery: Delivery, now: datetime) -> bool:
    """Returns whether the question is open and unanswered."""
    return delivery.closes_at > now and await session.get(Answer, delivery.id) is None


def _delivery_values(
    subscriber_id: int,
    choice: Choice,
    now: datetime,
    closes_at: datetime,
    *,
    local_date: date,
    slot: int,
) -> dict[str, Any]:
    """Returns the columns of a new delivery."""
    return {
        "subscriber_id": subscriber_id,
        "local_date": local_date,
        "slot": slot,
        "item_id": choice.item.id,
        "item_revision": choice.item.revision,
        "option_order": choice.option_order,
        "purpose": choice.purpose,
        "state": DeliveryState.CLAIMED,
        "possibly_delivered": False,
        "claimed_at": now,
        "closes_at": closes_at,
        "attempts": 0,
    }
