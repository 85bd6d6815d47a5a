"""The migrations produce the tables of the models, both ways, and leave later databases alone."""

import asyncio

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from db.base import Base
from db.session import create_engine
from tests.db.reflection import constraints, names_of_constraints, tables_of
from tests.sizes import PATIENCE

on_postgresql = pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)


async def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    async with engine.connect() as connection:
        tables = await connection.run_sync(tables_of)
    await engine.dispose()
    return {table.name for table in tables}


async def test_upgrade_creates_the_tables_of_the_models(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    assert await migrate.differences(engine) == []
    models = Base.metadata.sorted_tables
    expected = {name for table in models for name in names_of_constraints(table)}
    assert await constraints(engine) == expected
    await engine.dispose()


def test_the_files_are_named_by_their_revisions() -> None:
    walked = ScriptDirectory.from_config(migrate.config()).walk_revisions()
    assert migrate.known_revisions() == [script.revision for script in walked]


async def test_downgrade_drops_all_tables_and_upgrade_restores_them(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    await migrate.downgrade(engine, "base")
    assert await _tables(empty_database) == set()
    await migrate.upgrade(engine)
    assert await migrate.differences(engine) == []
    await engine.dispose()


async def test_a_second_upgrade_changes_nothing(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    await migrate.upgrade(engine)
    assert "subscribers" in await _tables(empty_database)
    await engine.dispose()


async def test_a_database_from_a_later_version_is_refused_and_left_alone(database: str) -> None:
    engine = create_engine(database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = await _tables(database)
    with pytest.raises(migrate.DatabaseTooNewError, match="revision 9999"):
        await migrate.upgrade(engine)
    assert await _tables(database) == before
    await engine.dispose()


@on_postgresql
async def test_processes_that_start_together_migrate_one_after_another(empty_database: str) -> None:
    engines = [create_engine(empty_database) for _ in range(4)]
    async with asyncio.timeout(PATIENCE):
        await asyncio.gather(*(migrate.upgrade(engine) for engine in engines))
    assert await migrate.differences(engines[0]) == []
    for engine in engines:
        await engine.dispose()


@on_postgresql
async def test_a_migration_gives_way_to_a_sender_before_both_deadlock(empty_database: str) -> None:
    """A sender locks subscribers, then deliveries; revision 0003 alters them in the other order."""
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0002")
    async with engine.connect() as connection:
        await connection.execute(text("LOCK TABLE subscribers IN ROW EXCLUSIVE MODE"))
        upgrading = asyncio.create_task(migrate.upgrade(engine, "0003"))
        await _until_something_waits_for(engine, "subscribers")
        await connection.execute(text("LOCK TABLE deliveries IN ROW EXCLUSIVE MODE"))
        await connection.commit()
    await upgrading
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "0003"
    await engine.dispose()


@on_postgresql
async def test_a_migration_that_is_kept_waiting_too_long_fails_with_a_sentence(
    empty_database: str,
) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine, "0002")
    async with engine.connect() as connection:
        await connection.execute(text("LOCK TABLE deliveries IN ROW EXCLUSIVE MODE"))
        with pytest.raises(migrate.TablesInUseError, match="stop the other processes"):
            await migrate.upgrade(engine, "0003", patience=0.0)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "0002"
    await engine.dispose()


@on_postgresql
async def test_waiting_for_another_migration_too_long_fails_with_a_sentence(
    empty_database: str,
) -> None:
    engine = create_engine(empty_database)
    async with migrate.migrating(engine), asyncio.timeout(PATIENCE):
        with pytest.raises(migrate.TablesInUseError, match="or migrate them"):
            await migrate.upgrade(engine, patience=0.0)
    await engine.dispose()


async def _until_something_waits_for(engine: AsyncEngine, table: str) -> None:
    # Of this database: other tests run on the same server, and copies have the same numbers.
    waiting = text(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = to_regclass(:t) "
        "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
    )
    async with asyncio.timeout(PATIENCE), engine.connect() as connection:
        while not await connection.scalar(waiting, {"t": table}):
            pass
