"""Subscribers: joining, pausing, leaving, blocking the bot, and preferences."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any

from sqlalchemy import Row, and_, exists, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import lock_rows
from db.types import among
from quizbot.quiz.aliases import alias_key, alias_owner, suggest_alias
from quizbot.quiz.asking.question_days import Calendar, calendar_of, next_due

SILENCE = 14  # unanswered daily questions in a row, after which the bot asks whether to pause
PAUSE_AFTER = timedelta(days=3)  # from the question on that asks it, if nothing is answered
ID_LIMIT = 2**52  # ids have at most 52 bits (Bot API, User and Chat)


@dataclass(frozen=True)
class NewSubscriber:
    """Somebody who may subscribe: `timezone` is an IANA name, `question_time` local."""

    id: int
    language: str
    timezone: str
    question_time: time


async def find(session: AsyncSession, subscriber_id: int) -> Subscriber | None:
    """Returns the subscriber, locked until the transaction ends.

    None for strangers, and for people who came by a link and have not subscribed.
    """
    found = await _lock(session, subscriber_id)
    return found if found and found.state is not SubscriberState.INVITED else None


async def invite(
    session: AsyncSession, new: NewSubscriber, payload: str, now: datetime, rng: Random
) -> None:
    """Store the payload of a deep link with somebody who has not agreed to anything yet."""
    subscriber = await _get_or_create(session, new, now, rng)
    if subscriber.start_payload is None:
        subscriber.start_payload = payload


async def decline(session: AsyncSession, subscriber_id: int) -> bool:
    """Erase somebody who came by a link and does not subscribe; returns False for all others."""
    subscriber = await _lock(session, subscriber_id)
    if subscriber is None or subscriber.state is not SubscriberState.INVITED:
        return False
    await session.delete(subscriber)
    await session.flush()
    return True


async def subscribe(
    session: AsyncSession, new: NewSubscriber, now: datetime, rng: Random
) -> Subscriber:
    """Subscribe, or subscribe again with everything kept. Repeating it changes nothing."""
    subscriber = await _get_or_create(session, new, now, rng)
    if subscriber.state is SubscriberState.INVITED:
        subscriber.joined_at = now
    subscriber.language, subscriber.pause_on = new.language, None
    if subscriber.state is not SubscriberState.ACTIVE or subscriber.paused_until is not None:
        subscriber.state, subscriber.paused_until = SubscriberState.ACTIVE, None
        await reschedule(session, subscriber, now)
    return subscriber


async def pause_until(
    session: AsyncSession, subscriber: Subscriber, day: date, now: datetime
) -> None:
    """Send no daily questions before that local date; /resume ends the pause earlier."""
    subscriber.paused_until = day
    await reschedule(session, subscriber, now)


async def pause(session: AsyncSession, subscriber: Subscriber) -> None:
    """Send no daily questions until the subscriber resumes."""
    await _deactivate(session, subscriber, SubscriberState.PAUSED)


async def open_until(
    session: AsyncSession, subscriber: Subscriber, now: datetime
) -> datetime | None:
    """Returns when (UTC) the daily question that can still be answered closes; None without one."""
    return await session.scalar(
        select(func.max(Delivery.closes_at)).where(
            Delivery.subscriber_id == subscriber.id,
            Delivery.slot == DAILY,
            Delivery.state == DeliveryState.SENT,
            Delivery.local_date >= now.date() - timedelta(days=2),  # in any zone
            Delivery.closes_at > now,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
    )


async def pause_all(session: AsyncSession, subscriber_ids: Collection[int]) -> None:
    """Pause these locked subscribers, in a few statements for all."""
    if subscriber_ids:
        none = dict.fromkeys(("next_due_at", "paused_until", "pause_on"))
        paused = update(Subscriber).where(among(Subscriber.id, subscriber_ids))
        await session.execute(paused.values(state=SubscriberState.PAUSED, **none))
        await _expire_unsent(session, subscriber_ids)


def asks_to_pause(subscriber: Row[Any]) -> bool:
    """Returns whether the next question asks whether to pause: once in a silence."""
    asked_on, answered_on = subscriber.pause_asked_on, subscriber.last_answered_on
    is_new = asked_on is None or (answered_on is not None and asked_on <= answered_on)
    return bool(subscriber.unanswered >= SILENCE and is_new)


def stays_silent(subscriber: Row[Any], day: date) -> bool:
    """Returns whether nothing was answered since the bot asked, and the day to pause has come."""
    if subscriber.pause_on is None or day < subscriber.pause_on:
        return False
    asked_on, answered_on = subscriber.pause_on - PAUSE_AFTER, subscriber.last_answered_on
    return answered_on is None or bool(answered_on < asked_on)


async def stop(session: AsyncSession, subscriber: Subscriber) -> None:
    """Unsubscribe; everything is kept for a return."""
    await _deactivate(session, subscriber, SubscriberState.STOPPED)


async def mark_blocked(session: AsyncSession, subscriber_id: int) -> None:
    """Deactivate a subscriber who has blocked the bot, or whose account is gone."""
    subscriber = await find(session, subscriber_id)
    if subscriber is not None:
        await _deactivate(session, subscriber, SubscriberState.BLOCKED)


async def reschedule(session: AsyncSession, subscriber: Subscriber, now: datetime) -> None:
    """Set when the next question is due.

    It depends on the subscriber's zone, time, pause and last daily question, and on the question
    days of their programmes.
    """
    if subscriber.state is SubscriberState.ACTIVE:
        last = (await last_daily_dates(session, [subscriber.id])).get(subscriber.id)
        calendar = await calendar_of(session, subscriber.id)
        subscriber.next_due_at = next_due_of(subscriber, last, calendar, now)


def next_due_of(
    subscriber: Subscriber, last: date | None, calendar: Calendar, now: datetime
) -> datetime:
    """Returns when (UTC) the next question is due: after the last one, and after a pause."""
    if subscriber.paused_until is not None:
        last = max(last or date.min, subscriber.paused_until - timedelta(days=1))
    zone, at = subscriber.timezone, subscriber.question_time
    return next_due(now, zone, at, last, calendar.asks).at


async def last_daily_dates(
    session: AsyncSession, subscriber_ids: Collection[int]
) -> dict[int, date | None]:
    """Returns the latest local date that has its daily question, by subscriber.

    Those who never had a daily question are left out.
    """
    rows = await session.execute(
        select(Delivery.subscriber_id, func.max(Delivery.local_date))
        .where(Delivery.subscriber_id.in_(subscriber_ids), Delivery.slot == DAILY)
        .group_by(Delivery.subscriber_id)
    )
    return dict(rows.all())


async def _get_or_create(
    session: AsyncSession, new: NewSubscriber, now: datetime, rng: Random
) -> Subscriber:
    """Returns the subscriber, locked."""
    while True:
        if (subscriber := await _lock(session, new.id)) is not None:
            return subscriber
        try:
            async with session.begin_nested():
                return await _create(session, new, now, rng)
        except IntegrityError:
            continue  # another process has just created the subscriber, or taken the alias


async def _lock(session: AsyncSession, subscriber_id: int) -> Subscriber | None:
    if not 0 < subscriber_id < ID_LIMIT:  # perhaps more than a column holds
        return None
    return await session.scalar(
        select(Subscriber).where(Subscriber.id == subscriber_id).with_for_update()
    )


async def _create(
    session: AsyncSession, new: NewSubscriber, now: datetime, rng: Random
) -> Subscriber:
    if not 0 < new.id < ID_LIMIT:
        raise ValueError(f"{new.id} is not a Telegram id; they run from 1 to {ID_LIMIT - 1}")
    alias = suggest_alias(rng)
    while await alias_owner(session, alias) is not None:
        alias = suggest_alias(rng)
    subscriber = Subscriber(
        id=new.id,
        state=SubscriberState.INVITED,
        alias=alias,
        alias_key=alias_key(alias),
        language=new.language,
        timezone=new.timezone,
        question_time=new.question_time,
        joined_at=now,
    )
    session.add(subscriber)
    await session.flush()
    return subscriber


async def _deactivate(
    session: AsyncSession, subscriber: Subscriber, state: SubscriberState
) -> None:
    """Plan no more questions, and expire those that have not been sent."""
    subscriber.state = state
    subscriber.next_due_at = subscriber.paused_until = subscriber.pause_on = None
    await _expire_unsent(session, [subscriber.id])


async def _expire_unsent(session: AsyncSession, subscriber_ids: Collection[int]) -> None:
    not_sent = and_(
        among(Delivery.subscriber_id, subscriber_ids),
        Delivery.state.in_((DeliveryState.CLAIMED, DeliveryState.UNCONFIRMED)),
    )
    found = await session.scalars(select(Delivery.id).where(not_sent))
    await lock_rows(session, Delivery.id, found.all())
    await session.execute(update(Delivery).where(not_sent).values(state=DeliveryState.EXPIRED))


async def set_time(session: AsyncSession, subscriber: Subscriber, at: time, now: datetime) -> None:
    """Set the local time of the daily question, from the next question on.

    That is today's if the time is still to come and there was none yet today, else tomorrow's.
    """
    subscriber.question_time = at
    await reschedule(session, subscriber, now)


async def set_timezone(
    session: AsyncSession, subscriber: Subscriber, zone: str, now: datetime
) -> None:
    """Set the time zone, an IANA name. No local date gets two questions, even if dates go back."""
    subscriber.timezone = zone
    await reschedule(session, subscriber, now)
