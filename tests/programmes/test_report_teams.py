"""Participation by team and week: of five people or more, and the rest together."""

from collections.abc import Sequence

from sqlalchemy import update

from db.programmes import Enrolment
from db.session import Sessions
from quizbot.programmes import programme as programmes
from quizbot.programmes.reports.overview import daily_figures
from quizbot.programmes.reports.teams import TeamWeeks, team_weeks
from quizbot.programmes.teams import remove_team
from tests.programmes import steps
from tests.programmes.histories import History, at, date_of
from tests.programmes.steps import COORDINATOR


async def in_team(history: History, name: str, people: Sequence[int]) -> int:
    """Puts these members into a new team; returns its id."""
    team = await steps.team(history.sessions, history.id, name)
    async with history.sessions.begin() as session:
        theirs = Enrolment.subscriber_id.in_(people)
        await session.execute(update(Enrolment).where(theirs).values(team_id=team.id))
    return team.id


async def shares(history: History) -> dict[str | None, list[float | None]]:
    """Returns the shares answered by team, of all weeks."""
    return {
        row.name: [week.share if week else None for week in row.weeks.values()]
        for row in await rows_of(history)
    }


async def rows_of(history: History) -> list[TeamWeeks]:
    async with history.sessions() as session:
        found = await history.programme(session)
        return await team_weeks(session, found, await daily_figures(session, found))


async def test_small_teams_and_members_in_no_team_are_told_together(sessions: Sessions) -> None:
    history = await History.begin(sessions, 14)
    await in_team(history, "Red", history.people[:5])
    await in_team(history, "Blue", history.people[5:9])
    for day in (0, 1, 7):
        red = [0, 1, None, None, 0] if day < 7 else [0] * 5
        await history.all_asked(day, *red, 0, 0, *[None] * 2, 0, *[None] * 4)
    await history.refresh(at(8, 12))
    assert await shares(history) == {"Red": [0.6, 1.0], None: [1 / 3, 1 / 3]}


async def test_a_day_counts_when_it_is_over_and_hidden_members_never(sessions: Sessions) -> None:
    history = await History.begin(sessions, 11)
    await in_team(history, "Red", history.people[:6])
    await in_team(history, "Blue", history.people[6:])
    await history.hide(history.people[0])
    await history.hide(history.people[6])
    await history.all_asked(0, 0, *[None] * 10)
    await history.refresh(at(0, 12))
    assert await shares(history) == {}
    await history.refresh(at(1, 12))
    assert await shares(history) == {"Red": [0.0]}  # four in Blue are too few


async def test_what_is_over_stays_when_members_move_and_teams_are_removed(
    sessions: Sessions,
) -> None:
    history = await History.begin(sessions, 10)
    red = await in_team(history, "Red", history.people[:5])
    blue = await in_team(history, "Blue", history.people[5:])
    await history.all_asked(0, *[0] * 5, *[None] * 5)
    await history.refresh(at(1, 12))
    async with sessions.begin() as session:
        await session.execute(update(Enrolment).values(team_id=red))
    await history.refresh(at(2, 12))
    assert await shares(history) == {"Blue": [0.0], "Red": [1.0]}
    async with sessions.begin() as session:
        team = await programmes.team_of(session, history.id, blue)
        assert team is not None
        await remove_team(session, team, COORDINATOR, at(2, 12))
    await history.refresh(at(3, 12))
    assert await shares(history) == {"Red": [1.0], None: [0.0]}


async def test_days_before_a_team_was_counted_are_left_out(sessions: Sessions) -> None:
    history = await History.begin(sessions, 10)
    await history.all_asked(0, *[None] * 10)
    await history.refresh(at(1, 12))
    await in_team(history, "Red", history.people[:5])
    await history.all_asked(7, *[0] * 10)
    await history.refresh(at(8, 12))
    [red, others] = await rows_of(history)
    assert list(red.weeks) == list(others.weeks) == [date_of(7)]
