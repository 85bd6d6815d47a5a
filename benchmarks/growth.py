"""How latencies grow from 1,000 subscribers to 1,000,000, and how many bytes a delivery needs.

Latencies are medians of wall time in milliseconds, after a warm-up unless a row says otherwise, and
include the commit, on databases that flush each commit to disk (SQLite: WAL, synchronous=FULL).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks import TOPIC_FOLDER
from benchmarks.bot_process import UNPACED, BotProcess
from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.fake_telegram.client import running_fake_telegram
from benchmarks.large_population import LargePopulation, an_item_each, fill, subscriber_id
from benchmarks.machine import resident_memory
from benchmarks.table import Row, under
from benchmarks.use_cases import BATCH, WARM_UP, UseCases
from db.models import Answer, Delivery, ObjectiveMemory, Subscriber, WeeklyScore
from db.session import create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.quiz.answers.leaderboard import RankCache

SIZES = (1_000, 100_000, 1_000_000)
DAYS = 1  # of questions behind everybody

_CLAIMS = 30  # batches
_SINGLE_ANSWERS, _ANSWER_BATCH, _ANSWER_BATCHES = 200, 20, 20
_BOARDS = 200
_MAX_RATIO = 1.5  # between the most subscribers and the fewest
_POLLS_FOR_MEMORY = 3_000  # sent before the memory is read
_TIMEOUT = 60.0  # seconds for that

_BOARD, _BOARD_SLOW, _BOARD_FIRST = (
    "/leaderboard with own rank",
    "/leaderboard, 95th percentile",
    "/leaderboard, the first, which builds the histogram",
)

_STORAGE_SUBSCRIBERS, _STORAGE_DAYS, _STORAGE_WARM_UP_DAYS = 1_000, 16, 4
_MONDAY = date(2026, 11, 23)
_TABLES = {
    table.__tablename__: table
    for table in (Delivery, Answer, ObjectiveMemory, WeeklyScore, Subscriber)
}


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Yields two tables for each database."""
    topic = load_topic(TOPIC_FOLDER)
    sizes = SIZES[:2] if quick else SIZES
    for kind in KINDS:
        by_size, memory = dict[int, dict[str, float]](), list[Row]()
        # The smallest size is measured before and after, because the machine's speed varies.
        for size in (*sizes, sizes[0]):
            url = await databases.create(kind)
            now = _yesterday()
            items = an_item_each(topic)
            await fill(url, LargePopulation(size, now.date(), DAYS, items))
            latencies = await _latencies(url, size, topic, now)
            earlier = by_size.get(size, latencies)
            by_size[size] = {name: (earlier[name] + latencies[name]) / 2 for name in latencies}
            if size == sizes[-1]:
                memory = await _memory_rows(url)
            await databases.drop(url)
        title = f"Growth, {TITLES[kind]}, {DAYS} day of questions behind everybody"
        yield title, [*_latency_rows(by_size), *memory]
        yield f"Storage, {TITLES[kind]}", await _storage_rows(databases, kind, topic)


def _yesterday() -> datetime:
    """Returns a time at which everybody's question of that day is due."""
    return datetime.combine(datetime.now(UTC) - timedelta(days=1), time(23, 30), UTC)


async def _latencies(url: str, size: int, topic: Topic, now: datetime) -> dict[str, float]:
    rng = Random(size)
    viewers = [subscriber_id(rng.randint(1, size)) for _ in range(_BOARDS + WARM_UP)]
    single = WARM_UP + _SINGLE_ANSWERS
    answers = single + (WARM_UP + _ANSWER_BATCHES) * _ANSWER_BATCH
    engine = create_engine(url)
    try:
        use_cases = UseCases(create_sessions(engine), topic, now)
        claims = await use_cases.claim(_CLAIMS, left=answers)
        sends, asked = await use_cases.send_all()
        alone = await use_cases.answer(asked[:single], together=1)
        together = await use_cases.answer(asked[single:answers], together=_ANSWER_BATCH)
        boards = await use_cases.leaderboards(viewers, RankCache())
        first = await use_cases.leaderboards(viewers[:1], RankCache())
    finally:
        await engine.dispose()
    return {
        f"claim of a batch of {BATCH}": claims.median,
        "50 marked and recorded as sent": sends.median,
        "an answer, alone in its commit": alone.median,
        f"{_ANSWER_BATCH} answers to a commit": together.median,
        _BOARD: boards.median,
        _BOARD_SLOW: boards.percentile_95,
        _BOARD_FIRST: first.all[0],
    }


def _latency_rows(by_size: Mapping[int, Mapping[str, float]]) -> list[Row]:
    rows, fewest, most = [], min(by_size), max(by_size)
    for name in by_size[fewest]:
        if name in (_BOARD_SLOW, _BOARD_FIRST):
            rows += [Row(f"{name}, at {size:,}", by_size[size][name], "ms") for size in by_size]
        elif name == _BOARD:
            rows += [
                under(f"{name}, at {size:,}", by_size[size][name], 50, "ms") for size in by_size
            ]
        else:
            rows += [Row(f"{name}, at {size:,}", by_size[size][name], "ms") for size in by_size]
            ratio = by_size[most][name] / by_size[fewest][name]
            rows.append(under(f"  {most:,} against {fewest:,}", ratio, _MAX_RATIO, "x"))
    return rows


async def _memory_rows(url: str) -> list[Row]:
    """Run the bot in a process of its own while it asks everybody who is due, at full speed."""
    started, memory = None, None
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with running_fake_telegram() as telegram:
            begun = perf_counter()
            bot = BotProcess(telegram.url, url, Path(folder), UNPACED)
            async with bot.running() as (process, _):
                with suppress(TimeoutError):
                    await telegram.wait_for(lambda report: report["polls"] > 0, _TIMEOUT)
                    started = perf_counter() - begun
                    await telegram.wait_for(
                        lambda report: report["polls"] >= _POLLS_FOR_MEMORY, _TIMEOUT
                    )
                    memory = resident_memory(process.pid)
    return [
        under(f"resident memory after {_POLLS_FOR_MEMORY:,} polls", memory, 200, "MB"),
        Row("start of the process to the first poll", started, "s"),
    ]


@dataclass(frozen=True)
class _TableSize:
    """Bytes of a table with its indexes, and its rows."""

    bytes: int
    rows: int


async def _storage_rows(databases: Databases, kind: str, topic: Topic) -> list[Row]:
    """Returns what a delivery with its answer adds to the database, and the size of a row.

    It is the growth from the first days to the last: rows of the next day reuse the space that
    updates leave free. All subscribers are new, so many answers add a row to `objective_memories`;
    months later, when items come again, an answer needs less.
    """
    before, after = await _growth(databases, kind, topic)
    bytes_added = {name: after[name].bytes - before[name].bytes for name in _TABLES}
    rows_added = {name: after[name].rows - before[name].rows for name in _TABLES}
    per_delivery = {name: bytes_added[name] / rows_added["deliveries"] for name in _TABLES}
    per_row = {
        name: bytes_added[name] / rows_added[name]
        if rows_added[name]
        else after[name].bytes / after[name].rows
        for name in _TABLES
    }
    return [
        under("a delivery with its answer", sum(per_delivery.values()), 600, "bytes"),
        *(Row(f"  of it in {name}", size, "bytes") for name, size in per_delivery.items()),
        *(
            Row(f"a row of {name}, with its indexes", size, "bytes")
            for name, size in per_row.items()
        ),
    ]


async def _growth(
    databases: Databases, kind: str, topic: Topic
) -> tuple[dict[str, _TableSize], dict[str, _TableSize]]:
    """Returns the sizes after the first days, and after all days that the use cases played."""
    url = await databases.create(kind)
    items = an_item_each(topic)
    await fill(url, LargePopulation(_STORAGE_SUBSCRIBERS, _MONDAY, 0, items))
    engine, sizes = create_engine(url), []
    try:
        for number in range(_STORAGE_DAYS):
            at = datetime.combine(_MONDAY, time(23, 30), UTC) + timedelta(days=number)
            use_cases = UseCases(create_sessions(engine), topic, at)
            await use_cases.claim_all()
            _, sent = await use_cases.send_all()
            await use_cases.answer(sent, together=BATCH)
            sizes.append(await _sizes(engine))
    finally:
        await engine.dispose()
    await databases.drop(url)
    return sizes[_STORAGE_WARM_UP_DAYS - 1], sizes[-1]


async def _sizes(engine: AsyncEngine) -> dict[str, _TableSize]:
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # for VACUUM
        if engine.dialect.name == "postgresql":
            await connection.execute(text("VACUUM"))  # as autovacuum does from time to time
            size = text("SELECT pg_total_relation_size(CAST(:table AS regclass))")
        else:
            size = text(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN "
                "(SELECT name FROM sqlite_master WHERE tbl_name = :table)"
            )
        return {
            name: _TableSize(
                await connection.scalar(size, {"table": name}) or 0,
                await connection.scalar(select(func.count()).select_from(table)) or 0,
            )
            for name, table in _TABLES.items()
        }
