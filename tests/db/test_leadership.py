"""One process at a time has the sending role; it passes on when its holder is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from db.leadership import leading
from db.session import create_engine
from tests.db.relay import relayed

_INTERVAL = 0.02  # seconds
_LONGEST = 20.0  # seconds that a test may wait for what does not come

_ROLES = """FROM pg_locks WHERE locktype = 'advisory' AND granted AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())"""
HELD = f"SELECT pid {_ROLES}"
DROP = f"SELECT pg_terminate_backend(pid) {_ROLES}"


class Holder:
    """Somebody who wants the role: `at_work` while the work runs, `terms` counts how often."""

    def __init__(self, engine: AsyncEngine, failures: int = 0) -> None:
        self.at_work, self.at_rest = asyncio.Event(), asyncio.Event()
        self.terms, self._engine, self._failures = 0, engine, failures

    @asynccontextmanager
    async def leading(self, patience: float = 5.0) -> AsyncIterator[None]:
        async with (
            asyncio.timeout(_LONGEST),
            leading(self._engine, self._work, _INTERVAL, patience),
        ):
            yield

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[None]:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("the work cannot be begun")
        self.terms += 1
        self.at_rest.clear()
        self.at_work.set()
        try:
            yield
        finally:
            self.at_work.clear()
            self.at_rest.set()


@asynccontextmanager
async def holders(url: str, count: int) -> AsyncIterator[list[Holder]]:
    engines = [create_engine(url) for _ in range(count)]
    yield [Holder(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def server(postgresql_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgresql_database)
    yield connection
    await connection.close()


async def test_one_has_the_role_and_the_next_takes_over_when_it_leaves(
    postgresql_database: str,
) -> None:
    async with holders(postgresql_database, 2) as (first, second):
        async with first.leading():
            assert first.at_work.is_set()
            async with second.leading():
                assert not second.at_work.is_set()
        assert not first.at_work.is_set()
        async with second.leading():
            assert second.at_work.is_set()
            assert first.terms == 1


async def test_a_waiting_one_takes_over_while_it_waits(postgresql_database: str) -> None:
    async with holders(postgresql_database, 2) as (first, second):
        first_leading, second_leading = first.leading(), second.leading()
        await first_leading.__aenter__()
        async with second_leading:
            assert not second.at_work.is_set()
            await first_leading.__aexit__(None, None, None)
            await second.at_work.wait()


async def test_a_killed_connection_ends_the_work_and_somebody_takes_over(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with (
        holders(postgresql_database, 2) as (first, second),
        first.leading(),
        second.leading(),
    ):
        for terms in (2, 3, 4):
            holder = first if first.at_work.is_set() else second
            await server.execute(DROP)
            await holder.at_rest.wait()
            while not (await server.fetch(HELD) and first.terms + second.terms == terms):
                pass
            assert first.at_work.is_set() != second.at_work.is_set()


async def test_a_holder_that_cannot_reach_the_server_stops_and_another_takes_over(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with relayed(postgresql_database) as relay:
        far, near = create_engine(relay.url), create_engine(postgresql_database)
        cut_off, other = Holder(far), Holder(near)
        async with cut_off.leading(patience=0.2):
            assert cut_off.at_work.is_set()
            async with other.leading():
                relay.open.clear()
                await cut_off.at_rest.wait()  # knows it before PostgreSQL does
                assert not other.at_work.is_set()
                assert await server.fetchval(
                    DROP
                )  # as its keep-alive does for a machine that is gone
                await other.at_work.wait()
                relay.open.set()
            await cut_off.at_work.wait()  # the way is free again, and so is the role
        await far.dispose()
        await near.dispose()


async def test_postgresql_is_told_to_drop_a_silent_holder(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with relayed(postgresql_database) as relay:
        engine = create_engine(relay.url)
        silent = Holder(engine)
        async with silent.leading(patience=0.2):
            relay.open.clear()
            await silent.at_rest.wait()
            while await server.fetch(HELD):  # 3.5 s: idle_session_timeout, or sooner
                pass
            relay.open.set()
        await engine.dispose()


async def test_bots_in_two_databases_of_one_server_do_not_meet(
    postgresql: str, postgresql_database: str
) -> None:
    here, there = create_engine(postgresql_database), create_engine(postgresql)
    first, second = Holder(here), Holder(there)
    async with first.leading(), second.leading():
        assert first.at_work.is_set()
        assert second.at_work.is_set()
    await here.dispose()
    await there.dispose()


async def test_on_sqlite_the_role_is_held_all_the_time(sqlite_database: str) -> None:
    async with holders(sqlite_database, 1) as (only,):
        async with only.leading():
            assert only.at_work.is_set()
        assert not only.at_work.is_set()


async def test_work_that_cannot_be_begun_is_tried_again(postgresql_database: str) -> None:
    engine = create_engine(postgresql_database)
    clumsy = Holder(engine, failures=2)
    with capture_logs() as lines:
        async with clumsy.leading():
            await clumsy.at_work.wait()
    assert [line["event"] for line in lines].count("leader_failed") == 2
    await engine.dispose()


async def test_the_log_says_what_changes_and_not_that_nothing_does(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with holders(postgresql_database, 2) as (first, second):
        with capture_logs() as lines:
            async with first.leading(), second.leading():
                for _ in range(50):  # tries of the second
                    await asyncio.sleep(_INTERVAL / 10)
                await server.execute(DROP)
                await first.at_rest.wait()
        events = [line["event"] for line in lines]
    assert events[:2] == ["leadership_gained", "waiting_for_leadership"]
    assert events.count("waiting_for_leadership") <= 2  # the other's turn to wait
    assert events.count("leadership_lost") == 1
