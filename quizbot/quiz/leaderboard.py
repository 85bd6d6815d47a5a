"""Who stands where: this week and all time. Ties share a rank, aliases only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Subscriber, WeeklyScore
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


class _Scores:
    """The columns that a period compares: whoever has points is on the board."""

    def __init__(self, period: Period, today: date) -> None:
        self.points: InstrumentedAttribute[int]
        self.id: InstrumentedAttribute[int]
        self.where: ColumnElement[bool]
        if period is Period.WEEK:
            self.points, self.id = WeeklyScore.points, WeeklyScore.subscriber_id
            self.where = and_(WeeklyScore.week == week_of(today), WeeklyScore.points > 0)
        else:
            self.points, self.id = Subscriber.points, Subscriber.id
            self.where = Subscriber.points > 0

    def lines(self) -> Select[int, str, int]:
        query = select(self.id, Subscriber.alias, self.points).where(self.where)
        if self.id is WeeklyScore.subscriber_id:
            query = query.join(Subscriber, Subscriber.id == WeeklyScore.subscriber_id)
        return query

    def above(self, points: int, subscriber_id: int) -> ColumnElement[bool]:
        """Before this place in the order: more points, then the lower id."""
        return or_(self.points > points, and_(self.points == points, self.id < subscriber_id))

    def below(self, points: int, subscriber_id: int) -> ColumnElement[bool]:
        return or_(self.points < points, and_(self.points == points, self.id > subscriber_id))


async def board(
    session: AsyncSession, me: int, period: Period, today: date, size: int = 10
) -> Board:
    """The first `size` places and one's own. `today` is the viewer's local date."""
    scores = _Scores(period, today)
    ordered = scores.lines().order_by(scores.points.desc(), scores.id)
    rows = (await session.execute(ordered.limit(size + 1))).all()
    # Whoever closes the list sees the neighbour below, too.
    shown = rows if size <= len(rows) and rows[size - 1][0] == me else rows[:size]
    lines = await _standings(session, scores, shown, me)
    above = {row[0] for row in shown}
    around = [] if me in above else await _around(session, scores, me, above)
    players = await session.scalar(select(func.count(scores.id)).where(scores.where))
    alias = await session.scalar(select(Subscriber.alias).where(Subscriber.id == me))
    return Board(period, lines, around, players or 0, alias or "")


async def rank(session: AsyncSession, me: int, period: Period, today: date) -> int | None:
    """One's own rank; None without points."""
    scores = _Scores(period, today)
    points = await session.scalar(select(scores.points).where(scores.where, scores.id == me))
    return None if points is None else await _rank(session, scores, points)


async def _around(
    session: AsyncSession, scores: _Scores, me: int, above: set[int]
) -> list[Standing]:
    """Oneself between the neighbours, without those who are shown `above` already."""
    mine = (await session.execute(scores.lines().where(scores.id == me))).one_or_none()
    if mine is None:
        return []
    points = mine[2]
    before = await session.execute(
        scores.lines()
        .where(scores.above(points, me))
        .order_by(scores.points, scores.id.desc())
        .limit(1)
    )
    after = await session.execute(
        scores.lines()
        .where(scores.below(points, me))
        .order_by(scores.points.desc(), scores.id)
        .limit(1)
    )
    rows = [row for row in (*before, mine, *after) if row[0] not in above]
    return await _standings(session, scores, rows, me)


async def _standings(
    session: AsyncSession, scores: _Scores, rows: Sequence[Row[int, str, int]], me: int
) -> list[Standing]:
    ranks: dict[int, int] = {}
    for _, _, points in rows:
        if points not in ranks:
            ranks[points] = await _rank(session, scores, points)
    return [
        Standing(ranks[points], alias, points, subscriber_id == me)
        for subscriber_id, alias, points in rows
    ]


async def _rank(session: AsyncSession, scores: _Scores, points: int) -> int:
    """One more than the number of people with more points: ties share a rank."""
    ahead = await session.scalar(
        select(func.count(scores.id)).where(scores.where, scores.points > points)
    )
    return 1 + (ahead or 0)
