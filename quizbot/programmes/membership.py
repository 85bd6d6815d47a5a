"""Taking part in a programme: joining, leaving, the team, and what others see of oneself."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from random import Random

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber, SubscriberState
from db.programmes import MAX_NAME_LENGTH, Enrolment, Invite, InviteKind, Programme, Team
from db.session import Sessions
from quizbot.programmes import audit_log, invites, staff
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.audit_log import Action
from quizbot.programmes.programme import has_ended, team_of, today_of
from quizbot.quiz.answers import totals
from quizbot.quiz.asking.question_days import EVERY_DAY, calendars, local_date, next_due
from quizbot.quiz.people import subscription
from quizbot.quiz.people.subscription import (
    NewSubscriber,
    has_hidden,
    has_link,
    has_visible,
    reschedule,
)


@dataclass(frozen=True)
class Membership:
    """Somebody's part in a programme."""

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
    """Join; repeating it changes nothing but the team.

    Who left and comes back on the same day has all points again; on a later day they begin anew,
    for what was answered while away is none of the programme's. The subscriber is locked.
    `newcomer` is who came to the quiz by the programme: their questions wait for its start.
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
    elif enrolment.left_at and local_date(enrolment.left_at, subscriber.timezone) < today:
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
    """Out of every board, and questions come by the other programmes, or every day.

    What was answered stays added up in reports, where nobody can tell whose it was.
    """
    enrolment = membership.enrolment
    enrolment.left_at = now
    enrolment.team_id = enrolment.shown_name = None
    await session.flush()
    await totals.recount_scores(session, [subscriber.id])
    await reschedule(session, subscriber, now)


async def of_subscriber(session: AsyncSession, subscriber_id: int) -> Sequence[Membership]:
    """What the person takes part in, the latest programme first."""
    rows = await session.execute(
        select(Programme, Enrolment, Team)
        .join(Enrolment, Enrolment.programme_id == Programme.id)
        .outerjoin(Team, Team.id == Enrolment.team_id)
        .where(Enrolment.subscriber_id == subscriber_id, Enrolment.left_at.is_(None))
        .order_by(Programme.starts_on.desc(), Programme.id.desc())
    )
    return [Membership(programme, enrolment, team) for programme, enrolment, team in rows]


async def find(session: AsyncSession, subscriber_id: int, programme_id: int) -> Membership | None:
    """The person's part in that programme, if they take part."""
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
    """Undo having left at that moment, into the team of before if there still is one.

    None if that is not how they left, such as when a coordinator took them out since.
    """
    programme = await session.get(Programme, programme_id)
    enrolment = await session.get(Enrolment, (programme_id, subscriber.id))
    if programme is None or enrolment is None or has_ended(programme, now):
        return None
    if enrolment.left_at != left_at:
        return None
    team = await team_of(session, programme_id, team_id)
    team_again = team.id if team is not None else None
    await enrol(session, subscriber, programme, team_again, now, newcomer=False)
    return Membership(programme, enrolment, team)


def choose_team(enrolment: Enrolment, team: Team | None) -> None:
    """Of one's own choice; None is no team."""
    enrolment.team_id = team.id if team is not None else None


def set_hidden(enrolment: Enrolment, *, hidden: bool) -> None:
    """Off every board of the programme, or on them again."""
    enrolment.hidden = hidden


def set_shown_name(enrolment: Enrolment, name: str | None) -> None:
    """The real name that others see on this programme's boards; None is the alias.

    What cannot be seen is left out of it; the alias remains of a name of nothing else, and of one
    that would become a link.
    """
    kept = "".join(char for char in name or "" if char.isspace() or not has_hidden(char))
    shown = " ".join(kept.split())[:MAX_NAME_LENGTH].strip()
    can_be_shown = has_visible(shown) and not has_link(shown)
    enrolment.shown_name = shown if can_be_shown else None


async def remove_member(
    session: AsyncSession, programme: Programme, subscriber_id: int, actor_id: int, now: datetime
) -> bool:
    """A coordinator takes somebody out; whether they were in. They can come back by the link."""
    subscriber = await session.get(Subscriber, subscriber_id, with_for_update=True)
    part = await find(session, subscriber_id, programme.id)
    if subscriber is None or part is None:
        return False
    await leave(session, subscriber, part, now)
    audit_log.record(session, actor_id, Action.MEMBER_REMOVED, now, programme.id)
    return True


async def replan_members(sessions: Sessions, programme_id: int, now: datetime) -> None:
    """After a change of its days or end: scores and due times, in short transactions."""
    async with sessions.begin() as session:
        programme = await session.get(Programme, programme_id)
        if programme is not None:
            await totals.recount_scores_after(session, programme_id, today_of(programme, now))
    last: int | None = 0
    while last is not None:
        async with sessions.begin() as session:
            last = await replan_batch(session, programme_id, now, after=last)


async def replan_batch(
    session: AsyncSession, programme_id: int, now: datetime, after: int = 0, limit: int = 500
) -> int | None:
    """After a change of the programme's days: when members are due next, some at a time.

    Answers the id to go on behind; None when all are done.
    """
    people = (
        await session.scalars(
            select(Subscriber)
            .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
            .where(
                Enrolment.programme_id == programme_id,
                Enrolment.left_at.is_(None),
                Subscriber.id > after,
                Subscriber.state == SubscriberState.ACTIVE,
            )
            .order_by(Subscriber.id)
            .limit(limit)
            .with_for_update(of=Subscriber)
        )
    ).all()
    if not people:
        return None
    ids = [person.id for person in people]
    days, last = await calendars(session, ids), await subscription.last_daily_dates(session, ids)
    connection = await session.connection()
    await connection.execute(
        _SET_NEXT_DUE,
        [
            {
                "person": each.id,
                "at": next_due(
                    now,
                    each.timezone,
                    each.question_time,
                    last.get(each.id),
                    days.get(each.id, EVERY_DAY).asks,
                ).at,
            }
            for each in people
        ],
    )
    return ids[-1]


_SET_NEXT_DUE = (
    update(Subscriber)
    .where(Subscriber.id == bindparam("person"))
    .values(next_due_at=bindparam("at"))
)


_GONE = (SubscriberState.STOPPED, SubscriberState.BLOCKED)

# How our codes look (see inviting): what else is behind /start is somebody else's.
_CODE_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")


class Refusal(StrEnum):
    """Why an invitation to take part leads nowhere."""

    UNKNOWN = "unknown"
    CLOSED = "closed"  # revoked, used up, or too old
    ENDED = "ended"  # the programme has
    ALREADY_IN = "already-in"


@dataclass(frozen=True)
class Offer:
    """What somebody is invited to, before they agree.

    `begins` is whether questions begin for them (again) by joining; `is_stranger`, whether these
    come in the programme's zone and at its time. `moves` is for a member who would change teams.
    """

    code: str
    programme: Programme
    team: Team | None
    runners: Sequence[str]
    holidays: Sequence[date]
    begins: bool
    is_stranger: bool
    moves: bool


def looks_like_code(text: str) -> bool:
    """Whether it looks like one of ours."""
    return _CODE_PATTERN.fullmatch(text) is not None


async def offer(
    session: AsyncSession, invitation: Invite, person_id: int, now: datetime
) -> Offer | Refusal:
    """What the invitation (to take part) offers this person."""
    programme = await session.get(Programme, invitation.programme_id or 0)
    if programme is None or invitation.kind is not InviteKind.MEMBER:
        return Refusal.UNKNOWN
    if not invites.is_valid(invitation, now):
        return Refusal.CLOSED
    if programmes_programme.has_ended(programme, now):
        return Refusal.ENDED
    part = await find(session, person_id, programme.id)
    subscriber = await session.get(Subscriber, person_id)
    gone = subscriber is None or subscriber.state in _GONE
    if part is not None and not gone and invitation.team_id in (None, part.enrolment.team_id):
        return Refusal.ALREADY_IN
    team = await session.get(Team, invitation.team_id) if invitation.team_id else None
    return Offer(
        code=invitation.code,
        programme=programme,
        team=team,
        runners=[each.name for each in await staff.coordinators_of(session, programme.id)],
        holidays=await programmes_programme.holidays(session, programme.id),
        begins=subscriber is None or subscriber.state is not SubscriberState.ACTIVE,
        is_stranger=subscriber is None or subscriber.state is SubscriberState.INVITED,
        moves=part is not None and not gone,
    )


async def accept(
    session: AsyncSession, newcomer: NewSubscriber, code: str, now: datetime, rng: Random
) -> Membership | Refusal:
    """Take part by the invitation; a stranger, or who had left the quiz, subscribes by it.

    A stranger's questions come in the programme's zone and at its time. Repeating it changes
    nothing. The person is locked.
    """
    known = await subscription.find(session, newcomer.id)
    invitation = await session.get(Invite, code)
    offered = await offer(session, invitation, newcomer.id, now) if invitation else Refusal.UNKNOWN
    if isinstance(offered, Refusal):
        return await _already(session, invitation, newcomer.id, offered)
    programme = offered.programme
    arriving = known is None or known.state in _GONE
    at_its_time = replace(
        newcomer, timezone=programme.timezone, question_time=programme.question_time
    )
    subscriber = await subscription.subscribe(session, at_its_time, now, rng)
    if known is None:  # also for who had come by a link and not agreed
        subscriber.timezone = programme.timezone
        subscriber.question_time = programme.question_time
    team_id = offered.team.id if offered.team else None
    enrolment = await enrol(session, subscriber, programme, team_id, now, newcomer=arriving)
    team = await session.get(Team, enrolment.team_id) if enrolment.team_id else None
    return Membership(programme, enrolment, team)


async def _already(
    session: AsyncSession, invitation: Invite | None, person_id: int, refusal: Refusal
) -> Membership | Refusal:
    """Who is in already is answered like who has just joined."""
    if refusal is not Refusal.ALREADY_IN or invitation is None:
        return refusal
    part = await find(session, person_id, invitation.programme_id or 0)
    return part or refusal
