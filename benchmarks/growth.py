"""What becomes slower when there are more subscribers: 1,000, 100,000 and 1,000,000 of them.

Milliseconds are medians of wall time, with everything warm unless a row says otherwise, and with
the commit, on databases that say what they store is on disk (SQLite: WAL, synchronous=FULL).
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, fields
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter

from benchmarks import storage
from benchmarks.databases import KINDS, TITLES, Databases
from benchmarks.grown import Past, fill, person
from benchmarks.memory import resident
from benchmarks.play import UNPACED, Stage
from benchmarks.speeds import BATCH, WARMING, Day
from benchmarks.standin.client import standing_in
from benchmarks.storage import nobody
from benchmarks.table import Row, under
from db.session import create_engine, create_sessions
from questions import Topic, load_topic
from quizbot.quiz.answers.leaderboard import RankCache

SIZES = (1_000, 100_000, 1_000_000)
DAYS = 1  # of questions behind everybody

_TOPIC = Path(__file__).parent.parent / "questions/vitamin-b12-blood-flow"
_CLAIMS = 30  # batches
_ALONE, _TOGETHER, _BATCHES = 200, 20, 20  # answers
_PAGES, _FIRST_PAGES = 200, 5
_FLAT = 1.5  # times as long at most
_POLLS = 3_000  # sent before the memory is read
_LIMIT = 60.0  # seconds for that


@dataclass(frozen=True)
class Speeds:
    """Milliseconds: a batch of 200 claims, one answer, 20 answers, a board."""

    claim: float
    send: float
    answer: float
    together: float
    page: float
    page_slow: float
    page_first: float


async def measure(databases: Databases, *, quick: bool) -> AsyncIterator[tuple[str, list[Row]]]:
    """Rows, a table at a time."""
    topic = load_topic(_TOPIC)
    sizes = SIZES[:2] if quick else SIZES
    for kind in KINDS:
        by_size, memory = dict[int, Speeds](), list[Row]()
        for people in (*sizes, sizes[0]):  # the fewest before and after: a machine has its moods
            url = await _filled(databases, kind, people, topic)
            speeds = await _speeds(url, people, topic)
            by_size[people] = _mean(by_size.get(people, speeds), speeds)
            if people == sizes[-1]:
                memory = await _memory(url)
            await databases.drop(url)
        title = f"Growth, {TITLES[kind]}, {DAYS} day of questions behind everybody"
        yield title, [*_rows(by_size), *memory]
        kept = await storage.measure(databases, kind, topic)
        yield f"Storage, {TITLES[kind]}", _storage_rows(kept)


async def _filled(databases: Databases, kind: str, people: int, topic: Topic) -> str:
    url = await databases.fresh(kind, "nobody", nobody)
    await fill(url, Past(people, _yesterday().date(), DAYS, [item.id for item in topic.approved]))
    return url


def _yesterday() -> datetime:
    """Late enough that everybody's question of that day is due."""
    return datetime.combine(datetime.now(UTC) - timedelta(days=1), time(23, 30), UTC)


async def _speeds(url: str, people: int, topic: Topic) -> Speeds:
    engine = create_engine(url)
    chance = Random(people)
    viewers = [person(chance.randint(1, people)) for _ in range(_PAGES + WARMING)]
    alone, votes = WARMING + _ALONE, WARMING + _ALONE + (WARMING + _BATCHES) * _TOGETHER
    try:
        day = Day(create_sessions(engine), topic, _yesterday())
        claims = await day.claim(_CLAIMS, left=votes)
        sends, asked = await day.send_all()
        answers = await day.answer(asked[:alone], together=1)
        together = await day.answer(asked[alone:votes], together=_TOGETHER)
        first = await day.look_first(viewers[:_FIRST_PAGES])
        pages = await day.look(viewers, RankCache())
    finally:
        await engine.dispose()
    return Speeds(
        claims.median, sends.median, answers.median, together.median,
        pages.median, pages.slow, first,
    )  # fmt: skip


def _mean(one: Speeds, other: Speeds) -> Speeds:
    return Speeds(
        *((getattr(one, each.name) + getattr(other, each.name)) / 2 for each in fields(Speeds))
    )


def _rows(by_size: Mapping[int, Speeds]) -> list[Row]:
    rows = []
    for name, field in (
        (f"claim of a batch of {BATCH}", "claim"),
        ("50 marked and recorded as sent", "send"),
        ("an answer, alone in its commit", "answer"),
        (f"{_TOGETHER} answers to a commit", "together"),
    ):
        spent = {people: getattr(speeds, field) for people, speeds in by_size.items()}
        rows += [Row(f"{name}, at {people:,}", each, "ms") for people, each in spent.items()]
        fewest, most = min(spent), max(spent)
        ratio = spent[most] / spent[fewest]
        rows.append(under(f"  {most:,} against {fewest:,}", ratio, _FLAT, "x"))
    for people, speeds in by_size.items():
        rows += [
            under(f"/leaderboard with own rank, at {people:,}", speeds.page, 50, "ms"),
            Row("  95th percentile", speeds.page_slow, "ms"),
            Row("  the first, with the histogram to make", speeds.page_first, "ms"),
        ]
    return rows


async def _memory(url: str) -> list[Row]:
    """The bot in a process of its own, while it asks everybody who is due as fast as it can."""
    started, memory = None, None
    with TemporaryDirectory(prefix="quizbot-bench-") as folder:
        async with standing_in() as telegram:
            stage, begun = Stage(telegram.url, url, Path(folder), UNPACED), perf_counter()
            async with stage.bot() as (bot, _):
                with suppress(TimeoutError):
                    await telegram.until(lambda report: report["polls"] > 0, _LIMIT)
                    started = perf_counter() - begun
                    await telegram.until(lambda report: report["polls"] >= _POLLS, _LIMIT)
                    memory = resident(bot.pid)
    return [
        under(f"resident memory after {_POLLS:,} polls", memory, 200, "MB"),
        Row("start of the process to the first poll", started, "s"),
    ]


def _storage_rows(kept: storage.Bytes) -> list[Row]:
    return [
        under("a delivery with its answer, all in", sum(kept.delivery.values()), 600, "bytes"),
        *(Row(f"  of it in {table}", size, "bytes") for table, size in kept.delivery.items()),
        *(
            Row(f"a row of {table}, with its indexes", each, "bytes")
            for table, each in kept.row.items()
        ),
    ]
