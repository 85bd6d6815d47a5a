"""The team goal: so many answers by a certain day, from all members together.

It counts what the reports count (ProgrammeDay): answers to the daily questions from the day on
which it was set, or from the programme's first day. Hidden members are left out, because the days
of all others are known: the remainder would be theirs (docs/privacy.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfoNotFoundError

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from db.programmes import MAX_PURPOSE_LENGTH, Enrolment, GroupChat, Programme, TeamGoal
from db.reports import ProgrammeDay
from quizbot.programmes import audit_log, definitions
from quizbot.programmes.audit_log import Action
from quizbot.programmes.disclosure_control import visible_enrolments
from quizbot.programmes.members import over_all
from quizbot.programmes.programme import (
    MAX_DURATION,
    ProgrammeError,
    clean_name,
    days_of,
    today_of,
)
from quizbot.programmes.schedule import check_not_ended
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.asking.question_days import QuestionDays, local_date

MIN_TARGET, MAX_TARGET = 10, 1_000_000
USUAL_PARTICIPATION = 0.6  # of questions answered, until there are enough to tell
_ENOUGH_ASKED = 10
_FRIDAY = timedelta(days=4)  # after Monday
_LEAST_DAYS, _MORE_WEEKS = timedelta(days=4), timedelta(weeks=3)
_DAY = timedelta(days=1)
_TOLD_WITHIN = timedelta(days=30)  # of reaching it; holidays may come in between


@dataclass(frozen=True)
class GoalProgress:
    """How far a goal is, as of the latest refresh of the reports.

    `answers` of `target` came to questions of the dates from `since` to `until`, in the programme's
    zone, in which it is `today`. `purpose` says what it is for, or is "".
    """

    target: int
    answers: int
    since: date
    until: date
    purpose: str
    reached_at: datetime | None
    today: date

    @property
    def share(self) -> float:
        """Returns how much of it is done, from 0 to 1."""
        return min(1.0, self.answers / self.target)


@dataclass(frozen=True)
class Suggestion:
    """A goal that members reach if they take part as expected."""

    target: int
    until: date


@dataclass(frozen=True)
class Outlook:
    """What to expect if members take part as they did so far.

    `expected` are the answers on the last day of the goal; None if there is no goal to reach, or
    not `is_measured`: until ten questions are over, USUAL_PARTICIPATION is assumed. There are up to
    three `suggestions`, the nearest first; none without members or days left.
    """

    is_measured: bool
    expected: int | None
    suggestions: Sequence[Suggestion]


async def progress(session: AsyncSession, programme: Programme, today: date) -> GoalProgress | None:
    """Returns None if there is no goal. One that outlasts its programme ends with it."""
    goal = await session.get(TeamGoal, programme.id)
    if goal is None:
        return None
    until = min(goal.until, programme.ends_on or date.max)
    answers = await _count(session, programme.id, goal.since, until)
    return GoalProgress(
        goal.target, answers, goal.since, until, goal.purpose, goal.reached_at, today
    )


async def current_goal(
    session: AsyncSession, programme: Programme, day: date, today: date
) -> GoalProgress | None:
    """Returns the goal if it ends in the week of that day, or later; else None."""
    found = await progress(session, programme, today)
    return found if found is not None and found.until >= week_of(day) else None


async def _count(session: AsyncSession, programme_id: int, first: date, last: date) -> int:
    query = select(func.sum(ProgrammeDay.answered)).where(
        ProgrammeDay.programme_id == programme_id, ProgrammeDay.local_date.between(first, last)
    )
    return await session.scalar(query) or 0


async def set_goal(
    session: AsyncSession,
    programme: Programme,
    target: int,
    until: date,
    purpose: str,
    actor_id: int,
    now: datetime,
) -> None:
    """Set the goal, or change it: then it goes on counting from the same day.

    Repeating it changes nothing. Raises ProgrammeError and EndedError.
    """
    today = today_of(programme, now)
    first = max(today, programme.starts_on)
    check_not_ended(programme, now)
    if not MIN_TARGET <= target <= MAX_TARGET:
        raise ProgrammeError("goal-number")
    if not first <= until <= (programme.ends_on or programme.starts_on + MAX_DURATION):
        raise ProgrammeError("goal-day")
    purpose = clean_name(purpose, MAX_PURPOSE_LENGTH) if purpose.strip() else ""
    before = await session.get(TeamGoal, programme.id)
    since = before.since if before is not None and before.until >= today else first
    if target <= await _count(session, programme.id, since, until):
        raise ProgrammeError("goal-reached")
    wanted = {"target": target, "since": since, "until": until, "purpose": purpose}
    if before is not None and all(getattr(before, each) == wanted[each] for each in wanted):
        return
    # It is not reached yet, even if the one before was.
    await session.merge(TeamGoal(programme_id=programme.id, reached_at=None, **wanted))
    detail = f"{target} by {until.isoformat()}"
    audit_log.record(session, actor_id, Action.GOAL_SET, now, programme.id, detail)
    await session.flush()


async def take_back(
    session: AsyncSession, programme: Programme, actor_id: int, now: datetime
) -> bool:
    """Delete the goal; returns False if there is none. Raises EndedError."""
    check_not_ended(programme, now)
    goal = await session.get(TeamGoal, programme.id)
    if goal is None:
        return False
    await session.delete(goal)
    audit_log.record(session, actor_id, Action.GOAL_TAKEN_BACK, now, programme.id)
    await session.flush()
    return True


async def note_reached(session: AsyncSession, programme: Programme, now: datetime) -> None:
    """Note the time at which the goal is found to be reached, once."""
    goal = await session.get(TeamGoal, programme.id)
    if goal is not None and goal.reached_at is None:
        found = await progress(session, programme, today_of(programme, now))
        if found is not None and found.answers >= found.target:
            goal.reached_at = now


async def news_for_group(
    session: AsyncSession, chat_id: int, asked_on: date, now: datetime
) -> GoalProgress | None:
    """Returns the goal if the result of that date's question tells about it in the group.

    It does on the goal's dates, until the group knows that it is reached.
    """
    chat = await session.get(GroupChat, chat_id)
    programme = await session.get(Programme, chat.programme_id) if chat is not None else None
    if chat is None or programme is None:
        return None
    found = await progress(session, programme, today_of(programme, now))
    if found is None or found.reached_at is None:
        return found if found is not None and found.since <= asked_on <= found.until else None
    is_told = chat.goal_told is not None and chat.goal_told >= found.reached_at
    return None if is_told else found


async def note_told(session: AsyncSession, chat_id: int, found: GoalProgress) -> None:
    """Note that the group knows that the goal is reached, if it is."""
    if found.reached_at is not None:
        chat = update(GroupChat).where(GroupChat.id == chat_id)
        await session.execute(chat.values(goal_told=found.reached_at))


ReachedGoals = Mapping[tuple[int, date], Sequence[GoalProgress]]


async def reached_for_members(session: AsyncSession, now: datetime) -> ReachedGoals:
    """Returns the goals whose success a question tells, by subscriber id and the question's date.

    It is the first question after the date on which the goal was reached, in the member's own zone.
    Dates before yesterday (UTC) are left out.
    """
    recent = TeamGoal.reached_at > now - _TOLD_WITHIN
    goals = select(Programme).join(TeamGoal, TeamGoal.programme_id == Programme.id).where(recent)
    found: dict[tuple[int, date], list[GoalProgress]] = {}
    yesterday = now.date() - _DAY
    for programme in (await session.scalars(goals)).all():
        goal = await progress(session, programme, now.date())
        days = await days_of(session, programme)
        if goal is None or goal.reached_at is None or days.is_over(yesterday):
            continue
        latest = _question_after(goal.reached_at.date() + _DAY, days)  # in any zone
        if latest is not None and latest < yesterday:
            continue
        members = await session.execute(
            select(Enrolment.subscriber_id, Subscriber.timezone)
            .join(Subscriber, Subscriber.id == Enrolment.subscriber_id)
            .where(definitions.enrolled(programme.id))
        )
        told_on: dict[str, date | None] = {}
        for subscriber_id, zone in members:
            if zone not in told_on:
                reached_on = _date_in(zone, goal.reached_at)
                told_on[zone] = reached_on and _question_after(reached_on, days)
            if (day := told_on[zone]) is not None and day >= yesterday:
                found.setdefault((subscriber_id, day), []).append(goal)
    return found


def _date_in(zone: str, at: datetime) -> date | None:
    """Returns None for a zone that this machine's data no longer has."""
    try:
        return local_date(at, zone)
    except ZoneInfoNotFoundError:
        return None


def _question_after(day: date, days: QuestionDays) -> date | None:
    coming = (day + n * _DAY for n in range(1, _TOLD_WITHIN.days))
    return next((each for each in coming if days.asks(each)), None)


async def outlook(
    session: AsyncSession,
    programme: Programme,
    days: QuestionDays,
    goal: GoalProgress | None,
    now: datetime,
) -> Outlook:
    """Returns what to expect of the programme's goal, and of others instead of it.

    `days` and `goal` are the programme's own. If the goal still runs, all numbers include the
    answers that it has counted.
    """
    today = today_of(programme, now)
    running = goal if goal is not None and goal.until >= today else None
    members = await session.scalar(
        select(func.count()).select_from(Enrolment).where(*visible_enrolments(programme.id))
    )
    past = await over_all(session, programme)
    is_measured = past.asked >= _ENOUGH_ASKED
    participation = past.answered / past.asked if is_measured else USUAL_PARTICIPATION
    first = max(today, programme.starts_on)
    before = await _count(session, programme.id, running.since, first - _DAY) if running else 0

    def expected(until: date) -> int:
        asked = (members or 0) * days.count_between(first, until)
        return before + int(asked * participation)

    choices = _days_to_choose(first, programme.ends_on)
    targets = [(easy_number(expected(day)), day) for day in choices]
    least = max(MIN_TARGET, running.answers + 1 if running else 0)
    tells = is_measured and running and running.reached_at is None
    return Outlook(
        is_measured,
        expected(running.until) if running and tells else None,
        [Suggestion(*each) for each in targets if each[0] >= least],
    )


def _days_to_choose(first: date, last: date | None) -> list[date]:
    """Returns a Friday a few days ahead, one three weeks later, and the last day."""
    soon = first + _LEAST_DAYS
    friday = week_of(soon) + _FRIDAY
    if friday < soon:
        friday += 7 * _DAY
    ahead = [friday, friday + _MORE_WEEKS]
    return ahead if last is None else [*(day for day in ahead if day < last), last]


def easy_number(answers: int) -> int:
    """Returns the number, rounded down to one that is easy to say."""
    step = next(step for most, step in _STEPS if answers < most)
    return answers // step * step


_STEPS = ((100, 10), (500, 50), (5_000, 100), (50_000, 1_000), (10**12, 10_000))
