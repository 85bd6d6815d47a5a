"""The leaderboard: its first places, the viewer's own, and ranks.

A rank is one more than the number of subscribers with more points. They are counted in the
database, but counting many takes long: behind the first MAX_COUNTED places a rank comes from a
histogram of all points, which each process caches for up to a minute.

A subscriber who is hidden in one of their programmes is hidden here, too, except from themselves.
"""

from bisect import bisect_right
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import partial
from itertools import accumulate

from sqlalchemy import ColumnElement, Row, Select, exists, func, literal, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import InstrumentedAttribute

from db.models import Subscriber, WeeklyScore
from db.programmes import Enrolment
from quizbot.quiz.answers.streaks import week_of

MAX_COUNTED = 10_000  # subscribers; counting so many by the index takes some milliseconds

_REFRESH_AFTER = timedelta(seconds=30)  # then a histogram is replaced in the background
_EXPIRES_AFTER = timedelta(seconds=60)  # then a request waits for a new one


class ScoreColumns:
    """The columns to compare: points in the week that begins on that Monday, or (None) all time.

    Subscribers with more than 0 points who are `shown` have a rank. All points of a `period` are in
    one index, by points and then by id. `me` is the viewer, who is always shown.
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
    def hidden_ids(self) -> Select[int]:
        """Selects the ids of hidden subscribers, without `me`."""
        ids = select(Enrolment.subscriber_id).where(Enrolment.hidden, Enrolment.left_at.is_(None))
        return ids if self.me is None else ids.where(Enrolment.subscriber_id != self.me)

    @property
    def shown(self) -> ColumnElement[bool]:
        """Whether the row is in the period, and not hidden."""
        hidden = self.hidden_ids.where(Enrolment.subscriber_id == self.id)
        return self.period & ~hidden.correlate_except(Enrolment).exists()

    def hidden_ahead(self, points: int) -> Select[int]:
        """Selects how many who are hidden have more points: a lookup for each of these few."""
        hidden = self.hidden_ids.distinct().subquery()
        ahead = exists().where(self.id == hidden.c.subscriber_id, self.period, self.points > points)
        return select(func.count()).select_from(hidden).where(ahead)

    def rows(self) -> Select[int, int]:
        """Selects id and points of those who are shown."""
        return select(self.id, self.points).where(self.shown)


# Returns how many of those who are shown have more than these points (0 or more).
AheadCounter = Callable[[AsyncSession, ScoreColumns, int], Awaitable[int]]


async def count_ahead(session: AsyncSession, scores: ScoreColumns, points: int) -> int:
    """Returns an exact count at any size, which takes longer the more are ahead."""
    query = select(func.count(scores.id)).where(scores.shown, scores.points > points)
    return await session.scalar(query) or 0


@dataclass(frozen=True)
class Histogram:
    """How many subscribers have how many points: `points` ascend, `up_to` are cumulative counts.

    Hidden ones are included: so it is the same for every viewer, and hiding has effect at once.
    """

    points: tuple[int, ...]
    up_to: tuple[int, ...]

    @classmethod
    def of(cls, counts: Iterable[tuple[int, int]]) -> "Histogram":
        """Returns the histogram of pairs of points and the number of subscribers who have them."""
        ascending = sorted(counts)
        return cls(
            tuple(points for points, _ in ascending),
            tuple(accumulate(count for _, count in ascending)),
        )

    def ahead(self, points: int) -> int:
        """Returns how many subscribers have more than these points."""
        index = bisect_right(self.points, points)
        return self.players - (self.up_to[index - 1] if index else 0)

    @property
    def players(self) -> int:
        return self.up_to[-1] if self.up_to else 0


@dataclass
class RankCache:
    """The histograms of a process. At most `counted` subscribers are counted in the database."""

    counted: int = MAX_COUNTED
    _cached: dict[date | None, tuple[datetime, Histogram]] = field(default_factory=dict)
    _refreshing: bool = False

    def at(self, now: datetime) -> AheadCounter:
        """Returns a counter of those who are ahead at that time."""
        return partial(self._ahead, now)

    def needs_refresh(self, now: datetime) -> bool:
        """Returns whether `refresh` is due, which is better called while nobody waits for it."""
        return not self._refreshing and bool(self._old_weeks(now))

    async def refresh(self, session: AsyncSession, now: datetime) -> None:
        """Replace old histograms; drop those that nobody has needed for a minute."""
        self._refreshing = True
        try:
            for week in self._old_weeks(now):
                if now - self._cached[week][0] >= _EXPIRES_AFTER:
                    del self._cached[week]
                else:
                    await self._compute(session, ScoreColumns(week), now)
        finally:
            self._refreshing = False

    def _old_weeks(self, now: datetime) -> list[date | None]:
        return [
            week for week, (made_at, _) in self._cached.items() if now - made_at >= _REFRESH_AFTER
        ]

    async def _ahead(
        self, now: datetime, session: AsyncSession, scores: ScoreColumns, points: int
    ) -> int:
        first = select(literal(1)).where(scores.shown, scores.points > points)
        limited = first.limit(self.counted).subquery()
        counted = await session.scalar(select(func.count()).select_from(limited)) or 0
        if counted < self.counted:
            return counted
        # At least `counted`, even if there were fewer when the histogram was computed.
        everybody = (await self._histogram(session, scores, now)).ahead(points)
        hidden = await session.scalar(scores.hidden_ahead(points)) or 0
        return max(counted, everybody - hidden)

    async def _histogram(
        self, session: AsyncSession, scores: ScoreColumns, now: datetime
    ) -> Histogram:
        made_at, cached = self._cached.get(scores.week, (None, None))
        if made_at is None or cached is None or now - made_at >= _EXPIRES_AFTER:
            return await self._compute(session, scores, now)
        return cached

    async def _compute(
        self, session: AsyncSession, scores: ScoreColumns, now: datetime
    ) -> Histogram:
        with_points = select(scores.points, func.count()).where(scores.period, scores.points > 0)
        rows = await session.execute(with_points.group_by(scores.points))
        histogram = Histogram.of((points, count) for points, count in rows)
        self._cached[scores.week] = now, histogram
        return histogram


class Period(StrEnum):
    """Which points are compared."""

    WEEK = "week"  # Monday to Sunday, by local dates
    ALL_TIME = "all"


@dataclass(frozen=True)
class Place:
    """One line of a board. `name` is an alias, or the name that a member shows in a programme."""

    rank: int
    name: str
    points: int
    is_me: bool


@dataclass(frozen=True)
class Leaderboard:
    """The first places, and if the viewer is not among them, their row between its neighbours.

    `my_alias` is for a viewer who has no points yet, and so no row. `tied_more` have as many points
    as the last of the top, but are not in it.
    """

    period: Period
    top: Sequence[Place]
    around_me: Sequence[Place]
    players: int
    my_alias: str
    tied_more: int = 0


_IdAndPoints = Row[int, int]


async def board(
    session: AsyncSession,
    me: int,
    period: Period,
    today: date,
    size: int = 10,
    ahead: AheadCounter = count_ahead,
) -> Leaderboard:
    """Returns the first `size` places and the viewer's own. `today` is the viewer's local date."""
    scores = _scores(period, today, me)
    rows = await _top(session, scores, size + 1)
    # A viewer in the last of these places sees the next one, too.
    shown = rows if size <= len(rows) and rows[size - 1][0] == me else rows[:size]
    above = {id_ for id_, _ in shown}
    around = [] if me in above else await _around(session, scores, me, above)
    aliases = await _aliases(session, {me, *above, *(id_ for id_, _ in around)})
    reached = [points for _, points in shown]
    ranks = {points: 1 + reached.index(points) for points in reached}
    for _, points in around:
        ranks[points] = ranks.get(points) or 1 + await ahead(session, scores, points)
    top, neighbours = (
        [
            Place(ranks[points], aliases[id_], points, id_ == me)
            for id_, points in part
            if id_ in aliases  # not erased since we looked
        ]
        for part in (shown, around)
    )
    players = await ahead(session, scores, 0)
    tied_more = 0
    if reached and len(reached) < players:
        up_to_last = await ahead(session, scores, reached[-1] - 1)
        tied_more = max(0, up_to_last - len(reached))  # one of the two counts may be a minute old
    return Leaderboard(period, top, neighbours, players, aliases.get(me, ""), tied_more)


async def rank(
    session: AsyncSession, me: int, period: Period, today: date, ahead: AheadCounter = count_ahead
) -> int | None:
    """Returns the viewer's rank; None without points, or if nobody else has any."""
    scores = _scores(period, today, me)
    mine = await _row_of(session, scores, me)
    if mine is None or len(await _top(session, scores, 2)) < 2:
        return None
    return 1 + await ahead(session, scores, mine[1])


def _scores(period: Period, today: date, me: int) -> ScoreColumns:
    return ScoreColumns(week_of(today) if period is Period.WEEK else None, me)


async def _aliases(session: AsyncSession, subscriber_ids: Collection[int]) -> dict[int, str]:
    query = select(Subscriber.id, Subscriber.alias).where(Subscriber.id.in_(subscriber_ids))
    return dict((await session.execute(query)).all())


# The order is most points first, then the lower id. The index has both ascending, and half of all
# subscribers may have the same points: so no query may sort by points and id together, and none
# may join before it has found its few rows.


async def _top(session: AsyncSession, scores: ScoreColumns, size: int) -> list[_IdAndPoints]:
    """Returns the first `size` rows of the order."""
    best = select(scores.points).where(scores.shown, scores.points > 0)
    best = best.order_by(scores.points.desc()).limit(size)
    reached = (await session.scalars(best)).all()
    if not reached:
        return []
    fewest = reached[-1]  # all with more points are among the first, and some of those with as many
    rows: list[_IdAndPoints] = []
    if reached[0] > fewest:
        rows += await session.execute(scores.rows().where(scores.points > fewest))
        rows.sort(key=lambda row: (-row[1], row[0]))
    level = scores.rows().where(scores.points == fewest).order_by(scores.id)
    return [*rows, *await session.execute(level.limit(size - len(rows)))]


async def _around(
    session: AsyncSession, scores: ScoreColumns, me: int, above: Collection[int]
) -> list[_IdAndPoints]:
    """Returns the viewer between the neighbours, without those who are shown `above` already."""
    mine = await _row_of(session, scores, me)
    if mine is None:
        return []
    before = await _neighbour(session, scores, mine, before=True)
    after = await _neighbour(session, scores, mine, before=False)
    return [row for row in (before, mine, after) if row is not None and row[0] not in above]


async def _row_of(session: AsyncSession, scores: ScoreColumns, me: int) -> _IdAndPoints | None:
    mine = scores.rows().where(scores.id == me, scores.points > 0)
    return (await session.execute(mine)).one_or_none()


async def _neighbour(
    session: AsyncSession, scores: ScoreColumns, mine: _IdAndPoints, *, before: bool
) -> _IdAndPoints | None:
    """Returns the next row by id with the same points, or else the nearest with other points."""
    me, points = mine
    if before:
        by_id, by_points = scores.id.desc(), scores.points.asc()
        same, other = scores.id < me, scores.points > points
    else:
        by_id, by_points = scores.id.asc(), scores.points.desc()
        same, other = scores.id > me, scores.points.between(1, points - 1)
    nearest = select(scores.points).where(scores.shown, other).order_by(by_points).limit(1)
    row = scores.rows().order_by(by_id).limit(1)
    found = await session.execute(row.where(scores.points == points, same))
    if (neighbour := found.one_or_none()) is not None:
        return neighbour
    found = await session.execute(row.where(scores.points == nearest.scalar_subquery()))
    return found.one_or_none()
