"""Subscribers: joining, pausing, leaving, blocking the bot, preferences, and aliases."""

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from sqlalchemy import and_, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, MAX_ALIAS_LENGTH, Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import lock_rows
from quizbot.quiz.asking.question_days import Calendar, calendar_of, next_due

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


async def subscribe(
    session: AsyncSession, new: NewSubscriber, now: datetime, rng: Random
) -> Subscriber:
    """Subscribe, or subscribe again with everything kept. Repeating it changes nothing."""
    subscriber = await _get_or_create(session, new, now, rng)
    if subscriber.state is SubscriberState.INVITED:
        subscriber.joined_at = now
    subscriber.language = new.language
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
        raise ValueError(f"{new.id} is no Telegram id; they run from 1 to {ID_LIMIT - 1}")
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


async def alias_owner(session: AsyncSession, alias: str) -> int | None:
    """Returns the id of the subscriber with this alias, or one that looks the same to people."""
    return await session.scalar(
        select(Subscriber.id).where(Subscriber.alias_key == alias_key(alias))
    )


async def _deactivate(
    session: AsyncSession, subscriber: Subscriber, state: SubscriberState
) -> None:
    """Plan no more questions, and expire those that have not been sent."""
    subscriber.state = state
    subscriber.next_due_at = subscriber.paused_until = None
    not_sent = and_(
        Delivery.subscriber_id == subscriber.id,
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


async def set_alias(session: AsyncSession, subscriber: Subscriber, text: str) -> str:
    """Set the alias, cleaned, and return it. Raises AliasError."""
    alias = clean_alias(text)
    owner = await alias_owner(session, alias)
    if owner not in (None, subscriber.id):
        raise AliasError("taken")
    try:
        async with session.begin_nested():
            subscriber.alias = alias
            subscriber.alias_key = alias_key(alias)
    except IntegrityError:  # somebody took it since we looked
        raise AliasError("taken") from None
    return alias


# Neutral and friendly, no word that could hurt. The two lists give 900 pairs, and a number makes
# them unique. Real names are never taken (invariant 10, ARCHITECTURE.md).
_FIRST = (
    "Able Amber Bright Brisk Calm Clever Coral Cosy Eager Early Fair Gentle Golden Happy Honest "
    "Jolly Keen Kind Lively Lucky Merry Mellow Noble Proud Quick Quiet Silver Sunny Swift Warm"
).split()
_SECOND = (
    "Badger Beaver Clam Crane Dolphin Falcon Finch Fox Heron Ibex Koala Lark Lynx Magpie Marten "
    "Otter Owl Panda Puffin Raven Robin Salmon Seal Sparrow Starling Stork Swan Tuna Turtle Wren"
).split()

# What is invisible in a name, or reorders the text around it: by category, and those letters,
# symbols and marks that show nothing (Unicode, Default_Ignorable_Code_Point).
_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = set("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0") | {
    chr(code) for code in range(0xFE00, 0xFE0F)
}
_JOINERS = {"\u200d", "\ufe0f"}  # emoji are made of several code points with these
# Emoji that are newer than the interpreter's Unicode data have no category yet.
_EMOJI = range(0x1F000, 0x1FC00)

# Characters of a typed name that are read; any name that long is too long.
_LONGEST_TYPED = 1000

# What Telegram turns into a link: addresses, mentions, commands.
_LINK = re.compile(r"(?<![\w/<>])/\w|://|@\w|\w\.[^\W\d]{2,}")


class AliasError(ValueError):
    """An alias that cannot be used; `reason` is "empty", "long", "hidden", "link" or "taken"."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def suggest_alias(rng: Random) -> str:
    """Returns a random alias, such as "Sunny Otter 42"."""
    return f"{rng.choice(_FIRST)} {rng.choice(_SECOND)} {rng.randint(2, 9999)}"


def clean_alias(text: str) -> str:
    """Returns the alias as it is shown: NFC, single spaces. Raises AliasError."""
    alias = normalised(text)
    if has_hidden(alias):
        raise AliasError("hidden")
    if not has_visible(alias):
        raise AliasError("empty")
    if has_link(alias):
        raise AliasError("link")
    if len(alias) > MAX_ALIAS_LENGTH:
        raise AliasError("long")
    return alias


def normalised(text: str) -> str:
    """Returns the text in NFC with single spaces; of a very long one, only the beginning.

    Normalising many combining marks in a row takes time in the square of their number.
    """
    return " ".join(unicodedata.normalize("NFC", " ".join(text.split())[:_LONGEST_TYPED]).split())


def has_hidden(text: str) -> bool:
    """Returns whether a character in it is invisible, or reorders the text around it."""
    return any(_is_hidden(char) for char in text)


def has_link(text: str) -> bool:
    """Returns whether Telegram would make a link of a part: an address, a mention, a command."""
    return _LINK.search(text) is not None


def has_visible(text: str) -> bool:
    """Returns whether there is anything to see in it."""
    return any(ord(char) in _EMOJI or unicodedata.category(char)[0] in "LNPS" for char in text)


def _is_hidden(char: str) -> bool:
    if char in _JOINERS or ord(char) in _EMOJI:
        return False
    return char in _BLANK or unicodedata.category(char) in _HIDDEN


def alias_key(alias: str) -> str:
    """Returns what aliases that look the same share: case, width and spaces are folded."""
    folded = unicodedata.normalize("NFKC", alias).casefold()
    return "".join(char for char in folded if not char.isspace() and char not in _JOINERS)[:96]
