"""Membership of a programme: joining, leaving, the team, and what others see of a member."""

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from random import Random

from sqlalchemy import ColumnElement, bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from db import leases
from db.leases import Lease
from db.models import Delivery, Subscriber, SubscriberState
from db.programmes import MAX_NAME_LENGTH, Enrolment, Invite, InviteKind, NoteKind, Programme, Team
from db.session import Sessions, execute_many
from quizbot.programmes import audit_log, definitions, invites, notes, staff, welcome
from quizbot.programmes.audit_log import Action
from quizbot.programmes.programme import has_begun, holidays, team_of, today_of
from quizbot.programmes.schedule import has_ended
from quizbot.quiz import subscription
from quizbot.quiz.aliases import has_hidden, has_link, has_visible, is_rude
from quizbot.quiz.answers import totals
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.asking.question_days import (
    EVERY_DAY,
    calendars,
    keep_today,
    local_date,
    question_days,
    zone_info,
)
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.quiz.subscription import NewSubscriber, reschedule

_WEEK = timedelta(days=7)
_REPLANNED_WITHIN = timedelta(minutes=5)  # 10,000 members take a second or two


@dataclass(frozen=True)
class Membership:
    """A subscriber's enrolment, with its programme and team."""

    programme: Programme
    enrolment: Enrolment
    team: Team | None


async def enrol(
    session: AsyncSession,
    subscriber: Subscriber,
    programme: Programme,
    team_id: int | None,
    now: datetime,
    *,
    newcomer: bool,
) -> Enrolment:
    """Enrol the subscriber, who is locked; repeating it changes nothing but the team.

    Members who leave and come back on the same local date have all their points again. On a later
    date they start from zero, because answers given while away do not count for the programme. A
    `newcomer` came to the quiz through the programme: their questions wait for its start.
    """
    today = local_date(now, subscriber.timezone)
    enrolment = await session.get(Enrolment, (programme.id, subscriber.id))
    if enrolment is None:
        enrolment = Enrolment(
            programme_id=programme.id,
            subscriber_id=subscriber.id,
            enrolled_on=today,
            waits_for_start=newcomer,
            hidden=False,
        )
        session.add(enrolment)
    elif enrolment.left_at:
        await notes.cancel(session, NoteKind.REMOVAL, programme.id, subscriber.id)
    if enrolment.left_at and local_date(enrolment.left_at, subscriber.timezone) < today:
        enrolment.enrolled_on = today
    if team_id is not None:
        enrolment.team_id = team_id
    enrolment.left_at = None
    await session.flush()
    await totals.recount_scores(session, [subscriber.id])
    await reschedule(session, subscriber, now)
    return enrolment


async def leave(
    session: AsyncSession, subscriber: Subscriber, membership: Membership, now: datetime
) -> None:
    """Remove the member from all boards; questions follow their other programmes, or come daily.

    Their answers stay in the reports, which do not show whose they were.
    """
    enrolment = membership.enrolment
    if not has_begun(membership.programme, now):
        own = Enrolment.subscriber_id == subscriber.id
        await wait_for_others(session, membership.programme.id, now, own)
    enrolment.left_at = now
    enrolment.team_id = enrolment.shown_name = None
    await session.flush()
    await totals.recount_scores(session, [subscriber.id])
    await reschedule(session, subscriber, now)


async def wait_for_others(
    session: AsyncSession, programme_id: int, now: datetime, *conditions: ColumnElement[bool]
) -> None:
    """Let members who wait for this programme's start wait for that of their others instead.

    To be called before they leave a programme that has not begun: they have had no questions, and
    were promised the first one for a programme's start.
    """
    waiting = select(Enrolment.subscriber_id).where(
        definitions.enrolled(programme_id), Enrolment.waits_for_start, *conditions
    )
    coming = select(Programme.id).where(Programme.starts_on > now.date())
    await session.execute(
        update(Enrolment)
        .where(
            Enrolment.subscriber_id.in_(waiting),
            Enrolment.programme_id.in_(coming),
            Enrolment.left_at.is_(None),
        )
        .values(waits_for_start=True)
        .execution_options(synchronize_session=False)
    )


async def of_subscriber(session: AsyncSession, subscriber_id: int) -> Sequence[Membership]:
    """Returns the subscriber's current memberships, the latest programme first."""
    rows = await session.execute(
        select(Programme, Enrolment, Team)
        .join(Enrolment, Enrolment.programme_id == Programme.id)
        .outerjoin(Team, Team.id == Enrolment.team_id)
        .where(Enrolment.subscriber_id == subscriber_id, Enrolment.left_at.is_(None))
        .order_by(Programme.starts_on.desc(), Programme.id.desc())
    )
    return [Membership(programme, enrolment, team) for programme, enrolment, team in rows]


async def running(session: AsyncSession, subscriber_id: int, now: datetime) -> list[Membership]:
    """Returns the memberships of programmes that run now, the latest programme first."""
    every = await of_subscriber(session, subscriber_id)
    return [
        each
        for each in every
        if has_begun(each.programme, now) and not has_ended(each.programme, now)
    ]


async def starting(session: AsyncSession, subscriber_id: int, now: datetime) -> list[Membership]:
    """Returns the memberships of programmes that have not begun, the next to start first."""
    every = await of_subscriber(session, subscriber_id)
    return [each for each in reversed(every) if not has_begun(each.programme, now)]


async def ended_lately(
    session: AsyncSession, subscriber_id: int, now: datetime
) -> Programme | None:
    """Returns the latest of the subscriber's programmes that ended in the last two weeks."""
    since = now.date() - 2 * _WEEK
    ended = [
        each.programme
        for each in await of_subscriber(session, subscriber_id)
        if has_ended(each.programme, now) and (each.programme.ends_on or date.min) >= since
    ]
    return max(ended, key=lambda each: each.ends_on or date.min, default=None)


def has_others(every: Sequence[Membership], programme: Programme, now: datetime) -> bool:
    """Returns whether one of the memberships is in another programme that has not ended."""
    return any(
        each.programme.id != programme.id and not has_ended(each.programme, now) for each in every
    )


def first_full_week(part: Membership, today: date) -> date | None:
    """Returns the Monday on which the first full week of a late member begins.

    None once it has begun, if the programme ends before, and for members from the start.
    """
    joined, programme = part.enrolment.enrolled_on, part.programme
    monday = week_of(joined) + _WEEK
    is_late = joined > max(week_of(joined), programme.starts_on)
    has_one = programme.ends_on is None or programme.ends_on >= monday
    return monday if is_late and has_one and today < monday else None


def missed_first_week(part: Membership) -> bool:
    """Returns whether the member joined once the programme was a week old."""
    return part.enrolment.enrolled_on >= part.programme.starts_on + _WEEK


async def find(session: AsyncSession, subscriber_id: int, programme_id: int) -> Membership | None:
    """Returns the membership of that programme; None if they do not take part."""
    every = await of_subscriber(session, subscriber_id)
    return next((each for each in every if each.programme.id == programme_id), None)


async def undo_leaving(
    session: AsyncSession,
    subscriber: Subscriber,
    programme_id: int,
    left_at: datetime,
    team_id: int,
    now: datetime,
) -> Membership | None:
    """Undo leaving at `left_at`, into the same team if it still exists.

    Returns None if they did not leave then, such as when a coordinator has removed them since.
    """
    programme = await session.get(  # nobody calls it off meanwhile
        Programme, programme_id, with_for_update={"read": True, "key_share": True}
    )
    enrolment = await session.get(Enrolment, (programme_id, subscriber.id))
    if programme is None or enrolment is None or has_ended(programme, now):
        return None
    if enrolment.left_at != left_at:
        return None
    team = await team_of(session, programme_id, team_id)
    same_team = team.id if team is not None else None
    await enrol(session, subscriber, programme, same_team, now, newcomer=False)
    return Membership(programme, enrolment, team)


def set_hidden(enrolment: Enrolment, *, hidden: bool) -> None:
    """Hide the member from all boards of the programme, or show them again."""
    enrolment.hidden = hidden


async def set_shown_name(enrolment: Enrolment, name: str | None) -> None:
    """Set the real name that others see on this programme's boards; None shows the alias.

    Invisible characters are left out. The alias is shown if nothing else is left, if Telegram would
    make a link of the name, or if it is as rude as no alias may be.
    """
    kept = "".join(char for char in name or "" if char.isspace() or not has_hidden(char))
    shown = " ".join(kept.split())[:MAX_NAME_LENGTH].strip()
    can_be_shown = has_visible(shown) and not has_link(shown)
    if can_be_shown and await asyncio.to_thread(is_rude, shown):  # the word lists take a while
        can_be_shown = False
    enrolment.shown_name = shown if can_be_shown else None


async def remove_member(
    session: AsyncSession, programme: Programme, subscriber_id: int, actor_id: int, now: datetime
) -> bool:
    """Remove a member; returns False if they were none. They are told, and can come back."""
    subscriber = await session.get(Subscriber, subscriber_id, with_for_update=True)
    existing = await find(session, subscriber_id, programme.id)
    if subscriber is None or existing is None:
        return False
    await leave(session, subscriber, existing, now)
    audit_log.record(session, actor_id, Action.MEMBER_REMOVED, now, programme.id)
    await notes.add(session, NoteKind.REMOVAL, programme.id, subscriber_id, now)
    return True


async def replan_members(sessions: Sessions, programme_id: int, now: datetime) -> None:
    """Update scores and due times after a change of the programme's days, in short transactions."""
    async with sessions.begin() as session:
        programme = await session.get(Programme, programme_id)
        if programme is None:
            return
        asked = Lease(Programme.replan_due_at, (programme_id,), programme.replan_due_at)
        today = today_of(programme, now)
        has_just_begun = today == programme.starts_on  # perhaps moved to today
        after = today - timedelta(days=1) if has_just_begun else today
        await totals.recount_scores_after(session, programme_id, after)
        await welcome.replan(session, programme_id, now)
    last: int | None = 0
    while last is not None:
        async with sessions.begin() as session:
            last = await replan_batch(session, programme_id, now, after=last)
            if last is None:  # unless its days have changed again meanwhile
                await leases.release(session, asked, None)


async def take_unplanned(session: AsyncSession, now: datetime) -> int | None:
    """Returns a programme whose changed days nobody has planned for; None if there is none.

    The caller commits, and calls `replan_members`; if it dies, too, another one does later.
    """
    lease = await leases.take_due(session, Programme.replan_due_at, now, 1, now + _REPLANNED_WITHIN)
    return lease.ids[0] if lease else None


async def replan_batch(
    session: AsyncSession, programme_id: int, now: datetime, after: int = 0, limit: int = 500
) -> int | None:
    """Set when the next members are due, after the programme's days have changed.

    Those who have left are looked at as well: all have, if it was called off. Returns the last
    subscriber id, to continue after; None when all are done.
    """
    members = (
        await session.scalars(
            select(Subscriber)
            .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
            .where(
                Enrolment.programme_id == programme_id,
                Subscriber.id > after,
                Subscriber.state == SubscriberState.ACTIVE,
            )
            .order_by(Subscriber.id)
            .limit(limit)
            .with_for_update(of=Subscriber)
        )
    ).all()
    if not members:
        return None
    ids = [member.id for member in members]
    days, last = await calendars(session, ids), await subscription.last_daily_dates(session, ids)
    next_times = []
    for each in members:
        calendar = days.get(each.id, EVERY_DAY)
        due = subscription.next_due_of(each, last.get(each.id), calendar, now)
        due = keep_today(each.next_due_at, due, now, each.timezone, calendar.asks)
        next_times.append({"member": each.id, "at": due})
    await execute_many(session, _SET_NEXT_DUE, next_times)
    return ids[-1]


_SET_NEXT_DUE = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("member"))
    .values(next_due_at=bindparam("at"))
)


_GONE = (SubscriberState.STOPPED, SubscriberState.BLOCKED)

# The form of our codes (see invites): any other payload of /start is not an invite.
_CODE_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


class Refusal(StrEnum):
    """Why an invite to take part cannot be accepted."""

    UNKNOWN = "unknown"
    CLOSED = "closed"  # revoked, used up, or too old
    ENDED = "ended"  # the programme is over
    ALREADY_IN = "already-in"


@dataclass(frozen=True)
class Offer:
    """An invitation to a programme, as it is shown before somebody agrees.

    `starts_questions`: they get no questions now and will by joining. `is_new_subscriber`: these
    will come in the programme's time zone and at its time. `changes_team`: they are a member.
    `usual_time` is the local time at which subscribers are asked; `has_others`: they are in another
    programme. `begun`: the programme has. `same_team`: it is called like theirs in the season
    before. `ended` is the name of the programme that they were invited to, if that is over and this
    is its next season.
    """

    code: str
    programme: Programme
    team: Team | None
    coordinators: Sequence[str]
    holidays: Sequence[date]
    starts_questions: bool
    is_new_subscriber: bool
    changes_team: bool
    usual_time: time | None = None
    has_others: bool = False
    begun: bool = False
    same_team: bool = False
    ended: str = ""


def looks_like_code(text: str) -> bool:
    """Returns whether the text may be the code of an invite."""
    return _CODE_PATTERN.fullmatch(text) is not None


async def offer(
    session: AsyncSession, invite: Invite, subscriber_id: int, now: datetime
) -> Offer | Refusal:
    """Returns what the invite offers this subscriber, or why it cannot be accepted."""
    programme = await session.get(Programme, invite.programme_id or 0)
    if invite.kind is not InviteKind.MEMBER:
        return Refusal.UNKNOWN
    if programme is None or not invites.is_valid(invite, now):
        return Refusal.CLOSED
    if has_ended(programme, now):
        return Refusal.ENDED
    every = await of_subscriber(session, subscriber_id)
    existing = next((each for each in every if each.programme.id == programme.id), None)
    subscriber = await session.get(Subscriber, subscriber_id)
    gone = subscriber is None or subscriber.state in _GONE
    if existing is not None and not gone and invite.team_id in (None, existing.enrolment.team_id):
        return Refusal.ALREADY_IN
    team = await session.get(Team, invite.team_id) if invite.team_id else None
    known_team = None
    if team is None and existing is None:
        team = known_team = await _team_as_before(session, programme, subscriber_id)
    return Offer(
        code=invite.code,
        programme=programme,
        team=team,
        coordinators=await staff.names_of(session, programme.id),
        holidays=await holidays(session, programme.id),
        starts_questions=subscriber is None or subscriber.state is not SubscriberState.ACTIVE,
        is_new_subscriber=subscriber is None or subscriber.state is SubscriberState.INVITED,
        changes_team=existing is not None and not gone,
        usual_time=subscriber.question_time if subscriber is not None else None,
        has_others=has_others(every, programme, now),
        begun=has_begun(programme, now),
        same_team=known_team is not None,
    )


async def _team_as_before(
    session: AsyncSession, programme: Programme, subscriber_id: int
) -> Team | None:
    """Returns the team that has the name of the subscriber's in the season before."""
    earlier = aliased(Team)
    return await session.scalar(
        select(Team)
        .join(earlier, earlier.name_key == Team.name_key)
        .join(Enrolment, Enrolment.team_id == earlier.id)
        .where(
            Team.programme_id == programme.id,
            Enrolment.programme_id == programme.after_id,
            Enrolment.subscriber_id == subscriber_id,
            Enrolment.left_at.is_(None),
        )
    )


async def offer_next_season(
    session: AsyncSession, ended: Programme, subscriber_id: int, now: datetime
) -> Offer | Refusal:
    """Returns the offer of the season after an ended programme, if that has a link for members."""
    seasons = select(Programme).where(Programme.after_id == ended.id)
    for each in (await session.scalars(seasons.order_by(Programme.id.desc()))).all():
        if has_ended(each, now):
            found = await offer_next_season(session, each, subscriber_id, now)
        elif invite := await invites.current(session, InviteKind.MEMBER, now, each.id):
            found = await offer(session, invite, subscriber_id, now)
        else:
            continue
        if found is not Refusal.ENDED:
            return replace(found, ended=ended.name) if isinstance(found, Offer) else found
    return Refusal.ENDED


async def accept(
    session: AsyncSession, newcomer: NewSubscriber, code: str, now: datetime, rng: Random
) -> Membership | Refusal:
    """Join by the invite. People who are new to the quiz, or have left it, subscribe as well.

    New subscribers are asked in the programme's time zone and at its time. Repeating it changes
    nothing. The subscriber is locked.
    """
    known = await subscription.find(session, newcomer.id)
    await session.scalar(  # nobody calls it off meanwhile
        select(Programme)
        .join(Invite, Invite.programme_id == Programme.id)
        .where(Invite.code == code)
        .with_for_update(of=Programme, read=True, key_share=True)
    )
    invite = await session.get(Invite, code)
    offered = await offer(session, invite, newcomer.id, now) if invite else Refusal.UNKNOWN
    if isinstance(offered, Refusal):
        return await _already(session, invite, newcomer.id, offered)
    programme = offered.programme
    has_no_questions = known is None or known.state in _GONE
    at_its_time = replace(
        newcomer, timezone=programme.timezone, question_time=programme.question_time
    )
    subscriber = await subscription.subscribe(session, at_its_time, now, rng)
    if known is None:  # also for somebody who opened a link before and did not agree
        subscriber.timezone = programme.timezone
        subscriber.question_time = programme.question_time
    team_id = offered.team.id if offered.team else None
    enrolment = await enrol(session, subscriber, programme, team_id, now, newcomer=has_no_questions)
    team = await session.get(Team, enrolment.team_id) if enrolment.team_id else None
    return Membership(programme, enrolment, team)


async def claim_first_question(
    session: AsyncSession,
    part: Membership,
    due_before: datetime | None,
    pool: ItemPool,
    now: datetime,
    policy: ReminderPolicy,
) -> Delivery | None:
    """Returns a new claim of today's question for somebody who has just joined.

    None if the programme does not ask today, in quiet hours, and for people who have had today's
    question, or whose question was still to come today when they joined (`due_before`, UTC): they
    keep their time. The subscriber is locked.
    """
    subscriber = await session.get_one(Subscriber, part.enrolment.subscriber_id)
    local, programme_id = now.astimezone(zone_info(subscriber.timezone)), part.programme.id
    days = (await question_days(session, {programme_id}))[programme_id]
    if policy.is_quiet(local.time()) or not days.asks(local.date()):
        return None
    if due_before and local_date(due_before, subscriber.timezone) == local.date():
        return None
    latest = await claiming.latest_daily(session, subscriber.id)
    if latest is not None and latest.local_date >= local.date():
        return None
    return await claiming.claim_today(session, subscriber, pool, now, policy)


async def _already(
    session: AsyncSession, invite: Invite | None, subscriber_id: int, refusal: Refusal
) -> Membership | Refusal:
    """Returns the membership of somebody who joined already, as if they had just joined."""
    if refusal is not Refusal.ALREADY_IN or invite is None:
        return refusal
    existing = await find(session, subscriber_id, invite.programme_id or 0)
    return existing or refusal
