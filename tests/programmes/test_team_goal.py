"""The team goal: what is counted, when it is reached, and how many answers are suggested."""

from datetime import date

import pytest
from sqlalchemy import select, update

from db.models import Subscriber
from db.programmes import WORKDAYS, AuditEntry, Enrolment, Programme, TeamGoal
from db.session import Sessions
from quizbot.programmes import team_goal
from quizbot.programmes.audit_log import Action
from quizbot.programmes.programme import ProgrammeError, days_of, today_of
from quizbot.programmes.schedule import EndedError
from quizbot.programmes.team_goal import GoalProgress, Outlook, Suggestion
from tests.programmes.histories import History, at, date_of
from tests.programmes.steps import COORDINATOR


async def set_goal(
    history: History, target: int, until: int, day: int = 0, purpose: str = ""
) -> None:
    async with history.sessions.begin() as session:
        programme = await history.programme(session)
        await team_goal.set_goal(
            session, programme, target, date_of(until), purpose, COORDINATOR, at(day)
        )


async def progress(history: History, day: int, hour: float = 12) -> GoalProgress:
    await history.refresh(at(day, hour))
    async with history.sessions() as session:
        found = await team_goal.progress(session, await history.programme(session), date_of(day))
    assert found is not None
    return found


async def test_answers_count_from_the_day_on_which_the_goal_is_set(sessions: Sessions) -> None:
    history = await History.begin(sessions, 6)
    await history.all_asked(0, *[0] * 6)
    await history.all_asked(1, 0, 0, 1, 1, None, None)
    await set_goal(history, 10, 3, day=1, purpose="  Cake  for all ")
    found = await progress(history, 1)
    assert (found.answers, found.target, found.since) == (4, 10, date_of(1))
    assert (found.purpose, found.reached_at) == ("Cake for all", None)
    await history.all_asked(2, *[0] * 6)
    found = await progress(history, 2)
    assert (found.answers, found.reached_at, found.share) == (10, at(2, 12), 1.0)
    await history.all_asked(4, *[0] * 6)
    later = await progress(history, 4)
    assert (later.answers, later.reached_at) == (10, at(2, 12))  # found once, and no later date


async def test_hidden_members_are_left_out_as_in_all_figures(sqlite_sessions: Sessions) -> None:
    """The days of the others are known, so the remainder would be theirs."""
    history = await History.begin(sqlite_sessions, 4)
    await history.hide(history.people[0])
    await history.all_asked(0, *[0] * 4)
    await set_goal(history, 10, 3)
    assert (await progress(history, 0)).answers == 3


async def goals_logged(history: History) -> list[str]:
    async with history.sessions() as session:
        logged = select(AuditEntry.detail).where(AuditEntry.action == Action.GOAL_SET.value)
        return list(await session.scalars(logged.order_by(AuditEntry.id)))


async def test_a_changed_goal_counts_on_and_one_that_is_over_begins_again(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 6)
    await set_goal(history, 10, 1)
    await history.all_asked(0, *[0] * 6)
    await history.all_asked(1, *[0] * 6)
    assert (await progress(history, 1)).reached_at == at(1, 12)
    for _ in range(2):  # a second tap, or a repeated update
        await set_goal(history, 20, 3, day=1)
    changed = await progress(history, 1)
    assert (changed.answers, changed.since, changed.reached_at) == (12, date_of(0), None)
    assert await goals_logged(history) == ["10 by 2026-11-24", "20 by 2026-11-26"]
    await set_goal(history, 20, 9, day=5)
    assert (await progress(history, 5)).since == date_of(5)
    async with sessions.begin() as session:
        programme = await history.programme(session)
        assert await team_goal.take_back(session, programme, COORDINATOR, at(5))
        assert not await team_goal.take_back(session, programme, COORDINATOR, at(5))
        assert await team_goal.progress(session, programme, date_of(5)) is None


@pytest.mark.parametrize(
    ("target", "until", "purpose", "reason"),
    [
        (9, 3, "", "goal-number"),
        (2_000_000, 3, "", "goal-number"),
        (50, -1, "", "goal-day"),
        (50, 8, "", "goal-day"),
        (12, 3, "", "goal-reached"),
        (50, 3, "win at t.me/cake", "link"),
        (50, 3, "x" * 81, "long-name"),
    ],
)
async def test_goals_that_make_no_sense_are_refused(
    sqlite_sessions: Sessions, target: int, until: int, purpose: str, reason: str
) -> None:
    history = await History.begin(sqlite_sessions, 12, ends_on=date_of(7))
    await set_goal(history, 40, 3)
    await history.all_asked(0, *[0] * 12)
    await history.refresh(at(0, 12))
    with pytest.raises(ProgrammeError, match=reason):
        await set_goal(history, target, until, 0, purpose)
    assert (await progress(history, 0)).target == 40


async def test_a_goal_does_not_outlast_its_programme(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 1)
    await set_goal(history, 40, 20)
    async with sqlite_sessions.begin() as session:
        (await history.programme(session)).ends_on = date_of(9)
    assert (await progress(history, 0)).until == date_of(9)
    with pytest.raises(EndedError):
        await set_goal(history, 40, 30, day=10)


async def outlook(history: History, day: int) -> Outlook:
    async with history.sessions() as session:
        of, now = await history.programme(session), at(day)
        goal = await team_goal.progress(session, of, today_of(of, now))
        return await team_goal.outlook(session, of, await days_of(session, of), goal, now)


async def suggested(history: History, day: int) -> list[Suggestion]:
    return list((await outlook(history, day)).suggestions)


async def test_suggestions_are_members_times_days_times_participation(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 10, ends_on=date_of(46), weekdays=WORKDAYS)
    assert await suggested(history, 0) == [
        Suggestion(30, date(2026, 11, 27)),  # five days of ten people, of whom six may answer
        Suggestion(100, date(2026, 12, 18)),
        Suggestion(200, date(2027, 1, 8)),
    ]
    for day in range(2):
        await history.all_asked(day, *[0] * 9, None)
    await history.refresh(at(1, 12))
    assert [each.target for each in await suggested(history, 1)] == [80, 200, 300]
    assert [each.until for each in await suggested(history, 44)] == [date(2027, 1, 8)]
    await set_goal(history, 100, 4, day=1)
    await history.refresh(at(1, 13))
    assert [each.target for each in await suggested(history, 1)] == [80, 200, 300]  # 9 today
    assert await suggested(history, 47) == []


async def test_what_is_expected_of_a_goal_is_told_while_it_runs_and_is_not_reached(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 10, ends_on=date_of(46), weekdays=WORKDAYS)
    await set_goal(history, 50, 4)
    found = await outlook(history, 0)
    assert (found.expected, found.is_measured) == (None, False)  # no question is over yet
    for day in range(2):
        await history.all_asked(day, *[0] * 9, None)
    await history.refresh(at(1, 12))
    found = await outlook(history, 1)
    assert (found.expected, found.is_measured) == (9 + 4 * 9, True)  # today's nine count once
    await set_goal(history, 19, 4, day=1)
    await history.all_asked(2, 0, *[None] * 9)
    await history.refresh(at(2, 12))
    assert (await outlook(history, 2)).expected is None  # reached
    assert (await outlook(history, 6)).expected is None  # and over


async def test_nothing_is_suggested_to_a_programme_without_members(
    sqlite_sessions: Sessions,
) -> None:
    assert await suggested(await History.begin(sqlite_sessions), 0) == []


@pytest.mark.parametrize(
    ("expected", "told"), [(7, 0), (99, 90), (140, 100), (612, 600), (7_890, 7_000)]
)
def test_suggested_numbers_are_easy_to_say(expected: int, told: int) -> None:
    assert team_goal.easy_number(expected) == told


async def test_a_refused_goal_is_not_stored_when_the_transaction_goes_on(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 12, ends_on=date_of(7))
    await history.all_asked(0, *[0] * 12)
    await history.refresh(at(0, 12))
    async with sqlite_sessions.begin() as session:
        programme = await history.programme(session)
        with pytest.raises(ProgrammeError, match="goal-reached"):
            await team_goal.set_goal(session, programme, 12, date_of(3), "", COORDINATOR, at(0))
    async with sqlite_sessions() as session:
        assert await team_goal.progress(session, programme, date_of(0)) is None


async def told(history: History, day: int) -> dict[tuple[int, date], list[int]]:
    async with history.sessions() as session:
        found = await team_goal.reached_for_members(session, at(day, 12))
    return {key: [each.target for each in goals] for key, goals in found.items()}


async def test_members_are_told_on_their_first_day_with_a_question_after_their_date_of_it(
    sessions: Sessions,
) -> None:
    """It is reached on Thursday in Los Angeles, on Friday in Auckland, on no known date on Mars."""
    history = await History.begin(sessions, weekdays=WORKDAYS)
    west = await history.enrol(zone="America/Los_Angeles")
    east = await history.enrol(zone="Pacific/Auckland")
    lost = await history.enrol()
    other = await History.begin(sessions)
    await set_goal(history, 10, 4)
    await set_goal(other, 20, 4)
    async with sessions.begin() as session:
        await session.execute(update(TeamGoal).values(reached_at=at(3, 14)))
        (await session.get_one(Programme, history.id)).timezone = "Mars/Phobos"
        (await session.get_one(Subscriber, lost)).timezone = "Mars/Phobos"
        both = Enrolment(programme_id=other.id, subscriber_id=west, enrolled_on=date_of(0))
        session.add(both)
    assert await told(history, 4) == {(west, date_of(4)): [10, 20], (east, date_of(7)): [10]}
    assert await told(history, 8) == {(east, date_of(7)): [10]}
    assert await told(history, 9) == {}
