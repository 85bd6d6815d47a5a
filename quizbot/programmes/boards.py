"""Leaderboards of a programme and of its teams.

Ties share a rank. People are compared by points, teams by points per member. Members who hide are
on no board and on neither side of a team's average, so that no difference between two boards
reveals their points. A team with fewer than five visible members has no average.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import (
    ColumnElement,
    FromClause,
    Row,
    Select,
    SQLColumnExpression,
    and_,
    func,
    select,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Subscriber
from db.programmes import Enrolment, Programme, ProgrammeScore, ScoreKind, Team
from quizbot.programmes import definitions
from quizbot.programmes.disclosure_control import MIN_GROUP_SIZE, visible_enrolments
from quizbot.quiz.answers.leaderboard import Histogram, Place
from quizbot.quiz.answers.streaks import week_of
from quizbot.quiz.places import folded

_MAX_IDS = 500  # ids in one statement; for more than that, the names of all members are read
_MORE_TIED = 10  # lines that a tie may add to the end of a board


class Period(StrEnum):
    """Which points are compared."""

    WEEK = "week"
    MONTH = "month"
    PROGRAMME = "programme"
    ALL_TIME = "all"  # since they joined the quiz, inside and outside of the programme


@dataclass(frozen=True)
class Standing:
    """A visible member's rank of so many `players`, and how many points are missing to the next.

    `next_rank` and `points_to_next` are None for the first place.
    """

    rank: int
    players: int
    next_rank: int | None = None
    points_to_next: int | None = None


@dataclass(frozen=True)
class Draw:
    """When the draw among the first of a `period` comes, as of `now`.

    `waits_for` is the date of the period's last question, if the period is over and that question
    is open until `closes_at` (UTC); at the latest, the draw comes at the beginning of the day `by`
    in the `zone`. `is_over` tells whether the period is.
    """

    period: Period
    is_over: bool
    by: date
    zone: str
    now: datetime
    waits_for: date | None = None
    closes_at: datetime | None = None


@dataclass(frozen=True)
class SharedFirst:
    """So many `people` with the most `points`; see quizbot.programmes.winners.

    `all_right` is the number of questions so far, if only all of them answered correctly earn as
    many points. `drawn` is whom the draw among them picks. Until then, `draw` tells when it comes.
    """

    people: int
    points: int
    all_right: int | None = None
    drawn: str | None = None
    draw: Draw | None = None


@dataclass(frozen=True)
class MemberBoard:
    """The top of a board and, where `me` is not in it, that member between the neighbours.

    `players` is the number of visible members with points. `my_points` is set for every member who
    asks, also for one who is hidden or has no points. `mine` is the standing of a member who is on
    the board. `tied_more` have as many points as the last of the top, but no line. `shared` is set
    by `winners.with_shared_first`.
    """

    period: Period
    team: Team | None
    top: Sequence[Place]
    around_me: Sequence[Place]
    players: int
    my_points: int | None
    i_am_hidden: bool
    mine: Standing | None = None
    tied_more: int = 0
    shared: SharedFirst | None = None


@dataclass(frozen=True)
class TeamPlace:
    """A team's line. `average` (points per visible member) is None for a small team.

    `rank` is None for these, and for teams without points.
    """

    rank: int | None
    team: Team
    members: int
    average: float | None
    is_mine: bool


def is_good_place(rank: int, players: int) -> bool:
    """Returns whether a place is told unasked: in the better half of two or more."""
    return players > 1 and 2 * rank <= players


def score_of_enrolment(
    kind: ScoreKind, since: date | InstrumentedAttribute[date] | None = None
) -> ColumnElement[bool]:
    """Returns the condition that joins an enrolment with its score of the period since that day.

    Without `since`, it joins the scores of all periods of that kind.
    """
    joined = and_(
        ProgrammeScore.programme_id == Enrolment.programme_id,
        ProgrammeScore.subscriber_id == Enrolment.subscriber_id,
        ProgrammeScore.kind == kind,
    )
    return joined if since is None else and_(joined, ProgrammeScore.since == since)


async def points_of_all(
    session: AsyncSession, programme_id: int, kind: ScoreKind, since: date
) -> Histogram:
    """Returns the points of the visible members in the period since that day."""
    rows = await session.execute(
        select(ProgrammeScore.points, func.count())
        .join(Enrolment, score_of_enrolment(kind, since))
        .where(*visible_enrolments(programme_id), ProgrammeScore.points > 0)
        .group_by(ProgrammeScore.points)
    )
    return Histogram.of((points, people) for points, people in rows)


class _Scores:
    """A programme's enrolments, each joined with its `points` in a period (NULL without a score).

    `today` is the local date of the viewer, or the programme's.
    """

    def __init__(self, programme: Programme, period: Period, today: date) -> None:
        self.programme_id = programme.id
        self.points: SQLColumnExpression[int] = ProgrammeScore.points
        enrolments: FromClause = Enrolment.__table__
        if period is Period.ALL_TIME:
            self.points = Subscriber.points
            self.rows = enrolments.join(
                Subscriber.__table__, Subscriber.id == Enrolment.subscriber_id
            )
            return
        since = {
            Period.WEEK: week_of(today),
            Period.MONTH: today.replace(day=1),
            Period.PROGRAMME: programme.starts_on,
        }[period]
        self.rows = enrolments.outerjoin(
            ProgrammeScore.__table__, score_of_enrolment(ScoreKind(period.value), since)
        )

    def with_points(self, team: Team | None) -> tuple[ColumnElement[bool], ...]:
        """Returns the conditions for visible members with points, of the team if one is given."""
        in_team = () if team is None else (Enrolment.team_id == team.id,)
        return (*visible_enrolments(self.programme_id), self.points > 0, *in_team)


async def member_board(
    session: AsyncSession,
    programme: Programme,
    period: Period,
    today: date,
    *,
    me: int | None = None,
    team: Team | None = None,
    part: slice = slice(10),
) -> MemberBoard:
    """Returns the places in `part` on the board of a programme, or of one of its teams.

    `me` is the id of the subscriber who looks, `today` their local date, or the programme's. A tie
    at the end of a part without a start is not cut: it has more lines, and the rest is counted.
    In the part, the lines of a rank are by name.
    """
    scores = _Scores(programme, period, today)
    needed = part.stop if me is None else None  # a member's own place may be anywhere
    if part.start is None and needed is not None:
        needed += _MORE_TIED + 1
    lines = await _ranked(session, scores, team, needed)
    players = len(lines)
    if players == needed:
        everybody = select(func.count()).select_from(scores.rows)
        players = await session.scalar(everybody.where(*scores.with_points(team))) or 0
    tied_more = 0
    if part.start is None and part.stop is not None:
        part = slice(_end_of_tie(lines, part.stop))
        tied_more = await _count_tied_more(session, scores, team, lines, part.stop)
    my_index = next((index for index, (who, _) in enumerate(lines) if who == me), None)
    top, around_me = _indexes_to_show(part, len(lines), my_index)
    places = await _places(session, programme.id, lines, [*top, *around_me], me)
    hidden, my_points = await _own_points(session, scores, me)
    mine = None if my_index is None else _standing([each for _, each in lines], my_index)
    by_name = sorted(places[: len(top)], key=lambda place: (place.rank, folded(place.name)))
    near = places[len(top) :]
    return MemberBoard(period, team, by_name, near, players, my_points, hidden, mine, tied_more)


def _end_of_tie(lines: Sequence[tuple[int, int]], stop: int) -> int:
    """Returns where a board of `stop` lines ends if a tie at its end is shown as far as it fits."""
    end = stop
    while end < min(len(lines), stop + _MORE_TIED) and lines[end][1] == lines[stop - 1][1]:
        end += 1
    return end


async def _count_tied_more(
    session: AsyncSession,
    scores: _Scores,
    team: Team | None,
    lines: Sequence[tuple[int, int]],
    end: int,
) -> int:
    """Returns how many lines after the first `end` have as many points as the last of these."""
    if end >= len(lines) or lines[end][1] != lines[end - 1][1]:
        return 0
    points = lines[end][1]
    query = select(func.count()).select_from(scores.rows)
    same = await session.scalar(query.where(*scores.with_points(team), scores.points == points))
    return (same or 0) - sum(each == points for _, each in lines[:end])


def _standing(points: Sequence[int], index: int) -> Standing:
    """Returns the standing of the line at that index; `points` are of all lines, descending."""
    rank = points.index(points[index]) + 1
    if rank == 1:
        return Standing(rank, len(points))
    ahead = points[rank - 2]
    return Standing(rank, len(points), points.index(ahead) + 1, ahead - points[index])


def _indexes_to_show(
    part: slice, players: int, my_index: int | None
) -> tuple[Sequence[int], Sequence[int]]:
    """Returns the indexes of the lines in the part, and of those around mine if it is below."""
    first, end, _ = part.indices(players)
    if my_index is None or my_index < end - 1:
        return range(first, end), ()
    if my_index == end - 1:  # the neighbour below is shown as well
        return range(first, min(end + 1, players)), ()
    return range(first, end), [
        index for index in range(my_index - 1, my_index + 2) if end <= index < players
    ]


async def team_board(
    session: AsyncSession,
    programme: Programme,
    period: Period,
    today: date,
    my_team: int | None = None,
) -> list[TeamPlace]:
    """Returns all teams, the best first; teams that are too small come last, by name."""
    scores = _Scores(programme, period, today)
    rows = await session.execute(
        select(Enrolment.team_id, func.count(), func.coalesce(func.sum(scores.points), 0))
        .select_from(scores.rows)
        .where(*visible_enrolments(programme.id), Enrolment.team_id.is_not(None))
        .group_by(Enrolment.team_id)
    )
    sums = {team_id: (members, total) for team_id, members, total in rows}
    teams = await session.scalars(
        select(Team).where(Team.programme_id == programme.id).order_by(Team.name)
    )
    large, small = [], []
    for team in teams:
        members, total = sums.get(team.id, (0, 0))
        average = team_average(members, total)
        if average is not None:
            large.append((average, team, members))
        else:
            small.append(TeamPlace(None, team, members, None, team.id == my_team))
    large.sort(key=lambda each: -each[0])
    ranks = _ranks(average for average, *_ in large)
    return [
        *(
            TeamPlace(rank if average else None, team, members, average, team.id == my_team)
            for rank, (average, team, members) in zip(ranks, large, strict=True)
        ),
        *small,
    ]


def team_average(members: int, points: int) -> float | None:
    """Returns the points per visible member; None for fewer than five."""
    return points / members if members >= MIN_GROUP_SIZE else None


def _ranks(descending: Iterable[float]) -> list[int]:
    """Returns a rank for each value: equal ones share it, and the next one skips as many."""
    ranks: list[int] = []
    previous = None
    for rank, value in enumerate(descending, start=1):
        ranks.append(ranks[-1] if value == previous else rank)
        previous = value
    return ranks


async def _ranked(
    session: AsyncSession, scores: _Scores, team: Team | None, limit: int | None
) -> list[tuple[int, int]]:
    """Returns subscriber ids with their points, the most points first; nobody without points."""
    query: Select[int, int] = (
        select(Enrolment.subscriber_id, scores.points)
        .select_from(scores.rows)
        .where(*scores.with_points(team))
        .order_by(scores.points.desc(), Enrolment.subscriber_id)
        .limit(limit)
    )
    return [(subscriber_id, points) for subscriber_id, points in await session.execute(query)]


async def _places(
    session: AsyncSession,
    programme_id: int,
    lines: Sequence[tuple[int, int]],
    shown: Sequence[int],
    me: int | None,
) -> list[Place]:
    """Returns the lines at these indices as places of the whole board."""
    ranks = _ranks(points for _, points in lines)
    names = await _names(session, programme_id, [lines[index][0] for index in shown])
    return [
        Place(ranks[index], names.get(subscriber_id, ""), points, subscriber_id == me)
        for index, (subscriber_id, points) in ((index, lines[index]) for index in shown)
    ]


async def _names(
    session: AsyncSession, programme_id: int, subscriber_ids: Sequence[int]
) -> dict[int, str]:
    query = (
        select(Subscriber.id, func.coalesce(Enrolment.shown_name, Subscriber.alias))
        .join(Enrolment, Enrolment.subscriber_id == Subscriber.id)
        .where(Enrolment.programme_id == programme_id)
    )
    if len(subscriber_ids) <= _MAX_IDS:
        query = query.where(Subscriber.id.in_(subscriber_ids))
    return dict((await session.execute(query)).all())


async def _own_points(
    session: AsyncSession, scores: _Scores, me: int | None
) -> tuple[bool, int | None]:
    """Returns whether the member is hidden, and their points; (False, None) for anybody else."""
    if me is None:
        return False, None
    mine = await session.execute(
        select(Enrolment.hidden, func.coalesce(scores.points, 0))
        .select_from(scores.rows)
        .where(definitions.enrolled(scores.programme_id), Enrolment.subscriber_id == me)
    )
    row = mine.one_or_none()
    return (row[0], row[1]) if row else (False, None)


async def first_of(
    session: AsyncSession, programme: Programme, board: MemberBoard, day: date
) -> Sequence[Row[int, datetime]]:
    """Returns who has as many points as the board's first line: id, time of joining the quiz.

    `day` lies in the board's period.
    """
    scores = _Scores(programme, board.period, day)
    first = select(Enrolment.subscriber_id).select_from(scores.rows)
    first = first.where(*scores.with_points(board.team), scores.points == board.top[0].points)
    query = select(Subscriber.id, Subscriber.joined_at).where(Subscriber.id.in_(first))
    return (await session.execute(query)).all()


async def name_of(session: AsyncSession, programme_id: int, subscriber_id: int) -> str:
    """Returns the member's name on the boards of that programme."""
    return (await _names(session, programme_id, [subscriber_id]))[subscriber_id]
