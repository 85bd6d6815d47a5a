"""The reminder of an unanswered daily question: in the evening, at most one a day.

The claim of a question plans the reminder (`Subscriber.remind_at`), whether reminders are on or
not, but not for who left the last three questions unanswered. Who gets one is decided at that time,
and the plan is cleared before anything is sent. So a crash can lose a reminder, and nothing sends
one twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfoNotFoundError

import structlog
from sqlalchemy import ColumnElement, Row, and_, exists, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db import leases
from db.leases import Lease
from db.models import DAILY, Answer, Delivery, DeliveryState, Subscriber, SubscriberState
from quizbot.quiz.answers.streaks import Totals
from quizbot.quiz.answers.totals import count_unanswered
from quizbot.quiz.asking.question_days import local_date, utc_moment, zone_info

log = structlog.get_logger(__name__)

IGNORED = 3  # unanswered daily questions in a row, after which there are no reminders
_MIN_AFTER_QUESTION = timedelta(hours=2)  # between the claim of a question and its reminder
_MIN_AFTER_SENDING = timedelta(hours=1)  # if it was sent much later than it was claimed
_MAX_DELAY = timedelta(hours=2)  # a backlog from an outage is no evening reminder any more
_MIN_TIME_LEFT = timedelta(minutes=30)  # enough to see the reminder and to answer
_RETRY_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class ReminderPolicy:
    """The time of reminders and the quiet hours without any, local to the subscriber.

    Quiet hours reach from `quiet_from` to just before `quiet_until`, over midnight if that is the
    earlier of the two; there are none if both are the same.
    """

    at: time = time(19)
    quiet_from: time = time(22)
    quiet_until: time = time(8)

    def is_quiet(self, at: time) -> bool:
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


def reminder_due_at(
    day: date, zone: str, asked_at: datetime, policy: ReminderPolicy
) -> datetime | None:
    """Returns when (UTC) to remind of the question of the local date `day`, asked at `asked_at`.

    At the policy's time, but not before two hours after the question; None if that is in the quiet
    hours or on another date.
    """
    at = utc_moment(day, policy.at, zone)
    if at is None:
        return None
    at = max(at, asked_at + _MIN_AFTER_QUESTION)
    wall = at.astimezone(zone_info(zone))
    return at if wall.date() == day and not policy.is_quiet(wall.time()) else None


def usual_reminder_time(
    subscriber: Subscriber, now: datetime, policy: ReminderPolicy
) -> time | None:
    """Returns the local time of the subscriber's reminders; None if questions come too late."""
    zone, day = subscriber.timezone, local_date(now, subscriber.timezone)
    asked_at = utc_moment(day, subscriber.question_time, zone)
    at = reminder_due_at(day, zone, asked_at or now, policy)
    return at.astimezone(zone_info(zone)).time() if at else None


def set_reminders(subscriber: Subscriber, *, on: bool) -> None:
    """Turn reminders on or off. Today's plan stays: turning them off and on changes nothing."""
    subscriber.reminders = on


async def move_reminder(
    session: AsyncSession, subscriber: Subscriber, now: datetime, policy: ReminderPolicy
) -> None:
    """Move today's reminder to the evening of the new zone, after a change of zone.

    If that is over already, the old time stays, and is skipped if it lies in the quiet hours. A
    reminder that is not planned, or was sent, is not planned again: that could remind twice.
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
        at = reminder_due_at(day, subscriber.timezone, asked_at, policy)
        if at is not None and at > now:
            subscriber.remind_at = at


@dataclass(frozen=True)
class Unanswered:
    """Today's question of a subscriber who is to be reminded of it.

    `zone` is an IANA name, `streak` what an answer would continue.
    """

    chat_id: int
    language: str
    zone: str
    message_id: int | None
    closes_at: datetime
    streak: int


@dataclass(frozen=True)
class DueReminders:
    """The subscribers whose reminder was due, and the questions to remind them of."""

    lease: Lease
    unanswered: Sequence[Unanswered]


async def take_due(
    session: AsyncSession, now: datetime, limit: int, policy: ReminderPolicy
) -> DueReminders:
    """Take up to `limit` subscribers whose reminder is due, longest due first.

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
        Subscriber.streak,
        Subscriber.freezes,
        Subscriber.last_answered_on,
        Subscriber.paused_until,
    )
    willing = {row.id: row for row in lease.rows if _may_be_reminded(row, now, policy)}
    return DueReminders(lease, await _mark_reminded(session, willing, now) if willing else [])


def _may_be_reminded(subscriber: Row[Any], now: datetime, policy: ReminderPolicy) -> bool:
    """Returns whether the subscriber wants reminders, and now is not too late or too quiet.

    Nobody is reminded during a pause.
    """
    if subscriber.state is not SubscriberState.ACTIVE or not subscriber.reminders:
        return False
    if subscriber.paused_until is not None and subscriber.paused_until > now.date():
        return False
    if now - subscriber.remind_at > _MAX_DELAY:
        return False
    try:
        return not policy.is_quiet(now.astimezone(zone_info(subscriber.timezone)).time())
    except ZoneInfoNotFoundError:  # the machine's data no longer has this zone
        log.exception("no_such_zone", subscriber=subscriber.id, zone=subscriber.timezone)
        return False


async def _mark_reminded(
    session: AsyncSession, subscribers: dict[int, Row[Any]], now: datetime
) -> list[Unanswered]:
    """Mark today's open, unanswered questions as reminded of, and return them.

    They are in the order of the subscribers.
    """
    found = await session.execute(
        select(
            Delivery.id,
            Delivery.subscriber_id,
            Delivery.local_date,
            Delivery.message_id,
            Delivery.closes_at,
        ).where(
            Delivery.subscriber_id.in_(subscribers),
            _is_recent_daily(now),
            Delivery.state == DeliveryState.SENT,
            Delivery.sending_at <= now - _MIN_AFTER_SENDING,
            Delivery.closes_at >= now + _MIN_TIME_LEFT,
            ~exists().where(Answer.delivery_id == Delivery.id),
        )
    )
    todays = {
        row.subscriber_id: row
        for row in found
        if row.local_date == local_date(now, subscribers[row.subscriber_id].timezone)
    }
    if todays:
        ids = sorted(row.id for row in todays.values())
        await session.execute(update(Delivery).where(Delivery.id.in_(ids)).values(reminded=True))
    reminded = {id_: row for id_, row in subscribers.items() if id_ in todays}
    missed = await count_unanswered(
        session,
        {
            id_: (row.last_answered_on, todays[id_].local_date)
            for id_, row in reminded.items()
            if row.last_answered_on is not None
        },
    )
    return [
        Unanswered(
            id_,
            row.language,
            row.timezone,
            todays[id_].message_id,
            todays[id_].closes_at,
            Totals(streak=row.streak, freezes=row.freezes).streak_after(missed.get(id_, 0)),
        )
        for id_, row in reminded.items()
    ]


def _is_recent_daily(now: datetime) -> ColumnElement[bool]:
    """Returns the condition for questions since yesterday (UTC), with today's in every zone."""
    return and_(Delivery.slot == DAILY, Delivery.local_date >= now.date() - timedelta(days=1))


async def release(session: AsyncSession, lease: Lease, now: datetime) -> None:
    """Plan these reminders again, a little later: they were not sent."""
    await leases.release(session, lease, now + _RETRY_AFTER)
    await session.execute(
        update(Delivery)
        .where(Delivery.subscriber_id.in_(lease.ids), _is_recent_daily(now), Delivery.reminded)
        .values(reminded=False)
        .execution_options(synchronize_session=False)
    )
