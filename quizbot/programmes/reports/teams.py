"""Participation by team and week, from counts by team and date (TeamDay).

A figure is told where five people or more were asked on the fullest day. Teams without any such
week are counted together, with members in no team and those of teams that are gone. Only days that
are over count: on the others, people still answer.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme, Team
from db.reports import TeamDay
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE
from quizbot.programmes.reports.overview import DayFigures
from quizbot.quiz.answers.streaks import week_of

_Counts = tuple[int, int]  # questions asked and answered


@dataclass(frozen=True)
class TeamWeek:
    """How many questions came to a team in a week, and how many of them were answered."""

    asked: int
    answered: int

    @property
    def share(self) -> float:
        """Returns the share answered, 0 to 1."""
        return self.answered / self.asked


@dataclass(frozen=True)
class TeamWeeks:
    """A team's weeks by their Mondays; None where too few people were asked to tell.

    `name` is None for all others together: small teams, and members in no team.
    """

    name: str | None
    weeks: Mapping[date, TeamWeek | None]

    @property
    def share(self) -> float:
        """Returns the share answered over all weeks that are shown; 1 without any."""
        told = [week for week in self.weeks.values() if week is not None]
        asked = sum(week.asked for week in told)
        return sum(week.answered for week in told) / asked if asked else 1.0


async def team_weeks(
    session: AsyncSession, programme: Programme, days: Sequence[DayFigures]
) -> list[TeamWeeks]:
    """Returns the teams by name, and the others last; a row without any figure is left out.

    Dates from before a programme had teams, or before they were counted, are left out.
    """
    over = {day.day: (day.asked, day.answered) for day in days if day.settled and day.asked}
    if not over:
        return []
    inside = Team.programme_id == programme.id, TeamDay.local_date.between(min(over), max(over))
    found = await _by_week(session, inside, sorted(set(map(week_of, over))))
    mondays = sorted({monday for weeks in found.values() for monday in weeks})
    rows = {
        team_id: TeamWeeks(name, {monday: weeks.get(monday) for monday in mondays})
        for (team_id, name), weeks in found.items()
        if any(weeks.values())
    }
    if not rows:
        return []
    others = defaultdict[date, list[_Counts]](list)
    for day, asked, answered in await _by_day(session, inside, list(rows)):
        others[week_of(day)].append((over[day][0] - asked, over[day][1] - answered))
    weeks = {monday: _told(*_sums(others[monday])) for monday in mondays}
    return [*rows.values(), *([TeamWeeks(None, weeks)] if any(weeks.values()) else [])]


async def _by_week(
    session: AsyncSession, inside: Iterable[ColumnElement[bool]], mondays: Sequence[date]
) -> dict[tuple[int, str], dict[date, TeamWeek | None]]:
    """Returns each team's weeks, by id and name; weeks without a question are left out."""
    # Databases compute weeks in ways of their own.
    latest_first = reversed(list(enumerate(mondays)))
    number = case(*((TeamDay.local_date >= monday, index) for index, monday in latest_first))
    sums = func.max(TeamDay.asked), func.sum(TeamDay.asked), func.sum(TeamDay.answered)
    query = (
        select(Team.id, Team.name, number.label("week"), *sums)
        .join(TeamDay, TeamDay.team_id == Team.id)
        .where(*inside)
        .group_by(Team.id, Team.name, "week")
        .order_by(Team.name)
    )
    found = defaultdict[tuple[int, str], dict[date, TeamWeek | None]](dict)
    for team_id, name, week, *counts in await session.execute(query):
        found[team_id, name][mondays[week]] = _told(*map(int, counts))
    return found


async def _by_day(
    session: AsyncSession, inside: Iterable[ColumnElement[bool]], team_ids: Sequence[int]
) -> list[tuple[date, int, int]]:
    """Returns the sums of these teams on each date on which any team was counted."""
    named = TeamDay.team_id.in_(team_ids)
    sums = (func.sum(case((named, each), else_=0)) for each in (TeamDay.asked, TeamDay.answered))
    query = select(TeamDay.local_date, *sums).join(Team, Team.id == TeamDay.team_id)
    found = await session.execute(query.where(*inside).group_by(TeamDay.local_date))
    return [(day, asked or 0, answered or 0) for day, asked, answered in found]


def _sums(days: Sequence[_Counts]) -> tuple[int, int, int]:
    """Returns the questions of the fullest day, and those asked and answered in all."""
    return (
        max((asked for asked, _ in days), default=0),
        sum(asked for asked, _ in days),
        sum(answered for _, answered in days),
    )


def _told(fullest: int, asked: int, answered: int) -> TeamWeek | None:
    return TeamWeek(asked, answered) if fullest >= MIN_GROUP_SIZE else None
