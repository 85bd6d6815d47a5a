"""/leaderboard at a million subscribers: ranks from the histogram, and ranks by a plain count.

The plain count is the cheapest one that the index on points allows: all with more points, less
those of them who are hidden. Times are milliseconds of wall time, each in a transaction of its own.
"""

import time
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime
from statistics import median

from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.large_population import LargePopulation, fill, subscriber_id
from benchmarks.table import Row, exactly, under
from db.programmes import ALL_WEEKDAYS, Enrolment
from db.session import Sessions, create_engine, create_sessions
from quizbot.programmes import membership, staff
from quizbot.programmes import programme as programmes
from quizbot.programmes.programme import Plan
from quizbot.quiz import subscription
from quizbot.quiz.answers.leaderboard import (
    AheadCounter,
    Leaderboard,
    Period,
    RankCache,
    ScoreColumns,
    board,
    rank,
)
from quizbot.quiz.answers.streaks import week_of

_DAYS = 3  # of questions behind everybody
_HIDDEN = 100  # one subscriber in so many is hidden
_REPEATS, _WARM_UP = 20, 3
_LIMIT = 50  # milliseconds
_COORDINATOR = 1


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields a table for each database."""
    subscribers = 20_000 if quick else 1_000_000
    now = datetime.now(UTC)
    for kind in KINDS:
        url = await databases.create(kind)
        await fill(
            url, LargePopulation(subscribers, now.date(), _DAYS, {"a": "a", "b": "b", "c": "c"})
        )
        engine = create_engine(url)
        try:
            sessions = create_sessions(engine)
            await _hide_some(sessions, subscribers, now)
            rows = [row for period in Period for row in await _rows(sessions, period, now)]
            yield f"/leaderboard, {subscribers:,} subscribers, {TITLES[kind]}", rows
        finally:
            await engine.dispose()
            await databases.drop(url)


async def plain_ahead(session: AsyncSession, scores: ScoreColumns, points: int) -> int:
    """Returns how many subscribers who are shown have more points, counted in the database."""
    everybody = select(func.count(scores.id)).where(scores.period, scores.points > points)
    hidden = await session.scalar(scores.hidden_ahead(points)) or 0
    return (await session.scalar(everybody) or 0) - hidden


async def _hide_some(sessions: Sessions, subscribers: int, now: datetime) -> None:
    today = now.date()
    plan = Plan("Everybody", "", "UTC", today, None, now.time(), ALL_WEEKDAYS)
    async with sessions.begin() as session:
        await staff.make_coordinator(session, _COORDINATOR, "Kim Doe", "en", now)
        programme = await programmes.create(session, plan, _COORDINATOR, now)
        columns = {"programme_id": programme.id, "enrolled_on": today, "hidden": True}
        hidden = range(_HIDDEN, subscribers + 1, _HIDDEN)
        await session.execute(
            insert(Enrolment),
            [columns | {"subscriber_id": subscriber_id(number)} for number in hidden],
        )


async def _rows(sessions: Sessions, period: Period, now: datetime) -> list[Row]:
    today, rows, wrong = now.date(), list[Row](), 0
    counters: dict[str, AheadCounter] = {"histogram": RankCache().at(now), "plain": plain_ahead}
    for place, viewers in (await _viewers(sessions, period, today)).items():
        for name, ahead in counters.items():
            pages, ranks = await _times(sessions, viewers, period, today, ahead)
            title = f"{period}, viewer {place}, {name}"
            rows += [
                under(f"{title}, median", median(pages), _LIMIT, "ms"),
                Row(f"  worst of {_REPEATS}", max(pages), "ms"),
                Row("  own rank alone, median", median(ranks), "ms"),
            ]
        for viewer in viewers[:3]:
            boards = [
                await _board(sessions, viewer, period, today, ahead) for ahead in counters.values()
            ]
            wrong += boards[0] != boards[1]
    return [
        *rows,
        Row(f"{period}, one count of everybody", await _count_time(sessions, period, today), "ms"),
        exactly("  boards on which the two differ", wrong, 0),
    ]


async def _viewers(sessions: Sessions, period: Period, today: date) -> dict[str, Sequence[int]]:
    """Returns viewers by their place: enough of each for all repetitions."""
    scores = ScoreColumns(week_of(today) if period is Period.WEEK else None)
    ordered = select(scores.id).where(scores.period).order_by(scores.points.desc(), scores.id)
    wanted = _WARM_UP + _REPEATS
    async with sessions() as session:
        total = await session.scalar(select(func.count(scores.id)).where(scores.period)) or 0
        starts = {"in front": 0, "in the middle": total // 2, "at the end": total - wanted}
        found: dict[str, Sequence[int]] = {
            place: (await session.scalars(ordered.offset(start).limit(wanted))).all()
            for place, start in starts.items()
        }
        hidden = select(Enrolment.subscriber_id).order_by(Enrolment.subscriber_id).limit(wanted)
        found["hidden"] = (await session.scalars(hidden)).all()
    return found


async def _times(
    sessions: Sessions, viewers: Sequence[int], period: Period, today: date, ahead: AheadCounter
) -> tuple[list[float], list[float]]:
    """Returns the milliseconds of each page, and of each rank alone."""
    pages, ranks = list[float](), list[float]()
    for viewer in viewers:
        begun = time.perf_counter()
        await _board(sessions, viewer, period, today, ahead)
        pages.append(1000 * (time.perf_counter() - begun))
        begun = time.perf_counter()
        async with sessions.begin() as session:
            await rank(session, viewer, period, today, ahead)
        ranks.append(1000 * (time.perf_counter() - begun))
    return pages[_WARM_UP:], ranks[_WARM_UP:]


async def _board(
    sessions: Sessions, viewer: int, period: Period, today: date, ahead: AheadCounter
) -> Leaderboard:
    """Does what the handler does."""
    async with sessions.begin() as session:
        await subscription.find(session, viewer)
        found = await board(session, viewer, period, today, ahead=ahead)
        await membership.of_subscriber(session, viewer)
    return found


async def _count_time(sessions: Sessions, period: Period, today: date) -> float:
    """Returns the median milliseconds of one plain count, which no board can do without."""
    scores = ScoreColumns(week_of(today) if period is Period.WEEK else None)
    query, spent = select(func.count()).where(scores.period, scores.points > 0), list[float]()
    for _ in range(_WARM_UP + _REPEATS):
        begun = time.perf_counter()
        async with sessions() as session:
            await session.scalar(query)
        spent.append(1000 * (time.perf_counter() - begun))
    return median(spent[_WARM_UP:])
