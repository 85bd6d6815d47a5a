"""The welcome: what a member hears on the day before a programme starts, at their question time."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import Enrolment, Note, NoteKind, Programme, Team
from quizbot.programmes import notes, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.notes import has_begun_for, welcome_at


@dataclass(frozen=True)
class Welcome:
    """How a programme starts for a member, with so many `others` in their team or the programme.

    `first_on` is the local date of the first question, which comes at the local time `at`.
    """

    programme: Programme
    first_on: date
    at: time
    coordinators: Sequence[str]
    team: str | None
    others: int


@dataclass(frozen=True)
class Start:
    """What is the same for all members whom a programme welcomes, with teams' `sizes` by id."""

    first_on: date
    coordinators: Sequence[str]
    members: int
    sizes: Mapping[int, int]


async def start(session: AsyncSession, programme: Programme) -> Start:
    first_on = await programmes.next_question_day(session, programme, programme.starts_on)
    return Start(
        first_on or programme.starts_on,
        await staff.names_of(session, programme.id),
        await programmes.count_members(session, programme.id),
        await programmes.count_team_members(session, programme.id),
    )


async def of_member(
    session: AsyncSession, programme: Programme, subscriber: Subscriber, starting: Start
) -> Welcome:
    enrolment = await session.get_one(Enrolment, (programme.id, subscriber.id))
    team = await session.get(Team, enrolment.team_id) if enrolment.team_id is not None else None
    return Welcome(
        programme,
        starting.first_on,
        subscriber.question_time,
        starting.coordinators,
        team.name if team is not None else None,
        max(0, (starting.sizes.get(team.id, 0) if team is not None else starting.members) - 1),
    )


async def plan(
    session: AsyncSession,
    programme: Programme,
    enrolment: Enrolment,
    subscriber: Subscriber,
    now: datetime,
) -> bool:
    """Plan the welcome of a new member. Returns whether to welcome them at once instead.

    That is from the day before the start on, at their question time. Members of a programme that
    has begun get none, and nobody gets a second one.
    """
    if enrolment.welcomed or has_begun_for(programme, subscriber, now):
        return False
    at = welcome_at(programme, subscriber)
    if at <= now:
        enrolment.welcomed = True
        return True
    planned = select(Note.id).where(
        Note.kind == NoteKind.WELCOME,
        Note.programme_id == programme.id,
        Note.subscriber_id == subscriber.id,
    )
    if await session.scalar(planned) is None:
        await notes.add(session, NoteKind.WELCOME, programme.id, subscriber.id, at)
    return False


async def replan(session: AsyncSession, programme_id: int, now: datetime) -> None:
    """Look at the planned welcomes again: the programme's days have changed.

    Plans those that are missing. Those to members who were welcomed to an earlier start are planned
    already, by `programme.change`. Locks the programme, so that two at once plan them once.
    """
    programme = await session.get_one(Programme, programme_id, with_for_update=True)
    if not programmes.has_begun(programme, now):
        unplanned = notes.none_waits(NoteKind.WELCOME, programme_id)
        missing = (Enrolment.welcomed.is_(False), unplanned)
        await notes.add_to_members(session, NoteKind.WELCOME, programme_id, now, *missing)
    await session.execute(
        update(Note)
        .where(Note.programme_id == programme_id, Note.kind == NoteKind.WELCOME)
        .values(due_at=now)
    )
