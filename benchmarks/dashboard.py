"""A programme of 10,000 members with 500,000 answers: what a coordinator's pages wait for.

Milliseconds are medians of wall time of what a page asks the database for, each in a transaction of
its own, with everything warm. Bringing reports up to date is measured by what others have to wait
for: its longest transaction, and the longest that the event loop was busy with it.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from typing import Any

from sqlalchemy import event, insert, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.population import Population
from benchmarks.table import Row, exactly, under
from db.models import Subscriber
from db.programmes import Enrolment, Programme, Team
from db.session import Sessions, create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.quiz.programmes import (
    boards,
    coordinating,
    item_figures,
    learning_gain,
    organising,
    overview,
    reporting,
    scores,
)
from quizbot.quiz.programmes.boards import Period
from quizbot.quiz.programmes.organising import Plan, today_of
from quizbot.quiz.question_days import EVERY_WEEKDAY

_TOPIC = Path(__file__).parent.parent / "questions/vitamin-b12-blood-flow"
_COORDINATOR = 1
_TEAMS = 100
_TIMES, _WARMING = 15, 3
_AT_ONCE = 500  # members whose scores are added up in one go
_PAGE, _BUSY = 100, 100  # milliseconds
_NAP = 0.001  # seconds


@dataclass(frozen=True)
class _Size:
    members: int
    days: int  # of questions behind everybody, four fifths of them answered


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Rows, a table at a time."""
    size = _Size(500, 20) if quick else _Size(10_000, 63)
    topic = load_topic(_TOPIC)
    for kind in KINDS:
        population = Population(due=0, open=size.members, days=size.days)
        url = await databases.fresh(kind, population, population.fill)
        engine = create_engine(url)
        try:
            programme_id = await _programme(create_sessions(engine), size, topic)
            await _analyse(engine)
            place = f"{size.members:,} members, {TITLES[kind]}"
            yield f"Reports, {place}", await _reports(engine, programme_id)
            yield f"Pages, {place}", await _pages(engine, programme_id, topic)
        finally:
            await engine.dispose()
            await databases.drop(url)


async def _programme(sessions: Sessions, size: _Size, topic: Topic) -> int:
    """A programme that everybody has been in since their first day, in teams."""
    now = datetime.now(UTC)
    begun = now - timedelta(days=size.days)
    plan = Plan(
        name="Everybody",
        topic=topic.slug,
        timezone="UTC",
        starts_on=begun.date(),
        ends_on=None,
        question_time=now.time().replace(second=0, microsecond=0),
        weekdays=EVERY_WEEKDAY,
    )
    async with sessions.begin() as session:
        await coordinating.make_coordinator(session, _COORDINATOR, "Kim Doe", "en", begun)
        programme = await organising.make(session, plan, _COORDINATOR, begun)
        teams = [
            await organising.add_team(session, programme, f"Team {number}", _COORDINATOR, begun)
            for number in range(_TEAMS)
        ]
        people = (await session.scalars(select(Subscriber.id).order_by(Subscriber.id))).all()
        await session.execute(
            insert(Enrolment),
            [
                {
                    "programme_id": programme.id,
                    "subscriber_id": person,
                    "team_id": teams[place % _TEAMS].id,
                    "enrolled_on": plan.starts_on,
                }
                for place, person in enumerate(people)
            ],
        )
    for first in range(0, len(people), _AT_ONCE):
        async with sessions.begin() as session:
            await scores.recount(session, people[first : first + _AT_ONCE])
    return programme.id


async def _analyse(engine: AsyncEngine) -> None:
    """As PostgreSQL's autovacuum would have done long ago; SQLite is never told to."""
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


@dataclass
class _Waits:
    """What others wait for, in milliseconds: each transaction, and each time the loop was busy."""

    transactions: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    total: float = 0.0


@asynccontextmanager
async def _watching(engine: AsyncEngine) -> AsyncIterator[_Waits]:
    """The waits of what is done meanwhile."""
    waits, begun = _Waits(), time.perf_counter()
    watcher = asyncio.create_task(_watch(waits))
    with _timing(engine, waits):
        yield waits
    waits.total = _since(begun)
    watcher.cancel()
    with suppress(asyncio.CancelledError):
        await watcher


async def _watch(waits: _Waits) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_NAP)
        waits.busy.append(_since(before) - 1000 * _NAP)


@contextmanager
def _timing(engine: AsyncEngine, waits: _Waits) -> Iterator[None]:
    begun: dict[int, float] = {}

    def begins(connection: Any) -> None:
        begun[id(connection)] = time.perf_counter()

    def ends(connection: Any) -> None:
        waits.transactions.append(_since(begun.pop(id(connection), time.perf_counter())))

    hooks = (("begin", begins), ("commit", ends), ("rollback", ends))
    for name, hook in hooks:
        event.listen(engine.sync_engine, name, hook)
    yield
    for name, hook in hooks:
        event.remove(engine.sync_engine, name, hook)


def _since(begun: float) -> float:
    return 1000 * (time.perf_counter() - begun)


async def _reports(engine: AsyncEngine, programme_id: int) -> list[Row]:
    """Everything up to three days ago, then a day, then what is open, then nothing."""
    sessions, now = create_sessions(engine), datetime.now(UTC)
    rows = []
    for name, at in (
        ("all days but the last three", now - timedelta(days=2)),
        ("one more day", now - timedelta(days=1)),
        ("one more day, and what is open", now),
        ("what is open", now + timedelta(minutes=20)),
        ("nothing is due", now + timedelta(minutes=21)),
    ):
        async with _watching(engine) as waits:
            await reporting.freshen(sessions, programme_id, at)
        rows += [
            Row(name, waits.total, "ms"),
            under("  longest transaction", max(waits.transactions), _BUSY, "ms"),
            under("  longest time that the loop was busy", max(waits.busy), _BUSY, "ms"),
        ]
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        found = await overview.overview(session, programme, now)
    wrong = sum(day.settled and day.asked != day.enrolled for day in found.days)
    return [*rows, exactly("days whose questions did not all arrive", wrong, 0)]


_Ask = Callable[[AsyncSession], Awaitable[object]]


async def _pages(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    sessions, now = create_sessions(engine), datetime.now(UTC)
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        team = (await organising.teams(session, programme_id))[0]
    rows = []
    for name, ask in _asked(programme, team, topic, now).items():
        rows.append(under(name, await _asking(sessions, ask), _PAGE, "ms"))
    return rows


def _asked(programme: Programme, team: Team, topic: Topic, now: datetime) -> dict[str, _Ask]:
    """What pages ask for, by name."""
    today, item = today_of(programme, now), topic.approved[0].id
    asked: dict[str, _Ask] = {
        "overview, with days and their delivery": lambda session: overview.overview(
            session, programme, now
        ),
        "learning, by point": lambda session: learning_gain.learning_gain(
            session, programme, topic
        ),
        "mastery, by point": lambda session: learning_gain.mastery_shares(
            session, programme, topic
        ),
        "all items": lambda session: item_figures.all_items(session, programme, topic),
        "one item": lambda session: item_figures.one_item(session, programme, topic, item),
    }
    for period in Period:
        asked |= _boards(programme, team, period, today)
    return asked


def _boards(programme: Programme, team: Team, period: Period, today: date) -> dict[str, _Ask]:
    return {
        f"members, {period}": lambda session: boards.member_board(
            session, programme, period, today
        ),
        f"members of a team, {period}": lambda session: boards.member_board(
            session, programme, period, today, team=team
        ),
        f"teams, {period}": lambda session: boards.team_board(session, programme, period, today),
        f"all members, {period}": lambda session: boards.member_board(
            session, programme, period, today, size=None
        ),
    }


async def _asking(sessions: Sessions, ask: _Ask) -> float:
    spent = []
    for _ in range(_WARMING + _TIMES):
        begun = time.perf_counter()
        async with sessions.begin() as session:
            await ask(session)
        spent.append(_since(begun))
    return median(spent[_WARMING:])
