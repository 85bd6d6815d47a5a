"""The migrations lead to the models, both ways, and leave later databases alone."""

import asyncio

import pytest
from sqlalchemy import inspect, text

from db import migrate
from db.session import create_engine


async def _tables(url: str) -> set[str]:
    engine = create_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda sync: inspect(sync).get_table_names())
    await engine.dispose()
    return set(names) - {"alembic_version"}


async def test_up_makes_what_the_models_say(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    assert await migrate.differences(engine) == []
    await engine.dispose()


async def test_down_leaves_nothing_and_up_again_works(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    await migrate.downgrade(engine, "base")
    assert await _tables(empty_database) == set()
    await migrate.upgrade(engine)
    assert await migrate.differences(engine) == []
    await engine.dispose()


async def test_up_twice_changes_nothing(empty_database: str) -> None:
    engine = create_engine(empty_database)
    await migrate.upgrade(engine)
    await migrate.upgrade(engine)
    assert "subscribers" in await _tables(empty_database)
    await engine.dispose()


async def test_a_database_of_a_later_version_is_refused_and_not_touched(database: str) -> None:
    engine = create_engine(database)
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    before = await _tables(database)
    with pytest.raises(migrate.DatabaseTooNewError, match="revision 9999"):
        await migrate.upgrade(engine)
    assert await _tables(database) == before
    await engine.dispose()


@pytest.mark.parametrize("empty_database", ["postgresql"], indirect=True)
async def test_processes_that_start_at_once_migrate_one_after_another(empty_database: str) -> None:
    engines = [create_engine(empty_database) for _ in range(4)]
    async with asyncio.timeout(30):
        await asyncio.gather(*(migrate.upgrade(engine) for engine in engines))
    assert await migrate.differences(engines[0]) == []
    for engine in engines:
        await engine.dispose()
