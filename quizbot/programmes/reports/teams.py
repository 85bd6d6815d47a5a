"""Participation by team and week, from counts by team and date (TeamDay).

A figure is told where five people or more were asked on the fullest day. Teams without any such
week are counted together, with members in no team and those of teams that are gone. Only days that
are over count: on the others, people still answer.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme, Team, TeamDay
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
        """Returns the share answered over all weeks that are told; 1 without any."""
        told = [week for week in self.weeks.values() if week is not None]
        asked = sum(week.asked for week in told)
        return sum(week.answered for week in told) / asked if asked else 1.0


async def team_weeks(
    session: AsyncSession, programme: Programme, days: Sequence[DayFigures]
) -> list[TeamWeeks]:
    """Returns the teams by name, and the others last; empty without teams that were asked.

    Dates from before a programme had teams, or before they were counted, are left out.
    """
    over = {day.day: (day.asked, day.answered) for day in days if day.settled and day.asked}
    if not over:
        return []
    query = (
        select(Team.name, TeamDay.local_date, TeamDay.asked, TeamDay.answered)
        .join(TeamDay, TeamDay.team_id == Team.id)
        .where(Team.programme_id == programme.id, TeamDay.local_date.between(min(over), max(over)))
        .order_by(Team.name)
    )
    counts = defaultdict[str, dict[date, _Counts]](dict)
    for name, day, asked, answered in await session.execute(query):
        if day in over:
            counts[name][day] = asked, answered
    left = {day: over[day] for by_day in counts.values() for day in by_day}
    mondays = sorted({week_of(day) for day in left})
    rows = []
    for name, by_day in counts.items():
        weeks = _weeks(by_day, mondays)
        if any(weeks.values()):
            rows.append(TeamWeeks(name, weeks))
            for day, (asked, answered) in by_day.items():
                left[day] = left[day][0] - asked, left[day][1] - answered
    if rows and any(asked > 0 for asked, _ in left.values()):
        rows.append(TeamWeeks(None, _weeks(left, mondays)))
    return rows


def _weeks(by_day: Mapping[date, _Counts], mondays: Sequence[date]) -> dict[date, TeamWeek | None]:
    weeks = defaultdict[date, list[_Counts]](list)
    for day, counts in by_day.items():
        weeks[week_of(day)].append(counts)
    return {monday: _told(weeks[monday]) for monday in mondays}


def _told(days: Sequence[_Counts]) -> TeamWeek | None:
    if max((asked for asked, _ in days), default=0) < MIN_GROUP_SIZE:
        return None
    return TeamWeek(*map(sum, zip(*days, strict=True)))
