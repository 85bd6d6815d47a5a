"""What a subscriber chooses: time, zone, alias."""

from datetime import datetime, time

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from quizbot.quiz import aliases
from quizbot.quiz.subscribing import alias_owner, reschedule


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
