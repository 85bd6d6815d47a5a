"""The migrations produce the tables of the models, both ways, and leave later databases alone."""

import asyncio

import pytest
from sqlalchemy import text

from db import migrate
from db.base import Base
from db.session import create_engine
from tests.db.reflection import constraints, names_of_constraints, tables_of


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


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
async def test_processes_that_start_together_migrate_one_after_another(empty_database: str) -> None:
    engines = [create_engine(empty_database) for _ in range(4)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(migrate.upgrade(engine) for engine in engines))
    assert await migrate.differences(engines[0]) == []
    for engine in engines:
        await engine.dispose()
