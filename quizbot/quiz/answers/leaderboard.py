"""How many people are ahead: counted in the first places, looked up in a histogram below them.

Counting grows with the number of people counted, so from some place on a rank comes from a
histogram of everybody's points that is up to a minute old. It is only a cache: it is made from
what is committed, and no other process needs it.

Whoever hides in a programme that they take part in has no place here either, but in their own eyes.
"""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import accumulate

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Subscriber, WeeklyScore
from db.programmes import Enrolment
from quizbot.quiz.answers.scoring import week_of

MAX_COUNTED = 10_000  # people; counting so many by the index takes some milliseconds

_AGES = timedelta(seconds=30)  # from then on it is made anew beside the requests
_USELESS = timedelta(seconds=60)  # from then on a request waits for a new one


class ScoreColumns:
    """The columns to compare: points in the week that begins on that Monday, or (None) of all time.

    Whoever has more than 0 points and is `shown` has a place. The points of everybody in `period`
    are in one index, by points and then by id. `me` is who looks, to whom they are always shown.
    """

    def __init__(self, week: date | None, me: int | None = None) -> None:
        self.week, self.me = week, me
        self.points: InstrumentedAttribute[int]
        self.id: InstrumentedAttribute[int]
        self.period: ColumnElement[bool]
        if week is None:
            self.points, self.id, self.period = Subscriber.points, Subscriber.id, true()
        else:
            self.points, self.id = WeeklyScore.points, WeeklyScore.subscriber_id
            self.period = WeeklyScore.week == week

    @property
    def hidden(self) -> ColumnElement[bool]:
        """Whether somebody hides, and is not `me`."""
        hides = exists().where(
            Enrolment.subscriber_id == self.id, Enrolment.hidden, Enrolment.left_at.is_(None)
        )
        return hides if self.me is None else hides.where(Enrolment.subscriber_id != self.me)

    @property
    def shown(self) -> ColumnElement[bool]:
        """In the period, and not hidden."""
        return self.period & ~self.hidden

    def lines(self) -> Select[int, int]:
        """Who (id) has how many points, of those who are shown."""
        return select(self.id, self.points).where(self.shown)


# How many of those who are shown have more than these points, of which nobody has fewer than 0.
AheadCounter = Callable[[AsyncSession, ScoreColumns, int], Awaitable[int]]


async def count_ahead(session: AsyncSession, scores: ScoreColumns, points: int) -> int:
    """Exact at any size, and the slower the more there are."""
    query = select(func.count(scores.id)).where(scores.shown, scores.points > points)
    return await session.scalar(query) or 0


@dataclass(frozen=True)
class Histogram:
    """How many people have how many points: `points` ascend, `up_to` adds up the people.

    Those who hide are in it: so it is the same for every viewer, and who begins to hide is off the
    board at once.
    """

    points: tuple[int, ...]
    up_to: tuple[int, ...]

    @classmethod
    def of(cls, people: Iterable[tuple[int, int]]) -> "Histogram":
        """From pairs of points and people."""
        ascending = sorted(people)
        return cls(
            tuple(points for points, _ in ascending),
            tuple(accumulate(number for _, number in ascending)),
        )

    def ahead(self, points: int) -> int:
        """How many people have more than these points."""
        place = bisect_right(self.points, points)
        return self.players - (self.up_to[place - 1] if place else 0)

    @property
    def players(self) -> int:
        return self.up_to[-1] if self.up_to else 0


@dataclass
class RankCache:
    """The histograms of a process. `counted` people at most are counted."""

    counted: int = MAX_COUNTED
    _kept: dict[date | None, tuple[datetime, Histogram]] = field(default_factory=dict)
    _renewing: bool = False

    def at(self, now: datetime) -> AheadCounter:
        """Counts whoever is ahead at this moment."""

        async def ahead(session: AsyncSession, scores: ScoreColumns, points: int) -> int:
            return await self._ahead(session, scores, points, now)

        return ahead

    def are_aging(self, now: datetime) -> bool:
        """Whether it is time for `renew`, which is better done while nobody waits for it."""
        return not self._renewing and bool(self._aging(now))

    async def renew(self, session: AsyncSession, now: datetime) -> None:
        """Make those anew that are aging; what nobody has needed for a minute is dropped."""
        self._renewing = True
        try:
            for week in self._aging(now):
                if now - self._kept[week][0] >= _USELESS:
                    del self._kept[week]
                else:
                    await self._make(session, ScoreColumns(week), now)
        finally:
            self._renewing = False

    def _aging(self, now: datetime) -> list[date | None]:
        return [week for week, (made_at, _) in self._kept.items() if now - made_at >= _AGES]

    async def _ahead(
        self, session: AsyncSession, scores: ScoreColumns, points: int, now: datetime
    ) -> int:
        some = select(literal(1)).where(scores.shown, scores.points > points)
        some_at_most = some.limit(self.counted).subquery()
        counted = await session.scalar(select(func.count()).select_from(some_at_most)) or 0
        if counted < self.counted:
            return counted
        # It cannot be fewer now, even if fewer had as much when the histogram was made.
        everybody = (await self._histogram(session, scores, now)).ahead(points)
        hidden = select(func.count(scores.id)).where(
            scores.period, scores.points > points, scores.hidden
        )
        return max(counted, everybody - (await session.scalar(hidden) or 0))

    async def _histogram(
        self, session: AsyncSession, scores: ScoreColumns, now: datetime
    ) -> Histogram:
        made_at, kept = self._kept.get(scores.week, (None, None))
        if made_at is None or kept is None or now - made_at >= _USELESS:
            return await self._make(session, scores, now)
        return kept

    async def _make(self, session: AsyncSession, scores: ScoreColumns, now: datetime) -> Histogram:
        with_points = select(scores.points, func.count()).where(scores.period, scores.points > 0)
        rows = await session.execute(with_points.group_by(scores.points))
        made = Histogram.of((points, people) for points, people in rows)
        self._kept[scores.week] = now, made
        return made


class Period(StrEnum):
    """Which points are compared."""

    WEEK = "week"  # Monday to Sunday, by everybody's local dates
    ALL_TIME = "all"


@dataclass(frozen=True)
class LeaderboardRow:
    """One line of a board."""

    rank: int
    alias: str
    points: int
    is_me: bool


@dataclass(frozen=True)
class Leaderboard:
    """The top of a board, and where `me` is not in it, oneself between the neighbours.

    `my_alias` is there for who has no points yet and so no place.
    """

    period: Period
    top: Sequence[LeaderboardRow]
    around_me: Sequence[LeaderboardRow]
    players: int
    my_alias: str


_Line = Row[int, int]  # id, points


async def board(
    session: AsyncSession,
    me: int,
    period: Period,
    today: date,
    size: int = 10,
    ahead: AheadCounter = count_ahead,
) -> Leaderboard:
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
            LeaderboardRow(ranks[points], aliases[who], points, who == me)
            for who, points in lines
            if who in aliases  # not erased since we looked
        ]
        for lines in (shown, around)
    )
    return Leaderboard(
        period, top, neighbours, await ahead(session, scores, 0), aliases.get(me, "")
    )


async def rank(
    session: AsyncSession, me: int, period: Period, today: date, ahead: AheadCounter = count_ahead
) -> int | None:
    """One's own rank; None without points."""
    scores = _scores(period, today, me)
    mine = await _line_of(session, scores, me)
    return None if mine is None else 1 + await ahead(session, scores, mine[1])


def _scores(period: Period, today: date, me: int) -> ScoreColumns:
    return ScoreColumns(week_of(today) if period is Period.WEEK else None, me)


async def _aliases(session: AsyncSession, people: Collection[int]) -> dict[int, str]:
    query = select(Subscriber.id, Subscriber.alias).where(Subscriber.id.in_(people))
    return dict((await session.execute(query)).all())


# The order of a board is most points first, then the lower id. The index has both ascending, and
# half of all may share the same points: so no query may sort by points and id together, and none
# may join before its few rows are found.


async def _top(session: AsyncSession, scores: ScoreColumns, size: int) -> list[_Line]:
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
    session: AsyncSession, scores: ScoreColumns, me: int, above: Collection[int]
) -> list[_Line]:
    """Oneself between the neighbours, without those who are shown `above` already."""
    mine = await _line_of(session, scores, me)
    if mine is None:
        return []
    neighbours = await _before(session, scores, mine), mine, await _after(session, scores, mine)
    return [row for row in neighbours if row is not None and row[0] not in above]


async def _line_of(session: AsyncSession, scores: ScoreColumns, me: int) -> _Line | None:
    mine = scores.lines().where(scores.id == me, scores.points > 0)
    return (await session.execute(mine)).one_or_none()


async def _before(session: AsyncSession, scores: ScoreColumns, mine: _Line) -> _Line | None:
    """Who comes right before: of the same points the next lower id, or the last with more."""
    me, points = mine
    level = scores.lines().order_by(scores.id.desc())
    more = select(scores.points).where(scores.shown, scores.points > points)
    more = more.order_by(scores.points).limit(1)
    same = level.where(scores.points == points, scores.id < me)
    return await _first(session, same) or await _first(
        session, level.where(scores.points == more.scalar_subquery())
    )


async def _after(session: AsyncSession, scores: ScoreColumns, mine: _Line) -> _Line | None:
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
