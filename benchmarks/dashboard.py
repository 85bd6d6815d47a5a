"""A programme of 10,000 members with 500,000 answers: what a coordinator's pages wait for.

Milliseconds are medians of wall time of what a page asks the database for, each in a transaction of
its own, with everything warm. Bringing reports up to date is measured by what others have to wait
for: its longest transaction, and the longest that the event loop was busy with it.
"""

import gc
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.enrolled import enrol_all
from benchmarks.play import TOKEN
from benchmarks.population import Population
from benchmarks.served import served
from benchmarks.table import Row, exactly, under
from benchmarks.waits import since, watching
from db.programmes import Programme, Team
from db.session import Sessions, create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.application import collect_garbage_rarely
from quizbot.programmes import boards
from quizbot.programmes import members as programmes_members
from quizbot.programmes import programme as programmes_programme
from quizbot.programmes.boards import Period
from quizbot.programmes.programme import today_of
from quizbot.programmes.reports import figures, overview, refresh

_TOPIC = Path(__file__).parent.parent / "questions/vitamin-b12-blood-flow"
_TIMES, _WARMING = 15, 3
_PAGE, _BUSY = 100, 100  # milliseconds
_ON_A_PAGE = 50  # places of a board, as quizbot.web.pages.boards has it
# Whole tables, and rarely asked for: they have no target.
_DOWNLOADS = ("/download/members.csv", "/download/members.xlsx", "/download/board.csv")


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
            programme_id = await enrol_all(create_sessions(engine), topic, size.days)
            await _analyse(engine)
            with _collecting_seldom():
                place = f"{size.members:,} members, {TITLES[kind]}"
                yield f"Reports, {place}", await _reports(engine, programme_id)
                yield f"What pages ask for, {place}", await _asked(engine, programme_id, topic)
                yield f"Pages, {place}", await _pages(engine, programme_id, topic)
        finally:
            await engine.dispose()
            await databases.drop(url)


@contextmanager
def _collecting_seldom() -> Iterator[None]:
    """As the bot does once it has started."""
    before = gc.get_threshold()
    collect_garbage_rarely()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


async def _analyse(engine: AsyncEngine) -> None:
    """As PostgreSQL's autovacuum would have done long ago; SQLite is never told to."""
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


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
        async with watching(engine) as waits:
            await refresh.refresh_reports(sessions, programme_id, at)
        rows += [
            Row(name, waits.total, "ms"),
            under("  longest transaction", max(waits.transactions), _BUSY, "ms"),
            under("  longest time that the loop was busy", max(waits.busy), _BUSY, "ms"),
        ]
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        found = await overview.programme_overview(session, programme, now)
    wrong = sum(day.settled and day.asked != day.enrolled for day in found.days)
    return [*rows, exactly("days whose questions did not all arrive", wrong, 0)]


_Ask = Callable[[AsyncSession], Awaitable[object]]


async def _asked(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    sessions, now = create_sessions(engine), datetime.now(UTC)
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        team = (await programmes_programme.teams(session, programme_id))[0]
    rows = []
    for name, ask in _questions(programme, team, topic, now).items():
        rows.append(under(name, await _asking(sessions, ask), _PAGE, "ms"))
    return rows


def _questions(programme: Programme, team: Team, topic: Topic, now: datetime) -> dict[str, _Ask]:
    """What pages ask for, by name."""
    today, item = today_of(programme, now), topic.approved[0].id
    asked: dict[str, _Ask] = {
        "overview, with days and their delivery": lambda session: overview.programme_overview(
            session, programme, now
        ),
        "learning, by point": lambda session: figures.learning_gain(session, programme, topic),
        "mastery, by point": lambda session: figures.mastery_shares(session, programme, topic),
        "all items": lambda session: figures.all_item_figures(session, programme, topic),
        "the first fifty of the list of members": lambda session: programmes_members.list_members(
            session, programme, limit=50
        ),
        "one item": lambda session: figures.item_figures(session, programme, topic, item),
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
            session, programme, period, today, part=slice(None)
        ),
    }


async def _asking(sessions: Sessions, ask: _Ask) -> float:
    spent = []
    for _ in range(_WARMING + _TIMES):
        begun = time.perf_counter()
        async with sessions.begin() as session:
            await ask(session)
        spent.append(since(begun))
    return median(spent[_WARMING:])


async def _pages(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    """Whole answers of the application, as a browser gets them; all but the wire."""
    sessions, programme = create_sessions(engine), f"/p/{programme_id}"
    shown = await _shown(sessions, programme_id, topic)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with served(sessions, topic, Path(folder)) as browser:
            rows = [under("/p", await _browsing(browser, "/p"), _PAGE, "ms")]
            for name, path in shown.items():
                spent = await _browsing(browser, programme + path)
                rows.append(under(name, spent, _PAGE, "ms"))
            taken = [
                Row(path, await _browsing(browser, programme + path), "ms") for path in _DOWNLOADS
            ]
    return rows + taken


async def _shown(sessions: Sessions, programme_id: int, topic: Topic) -> dict[str, str]:
    """The pages of the programme by name; the last page of a board is where most is skipped."""
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        team = (await programmes_programme.teams(session, programme_id))[0].id
        [member] = await programmes_members.list_members(session, programme, limit=1)
        members = await programmes_programme.count_members(session, programme_id)
    handle = programmes_members.handle_maker(TOKEN, programme_id)(
        member.subscriber_id, member.joined_at
    )
    item, last = topic.approved[0].id, -(-members // _ON_A_PAGE)
    board = f"/boards?period={Period.PROGRAMME}"
    whole = (
        board,
        f"/boards/print?period={Period.PROGRAMME}",
        "/questions",
        f"/questions/{item}",
        "/learning",
        "/delivery",
        "/members",
        "/members?order=points&page=100",
        "/members?search=person",
        "/manage",
        "/trail",
    )
    return {
        "/": "",
        **{path: path for path in whole},
        f"{board}, a team's": f"{board}&team={team}",
        f"{board}, its last page": f"{board}&page={last}",
        "a member's": f"/members/{handle}",
        "a team's": f"/teams/{team}",
    }


async def _browsing(browser: httpx.AsyncClient, path: str) -> float:
    spent = []
    for _ in range(_WARMING + _TIMES):
        begun = time.perf_counter()
        page = await browser.get(path)
        spent.append(since(begun))
        if page.status_code != 200:
            raise RuntimeError(f"{path} answered {page.status_code}")
    return median(spent[_WARMING:])
