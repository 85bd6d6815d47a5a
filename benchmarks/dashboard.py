"""The dashboard of a programme with 10,000 members and 500,000 answers.

Times are medians of wall time in milliseconds, after a warm-up. For a refresh of the reports, what
counts is how long others wait: the longest transaction, and the longest time without a turn of the
event loop.
"""

import asyncio
import gc
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks import TOPIC_FOLDER
from benchmarks.bot_process import TOKEN
from benchmarks.databases import KINDS, TITLES, Databases, vacuum
from benchmarks.population import Population
from benchmarks.programme import enrol_all, signed_in_browser
from benchmarks.table import Row, exactly, under
from db.programmes import Programme
from db.session import Sessions, create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.application import collect_garbage_rarely
from quizbot.programmes import members
from quizbot.programmes import programme as programmes
from quizbot.programmes.boards import Period
from quizbot.programmes.reports import overview, refresh

_REPEATS, _WARM_UP = 15, 3
_PAGE_LIMIT, _WAIT_LIMIT = 100, 100  # milliseconds
_PLACES_PER_PAGE = 50  # of a board, as in quizbot.web.pages.boards
# Whole tables, which are rarely needed: they have no target.
_DOWNLOADS = (
    "/download/members.csv",
    "/download/members.xlsx",
    "/download/board.csv",
    "/download/participation.csv",
)
_WEIGHED = ("", "?range=12-weeks", "/boards", "/learning", "/questions", "/members", "/manage")


@dataclass(frozen=True)
class _Size:
    members: int
    days: int  # of questions behind everybody, four fifths of them answered


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields two tables for each database, and one of what is transferred."""
    size = _Size(500, 20) if quick else _Size(10_000, 63)
    topic = load_topic(TOPIC_FOLDER)
    for kind in KINDS:
        population = Population(due=0, open=size.members, days=size.days)
        url = await databases.create(kind, population)
        engine = create_engine(url)
        try:
            programme_id = await enrol_all(create_sessions(engine), topic, size.days)
            await vacuum(engine)
            with _collecting_garbage_rarely():
                size_and_kind = f"{size.members:,} members, {TITLES[kind]}"
                yield f"Reports, {size_and_kind}", await _report_rows(engine, programme_id, topic)
                yield f"Pages, {size_and_kind}", await _page_rows(engine, programme_id, topic)
            if kind == KINDS[-1]:
                yield f"Bytes, {size_and_kind}", await _byte_rows(engine, programme_id, topic)
        finally:
            await engine.dispose()
            await databases.drop(url)


@contextmanager
def _collecting_garbage_rarely() -> Iterator[None]:
    """Collect garbage as rarely as the running bot does."""
    before = gc.get_threshold()
    collect_garbage_rarely()
    try:
        yield
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


async def _report_rows(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    """Refresh everything up to three days ago, then a day, then the open dates, then nothing."""
    sessions, now = create_sessions(engine), datetime.now(UTC)
    rows = []
    for name, at in (
        ("all days but the last three", now - timedelta(days=2)),
        ("one more day", now - timedelta(days=1)),
        ("one more day, and open dates", now),
        ("open dates", now + timedelta(minutes=20)),
        ("nothing is due", now + timedelta(minutes=21)),
    ):
        async with recording_waits(engine) as waits:
            await refresh.refresh_reports(sessions, programme_id, topic, at)
        rows += [
            Row(name, waits.total, "ms"),
            under("  longest transaction", max(waits.transactions), _WAIT_LIMIT, "ms"),
            under(
                "  longest time that the event loop was busy",
                max(waits.busy, default=0.0),
                _WAIT_LIMIT,
                "ms",
            ),
        ]
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        found = await overview.programme_overview(session, programme)
    wrong = sum(day.settled and day.asked != day.enrolled for day in found.days)
    return [*rows, exactly("days whose questions did not all arrive", wrong, 0)]


async def _page_rows(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    """Measure whole pages through the application, with session and guard, without a network."""
    sessions, programme = create_sessions(engine), f"/p/{programme_id}"
    paths = await _page_paths(sessions, programme_id, topic)
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with signed_in_browser(sessions, topic, Path(folder)) as browser:
            rows = [under("/p", await _page_time(browser, "/p"), _PAGE_LIMIT, "ms")]
            for name, path in paths.items():
                spent = await _page_time(browser, programme + path)
                rows.append(under(name, spent, _PAGE_LIMIT, "ms"))
            downloads = [
                Row(path, await _page_time(browser, programme + path), "ms") for path in _DOWNLOADS
            ]
    return rows + downloads


async def _page_paths(sessions: Sessions, programme_id: int, topic: Topic) -> dict[str, str]:
    """Returns the paths of the programme's pages by name."""
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        team = (await programmes.teams(session, programme_id))[0].id
        [member] = await members.list_members(session, programme, limit=1)
        count = await programmes.count_members(session, programme_id)
    handle = members.handle_maker(TOKEN, programme_id)(member.subscriber_id, member.joined_at)
    item, last = topic.approved[0].id, -(-count // _PLACES_PER_PAGE)
    board = f"/boards?period={Period.PROGRAMME}"
    plain = (
        board,
        f"/boards/print?period={Period.PROGRAMME}",
        "/questions",
        f"/questions/{item}",
        "/learning",
        "/report",
        "/delivery",
        "/delivery?range=programme",
        "/members",
        "/members?order=team&page=100",
        "/members?order=points&page=100",
        "/members?search=person",
        "/manage",
        "/audit-log",
        "/poster",
        "/poster/teams",
        "/teams/balance?all=yes",
    )
    return {
        "/": "",
        **{f"/?range={each}": f"?range={each}" for each in overview.Range},
        **{path: path for path in plain},
        f"{board}, a team's": f"{board}&team={team}",
        f"{board}, its last page": f"{board}&page={last}",
        "a member's": f"/members/{handle}",
        "a team's": f"/teams/{team}",
    }


async def _byte_rows(engine: AsyncEngine, programme_id: int, topic: Topic) -> list[Row]:
    """Measure pages as they are transferred, in kilobytes of 1,000 bytes."""
    sessions, programme = create_sessions(engine), f"/p/{programme_id}"
    rows = []
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with signed_in_browser(sessions, topic, Path(folder)) as browser:
            for path in _WEIGHED:
                own = {"Sec-Fetch-Site": "same-origin"}
                page = await browser.get(programme + path, headers=own)
                rows += [
                    Row(path or "/", len(page.content) / 1000, "kB"),
                    Row("  compressed", page.num_bytes_downloaded / 1000, "kB"),
                ]
    return rows


async def _page_time(browser: httpx.AsyncClient, path: str) -> float:
    spent = []
    for _ in range(_WARM_UP + _REPEATS):
        begun = time.perf_counter()
        page = await browser.get(path)
        spent.append(elapsed_ms(begun))
        if page.status_code != 200:
            raise RuntimeError(f"{path} returned {page.status_code}")
    return median(spent[_WARM_UP:])


_TICK = 0.001  # seconds


@dataclass
class Waits:
    """Milliseconds of each transaction, and of each time that the event loop was busy."""

    transactions: list[float] = field(default_factory=list)
    busy: list[float] = field(default_factory=list)
    total: float = 0.0


@asynccontextmanager
async def recording_waits(engine: AsyncEngine) -> AsyncIterator[Waits]:
    """Yields the waits that the block causes; complete after it."""
    waits, begun = Waits(), time.perf_counter()
    watcher = asyncio.create_task(_record_loop_delays(waits))
    with _recording_transactions(engine, waits):
        yield waits
    waits.total = elapsed_ms(begun)
    watcher.cancel()
    with suppress(asyncio.CancelledError):
        await watcher


async def _record_loop_delays(waits: Waits) -> None:
    while True:
        before = time.perf_counter()
        await asyncio.sleep(_TICK)
        waits.busy.append(elapsed_ms(before) - 1000 * _TICK)


@contextmanager
def _recording_transactions(engine: AsyncEngine, waits: Waits) -> Iterator[None]:
    begun: dict[int, float] = {}

    def begins(connection: Any) -> None:
        begun[id(connection)] = time.perf_counter()

    def ends(connection: Any) -> None:
        waits.transactions.append(elapsed_ms(begun.pop(id(connection), time.perf_counter())))

    hooks = (("begin", begins), ("commit", ends), ("rollback", ends))
    for name, hook in hooks:
        event.listen(engine.sync_engine, name, hook)
    yield
    for name, hook in hooks:
        event.remove(engine.sync_engine, name, hook)


def elapsed_ms(begun: float) -> float:
    """Returns the milliseconds since a time of time.perf_counter."""
    return 1000 * (time.perf_counter() - begun)
