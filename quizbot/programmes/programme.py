"""A programme: creating it, and what its coordinators change about it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import DAILY, Delivery, Subscriber
from db.programmes import (
    ALL_WEEKDAYS,
    MAX_NAME_LENGTH,
    Coordination,
    Enrolment,
    Holiday,
    Note,
    NoteKind,
    Programme,
    Team,
    TeamGoal,
)
from db.reports import ProgrammeDay
from db.session import lock_rows
from db.types import among
from quizbot.programmes import audit_log, definitions, group_chats, notes, schedule
from quizbot.programmes.audit_log import Action
from quizbot.quiz import aliases
from quizbot.quiz.asking.question_days import QuestionDays, local_date

MAX_TEAMS = 200
MAX_HOLIDAYS = 200
MAX_DURATION = timedelta(days=3 * 366)  # from start to end
MAX_START_AHEAD = timedelta(days=366)

_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")  # in the audit log

REPLANNED_WITHIN = timedelta(minutes=1)  # by the request that has changed the days
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
    teams: Collection[str] = ()


@dataclass(frozen=True)
class MovedStart:
    """A first day that has moved to a later one after `told` members were told of the earlier one.

    They are `welcomed_again` unless it has moved too often in a week.
    """

    told: int
    welcomed_again: bool


async def create(
    session: AsyncSession,
    plan: Plan,
    actor_id: int,
    now: datetime,
    *,
    demo: bool = False,
    after_id: int | None = None,
) -> Programme:
    """Create a programme with the actor as coordinator, and return it. Raises ProgrammeError.

    `after_id` is the id of the season before.
    """
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
        after_id=after_id,
    )
    programme.digest_due_at = schedule.next_digest(programme, now)
    programme.end_notice_due_at = schedule.end_notice_at(programme)
    session.add(programme)
    await session.flush()
    session.add(Coordination(programme_id=programme.id, coordinator_id=actor_id))
    session.add_all(Holiday(programme_id=programme.id, day=day) for day in set(plan.holidays))
    session.add_all(
        Team(programme_id=programme.id, name=name, name_key=aliases.alias_key(name))
        for name in plan.teams
    )
    audit_log.record(session, actor_id, Action.PROGRAMME_MADE, now, programme.id, programme.name)
    await session.flush()
    return programme


async def season_after(
    session: AsyncSession, programme_id: int, coordinator_id: int, now: datetime
) -> Programme | None:
    """Returns the next season of a programme that the coordinator runs, unless it is over."""
    rows = await session.scalars(
        select(Programme)
        .join(Coordination, Coordination.programme_id == Programme.id)
        .where(Coordination.coordinator_id == coordinator_id, Programme.after_id == programme_id)
        .order_by(Programme.id.desc())
    )
    return next((each for each in rows if not schedule.has_ended(each, now)), None)


def clean_name(text: str, longest: int = MAX_NAME_LENGTH) -> str:
    """Returns the name on one line.

    Raises ProgrammeError if it has no letter, has characters nobody sees, is long or a link.
    """
    name = aliases.normalised(text)
    if aliases.has_hidden(name):
        raise ProgrammeError("hidden")
    if not any(char.isalpha() for char in name):
        raise ProgrammeError("no-name")
    if aliases.has_link(name):
        raise ProgrammeError("link")
    if len(name) > longest:
        raise ProgrammeError("long-name")
    return name


def check_start(start: date, on: date) -> None:
    """Raises ProgrammeError if the start is before that date, or more than a year after it."""
    if start < on:
        raise ProgrammeError("past")
    if start - on > MAX_START_AHEAD:
        raise ProgrammeError("too-far")


def check_dates(starts_on: date, ends_on: date | None) -> None:
    """Raises ProgrammeError if the programme would end before its start, or be too long."""
    if ends_on is not None and ends_on < starts_on:
        raise ProgrammeError("end-before-start")
    if ends_on is not None and ends_on - starts_on > MAX_DURATION:
        raise ProgrammeError("too-long")


def today_of(programme: Programme, now: datetime) -> date:
    """Returns the date in the programme's time zone."""
    return local_date(now, programme.timezone)


def latest_day(programme: Programme, now: datetime) -> date:
    """Returns today's date in the programme's time zone, or its last day once that has passed."""
    return min(today_of(programme, now), programme.ends_on or date.max)


def has_begun(programme: Programme, now: datetime) -> bool:
    return today_of(programme, now) >= programme.starts_on


def plan_of(programme: Programme) -> Plan:
    """Returns the programme's settings, without its holidays."""
    return Plan(**{each: getattr(programme, each) for each in ("topic", *_CHANGES)})


# What can be changed: the fields of a plan, with the columns of the same names.
_CHANGES = {
    "name": Action.PROGRAMME_RENAMED,
    "starts_on": Action.START_CHANGED,
    "ends_on": Action.PROGRAMME_ENDED,
    "question_time": Action.TIME_CHANGED,
    "weekdays": Action.DAYS_CHANGED,
    "timezone": Action.ZONE_CHANGED,
}


async def change(
    session: AsyncSession, programme: Programme, wanted: Plan, actor_id: int, now: datetime
) -> MovedStart | None:
    """Change the settings that differ, but not the topic and the holidays.

    Raises ProgrammeError, and EndedError after the end unless only the name differs.

    Returns how many members a later first day concerns; None if it is nobody, or no later one.

    Weeks and answers are counted by start and time zone: both are fixed once a member may have had
    a question. Members who came to the quiz through the programme and kept its time and zone move
    with it; nobody is told. The caller has locked the programme, and plans the members again
    afterwards (`membership.replan_members`); if it dies before that, a job does.
    """
    before = plan_of(programme)
    if wanted.name != before.name:
        wanted = replace(wanted, name=clean_name(wanted.name))
    changed = [each for each in _CHANGES if getattr(before, each) != getattr(wanted, each)]
    await _check_change(session, programme, wanted, changed, now)
    if "weekdays" in changed:
        days = QuestionDays.of(programme, ())
        programme.earlier_days = days.earlier_after(wanted.weekdays, today_of(programme, now))
    for each in changed:
        old, new = getattr(before, each), getattr(wanted, each)
        setattr(programme, each, new)
        detail = f"{_logged(old)}{audit_log.CHANGED_TO}{_logged(new)}"
        audit_log.record(session, actor_id, _CHANGES[each], now, programme.id, detail)
    if changed in ([], ["name"]):
        return None
    if "question_time" in changed or "timezone" in changed:
        await _move_members(session, programme.id, before, wanted)
    moved = None
    if "starts_on" in changed:
        moved = await _move_start(session, programme, before.starts_on, now)
    if "starts_on" in changed or "ends_on" in changed:
        await _drop_outside(session, programme)
    digest, today = programme.digest_due_at, today_of(programme, now)
    if digest is None or local_date(digest, programme.timezone) > today:  # today's still comes
        programme.digest_due_at = schedule.next_digest(programme, now)
    programme.end_notice_due_at = schedule.end_notice_at(programme)
    await _replan(session, programme, now)
    return moved


async def _replan(session: AsyncSession, programme: Programme, now: datetime) -> None:
    """Plan groups again; the members follow in short transactions."""
    programme.replan_due_at = now + REPLANNED_WITHIN
    await group_chats.replan(session, programme, now)


async def _move_start(
    session: AsyncSession, programme: Programme, before: date, now: datetime
) -> MovedStart | None:
    """Let goal and welcomes follow a first day that has moved."""
    await _move_goal(session, programme)
    if programme.starts_on > before:
        return await _welcome_again(session, programme.id, now)
    await _drop_repeated_welcomes(session, programme)
    return None


async def _move_goal(session: AsyncSession, programme: Programme) -> None:
    """Let a goal count from the new first day; one that ends before it is deleted."""
    goal = TeamGoal.programme_id == programme.id
    await session.execute(delete(TeamGoal).where(goal, TeamGoal.until < programme.starts_on))
    await session.execute(update(TeamGoal).where(goal).values(since=programme.starts_on))


async def _drop_outside(session: AsyncSession, programme: Programme) -> None:
    """Delete the counts of dates on which the programme no longer runs."""
    day, last = ProgrammeDay.local_date, programme.ends_on or date.max
    outside = or_(day < programme.starts_on, day > last)
    of_programme = ProgrammeDay.programme_id == programme.id
    await session.execute(delete(ProgrammeDay).where(of_programme, outside))


async def _check_change(
    session: AsyncSession,
    programme: Programme,
    wanted: Plan,
    changed: Collection[str],
    now: datetime,
) -> None:
    today = local_date(now, wanted.timezone)
    if {*changed} - {"name"}:
        schedule.check_not_ended(programme, now)
    if not {*changed}.isdisjoint(("starts_on", "timezone")):
        if await has_asked(session, programme, now):
            raise ProgrammeError("begun")
        check_start(wanted.starts_on, today)
    if "ends_on" in changed and wanted.ends_on is not None and wanted.ends_on < today:
        raise ProgrammeError("past")
    check_dates(wanted.starts_on, wanted.ends_on)
    if not 0 < wanted.weekdays <= ALL_WEEKDAYS:
        raise ProgrammeError("no-days")


def ends_sooner(programme: Programme, last_day: date | None, now: datetime) -> bool:
    """Returns whether it would end today, or earlier than planned: that needs a second yes."""
    if last_day is None:
        return False
    before = programme.ends_on
    return last_day <= today_of(programme, now) or (before is not None and last_day < before)


async def has_asked(session: AsyncSession, programme: Programme, now: datetime) -> bool:
    """Returns whether it has begun: in its time zone, or for a member who is ahead of that."""
    ahead = (
        select(Delivery.id)
        .join(Enrolment, Enrolment.subscriber_id == Delivery.subscriber_id)
        .where(
            Enrolment.programme_id == programme.id,
            Delivery.local_date >= programme.starts_on,
            Delivery.slot == DAILY,
        )
    )
    if programme.starts_on > now.date() + _MAX_DATE_AHEAD:
        return False
    return has_begun(programme, now) or await session.scalar(ahead.limit(1)) is not None


def _logged(value: object) -> str:
    """Returns a setting as the audit log has it: dates as in ISO 8601, "-" for no last day."""
    if isinstance(value, int):
        return " ".join(name for day, name in enumerate(_WEEKDAYS) if value >> day & 1)
    return f"{value:%H:%M}" if isinstance(value, time) else str(value or "-")


async def _welcome_again(
    session: AsyncSession, programme_id: int, now: datetime
) -> MovedStart | None:
    """Plan to welcome members again, the day before the later start: twice in seven days at most.

    A start that moves to and fro is no way around the limit of messages. Returns how many members
    were welcomed before, None if nobody was.
    """
    since = now - timedelta(days=7)
    moves = await audit_log.times_of(session, programme_id, Action.START_CHANGED, since=since)
    welcomed = Enrolment.welcomed & notes.none_waits(NoteKind.WELCOME, programme_id)
    those = definitions.enrolled(programme_id) & welcomed
    told = await session.scalar(select(func.count()).select_from(Enrolment).where(those))
    is_again = len(moves) <= 2  # with this one
    if is_again:
        await notes.add_to_members(session, NoteKind.WELCOME, programme_id, now, welcomed)
    return MovedStart(told, is_again) if told else None


async def _drop_repeated_welcomes(session: AsyncSession, programme: Programme) -> None:
    """After the first day has moved back: delete the welcomes to it that members have had."""
    first, action = _logged(programme.starts_on), Action.START_CHANGED
    moved_at = await audit_log.changed_from(session, programme.id, action, first)
    if moved_at is None:
        return
    rows = await session.execute(
        select(Note.id, Subscriber)
        .join(Subscriber, Subscriber.id == Note.subscriber_id)
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .where(
            Note.programme_id == programme.id,
            Note.kind == NoteKind.WELCOME,
            Enrolment.programme_id == programme.id,
            Enrolment.welcomed,
        )
    )
    told = [id_ for id_, member in rows if notes.welcome_at(programme, member) <= moved_at]
    await session.execute(delete(Note).where(among(Note.id, told)))


async def _move_members(
    session: AsyncSession, programme_id: int, before: Plan, wanted: Plan
) -> None:
    came = select(Enrolment.subscriber_id).where(
        definitions.enrolled(programme_id), Enrolment.waits_for_start
    )
    await lock_rows(session, Subscriber.id, (await session.scalars(came)).all())
    for column, old, new in (
        (Subscriber.question_time, before.question_time, wanted.question_time),
        (Subscriber.timezone, before.timezone, wanted.timezone),
    ):
        moved = update(Subscriber).where(Subscriber.id.in_(came), column == old)
        await session.execute(
            moved.values({column: new}), execution_options={"synchronize_session": False}
        )


async def unreported_programmes(
    session: AsyncSession, now: datetime, coordinator_id: int | None = None
) -> Sequence[int]:
    """Returns the ids of programmes that have begun and whose reports may still change.

    Of all programmes, or of those that a coordinator runs.
    """
    query = select(Programme.id).where(
        Programme.starts_on <= now.date() + _MAX_DATE_AHEAD,
        or_(Programme.ends_on.is_(None), Programme.ends_on >= now.date() - _MAX_REPORT_DELAY),
    )
    if coordinator_id is not None:
        run_by = Coordination.coordinator_id == coordinator_id
        query = query.join(Coordination, Coordination.programme_id == Programme.id).where(run_by)
    return (await session.scalars(query.order_by(Programme.id))).all()


async def holidays(session: AsyncSession, programme_id: int) -> Sequence[date]:
    """Returns the programme's days without questions, in ascending order."""
    query = select(Holiday.day).where(Holiday.programme_id == programme_id).order_by(Holiday.day)
    return (await session.scalars(query)).all()


async def days_of(session: AsyncSession, programme: Programme) -> QuestionDays:
    """Returns the programme's days with a question."""
    return QuestionDays.of(programme, await holidays(session, programme.id))


async def next_question_day(
    session: AsyncSession, programme: Programme, today: date
) -> date | None:
    """Returns the first day with a question from today on; None if there is none for a year."""
    days = await days_of(session, programme)
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

    All must be after today, so that only members in zones ahead may have been asked already: their
    answers do not count for the programme. Raises ProgrammeError and EndedError.
    """
    schedule.check_not_ended(programme, now)
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
    await _replan(session, programme, now)
    return len(new)


async def remove_holiday(
    session: AsyncSession, programme: Programme, day: date, actor_id: int, now: datetime
) -> bool:
    """Remove a holiday; returns False if there is none on that day, or it is not after today.

    Raises EndedError.
    """
    schedule.check_not_ended(programme, now)
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
    await _replan(session, programme, now)
    return True


async def teams(session: AsyncSession, programme_id: int) -> Sequence[Team]:
    """Returns the programme's teams by name."""
    query = select(Team).where(Team.programme_id == programme_id).order_by(Team.name, Team.id)
    return (await session.scalars(query)).all()


async def team_of(session: AsyncSession, programme_id: int, team_id: int) -> Team | None:
    """Returns the team if it belongs to that programme, else None."""
    team = await session.get(Team, team_id)
    return team if team is not None and team.programme_id == programme_id else None


async def count_members(session: AsyncSession, programme_id: int) -> int:
    """Returns how many people take part now."""
    query = select(func.count(Enrolment.subscriber_id))
    return await session.scalar(query.where(definitions.enrolled(programme_id))) or 0


async def count_team_members(session: AsyncSession, programme_id: int) -> dict[int, int]:
    """Returns the number of members by team id; teams without any are left out."""
    rows = await session.execute(
        select(Enrolment.team_id, func.count())
        .where(definitions.enrolled(programme_id), Enrolment.team_id.is_not(None))
        .group_by(Enrolment.team_id)
    )
    return {team_id: members for team_id, members in rows if team_id is not None}
