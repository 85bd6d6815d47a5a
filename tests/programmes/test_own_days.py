"""A programme counts answers of its own question days only, as these were at the time."""

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from db.programmes import ALL_WEEKDAYS, WORKDAYS, Programme, ProgrammeScore, ScoreKind
from db.session import Sessions, create_sessions
from quizbot.programmes import end_notice, members, membership, team_goal
from quizbot.programmes import programme as programmes
from quizbot.programmes.members import Activity
from quizbot.quiz.answers import totals
from quizbot.quiz.answers.recording import record_answers
from tests.programmes import steps
from tests.programmes.histories import History, Report, at, date_of
from tests.programmes.steps import COORDINATOR, MONDAY, enrol, programme
from tests.quiz.steps import (
    OBJECTIVE_OF,
    answer,
    join,
    send_due,
    statements,
    subscriber,
    vote_on,
)

SATURDAY = 5
AHEAD = "Pacific/Auckland"  # by thirteen hours


async def in_two(sessions: Sessions, zone: str = "UTC", **changed: Any) -> tuple[int, int]:
    """A member of two programmes, one on workdays unless changed, one every day."""
    own = await programme(sessions, **({"weekdays": WORKDAYS} | changed))
    every_day = await programme(sessions, now=at(0, 0))
    await join(sessions, zone=zone)
    for each in (own, every_day):
        await enrol(sessions, each)
    return own, every_day


async def answered(sessions: Sessions, *days: int, hour: float = 9) -> None:
    """The questions due on these days, by nine o'clock UTC, are answered correctly."""
    for day in days:
        for asked in await send_due(sessions, at(day, hour)):
            await answer(sessions, vote_on(asked), at(day, hour))


async def days_counted(sessions: Sessions, course: int) -> int:
    """Returns how many answers count in the programme; what is stored is what the answers give."""
    async with sessions() as session:
        assert await totals.differences(session, OBJECTIVE_OF) == []
        score = await session.get(ProgrammeScore, (course, ScoreKind.PROGRAMME, MONDAY, 1))
        return score.answered if score is not None else 0


Change = Callable[[AsyncSession, Programme], Awaitable[object]]


async def changed(sessions: Sessions, course: int, day: int, how: Change, hour: float = 12) -> None:
    async with sessions.begin() as session:
        await how(session, await session.get_one(Programme, course, with_for_update=True))
    await membership.replan_members(sessions, course, at(day, hour))


def weekdays(bits: int, day: int, hour: float = 12) -> Change:
    return lambda session, found: steps.change(session, found, at(day, hour), weekdays=bits)


def holiday(on: date, day: int, hour: float = 12) -> Change:
    return lambda session, found: programmes.add_holidays(
        session, found, on, on, COORDINATOR, at(day, hour)
    )


async def test_an_answer_counts_where_the_programme_asks_on_that_day(sessions: Sessions) -> None:
    own, every_day = await in_two(sessions, holidays=[date_of(2)])
    await answered(sessions, *range(8))
    assert await days_counted(sessions, every_day) == 8
    assert await days_counted(sessions, own) == 5  # neither Wednesday nor the weekend
    async with sessions.begin() as session:
        await totals.rebuild(session, OBJECTIVE_OF)
    assert await days_counted(sessions, own) == 5


@pytest.mark.parametrize(("before", "after"), [(WORKDAYS, ALL_WEEKDAYS), (ALL_WEEKDAYS, WORKDAYS)])
async def test_changed_weekdays_leave_what_was_answered_before(
    sessions: Sessions, before: int, after: int
) -> None:
    own, _ = await in_two(sessions, weekdays=before)
    await answered(sessions, *range(9))
    counted = 7 if before == WORKDAYS else 9
    assert await days_counted(sessions, own) == counted
    await changed(sessions, own, 8, weekdays(after, 8))  # on Tuesday
    assert await days_counted(sessions, own) == counted
    await answered(sessions, *range(9, 14))  # until Sunday
    assert await days_counted(sessions, own) == counted + (5 if after == ALL_WEEKDAYS else 3)


async def test_a_day_that_is_added_on_the_day_itself_counts(sessions: Sessions) -> None:
    """Whoever has answered another programme's question earns points afterwards."""
    own, _ = await in_two(sessions)
    await answered(sessions, *range(SATURDAY + 1))
    assert await days_counted(sessions, own) == 5
    await changed(sessions, own, SATURDAY, weekdays(ALL_WEEKDAYS, SATURDAY))
    assert await days_counted(sessions, own) == 6
    await changed(sessions, own, SATURDAY, weekdays(WORKDAYS, SATURDAY))
    assert await days_counted(sessions, own) == 6  # somebody may have been asked meanwhile


async def test_a_question_from_before_joining_counts_if_its_day_is_added(
    sessions: Sessions,
) -> None:
    own = await programme(sessions, weekdays=WORKDAYS)
    await join(sessions)
    await answered(sessions, *range(SATURDAY + 1))
    await enrol(sessions, own, now=at(SATURDAY, 10))
    assert await days_counted(sessions, own) == 0
    await changed(sessions, own, SATURDAY, weekdays(ALL_WEEKDAYS, SATURDAY))
    assert await days_counted(sessions, own) == 1


async def test_what_members_ahead_have_answered_counts_after_a_change(sessions: Sessions) -> None:
    """When the weekdays change on Friday evening, it is Saturday in Auckland."""
    own = await programme(sessions, weekdays=ALL_WEEKDAYS)
    await join(sessions, zone=AHEAD)
    await enrol(sessions, own)
    await answered(sessions, *range(SATURDAY), hour=22)  # from Tuesday to Saturday
    friday = SATURDAY - 1
    await changed(sessions, own, friday, weekdays(WORKDAYS, friday, 23), 23)
    assert await days_counted(sessions, own) == 5
    await answered(sessions, *range(SATURDAY, 9), hour=22)
    assert await days_counted(sessions, own) == 8  # from Monday to Wednesday


async def test_a_holiday_tomorrow_leaves_out_what_members_ahead_have_answered(
    sessions: Sessions,
) -> None:
    own, every_day = await in_two(sessions, zone=AHEAD)
    await answered(sessions, 0, hour=22)  # Tuesday's question
    tuesday = date_of(1)
    await changed(sessions, own, 0, holiday(tuesday, 0, 23), 23)
    assert [await days_counted(sessions, each) for each in (own, every_day)] == [0, 1]
    await changed(
        sessions,
        own,
        0,
        lambda session, found: programmes.remove_holiday(
            session, found, tuesday, COORDINATOR, at(0, 23)
        ),
        23,
    )
    assert await days_counted(sessions, own) == 1


async def test_a_batch_of_answers_reads_question_days_once(engine: AsyncEngine) -> None:
    sessions = create_sessions(engine)
    courses = [await programme(sessions, weekdays=WORKDAYS) for _ in range(3)]
    for person in range(1, 11):
        await join(sessions, person)
        await enrol(sessions, courses[person % 3], person)
    asked = await send_due(sessions, at(0))
    with statements(engine) as seen:
        async with sessions.begin() as session:
            await record_answers(session, [vote_on(each) for each in asked], at(0), OBJECTIVE_OF)
    assert sum("holidays" in each for each in seen) == 1
    assert sum("FROM enrolments" in each and "SELECT" in each for each in seen) <= 2


async def with_strangers(sessions: Sessions) -> History:
    """Ten of twelve members answer another programme's question on Saturday, five correctly."""
    history = await History.begin(sessions, 12, weekdays=WORKDAYS)
    for day in range(5):
        await history.all_asked(day, *[each % 2 for each in range(12)])
    for number, person in enumerate(history.people[:10]):
        await history.asked(person, SATURDAY, "berry", number % 2, closes_at=at(SATURDAY + 2))
    return history


def figures(report: Report, day: int) -> tuple[int, int, bool]:
    found = report.day(day)
    return found.asked, found.answered, found.accuracy is not None


async def test_reports_leave_out_days_without_a_question_of_the_programme(
    sessions: Sessions,
) -> None:
    history = await with_strangers(sessions)
    report = await history.report(at(8))
    assert figures(report, SATURDAY - 1) == (12, 12, True)
    assert figures(report, SATURDAY) == (0, 0, False)
    assert report.day(SATURDAY).settled


async def test_a_team_goal_counts_the_programmes_own_days(sessions: Sessions) -> None:
    history = await with_strangers(sessions)
    async with sessions.begin() as session:
        found = await history.programme(session)
        await team_goal.set_goal(session, found, 100, date_of(20), "", COORDINATOR, at(0))
    await history.refresh(at(8))
    async with sessions() as session:
        goal = await team_goal.progress(session, await history.programme(session), date_of(8))
    assert goal is not None
    assert goal.answers == 60


async def test_settled_days_stay_when_weekdays_change(sessions: Sessions) -> None:
    """Also Saturday's answers, which wait for Monday's: too few were wrong."""
    history = await History.begin(sessions, 10)
    await history.all_asked(SATURDAY, 1, *[0] * 9)
    before = await history.report(at(7))
    assert figures(before, SATURDAY) == (10, 10, False)
    async with sessions.begin() as session:
        found = await history.programme(session)
        await steps.change(session, found, at(7), weekdays=WORKDAYS)
    await history.all_asked(7, 0, *[1] * 4, *[0] * 5, item="berry")
    after = await history.report(at(9))
    assert [figures(after, day) for day in (SATURDAY, 7)] == [(10, 10, True)] * 2


async def test_today_is_told_on_days_with_a_question(sessions: Sessions) -> None:
    own, every_day = await in_two(sessions)
    for day, expected in ((4, Activity(1, 1)), (SATURDAY, Activity(0, 0))):
        await answered(sessions, day)
        async with sessions() as session:
            found = await session.get_one(Programme, own)
            assert await members.today_so_far(session, found, at(day, 12)) == expected
            other = await session.get_one(Programme, every_day)
            assert await members.today_so_far(session, other, at(day, 12)) == Activity(1, 1)


async def test_the_season_of_a_member_has_the_programmes_own_days(sessions: Sessions) -> None:
    own, _ = await in_two(sessions, ends_on=date_of(8))
    await answered(sessions, *range(11))
    async with sessions() as session:
        found, member = await session.get_one(Programme, own), await subscriber(session)
        scores = await end_notice.final_scores(session, found)
        notice = await end_notice.end_notice(session, found, member, scores, at(11))
    assert (notice.season.answered, notice.points) == (7, 70)
