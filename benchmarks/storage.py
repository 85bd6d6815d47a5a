"""How many bytes of database a delivery with its answer takes: everything that came with it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.databases import Databases
from benchmarks.grown import Past, fill
from benchmarks.speeds import BATCH, Day
from db.models import Answer, Delivery, LearnerMemory, Subscriber, WeeklyScore
from db.session import create_engine, create_sessions
from questions import Topic

_PEOPLE, _DAYS, _FIRST_DAYS = 1_000, 16, 4
_MONDAY = date(2026, 11, 23)
_TABLES = {
    table.__tablename__: table
    for table in (Delivery, Answer, LearnerMemory, WeeklyScore, Subscriber)
}


@dataclass(frozen=True)
class Table:
    """How large a table is with its indexes, and how many rows are in it."""

    bytes: int
    rows: int


@dataclass(frozen=True)
class Bytes:
    """`delivery`: what a delivery with its answer adds, by table. `row`: what a row takes."""

    delivery: dict[str, float]
    row: dict[str, float]


async def measure(databases: Databases, kind: str, topic: Topic) -> Bytes:
    """So many people live through so many days, by the bot's own use cases and in batches.

    What grows from the first days to the last is told: the room that updated rows leave free is
    taken by those of the next day. Everybody is new to the bot, so that nearly every answer makes
    a row in `memories`: months later, when items come back, an answer takes less.
    """
    url = await databases.fresh(kind, "nobody", nobody)
    await fill(url, Past(_PEOPLE, _MONDAY, 0, [item.id for item in topic.approved]))
    engine = create_engine(url)
    sizes = []
    try:
        for number in range(_DAYS):
            at = datetime.combine(_MONDAY, time(23, 30), UTC) + timedelta(days=number)
            day = Day(create_sessions(engine), topic, at)
            await day.claim_all()
            _, left = await day.send_all()
            await day.answer(left, together=BATCH)
            sizes.append(await _sizes(engine))
    finally:
        await engine.dispose()
    await databases.drop(url)
    before, after = sizes[_FIRST_DAYS - 1], sizes[-1]
    deliveries = after["deliveries"].rows - before["deliveries"].rows
    grown = {table: after[table].bytes - before[table].bytes for table in _TABLES}
    more = {table: after[table].rows - before[table].rows for table in _TABLES}
    return Bytes(
        {table: grown[table] / deliveries for table in _TABLES},
        {
            table: grown[table] / more[table]
            if more[table]
            else after[table].bytes / after[table].rows
            for table in _TABLES
        },
    )


async def nobody(engine: AsyncEngine) -> None:
    """An empty population."""


async def _sizes(engine: AsyncEngine) -> dict[str, Table]:
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")  # for VACUUM
        if engine.dialect.name == "postgresql":
            await connection.execute(text("VACUUM"))  # as autovacuum does time and again
            size = text("SELECT pg_total_relation_size(CAST(:table AS regclass))")
        else:
            size = text(
                "SELECT sum(pgsize) FROM dbstat WHERE name IN "
                "(SELECT name FROM sqlite_master WHERE tbl_name = :table)"
            )
        return {
            name: Table(
                await connection.scalar(size, {"table": name}) or 0,
                await connection.scalar(select(func.count()).select_from(table)) or 0,
            )
            for name, table in _TABLES.items()
        }
