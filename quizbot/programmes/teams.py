"""A programme's teams: many of them from a list."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import MAX_TEAM_NAME_LENGTH, Programme, Team
from quizbot.programmes import audit_log, programme
from quizbot.programmes.audit_log import Action
from quizbot.programmes.programme import MAX_TEAMS, ProgrammeError
from quizbot.quiz.aliases import alias_key

_BULLET = re.compile(r"[-–—*]\s|[•·‣▪◦●○]")
_NUMBER = re.compile(r"\d{1,3}[.)]\s")


@dataclass(frozen=True)
class RefusedLine:
    """A line of a list, the first is 1, that became no team; `reason` is a ProgrammeError's."""

    line: int
    name: str
    reason: str


@dataclass(frozen=True)
class TeamList:
    """The names of the teams that were added from a list, and the lines that were not."""

    added: Sequence[str]
    refused: Sequence[RefusedLine]


async def add_list(
    session: AsyncSession, of: Programme, text: str, actor_id: int, now: datetime
) -> TeamList:
    """Add a team for each line of the text that can be one. The programme is locked."""
    existing = {team.name_key for team in await programme.teams(session, of.id)}
    new: dict[str, str] = {}
    refused = []
    for line, typed in read_list(text) or [(1, "")]:
        try:
            name = programme.clean_name(typed, MAX_TEAM_NAME_LENGTH)
            key = alias_key(name)
            if key in new:
                raise ProgrammeError("team-twice")
            if key in existing:
                raise ProgrammeError("team-taken")
            if len(existing) + len(new) >= MAX_TEAMS:
                raise ProgrammeError("too-many-teams")
        except ProgrammeError as error:
            refused.append(RefusedLine(line, typed, error.reason))
        else:
            new[key] = name
            session.add(Team(programme_id=of.id, name=name, name_key=key))
            audit_log.record(session, actor_id, Action.TEAM_MADE, now, of.id, name)
    await session.flush()
    return TeamList([*new.values()], refused)


def read_list(text: str) -> list[tuple[int, str]]:
    """Returns the names in a list of one a line, each with the number of its line, from 1.

    Empty lines and bullets are left out, and numbers if every line begins with one.
    """
    lines = [(number, _without(_BULLET, each)) for number, each in enumerate(text.splitlines(), 1)]
    lines = [(number, each) for number, each in lines if each]
    if all(_NUMBER.match(each) for _, each in lines):
        lines = [(number, _without(_NUMBER, each)) for number, each in lines]
    return lines


def _without(mark: re.Pattern[str], line: str) -> str:
    line = f"{line.strip()} "
    return line[found.end() :].strip() if (found := mark.match(line)) else line.strip()
