"""Engines for URLs, and what their connections guarantee."""

import asyncio
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import (
    Sessions,
    async_url,
    create_engine,
    create_sessions,
    limit_lock_waits,
    place_of,
)
from db.transient_errors import is_transient, retry_transient
from tests.db.relay import relayed
from tests.sizes import PATIENCE


@pytest.mark.parametrize(
    ("url", "driver"),
    [
        ("sqlite:///data/quizbot.sqlite3", "sqlite+aiosqlite"),
        ("sqlite+pysqlite:////srv/quizbot.sqlite3", "sqlite+aiosqlite"),
        ("postgresql://quizbot:password@localhost/quizbot", "postgresql+asyncpg"),
        ("postgres://quizbot@localhost/quizbot", "postgresql+asyncpg"),
        ("postgresql+psycopg://quizbot@localhost:5433/quizbot", "postgresql+asyncpg"),
    ],
)
def test_a_url_gets_its_asynchronous_driver(url: str, driver: str) -> None:
    parsed = async_url(url)
    assert parsed.drivername == driver
    assert str(parsed.database).endswith(("quizbot", "quizbot.sqlite3"))


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("postgresql://ana:geheim@db.example/quiz", "db.example:5432/quiz"),
        ("postgresql://ana:geheim@db.example:6432/quiz", "db.example:6432/quiz"),
        ("postgresql:///quiz?host=/run/postgresql", "/run/postgresql:5432/quiz"),
        ("sqlite:////var/lib/quizbot/quiz.db", "/var/lib/quizbot/quiz.db"),
    ],
)
def test_the_place_of_a_database_names_neither_user_nor_password(url: str, place: str) -> None:
    assert place_of(async_url(url)) == place


def test_a_password_stays_in_the_url() -> None:
    url = async_url("postgresql://quizbot:p%40ss@localhost:5433/quizbot")
    assert (url.password, url.port) == ("p@ss", 5433)


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("", "it is not a database URL"),
        ("quizbot.sqlite3", "it is not a database URL"),
        ("mysql://u:geheim@localhost/quizbot", "it names mysql"),
    ],
)
def test_any_other_url_is_refused_with_a_sentence(url: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence) as refusal:
        async_url(url)
    assert "geheim" not in str(refusal.value)


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://quizbot:secret-word@localhost:port/quizbot",
        "postgresql://quizbot:first@half:secret-word@localhost/quizbot",  # an @ not written as %40
        "postgresql://quizbot:first@half/secret-word@localhost/quizbot",
    ],
)
def test_a_url_that_cannot_be_parsed_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError, match="it is not a database URL") as refusal:
        async_url(url)
    assert "secret-word" not in str(refusal.value)


async def test_the_folder_of_a_sqlite_file_is_created(tmp_path: Path) -> None:
    file = tmp_path / "new" / "folder" / "quizbot.sqlite3"
    engine = create_engine(f"sqlite:///{file}")
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1
    await engine.dispose()
    assert file.exists()


async def test_sqlite_survives_power_cuts_and_checks_foreign_keys(sqlite_database: str) -> None:
    engine = create_engine(sqlite_database)
    async with engine.connect() as connection:
        expected = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
        for pragma, value in expected.items():
            assert await connection.scalar(text(f"PRAGMA {pragma}")) == value
    await engine.dispose()


async def test_a_row_without_its_parent_is_refused(sessions: Sessions) -> None:
    statement = text("INSERT INTO weekly_scores VALUES ('2026-11-23', 404, 1)")
    with pytest.raises(IntegrityError):
        async with sessions.begin() as session:
            await session.execute(statement)


async def test_writers_wait_for_each_other_instead_of_failing(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (value integer NOT NULL)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))

    async def count_on() -> None:
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE counter SET value = value + 1"))

    await asyncio.gather(*(count_on() for _ in range(25)))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT value FROM counter")) == 25


async def test_a_transaction_that_fails_midway_leaves_nothing(
    engine: AsyncEngine, sessions: Sessions
) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE note (word varchar(9) NOT NULL)"))

    async def half() -> None:
        async with sessions.begin() as session:
            await session.execute(text("INSERT INTO note VALUES ('first')"))
            await session.execute(text("INSERT INTO note VALUES (NULL)"))

    with pytest.raises(IntegrityError):
        await half()
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT count(*) FROM note")) == 0


async def test_a_hanging_server_is_a_transient_error(postgresql_database: str) -> None:
    async with relayed(postgresql_database) as relay:
        engine = create_engine(relay.url, statement_timeout=0.2)
        sessions = create_sessions(engine)

        async def work() -> None:
            async with sessions.begin() as session:
                await session.execute(text("SELECT 1"))

        await work()
        relay.open.clear()
        hanging = asyncio.create_task(work())
        await asyncio.wait([hanging], timeout=PATIENCE)
        relay.open.set()
        assert hanging.done()
        error = hanging.exception()
        assert isinstance(error, TimeoutError)
        assert is_transient(error)
        await retry_transient(work)
        await engine.dispose()


async def test_the_server_sees_who_is_connected(postgresql_database: str) -> None:
    engine = create_engine(postgresql_database)
    async with engine.connect() as connection:
        assert await connection.scalar(text("SHOW application_name")) == "quizbot"
    await engine.dispose()


@pytest.mark.parametrize(("idle", "round_trips"), [("short", 3), ("long", 6)])
async def test_a_connection_is_tested_only_after_it_was_idle(
    postgresql_database: str, monkeypatch: pytest.MonkeyPatch, idle: str, round_trips: int
) -> None:
    if idle == "long":
        monkeypatch.setattr("db.session._TRUSTED", 0)
    async with relayed(postgresql_database) as relay:
        engine = create_engine(relay.url)
        for _ in range(3):
            before = relay.sent
            async with engine.begin() as connection:
                await connection.execute(text("SELECT 1"))
        assert relay.sent - before == round_trips
        await engine.dispose()


async def test_a_connection_that_was_idle_for_long_is_replaced_without_a_test(
    postgresql_database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A firewall may have dropped it: the server would never answer."""
    async with relayed(postgresql_database) as relay:
        engine = create_engine(relay.url)
        async with engine.connect() as connection:
            before = await connection.scalar(text("SELECT pg_backend_pid()"))
        monkeypatch.setattr("db.session._FORGOTTEN", 1e-9)
        async with engine.connect() as connection:
            assert await connection.scalar(text("SELECT pg_backend_pid()")) != before
        await engine.dispose()


@pytest.mark.parametrize("trusted", [0, 60])
async def test_connections_that_the_server_ended_are_replaced(
    postgresql_database: str, monkeypatch: pytest.MonkeyPatch, trusted: float
) -> None:
    monkeypatch.setattr("db.session._TRUSTED", trusted)
    engine, other = create_engine(postgresql_database), create_engine(postgresql_database)
    async with engine.connect() as one, engine.connect() as two:
        ended = [await each.scalar(text("SELECT pg_backend_pid()")) for each in (one, two)]
    async with other.begin() as connection:
        for process in ended:
            await connection.execute(text(f"SELECT pg_terminate_backend({process}, 5000)"))
    async with engine.connect() as one, engine.connect() as two:
        for each in (one, two):
            assert await each.scalar(text("SELECT pg_backend_pid()")) not in ended
    await engine.dispose()
    await other.dispose()


@pytest.mark.parametrize(("once", "mode"), [(False, "auto"), (True, "force_generic_plan")])
async def test_statements_are_planned_once_in_this_transaction_only(
    postgresql_sessions: Sessions, once: bool, mode: str
) -> None:
    async with postgresql_sessions() as session:
        await limit_lock_waits(session, 2, plan_once=once)
        assert await session.scalar(text("SHOW plan_cache_mode")) == mode
        assert await session.scalar(text("SHOW lock_timeout")) == "2s"
    async with postgresql_sessions() as session:
        assert await session.scalar(text("SHOW plan_cache_mode")) == "auto"
        assert await session.scalar(text("SHOW lock_timeout")) == "0"
