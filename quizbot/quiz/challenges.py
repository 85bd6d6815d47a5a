"""Challenges: a link to today's question for friends, whose answers count for nothing.

A friend need not subscribe: only their Telegram id, their language and the option are kept, until
the link dies. Both hear who was right only if both agree. They are told at least once: the two
columns of ChallengeAnswer that say when are leases (db.leases).
"""

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select, update
from sqlalchemy import Result as Rows
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.challenges import Challenge, ChallengeAnswer
from db.leases import DueColumn, Lease
from db.models import Answer, Delivery, Subscriber
from questions import Item, Topic
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import shuffle_options
from quizbot.quiz.asking.question_days import local_date
from quizbot.quiz.delivery import notices
from quizbot.quiz.delivery.outcomes import Result, item_to_send

LIFETIME = timedelta(days=7)
MAX_FRIENDS = 10  # of one link

_CODE = re.compile(r"dare-[A-Za-z0-9_-]{22}", re.ASCII)
_LEASED_FOR = timedelta(minutes=1)
_LOOK_AGAIN = timedelta(minutes=10)  # whether the challenger has answered


def looks_like_code(text: str) -> bool:
    """Returns whether the text may be the code of a challenge; it cannot be one of an invite."""
    return _CODE.fullmatch(text) is not None


async def challenge_of_today(
    session: AsyncSession, subscriber: Subscriber, topic: Topic, now: datetime
) -> Challenge | None:
    """Returns the link to the subscriber's question of today, the same one each time.

    None if they have had no question today. The subscriber is locked.
    """
    asked = await claiming.latest_daily(session, subscriber.id)
    if asked is None or asked.local_date != local_date(now, subscriber.timezone):
        return None
    if _item(topic, asked) is None:
        return None
    known = await session.scalar(select(Challenge).where(Challenge.delivery_id == asked.id))
    if known is not None:
        return known
    made = Challenge(code=f"dare-{secrets.token_urlsafe(16)}", delivery_id=asked.id, created_at=now)
    session.add(made)
    await session.flush()
    return made


def _item(topic: Topic, asked: Delivery) -> Item | None:
    """Returns the item that was asked; None if it has changed or been withdrawn meanwhile."""
    item = item_to_send(topic, asked.item_id, asked.option_order)
    return item if item is not None and item.revision == asked.item_revision else None


@dataclass(frozen=True)
class Opened:
    """A challenge that a friend has opened, or why not: it is over if nothing is set.

    It may be their `own`, or `full`. If the friend's own question of today is the same, `same` is
    their delivery; `answer` is then None until they have answered it there. `challenger_agrees` is
    None until the challenger says whether both may hear who was right.
    """

    item: Item | None = None
    answer: ChallengeAnswer | None = None
    challenger_agrees: bool | None = None
    ends_at: datetime | None = None
    own: bool = False
    full: bool = False
    same: Delivery | None = None


async def open_link(
    session: AsyncSession,
    code: str,
    friend_id: int,
    language: str,
    topic: Topic,
    now: datetime,
    rng: Random,
) -> Opened:
    """Open a link for a friend. Opening it again continues where they were."""
    row = await _alive(session, now, Challenge.code == code)
    item = _item(topic, row[1]) if row is not None else None
    if row is None or item is None:
        return Opened()
    challenge, asked = row
    if asked.subscriber_id == friend_id:
        return Opened(own=True)
    ends_at = challenge.created_at + LIFETIME
    theirs = ChallengeAnswer.code == code
    known = await session.scalar(
        select(ChallengeAnswer).where(theirs, ChallengeAnswer.friend_id == friend_id)
    )
    if known is None:
        friends = await session.scalar(select(func.count(ChallengeAnswer.id)).where(theirs)) or 0
        if friends >= MAX_FRIENDS:
            return Opened(full=True)
    same, given = None, None
    if known is None or known.option is None:
        same, given = await _same_today(session, friend_id, asked, now)
    if same is not None and given is None:
        return Opened(item, ends_at=ends_at, same=same)
    if known is None:
        known = ChallengeAnswer(
            code=code,
            friend_id=friend_id,
            language=language,
            option_order=shuffle_options(item, rng),
        )
        session.add(known)
    if given is not None:
        known.option = given.option
    await session.flush()
    return Opened(item, known, challenge.agrees, ends_at, same=same)


async def _same_today(
    session: AsyncSession, friend_id: int, asked: Delivery, now: datetime
) -> tuple[Delivery | None, Answer | None]:
    """Returns the friend's own question of today if it is the same one, and their answer to it."""
    subscriber = await session.get(Subscriber, friend_id)
    mine = await claiming.latest_daily(session, friend_id) if subscriber is not None else None
    if subscriber is None or mine is None:
        return None, None
    today = local_date(now, subscriber.timezone)
    of_challenge = (asked.item_id, asked.item_revision)
    is_same = (mine.item_id, mine.item_revision) == of_challenge and mine.local_date == today
    return (mine, await session.get(Answer, mine.id)) if is_same else (None, None)


async def answer(
    session: AsyncSession,
    answer_id: int,
    friend_id: int,
    position: int,
    topic: Topic,
    now: datetime,
) -> Opened:
    """Record the option at a position, as shown. The first answer counts; another returns that.

    If the friend's own question of today is the same, their answer to that counts, and comes first.
    The challenge is over if there is no such question for this friend.
    """
    row = await _of_friend(session, answer_id, friend_id, now)
    item = _item(topic, row[2]) if row is not None else None
    if row is None or item is None:
        return Opened()
    challenge, given, asked = row
    if given.option is None:
        same, mine = await _same_today(session, friend_id, asked, now)
        if same is not None and mine is None:
            return Opened(item, same=same)
        if position >= len(given.option_order):
            return Opened()
        given.option = mine.option if mine is not None else int(given.option_order[position])
    return Opened(item, given, challenge.agrees)


async def agree_as_friend(
    session: AsyncSession,
    answer_id: int,
    friend_id: int,
    topic: Topic,
    now: datetime,
    *,
    agrees: bool,
) -> Opened:
    """Keep whether the friend lets both hear who was right; the first decision stays.

    The challenge is over if they have not answered.
    """
    row = await _of_friend(session, answer_id, friend_id, now)
    item = _item(topic, row[2]) if row is not None else None
    if row is None or item is None or row[1].option is None:
        return Opened()
    challenge, given, _ = row
    if given.agrees is None:
        given.agrees = agrees
        if agrees and challenge.agrees:
            given.friend_due_at = given.challenger_due_at = now
    return Opened(item, given, challenge.agrees)


async def agree_as_challenger(
    session: AsyncSession, delivery_id: int, subscriber_id: int, now: datetime, *, agrees: bool
) -> Challenge | None:
    """Keep whether the challenger lets both hear who was right; the first decision stays.

    Returns None if the challenge is over.
    """
    row = await _alive(
        session, now, Challenge.delivery_id == delivery_id, Delivery.subscriber_id == subscriber_id
    )
    if row is None:
        return None
    challenge, _ = row
    if challenge.agrees is None:
        challenge.agrees = agrees
        if agrees:
            await session.execute(
                update(ChallengeAnswer)
                .where(ChallengeAnswer.code == challenge.code, ChallengeAnswer.agrees.is_(True))
                .values(friend_due_at=now, challenger_due_at=now)
            )
    return challenge


async def _of_friend(
    session: AsyncSession, answer_id: int, friend_id: int, now: datetime
) -> tuple[Challenge, ChallengeAnswer, Delivery] | None:
    """Returns the friend's part of a challenge that is not over; the challenge is locked."""
    mine = (ChallengeAnswer.id == answer_id, ChallengeAnswer.friend_id == friend_id)
    code = await session.scalar(select(ChallengeAnswer.code).where(*mine))
    row = await _alive(session, now, Challenge.code == code) if code is not None else None
    given = await session.scalar(select(ChallengeAnswer).where(*mine))
    return (row[0], given, row[1]) if row is not None and given is not None else None


async def _alive(
    session: AsyncSession, now: datetime, *which: ColumnElement[bool]
) -> tuple[Challenge, Delivery] | None:
    """Returns a challenge that is not over, locked: everything about one happens in turn."""
    row = (
        await session.execute(
            select(Challenge, Delivery)
            .join(Delivery, Delivery.id == Challenge.delivery_id)
            .where(Challenge.created_at > now - LIFETIME, *which)
            .with_for_update(of=Challenge)
            .execution_options(populate_existing=True)
        )
    ).first()
    return (row.Challenge, row.Delivery) if row is not None else None


@dataclass(frozen=True)
class Comparison:
    """Who was right, to be told to one side; `challenger_correct` is None without an answer.

    The link was made at `linked_at`.
    """

    answer_id: int
    chat_id: int
    language: str
    to_friend: bool
    item_id: str
    friend_correct: bool
    challenger_correct: bool | None
    linked_at: datetime


SIDES: tuple[DueColumn, ...] = (ChallengeAnswer.friend_due_at, ChallengeAnswer.challenger_due_at)


async def take_due(
    session: AsyncSession, side: DueColumn, now: datetime, limit: int
) -> tuple[Lease, list[Comparison]]:
    """Lease up to `limit` comparisons that are to be told to one side, for a minute.

    Those whose challenger can still answer wait. The caller commits.
    """
    lease = await leases.take_due(session, side, now, limit, now + _LEASED_FOR)
    if not lease:
        return lease, []
    rows: Rows[*tuple[Any, ...]] = await session.execute(
        select(ChallengeAnswer, Challenge.created_at, Delivery, Answer.option, Subscriber.language)
        .join(Challenge, Challenge.code == ChallengeAnswer.code)
        .join(Delivery, Delivery.id == Challenge.delivery_id)
        .join(Subscriber, Subscriber.id == Delivery.subscriber_id)
        .outerjoin(Answer, Answer.delivery_id == Delivery.id)
        .where(ChallengeAnswer.id.in_(lease.ids))
    )
    ready, to_friend = dict[int, Comparison](), side is ChallengeAnswer.friend_due_at
    for given, linked_at, asked, option, language in rows:
        if option is None and asked.closes_at > now:
            again = min(asked.closes_at, now + _LOOK_AGAIN)
            await leases.release(session, lease.only({given.id}), again)
            continue
        ready[given.id] = Comparison(
            answer_id=given.id,
            chat_id=given.friend_id if to_friend else asked.subscriber_id,
            language=given.language if to_friend else language,
            to_friend=to_friend,
            item_id=asked.item_id,
            friend_correct=given.option == 0,
            challenger_correct=None if option is None else option == 0,
            linked_at=linked_at,
        )
    lease = lease.only(ready)
    return lease, [ready[each] for each in lease.ids]


async def record_told(
    session: AsyncSession,
    lease: Lease,
    told: Sequence[Comparison],
    results: Sequence[Result],
    now: datetime,
) -> None:
    """Record what came of telling each.

    What may not have arrived is sent again (delivery.notices).
    """
    since = [each.linked_at for each in told]
    await notices.settle(session, lease, results, since, LIFETIME, now)


async def forget(session: AsyncSession, friend_id: int) -> None:
    """Delete what is kept about somebody as a friend; their own links go with their questions."""
    await session.execute(delete(ChallengeAnswer).where(ChallengeAnswer.friend_id == friend_id))


async def purge_expired(session: AsyncSession, now: datetime) -> None:
    """Delete links that have died, with all friends' answers."""
    await session.execute(delete(Challenge).where(Challenge.created_at <= now - LIFETIME))
