"""Times and lists mean the same on both databases."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import BigInteger, Column, MetaData, Table, Text, insert, select
from sqlalchemy.exc import StatementError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.base import Base
from db.session import create_engine
from db.types import UtcDateTime, among

TIMES = Table("times", MetaData(), Column("at", UtcDateTime))
PLUS_5_45 = timezone(timedelta(hours=5, minutes=45))


@pytest.fixture
async def table(engine: AsyncEngine) -> Table:
    async with engine.begin() as connection:
        await connection.run_sync(TIMES.metadata.create_all)
    return TIMES


async def _round_trip(engine: AsyncEngine, table: Table, value: datetime | None) -> datetime | None:
    async with engine.begin() as connection:
        await connection.execute(insert(table).values(at=value))
    async with engine.connect() as connection:
        found: datetime | None = await connection.scalar(select(table.c.at))
        return found


async def test_a_datetime_is_read_back_aware_in_utc_to_the_microsecond(
    engine: AsyncEngine, table: Table
) -> None:
    moment = datetime(2026, 11, 23, 9, 0, 0, 123456, tzinfo=PLUS_5_45)
    found = await _round_trip(engine, table, moment)
    assert found == moment
    assert found is not None
    assert found.tzinfo is UTC


async def test_none_stays_none(engine: AsyncEngine, table: Table) -> None:
    assert await _round_trip(engine, table, None) is None


async def test_a_naive_datetime_is_refused(engine: AsyncEngine, table: Table) -> None:
    with pytest.raises((StatementError, ValueError), match="needs a time zone"):
        await _round_trip(engine, table, datetime(2026, 11, 23, 9))  # noqa: DTZ001


async def test_datetimes_are_compared_as_points_in_time(engine: AsyncEngine, table: Table) -> None:
    """Even if only one of them has microseconds, or they come from two time zones."""
    first = datetime(2026, 11, 23, 9, tzinfo=UTC)
    moments = [first + timedelta(microseconds=1), first, first.astimezone(PLUS_5_45)]
    async with engine.begin() as connection:
        await connection.execute(insert(table), [{"at": moment} for moment in moments])
        at_most = await connection.execute(select(table.c.at).where(table.c.at <= first))
        assert len(at_most.all()) == 2


def test_every_datetime_column_is_of_this_type() -> None:
    naive = [
        f"{table.name}.{column.name}"
        for table in Base.metadata.tables.values()
        for column in table.columns
        if column.type.python_type is datetime and not isinstance(column.type, UtcDateTime)
    ]
    assert naive == []


NOTES = Table(
    "test_notes",
    MetaData(),
    Column("id", BigInteger, primary_key=True),
    Column("word", Text, index=True),
)


async def test_a_list_is_one_parameter_of_any_length(engine: AsyncEngine) -> None:
    notes = {1: "it's", 2: '"', 2**60: "é"}
    async with engine.begin() as connection:
        await connection.run_sync(NOTES.metadata.create_all)
        rows = [{"id": key, "word": word} for key, word in notes.items()]
        await connection.execute(insert(NOTES), rows)
        found = select(NOTES.c.id).order_by(NOTES.c.id)
        for ids in ((1, 2**60), {2}, (), (404,)):
            chosen = await connection.scalars(found.where(among(NOTES.c.id, ids)))
            assert chosen.all() == sorted(notes.keys() & set(ids))
        words = ["é", '"', "it"]
        chosen = await connection.scalars(
            found.where(among(NOTES.c.word, "words")), {"words": words}
        )
        assert chosen.all() == [2, 2**60]


async def test_a_list_is_looked_up_in_the_index(sqlite_database: str) -> None:
    """SQLite uses no index for a condition that is compared with 1."""
    query = select(NOTES.c.id).where(among(NOTES.c.word, "words"), NOTES.c.id > 5)
    engine = create_engine(sqlite_database)
    async with engine.begin() as connection:
        await connection.run_sync(NOTES.metadata.create_all)
        explained = f"EXPLAIN QUERY PLAN {query.compile(engine.sync_engine)}"
        steps = await connection.exec_driver_sql(explained, ("[]", 5))
        assert "ix_test_notes_word (word=?" in str(steps.all())
    await engine.dispose()
