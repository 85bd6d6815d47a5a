"""The evening reminder of a day's question that is still unanswered: one a day at most.

The claim of a question plans the evening (`Subscriber.remind_at`), whether reminders are on or
not; who is to be reminded is decided when that evening has come, and taken off the plan before
anything is sent. So a crash can lose a reminder, and nothing doubles one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import Row, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.quiz.asking.question_days import local_date, utc_moment, zone_info

log = structlog.get_logger(__name__)

_AFTER_QUESTION = timedelta(hours=2)  # a question is not followed at once by its reminder
_JUST_CAME = timedelta(hours=1)  # nor one that was sent much later than it was claimed
_TOO_LATE = timedelta(hours=2)  # a backlog from an outage is no evening reminder any more
_SHORTEST_OPEN = timedelta(minutes=30)  # time enough to see the note and to vote
_RETRY_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class ReminderPolicy:
    """When to remind and when never to, in local times of whoever is reminded.

    Quiet hours reach from `quiet_from` to just before `quiet_until`, over midnight if that is the
    earlier of the two; there are none where both are the same.
    """

    at: time = time(19)
    quiet_from: time = time(22)
    quiet_until: time = time(8)

    def is_quiet(self, at: time) -> bool:
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


def reminder_due_at(
    day: date, zone: str, asked_at: datetime, evening: ReminderPolicy
) -> datetime | None:
    """When (UTC) to remind of the question of the local date `day`, which was asked at `asked_at`.

    In the evening, and two hours after the question at the soonest; None where that falls into
    the quiet hours or out of the date.
    """
    at = utc_moment(day, evening.at, zone)
    if at is None:
        return None
    at = max(at, asked_at + _AFTER_QUESTION)
    there = at.astimezone(zone_info(zone))
    return at if there.date() == day and not evening.is_quiet(there.time()) else None


def usual_reminder_time(
    subscriber: Subscriber, now: datetime, evening: ReminderPolicy
) -> time | None:
    """The local time at which this person is reminded; None where their question comes too late."""
    zone, day = subscriber.timezone, local_date(now, subscriber.timezone)
    asked_at = utc_moment(day, subscriber.question_time, zone)
    at = reminder_due_at(day, zone, asked_at or now, evening)
    return at.astimezone(zone_info(zone)).time() if at else None


def set_reminders(subscriber: Subscriber, *, on: bool) -> None:
    """What is planned for today stays planned: switching back and forth changes nothing."""
    subscriber.reminders = on


async def move_reminder(
    session: AsyncSession, subscriber: Subscriber, now: datetime, evening: ReminderPolicy
) -> None:
    """After a change of zone: today's reminder comes in the evening of the new zone.

    Where that is over already, the old moment stays, and is passed over if it lies in the night.
    What is not planned, or was sent, is not planned anew: that could remind twice.
    """
    if subscriber.remind_at is None:
        return
    asked = await session.execute(
        select(Delivery.local_date, Delivery.claimed_at)
        .where(Delivery.subscriber_id == subscriber.id, Delivery.slot == DAILY)
        .order_by(Delivery.local_date.desc())
        .limit(1)
    )
    for day, asked_at in asked:
        at = reminder_due_at(day, subscriber.timezone, asked_at, evening)
        if at is not None and at > now:
            subscriber.remind_at = at


@dataclass(frozen=True)
class Unanswered:
    """Today's question of somebody who is to be reminded of it; `zone` is an IANA name."""

    chat_id: int
    language: str
    zone: str
    message_id: int | None
    closes_at: datetime


@dataclass(frozen=True)
class DueReminders:
    """The subscribers whose evening has come, and the questions to remind them of."""

    lease: Lease
    unanswered: Sequence[Unanswered]


async def take_due(
    session: AsyncSession, now: datetime, limit: int, policy: ReminderPolicy
) -> DueReminders:
    """Take up to `limit` subscribers off the plan whose evening has come, longest due first.

    To be committed before anything is sent. A lease of fewer than `limit` means that nobody is
    left.
    """
    lease = await leases.take_due(
        session,
        Subscriber.remind_at,
        now,
        limit,
        None,
        Subscriber.remind_at,
        Subscriber.state,
        Subscriber.language,
        Subscriber.timezone,
        Subscriber.reminders,
    )
    willing = {row.id: row for row in lease.rows if _may_be_reminded(row, now, policy)}
    return DueReminders(lease, await _unanswered(session, willing, now) if willing else [])


def _may_be_reminded(person: Row[Any], now: datetime, evening: ReminderPolicy) -> bool:
    """Whether they want it and it is a good time for it where they are."""
    if person.state is not SubscriberState.ACTIVE or not person.reminders:
        return False
    if now - person.remind_at > _TOO_LATE:
        return False
    try:
        return not evening.is_quiet(now.astimezone(zone_info(person.timezone)).time())
    except ZoneInfoNotFoundError:  # one that the machine's data no longer has
        log.exception("no_such_zone", subscriber=person.id, zone=person.timezone)
        return False


async def _unanswered(
    session: AsyncSession, people: dict[int, Row[Any]], now: datetime
) -> list[Unanswered]:
    """Today's questions of these people that wait for an answer, in the order of the people."""
    found = await session.execute(
        select(
            Delivery.id,
            Delivery.subscriber_id,
            Delivery.local_date,
            Delivery.message_id,
            Delivery.closes_at,
        ).where(
            Delivery.subscriber_id.in_(people),
            Delivery.slot == DAILY,
            Delivery.local_date >= now.date() - timedelta(days=1),  # no zone is a day behind UTC
            Delivery.state == DeliveryState.SENT,
            Delivery.sending_at <= now - _JUST_CAME,
            Delivery.closes_at >= now + _SHORTEST_OPEN,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
    )
    waiting, reminded = {}, []
    for delivery_id, subscriber_id, day, message_id, closes_at in found:
        person = people[subscriber_id]
        if day == local_date(now, person.timezone):
            reminded.append(delivery_id)
            waiting[subscriber_id] = Unanswered(
                subscriber_id, person.language, person.timezone, message_id, closes_at
            )
    if reminded:
        await session.execute(
            update(Delivery).where(Delivery.id.in_(sorted(reminded))).values(reminded=True)
        )
    return [waiting[each] for each in people if each in waiting]


async def release(session: AsyncSession, lease: Lease, now: datetime) -> None:
    """Put the subscribers back on the plan, a little later: their reminders were not sent."""
    await leases.release(session, lease, now + _RETRY_AFTER)
    await session.execute(
        update(Delivery)
        .where(
            Delivery.subscriber_id.in_(lease.ids),
            Delivery.slot == DAILY,
            Delivery.local_date >= now.date() - timedelta(days=1),
            Delivery.reminded,
        )
        .values(reminded=False)
        .execution_options(synchronize_session=False)
    )
