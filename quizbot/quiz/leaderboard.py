"""Who stands where: this week and all time. Ties share a rank, aliases only.

Whoever hides in a programme is on nobody's board but their own (see quiz.ranking).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import Row, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from db.models import Subscriber
from quizbot.quiz.ranking import Ahead, Scores, count_ahead
from quizbot.quiz.scoring import week_of


class Period(StrEnum):
    """Which points are compared."""

    WEEK = "week"  # Monday to Sunday, by everybody's local dates
    ALL_TIME = "all"


@dataclass(frozen=True)
class Standing:
    """One line of a board."""

    rank: int
    alias: str
    points: int
    is_me: bool


@dataclass(frozen=True)
class Board:
    """The top of a board, and where `me` is not in it, oneself between the neighbours.

    `my_alias` is there for who has no points yet and so no place.
    """

    period: Period
    top: Sequence[Standing]
    around_me: Sequence[Standing]
    players: int
    my_alias: str


_Line = Row[int, int]  # id, points


async def board(
    session: AsyncSession,
    me: int,
    period: Period,
    today: date,
    size: int = 10,
    ahead: Ahead = count_ahead,
) -> Board:
    """The first `size` places and one's own. `today` is the viewer's local date.

    `ahead` tells how many people have more points (see quiz.ranking).
    """
    scores = _scores(period, today, me)
    rows = await _top(session, scores, size + 1)
    # Whoever closes the list sees the neighbour below, too.
    shown = rows if size <= len(rows) and rows[size - 1][0] == me else rows[:size]
    above = {person for person, _ in shown}
    around = [] if me in above else await _around(session, scores, me, above)
    aliases = await _aliases(session, {me, *above, *(person for person, _ in around)})
    reached = [points for _, points in shown]
    ranks = {points: 1 + reached.index(points) for points in reached}
    for _, points in around:
        ranks[points] = ranks.get(points) or 1 + await ahead(session, scores, points)
    top, neighbours = (
        [
            Standing(ranks[points], aliases[who], points, who == me)
            for who, points in lines
            if who in aliases  # not erased since we looked
        ]
        for lines in (shown, around)
    )
    return Board(period, top, neighbours, await ahead(session, scores, 0), aliases.get(me, ""))


async def rank(
    session: AsyncSession, me: int, period: Period, today: date, ahead: Ahead = count_ahead
) -> int | None:
    """One's own rank; None without points."""
    scores = _scores(period, today, me)
    mine = await _line_of(session, scores, me)
    return None if mine is None else 1 + await ahead(session, scores, mine[1])


def _scores(period: Period, today: date, me: int) -> Scores:
    return Scores(week_of(today) if period is Period.WEEK else None, me)


async def _aliases(session: AsyncSession, people: Collection[int]) -> dict[int, str]:
    query = select(Subscriber.id, Subscriber.alias).where(Subscriber.id.in_(people))
    return dict((await session.execute(query)).all())


# The order of a board is most points first, then the lower id. The index has both ascending, and
# half of all may share the same points: so no query may sort by points and id together, and none
# may join before its few rows are found.


async def _top(session: AsyncSession, scores: Scores, size: int) -> list[_Line]:
    """The first `size` of the order."""
    best = select(scores.points).where(scores.shown, scores.points > 0)
    best = best.order_by(scores.points.desc()).limit(size)
    reached = (await session.scalars(best)).all()
    if not reached:
        return []
    fewest = reached[-1]  # all who have more are among the first, and some of those with so many
    rows: list[_Line] = []
    if reached[0] > fewest:
        rows += await session.execute(scores.lines().where(scores.points > fewest))
        rows.sort(key=lambda row: (-row[1], row[0]))
    level = scores.lines().where(scores.points == fewest).order_by(scores.id)
    return [*rows, *await session.execute(level.limit(size - len(rows)))]


async def _around(
    session: AsyncSession, scores: Scores, me: int, above: Collection[int]
) -> list[_Line]:
    """Oneself between the neighbours, without those who are shown `above` already."""
    mine = await _line_of(session, scores, me)
    if mine is None:
        return []
    neighbours = await _before(session, scores, mine), mine, await _after(session, scores, mine)
    return [row for row in neighbours if row is not None and row[0] not in above]


async def _line_of(session: AsyncSession, scores: Scores, me: int) -> _Line | None:
    mine = scores.lines().where(scores.id == me, scores.points > 0)
    return (await session.execute(mine)).one_or_none()


async def _before(session: AsyncSession, scores: Scores, mine: _Line) -> _Line | None:
    """Who comes right before: of the same points the next lower id, or the last with more."""
    me, points = mine
    level = scores.lines().order_by(scores.id.desc())
    more = select(scores.points).where(scores.shown, scores.points > points)
    more = more.order_by(scores.points).limit(1)
    same = level.where(scores.points == points, scores.id < me)
    return await _first(session, same) or await _first(
        session, level.where(scores.points == more.scalar_subquery())
    )


async def _after(session: AsyncSession, scores: Scores, mine: _Line) -> _Line | None:
    """Who comes right after: of the same points the next higher id, or the first with fewer."""
    me, points = mine
    level = scores.lines().order_by(scores.id)
    fewer = select(scores.points).where(scores.shown, scores.points < points, scores.points > 0)
    fewer = fewer.order_by(scores.points.desc()).limit(1)
    same = level.where(scores.points == points, scores.id > me)
    return await _first(session, same) or await _first(
        session, level.where(scores.points == fewer.scalar_subquery())
    )


async def _first(session: AsyncSession, query: Select[int, int]) -> _Line | None:
    return (await session.execute(query.limit(1))).one_or_none()
