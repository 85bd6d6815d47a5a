"""Coming, pausing, leaving, and being out of reach."""

from dataclasses import dataclass
from datetime import date, datetime, time
from random import Random

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.quiz.asking.question_days import calendar_of, next_due
from quizbot.quiz.people import aliases

IDS_END = 2**52  # ids have at most 52 bits (Bot API, User and Chat)


@dataclass(frozen=True)
class Newcomer:
    """Somebody at the door, with what they would start with.

    `timezone` is an IANA name, `question_time` local.
    """

    id: int
    language: str
    timezone: str
    question_time: time


async def find(session: AsyncSession, subscriber_id: int) -> Subscriber | None:
    """The subscriber, locked until the transaction ends; None for strangers and the invited."""
    found = await _locked(session, subscriber_id)
    return found if found and found.state is not SubscriberState.INVITED else None


async def invite(
    session: AsyncSession,
    newcomer: Newcomer,
    payload: str,
    now: datetime,
    rng: Random,
) -> None:
    """Keep the payload of a deep link for somebody who has not agreed to anything yet."""
    subscriber = await _known(session, newcomer, now, rng)
    if subscriber.start_payload is None:
        subscriber.start_payload = payload


async def subscribe(
    session: AsyncSession,
    newcomer: Newcomer,
    now: datetime,
    rng: Random,
) -> Subscriber:
    """Begin, or begin again with everything kept. Repeating it changes nothing."""
    subscriber = await _known(session, newcomer, now, rng)
    if subscriber.state is SubscriberState.INVITED:
        subscriber.joined_at = now
    subscriber.language = newcomer.language
    if subscriber.state is not SubscriberState.ACTIVE:
        subscriber.state = SubscriberState.ACTIVE
        await reschedule(session, subscriber, now)
    return subscriber


async def pause(session: AsyncSession, subscriber: Subscriber) -> None:
    """No daily questions until resumed."""
    await _silence(session, subscriber, SubscriberState.PAUSED)


async def stop(session: AsyncSession, subscriber: Subscriber) -> None:
    """Leave; everything is kept for a return."""
    await _silence(session, subscriber, SubscriberState.STOPPED)


async def mark_blocked(session: AsyncSession, subscriber_id: int) -> None:
    """Telegram says that the person blocked the bot or that the account is gone."""
    subscriber = await find(session, subscriber_id)
    if subscriber is not None:
        await _silence(session, subscriber, SubscriberState.BLOCKED)


async def reschedule(session: AsyncSession, subscriber: Subscriber, now: datetime) -> None:
    """Set when the next question is due.

    From the subscriber's zone, time and last date served, and the days of their programmes.
    """
    if subscriber.state is SubscriberState.ACTIVE:
        last = await last_served(session, subscriber.id)
        calendar = await calendar_of(session, subscriber.id)
        due = next_due(now, subscriber.timezone, subscriber.question_time, last, calendar.asks)
        subscriber.next_due_at = due.at


async def last_served(session: AsyncSession, subscriber_id: int) -> date | None:
    """The latest local date that has its daily question."""
    return await session.scalar(
        select(func.max(Delivery.local_date)).where(
            Delivery.subscriber_id == subscriber_id, Delivery.slot == 0
        )
    )


async def _known(
    session: AsyncSession, newcomer: Newcomer, now: datetime, rng: Random
) -> Subscriber:
    """The subscriber, new or not, locked."""
    while True:
        subscriber = await _locked(session, newcomer.id)
        if subscriber is not None:
            return subscriber
        try:
            async with session.begin_nested():
                return await _create(session, newcomer, now, rng)
        except IntegrityError:
            continue  # they were taken in elsewhere meanwhile, or the alias was


async def _locked(session: AsyncSession, subscriber_id: int) -> Subscriber | None:
    if not 0 < subscriber_id < IDS_END:  # perhaps more than a column holds
        return None
    return await session.scalar(
        select(Subscriber).where(Subscriber.id == subscriber_id).with_for_update()
    )


async def _create(
    session: AsyncSession,
    newcomer: Newcomer,
    now: datetime,
    rng: Random,
) -> Subscriber:
    if not 0 < newcomer.id < IDS_END:
        raise ValueError(f"{newcomer.id} is nobody's id; Telegram's are from 1 to {IDS_END - 1}")
    alias = aliases.suggest(rng)
    while await alias_owner(session, alias) is not None:
        alias = aliases.suggest(rng)
    subscriber = Subscriber(
        id=newcomer.id,
        state=SubscriberState.INVITED,
        alias=alias,
        alias_key=aliases.key(alias),
        language=newcomer.language,
        timezone=newcomer.timezone,
        question_time=newcomer.question_time,
        joined_at=now,
        points=0,
        answered=0,
        correct=0,
        streak=0,
        best_streak=0,
    )
    session.add(subscriber)
    await session.flush()
    return subscriber


async def alias_owner(session: AsyncSession, alias: str) -> int | None:
    """Who goes by this alias, or one that people would take for it."""
    return await session.scalar(
        select(Subscriber.id).where(Subscriber.alias_key == aliases.key(alias))
    )


async def _silence(session: AsyncSession, subscriber: Subscriber, state: SubscriberState) -> None:
    """Nothing more is planned, and what has not left yet stays here."""
    subscriber.state = state
    subscriber.next_due_at = None
    under_way = (DeliveryState.CLAIMED, DeliveryState.UNCONFIRMED)
    await session.execute(
        update(Delivery)
        .where(Delivery.subscriber_id == subscriber.id, Delivery.state.in_(under_way))
        .values(state=DeliveryState.EXPIRED)
    )


async def set_time(session: AsyncSession, subscriber: Subscriber, at: time, now: datetime) -> None:
    """Later today still counts today, if today's question has not been sent; else from tomorrow."""
    subscriber.question_time = at
    await reschedule(session, subscriber, now)


async def set_timezone(
    session: AsyncSession, subscriber: Subscriber, zone: str, now: datetime
) -> None:
    """`zone` is an IANA name. No local date gets a second question, even when dates go back."""
    subscriber.timezone = zone
    await reschedule(session, subscriber, now)


async def set_alias(session: AsyncSession, subscriber: Subscriber, text: str) -> str:
    """Take the alias, cleaned; answers it. Raises aliases.AliasError."""
    alias = aliases.clean(text)
    owner = await alias_owner(session, alias)
    if owner not in (None, subscriber.id):
        raise aliases.AliasError("taken")
    try:
        async with session.begin_nested():
            subscriber.alias = alias
            subscriber.alias_key = aliases.key(alias)
    except IntegrityError:  # somebody took it between the look and the write
        raise aliases.AliasError("taken") from None
    return alias
