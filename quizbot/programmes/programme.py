"""A programme: creating it, and what its coordinators change about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Answer, Delivery, DeliveryState
from db.programmes import (
    MAX_NAME_LENGTH,
    MAX_TEAM_NAME_LENGTH,
    Coordination,
    Enrolment,
    Holiday,
    Programme,
    Team,
)
from quizbot.programmes import audit_log, definitions, group_chats, schedule
from quizbot.programmes.audit_log import Action
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.quiz import aliases
from quizbot.quiz.asking.question_days import QuestionDays, local_date

MAX_TEAMS = 200
MAX_HOLIDAYS = 200
MAX_DURATION = timedelta(days=3 * 366)  # from start to end

_MAX_DATE_AHEAD = timedelta(days=1)  # a local date may be ahead of the UTC date
_MAX_REPORT_DELAY = timedelta(days=62)  # see reports.refresh


class ProgrammeError(ValueError):
    """A programme cannot be changed like that; `reason` is a key for telegram.messages."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Plan:
    """The settings of a new programme. `question_time` is in its time zone."""

    name: str
    topic: str
    timezone: str
    starts_on: date
    ends_on: date | None
    question_time: time
    weekdays: int
    holidays: Collection[date] = ()


async def create(
    session: AsyncSession, plan: Plan, actor_id: int, now: datetime, *, demo: bool = False
) -> Programme:
    """Create a programme with the actor as coordinator, and return it. Raises ProgrammeError."""
    check_dates(plan.starts_on, plan.ends_on)
    programme = Programme(
        name=clean_name(plan.name),
        topic=plan.topic,
        timezone=plan.timezone,
        starts_on=plan.starts_on,
        ends_on=plan.ends_on,
        question_time=plan.question_time,
        weekdays=plan.weekdays,
        demo=demo,
        created_at=now,
    )
    programme.digest_due_at = schedule.next_digest(programme, now)
    programme.end_notice_due_at = schedule.end_notice_at(programme)
    session.add(programme)
    await session.flush()
    session.add(Coordination(programme_id=programme.id, coordinator_id=actor_id))
    session.add_all(Holiday(programme_id=programme.id, day=day) for day in set(plan.holidays))
    audit_log.record(session, actor_id, Action.PROGRAMME_MADE, now, programme.id, programme.name)
    await session.flush()
    return programme


def clean_name(text: str, longest: int = MAX_NAME_LENGTH) -> str:
    """Returns the name on one line. Raises ProgrammeError if it is invisible, long or a link."""
    name = aliases.normalised(text)
    if aliases.has_hidden(name):
        raise ProgrammeError("hidden")
    if not aliases.has_visible(name):
        raise ProgrammeError("no-name")
    if aliases.has_link(name):
        raise ProgrammeError("link")
    if len(name) > longest:
        raise ProgrammeError("long-name")
    return name


def check_dates(starts_on: date, ends_on: date | None) -> None:
    """Raises ProgrammeError if the programme would end before its start, or be too long."""
    if ends_on is not None and ends_on < starts_on:
        raise ProgrammeError("end-before-start")
    if ends_on is not None and ends_on - starts_on > MAX_DURATION:
        raise ProgrammeError("too-long")


def today_of(programme: Programme, now: datetime) -> date:
    """Returns the date in the programme's time zone."""
    return local_date(now, programme.timezone)


def has_ended(programme: Programme, now: datetime) -> bool:
    return programme.ends_on is not None and today_of(programme, now) > programme.ends_on


def has_begun(programme: Programme, now: datetime) -> bool:
    return today_of(programme, now) >= programme.starts_on


async def end(
    session: AsyncSession, programme: Programme, last_day: date, actor_id: int, now: datetime
) -> None:
    """Set the last day: in its time zone, today at the earliest. Raises ProgrammeError."""
    if last_day < max(today_of(programme, now), programme.starts_on):
        raise ProgrammeError("past")
    if has_ended(programme, now):
        raise ProgrammeError("ended")
    check_dates(programme.starts_on, last_day)
    programme.ends_on = last_day
    programme.digest_due_at = schedule.next_digest(programme, now)
    programme.end_notice_due_at = schedule.end_notice_at(programme)
    audit_log.record(
        session, actor_id, Action.PROGRAMME_ENDED, now, programme.id, last_day.isoformat()
    )
    await group_chats.replan(session, programme, now)


async def unreported_programmes(session: AsyncSession, now: datetime) -> Sequence[int]:
    """Returns the ids of programmes that have begun and whose reports may still change."""
    query = select(Programme.id).where(
        Programme.starts_on <= now.date() + _MAX_DATE_AHEAD,
        or_(Programme.ends_on.is_(None), Programme.ends_on >= now.date() - _MAX_REPORT_DELAY),
    )
    return (await session.scalars(query.order_by(Programme.id))).all()


async def holidays(session: AsyncSession, programme_id: int) -> Sequence[date]:
    """Returns the programme's days without questions, in ascending order."""
    query = select(Holiday.day).where(Holiday.programme_id == programme_id).order_by(Holiday.day)
    return (await session.scalars(query)).all()


async def next_question_day(
    session: AsyncSession, programme: Programme, today: date
) -> date | None:
    """Returns the first day with a question from today on; None if there is none for a year."""
    days = QuestionDays.of(programme, await holidays(session, programme.id))
    first = max(today, programme.starts_on)
    coming = (first + timedelta(days=number) for number in range(366))
    return next((day for day in coming if days.asks(day)), None)


async def add_holidays(
    session: AsyncSession,
    programme: Programme,
    first: date,
    last: date,
    actor_id: int,
    now: datetime,
) -> int:
    """Add holidays from `first` to `last`. Returns how many of them are new.

    All must be after today: a question that was asked counts. Raises ProgrammeError.
    """
    if has_ended(programme, now):
        raise ProgrammeError("ended")
    if last < first:
        raise ProgrammeError("end-before-start")
    if first <= today_of(programme, now):
        raise ProgrammeError("past")
    existing = await holidays(session, programme.id)
    if (last - first).days + len(existing) >= MAX_HOLIDAYS:
        raise ProgrammeError("too-many-holidays")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    new = [day for day in days if day not in existing]
    session.add_all(Holiday(programme_id=programme.id, day=day) for day in new)
    detail = f"{first.isoformat()} to {last.isoformat()}"
    audit_log.record(session, actor_id, Action.HOLIDAYS_ADDED, now, programme.id, detail)
    await group_chats.replan(session, programme, now)
    return len(new)


async def remove_holiday(
    session: AsyncSession, programme: Programme, day: date, actor_id: int, now: datetime
) -> bool:
    """Remove a holiday; returns False if there is none on that day, or it is not after today."""
    if day <= today_of(programme, now):
        return False
    removed = await session.execute(
        delete(Holiday)
        .where(Holiday.programme_id == programme.id, Holiday.day == day)
        .returning(Holiday.day)
    )
    if removed.first() is None:
        return False
    audit_log.record(session, actor_id, Action.HOLIDAY_REMOVED, now, programme.id, day.isoformat())
    await group_chats.replan(session, programme, now)
    return True


async def teams(session: AsyncSession, programme_id: int) -> Sequence[Team]:
    """Returns the programme's teams by name."""
    query = select(Team).where(Team.programme_id == programme_id).order_by(Team.name, Team.id)
    return (await session.scalars(query)).all()


async def team_of(session: AsyncSession, programme_id: int, team_id: int) -> Team | None:
    """Returns the team if it belongs to that programme, else None."""
    team = await session.get(Team, team_id)
    return team if team is not None and team.programme_id == programme_id else None


async def add_team(
    session: AsyncSession, programme: Programme, name: str, actor_id: int, now: datetime
) -> Team:
    """Add a team, and return it. Raises ProgrammeError."""
    name = clean_name(name, MAX_TEAM_NAME_LENGTH)
    await _check_team_name(session, programme.id, name)
    number = select(func.count(Team.id)).where(Team.programme_id == programme.id)
    if (await session.scalar(number) or 0) >= MAX_TEAMS:
        raise ProgrammeError("too-many-teams")
    team = Team(programme_id=programme.id, name=name, name_key=aliases.alias_key(name))
    session.add(team)
    audit_log.record(session, actor_id, Action.TEAM_MADE, now, programme.id, name)
    await session.flush()
    return team


async def rename_team(
    session: AsyncSession, team: Team, name: str, actor_id: int, now: datetime
) -> None:
    """Rename the team. Raises ProgrammeError."""
    name = clean_name(name, MAX_TEAM_NAME_LENGTH)
    await _check_team_name(session, team.programme_id, name, team.id)
    team.name, team.name_key = name, aliases.alias_key(name)
    audit_log.record(session, actor_id, Action.TEAM_RENAMED, now, team.programme_id, name)


async def remove_team(session: AsyncSession, team: Team, actor_id: int, now: datetime) -> None:
    """Remove a team; its members stay in the programme, without a team."""
    audit_log.record(session, actor_id, Action.TEAM_REMOVED, now, team.programme_id, team.name)
    await session.delete(team)
    await session.flush()


async def _check_team_name(
    session: AsyncSession, programme_id: int, name: str, except_id: int | None = None
) -> None:
    taken = await session.scalar(
        select(Team.id).where(
            Team.programme_id == programme_id, Team.name_key == aliases.alias_key(name)
        )
    )
    if taken not in (None, except_id):
        raise ProgrammeError("team-taken")


async def count_members(session: AsyncSession, programme_id: int) -> int:
    """Returns how many people take part now."""
    query = select(func.count(Enrolment.subscriber_id))
    return await session.scalar(query.where(definitions.enrolled(programme_id))) or 0


async def count_team_members(session: AsyncSession, programme_id: int) -> dict[int, int]:
    """Returns the number of members by team id; teams without any are left out."""
    rows = await session.execute(
        select(Enrolment.team_id, func.count())
        .where(
            Enrolment.programme_id == programme_id,
            Enrolment.left_at.is_(None),
            Enrolment.team_id.is_not(None),
        )
        .group_by(Enrolment.team_id)
    )
    return {team_id: members for team_id, members in rows if team_id is not None}


@dataclass(frozen=True)
class Today:
    """How many visible members have the day's question, and how many have answered it.

    It counts like ProgrammeDay.
    """

    asked: int
    answered: int


async def today_so_far(session: AsyncSession, programme: Programme, now: datetime) -> Today:
    """Returns the counts of today in the programme's time zone."""
    query = (
        select(func.count(Delivery.id), func.count(Answer.delivery_id))
        .select_from(Enrolment)
        .join(Delivery, Delivery.subscriber_id == Enrolment.subscriber_id)
        .outerjoin(Answer, and_(Answer.delivery_id == Delivery.id, Answer.counted))
        .where(
            *visible_enrolments(programme.id),
            Enrolment.enrolled_on <= Delivery.local_date,
            Delivery.local_date == today_of(programme, now),
            Delivery.slot == DAILY,
            or_(Delivery.state == DeliveryState.SENT, Answer.delivery_id.is_not(None)),
        )
    )
    asked, answered = (await session.execute(query)).one()
    return Today(asked, answered)
