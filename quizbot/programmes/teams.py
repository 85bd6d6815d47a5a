"""A programme's teams: changes, many from a list, and members spread evenly over them."""

import re
from bisect import bisect_left, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from heapq import heapify, heapreplace
from typing import NamedTuple

from sqlalchemy import bindparam, case, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import (
    MAX_TEAM_NAME_LENGTH,
    Enrolment,
    Programme,
    ProgrammeScore,
    ScoreKind,
    Team,
)
from db.session import execute_many
from quizbot.programmes import audit_log, definitions, notes, programme, schedule, staff
from quizbot.programmes.audit_log import Action
from quizbot.programmes.boards import score_of_enrolment, team_average
from quizbot.programmes.programme import MAX_TEAMS, ProgrammeError
from quizbot.quiz.aliases import alias_key

_BULLET = re.compile(r"[-–—*]\s|[•·‣▪◦●○]")
_NUMBER = re.compile(r"\d{1,3}[.)]\s")


async def add_team(
    session: AsyncSession, of: Programme, name: str, actor_id: int, now: datetime
) -> Team:
    """Add a team, and return it. Raises ProgrammeError and EndedError."""
    schedule.check_not_ended(of, now)
    name = programme.clean_name(name, MAX_TEAM_NAME_LENGTH)
    await _check_team_name(session, of.id, name)
    number = select(func.count(Team.id)).where(Team.programme_id == of.id)
    if (await session.scalar(number) or 0) >= MAX_TEAMS:
        raise ProgrammeError("too-many-teams")
    team = Team(programme_id=of.id, name=name, name_key=alias_key(name))
    session.add(team)
    audit_log.record(session, actor_id, Action.TEAM_MADE, now, of.id, name)
    await session.flush()
    return team


async def rename_team(
    session: AsyncSession, team: Team, name: str, actor_id: int, now: datetime
) -> None:
    """Rename the team. Raises ProgrammeError and EndedError."""
    await _check_not_ended(session, team, now)
    name = programme.clean_name(name, MAX_TEAM_NAME_LENGTH)
    await _check_team_name(session, team.programme_id, name, team.id)
    team.name, team.name_key = name, alias_key(name)
    audit_log.record(session, actor_id, Action.TEAM_RENAMED, now, team.programme_id, name)


async def remove_team(session: AsyncSession, team: Team, actor_id: int, now: datetime) -> None:
    """Remove a team; its members stay in the programme, without a team. Raises EndedError."""
    await _check_not_ended(session, team, now)
    audit_log.record(session, actor_id, Action.TEAM_REMOVED, now, team.programme_id, team.name)
    await session.delete(team)
    await session.flush()


async def _check_not_ended(session: AsyncSession, team: Team, now: datetime) -> None:
    schedule.check_not_ended(await session.get_one(Programme, team.programme_id), now)


async def _check_team_name(
    session: AsyncSession, programme_id: int, name: str, except_id: int | None = None
) -> None:
    taken = await session.scalar(
        select(Team.id).where(Team.programme_id == programme_id, Team.name_key == alias_key(name))
    )
    if taken not in (None, except_id):
        raise ProgrammeError("team-taken")


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
    """Add a team for each line of the text that can be one. The programme is locked.

    Raises EndedError.
    """
    schedule.check_not_ended(of, now)
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

    Empty lines, bullets and all columns of a table but the first are left out. So are numbers, if
    at least two lines begin with one, or the only line does.
    """
    lines = [(number, _without(_BULLET, each)) for number, each in enumerate(text.splitlines(), 1)]
    lines = [(number, each.partition("\t")[0].strip()) for number, each in lines if each]
    numbered = sum(_NUMBER.match(each) is not None for _, each in lines)
    if numbered >= min(2, len(lines)):
        lines = [(number, _without(_NUMBER, each)) for number, each in lines]
    return lines


def _without(mark: re.Pattern[str], line: str) -> str:
    line = f"{line.strip()} "
    return line[found.end() :].strip() if (found := mark.match(line)) else line.strip()


class Player(NamedTuple):
    """A member to be spread; `points` are None for a hidden member, whose points nobody sees."""

    id: int
    team_id: int | None
    points: int | None


@dataclass(frozen=True)
class Balance:
    """New teams by subscriber id: `placed` members had none, `moved` ones change theirs.

    `before` are the teams that these members are in. `sizes` are each team's numbers of members now
    and then, by its id, and `means` its points per visible member, None for fewer than five.
    """

    teams: Mapping[int, int]
    before: Mapping[int, int | None]
    placed: int
    moved: int
    sizes: Mapping[int, tuple[int, int]]
    means: Mapping[int, tuple[float | None, float | None]] = field(default_factory=dict)


async def plan_balance(session: AsyncSession, of: Programme, *, everybody: bool) -> Balance:
    """Returns what spreading the members would change."""
    team_ids = [team.id for team in await programme.teams(session, of.id)]
    if not team_ids:
        return Balance({}, {}, 0, 0, {})
    connection = await session.connection()
    rows = await connection.execute(
        select(
            Enrolment.subscriber_id,
            Enrolment.team_id,
            case((Enrolment.hidden, None), else_=func.coalesce(ProgrammeScore.points, 0)),
        )
        .outerjoin(ProgrammeScore, score_of_enrolment(ScoreKind.PROGRAMME, of.starts_on))
        .where(definitions.enrolled(of.id))
        .order_by(Enrolment.subscriber_id)
    )
    players = [Player(*row) for row in rows]
    after = spread(players, team_ids, everybody=everybody)
    new = {each.id: after[each.id] for each in players if after[each.id] != each.team_id}
    before = {each.id: each.team_id for each in players if each.id in new}
    placed = sum(each.team_id is None for each in players)
    now, then = Counter(each.team_id for each in players), Counter(after.values())
    sizes = {team: (now[team], then[team]) for team in team_ids}
    points_now = _means((each.team_id, each.points) for each in players)
    points_then = _means((after[each.id], each.points) for each in players)
    means = {team: (points_now.get(team), points_then.get(team)) for team in team_ids}
    return Balance(new, before, placed, len(new) - placed, sizes, means)


def _means(players: Iterable[tuple[int | None, int | None]]) -> dict[int, float | None]:
    """Returns each team's average, as boards have it; `players` are of a team, with points."""
    points: dict[int, list[int]] = defaultdict(list)
    for team_id, each in players:
        if team_id is not None and each is not None:
            points[team_id].append(each)
    return {team: team_average(len(each), sum(each)) for team, each in points.items()}


async def apply_balance(
    session: AsyncSession, of: Programme, balance: Balance, actor_id: int, now: datetime
) -> None:
    """Move the members, tell them, and log how many. Raises EndedError.

    Those who have left meanwhile get no team, and those who have chosen another one stay in it.
    Nobody is told if an operator has stopped the coordinator's messages.
    """
    schedule.check_not_ended(of, now)
    if await staff.may_write(session, actor_id):
        await notes.add_new_teams(session, of.id, [*balance.teams], now)
    moves = [
        {"member": member, "before": balance.before[member], "team": team}
        for member, team in balance.teams.items()
    ]
    statement = _SET_TEAM.where(Enrolment.programme_id == of.id)
    await execute_many(session, statement, moves)
    audit_log.record(session, actor_id, Action.TEAMS_BALANCED, now, of.id, str(len(balance.teams)))


_SET_TEAM = (
    update(Enrolment)
    .where(
        Enrolment.subscriber_id == bindparam("member"),
        Enrolment.left_at.is_(None),
        Enrolment.team_id.is_not_distinct_from(bindparam("before", type_=Enrolment.team_id.type)),
    )
    .values(team_id=bindparam("team"))
)

# Means of points that are closer than what a wrong answer earns are even.
_EVEN = 2


def spread(
    players: Sequence[Player], team_ids: Sequence[int], *, everybody: bool
) -> dict[int, int]:
    """Returns the team of each player by id; it depends on nothing but the arguments.

    First by numbers: whoever has no team joins the smallest one. With `everybody`, teams that are
    too large lose their last players first; then sizes differ by one at most. Without, nobody who
    has a team moves.

    Then by points: two players of two teams change places as long as that brings the means of
    these teams closer together, without leaving the range between them. So the range of all means
    never grows, and numbers stay. Without `everybody`, only players who had no team do so. Hidden
    players count as members, but they are in no mean, and do not change places.
    """
    sides: dict[int, list[Player]] = {team: [] for team in team_ids}
    waiting: list[Player] = []
    for player in players:
        (waiting if player.team_id is None else sides[player.team_id]).append(player)
    if everybody:
        fewest, larger = divmod(len(players), len(sides))
        for rank, side in enumerate(sorted(sides.values(), key=len, reverse=True)):
            keep = fewest + (rank < larger)
            waiting += side[keep:]
            del side[keep:]
    smallest = [(len(side), order) for order, side in enumerate(sides.values())]
    heapify(smallest)
    by_order = [*sides.values()]
    for player in waiting:
        size, order = smallest[0]
        by_order[order].append(player)
        heapreplace(smallest, (size + 1, order))
    teams = {player.id: team for team, side in sides.items() for player in side}
    _even_out(teams, players, {each.id for each in (players if everybody else waiting)})
    return teams


@dataclass
class _Side:
    """A team's points: their sum, how many members have them, and who may change places."""

    team_id: int
    total: int = 0
    count: int = 0
    movable: list[tuple[int, int]] = field(default_factory=list)  # points and id, sorted

    @property
    def mean(self) -> float:
        return self.total / self.count

    def replace(self, old: tuple[int, int], new: tuple[int, int]) -> None:
        self.total += new[0] - old[0]
        self.movable.remove(old)
        insort(self.movable, new)


def _even_out(teams: dict[int, int], players: Sequence[Player], movable: Set[int]) -> None:
    """Let players change places until the means of points are even, or no change helps."""
    by_team: dict[int, _Side] = {}
    for player in players:
        if player.points is not None:
            side = by_team.setdefault(teams[player.id], _Side(teams[player.id]))
            side.total, side.count = side.total + player.points, side.count + 1
            if player.id in movable:
                insort(side.movable, (player.points, player.id))
    sides = sorted(by_team.values(), key=lambda side: side.team_id)
    while len(sides) > 1:
        sides.sort(key=lambda side: -side.mean)
        if sides[0].mean - sides[-1].mean < _EVEN:
            return
        pairs = [(sides[0], low) for low in reversed(sides[1:])]
        pairs += [(high, sides[-1]) for high in sides[1:-1]]
        if not any(_change_places(teams, high, low) for high, low in pairs):
            return


def _change_places(teams: dict[int, int], high: _Side, low: _Side) -> bool:
    """Swap the two players that bring these means closest; returns False if none do."""
    gap = high.mean - low.mean
    best = gap / (1 / high.count + 1 / low.count)  # a difference in points that closes the gap
    swaps = []
    for first in high.movable:
        at = bisect_left(low.movable, (first[0] - best, 0))
        for second in low.movable[max(0, at - 1) : at + 1]:
            difference = first[0] - second[0]
            if difference > 0 and max(difference / high.count, difference / low.count) <= gap:
                swaps.append((abs(difference - best), first, second))
    closest, first, second = min(swaps, default=(best, (0, 0), (0, 0)))
    if closest >= best:
        return False
    high.replace(first, second)
    low.replace(second, first)
    teams[first[1]], teams[second[1]] = low.team_id, high.team_id
    return True
