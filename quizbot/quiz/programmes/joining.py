"""From an invitation to taking part: what it offers, and accepting it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from random import Random

from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber, SubscriberState
from db.programmes import Invite, InviteKind, Programme, Team
from quizbot.quiz import subscribing
from quizbot.quiz.programmes import coordinating, enrolling, inviting, organising
from quizbot.quiz.programmes.enrolling import Membership
from quizbot.quiz.subscribing import Newcomer

_GONE = (SubscriberState.STOPPED, SubscriberState.BLOCKED)

# How our codes look (see inviting): what else is behind /start is somebody else's.
_CODE = re.compile(r"[A-Za-z0-9_-]{22}")


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


def is_code(text: str) -> bool:
    """Whether it looks like one of ours."""
    return _CODE.fullmatch(text) is not None


async def offer(
    session: AsyncSession, invitation: Invite, person_id: int, now: datetime
) -> Offer | Refusal:
    """What the invitation (to take part) offers this person."""
    programme = await session.get(Programme, invitation.programme_id or 0)
    if programme is None or invitation.kind is not InviteKind.MEMBER:
        return Refusal.UNKNOWN
    if not inviting.is_good(invitation, now):
        return Refusal.CLOSED
    if organising.has_ended(programme, now):
        return Refusal.ENDED
    part = await enrolling.membership(session, person_id, programme.id)
    subscriber = await session.get(Subscriber, person_id)
    gone = subscriber is None or subscriber.state in _GONE
    if part is not None and not gone and invitation.team_id in (None, part.enrolment.team_id):
        return Refusal.ALREADY_IN
    team = await session.get(Team, invitation.team_id) if invitation.team_id else None
    return Offer(
        code=invitation.code,
        programme=programme,
        team=team,
        runners=[each.name for each in await coordinating.runners(session, programme.id)],
        holidays=await organising.holidays(session, programme.id),
        begins=subscriber is None or subscriber.state is not SubscriberState.ACTIVE,
        is_stranger=subscriber is None or subscriber.state is SubscriberState.INVITED,
        moves=part is not None and not gone,
    )


async def accept(
    session: AsyncSession, newcomer: Newcomer, code: str, now: datetime, rng: Random
) -> Membership | Refusal:
    """Take part by the invitation; a stranger, or who had left the quiz, subscribes by it.

    A stranger's questions come in the programme's zone and at its time. Repeating it changes
    nothing. The person is locked.
    """
    known = await subscribing.find(session, newcomer.id)
    invitation = await session.get(Invite, code)
    offered = await offer(session, invitation, newcomer.id, now) if invitation else Refusal.UNKNOWN
    if isinstance(offered, Refusal):
        return await _already(session, invitation, newcomer.id, offered)
    programme = offered.programme
    arriving = known is None or known.state in _GONE
    at_its_time = replace(
        newcomer, timezone=programme.timezone, question_time=programme.question_time
    )
    subscriber = await subscribing.subscribe(session, at_its_time, now, rng)
    if known is None:  # also for who had come by a link and not agreed
        subscriber.timezone = programme.timezone
        subscriber.question_time = programme.question_time
    team_id = offered.team.id if offered.team else None
    enrolment = await enrolling.enrol(
        session, subscriber, programme, team_id, now, newcomer=arriving
    )
    team = await session.get(Team, enrolment.team_id) if enrolment.team_id else None
    return Membership(programme, enrolment, team)


async def _already(
    session: AsyncSession, invitation: Invite | None, person_id: int, refusal: Refusal
) -> Membership | Refusal:
    """Who is in already is answered like who has just joined."""
    if refusal is not Refusal.ALREADY_IN or invitation is None:
        return refusal
    part = await enrolling.membership(session, person_id, invitation.programme_id or 0)
    return part or refusal
