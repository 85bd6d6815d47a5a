"""One process at a time leads; another takes over when the leader is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from db import leadership
from db.leadership import leading
from db.session import create_engine
from tests.db.relay import relayed
from tests.sizes import PATIENCE
from tests.telegram.webhook_bot import free_port

_INTERVAL = 0.02  # seconds

_LOCKS = """FROM pg_locks WHERE locktype = 'advisory' AND granted AND database =
    (SELECT oid FROM pg_database WHERE datname = current_database())"""
HELD = f"SELECT pid {_LOCKS}"
DROP = f"SELECT pg_terminate_backend(pid) {_LOCKS}"


class Candidate:
    """Tries to lead. `working` is set while the work runs; `times_led` counts its starts."""

    def __init__(self, engine: AsyncEngine, failures: int = 0) -> None:
        self.working, self.stopped = asyncio.Event(), asyncio.Event()
        self.times_led, self._engine, self._failures = 0, engine, failures
        self.told: list[str] = []

    @asynccontextmanager
    async def leading(self, patience: float = 5.0) -> AsyncIterator[None]:
        async with (
            asyncio.timeout(PATIENCE),
            leading(self._engine, self._work, _INTERVAL, patience, self.told.append),
        ):
            yield

    @asynccontextmanager
    async def _work(self) -> AsyncIterator[None]:
        if self._failures:
            self._failures -= 1
            raise RuntimeError("the work cannot start")
        self.times_led += 1
        self.stopped.clear()
        self.working.set()
        try:
            yield
        finally:
            self.working.clear()
            self.stopped.set()


@asynccontextmanager
async def candidates(url: str, count: int) -> AsyncIterator[list[Candidate]]:
    engines = [create_engine(url) for _ in range(count)]
    yield [Candidate(engine) for engine in engines]
    for engine in engines:
        await engine.dispose()


@pytest.fixture
async def server(postgresql_database: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(postgresql_database)
    yield connection
    await connection.close()


async def test_one_candidate_leads_and_the_next_takes_over_when_it_leaves(
    postgresql_database: str,
) -> None:
    async with candidates(postgresql_database, 2) as (first, second):
        async with first.leading():
            assert first.working.is_set()
            async with second.leading():
                assert not second.working.is_set()
        assert not first.working.is_set()
        async with second.leading():
            await second.working.wait()  # a busy server may give the lock up a little later
            assert first.times_led == 1


async def test_a_waiting_candidate_takes_over(postgresql_database: str) -> None:
    async with candidates(postgresql_database, 2) as (first, second):
        first_leading, second_leading = first.leading(), second.leading()
        await first_leading.__aenter__()
        async with second_leading:
            assert not second.working.is_set()
            await first_leading.__aexit__(None, None, None)
            await second.working.wait()


async def test_a_killed_connection_stops_the_work_and_a_candidate_takes_over(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with (
        candidates(postgresql_database, 2) as (first, second),
        first.leading(),
        second.leading(),
    ):
        for times_led in (2, 3, 4):
            leader = first if first.working.is_set() else second
            await server.execute(DROP)
            await leader.stopped.wait()
            while not (
                await server.fetch(HELD) and first.times_led + second.times_led == times_led
            ):
                pass
            assert first.working.is_set() != second.working.is_set()


async def test_a_leader_that_cannot_reach_the_server_stops_and_another_takes_over(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with relayed(postgresql_database) as relay:
        far, near = create_engine(relay.url), create_engine(postgresql_database)
        cut_off, other = Candidate(far), Candidate(near)
        async with cut_off.leading(patience=0.2):
            assert cut_off.working.is_set()
            async with other.leading():
                relay.open.clear()
                await cut_off.stopped.wait()  # it notices before PostgreSQL does
                assert not other.working.is_set()
                assert await server.fetchval(
                    DROP
                )  # as keep-alive probes do for a machine that is gone
                await other.working.wait()
                relay.open.set()
            await cut_off.working.wait()  # the network is back, and nobody leads
        await far.dispose()
        await near.dispose()


async def test_postgresql_drops_a_silent_leader(
    postgresql_database: str, server: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(leadership._SESSION, "idle_session_timeout", "300")  # milliseconds
    async with relayed(postgresql_database) as relay:
        engine = create_engine(relay.url)
        silent = Candidate(engine)
        async with silent.leading(patience=0.2):
            relay.open.clear()
            await silent.stopped.wait()
            async with asyncio.timeout(PATIENCE):  # waits until the lock is free
                await server.execute("SELECT pg_advisory_lock($1)", leadership._LOCK)
            await server.execute("SELECT pg_advisory_unlock_all()")
            relay.open.set()
        await engine.dispose()


async def test_bots_in_two_databases_of_one_server_do_not_compete(
    postgresql: str, postgresql_database: str
) -> None:
    here, there = create_engine(postgresql_database), create_engine(postgresql)
    first, second = Candidate(here), Candidate(there)
    async with first.leading(), second.leading():
        assert first.working.is_set()
        assert second.working.is_set()
    await here.dispose()
    await there.dispose()


async def test_on_sqlite_the_only_process_always_leads(sqlite_database: str) -> None:
    async with candidates(sqlite_database, 1) as (only,):
        async with only.leading():
            assert only.working.is_set()
        assert not only.working.is_set()


async def test_work_that_cannot_start_is_tried_again(postgresql_database: str) -> None:
    engine = create_engine(postgresql_database)
    failing = Candidate(engine, failures=2)
    with capture_logs() as lines:
        async with failing.leading():
            await failing.working.wait()
    assert [line["event"] for line in lines].count("leader_failed") == 2
    assert ["leader_failed" in told for told in failing.told] == [True, True, False]
    await engine.dispose()


async def test_while_the_server_is_down_nobody_is_known_to_lead() -> None:
    url = f"postgresql://u@127.0.0.1:{free_port()}/quizbot"
    async with candidates(url, 1) as (only,), only.leading():
        assert not only.working.is_set()
    assert only.told[0].startswith("Who leads is unknown")


async def test_only_changes_are_logged(
    postgresql_database: str, server: asyncpg.Connection
) -> None:
    async with candidates(postgresql_database, 2) as (first, second):
        with capture_logs() as lines:
            async with first.leading(), second.leading():
                for _ in range(50):  # attempts of the second
                    await asyncio.sleep(_INTERVAL / 10)
                await server.execute(DROP)
                await first.stopped.wait()
        events = [line["event"] for line in lines]
    assert events[:2] == ["leadership_gained", "waiting_for_leadership"]
    assert events.count("waiting_for_leadership") <= 2  # once for each process
    assert events.count("leadership_lost") == 1
