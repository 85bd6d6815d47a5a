"""Engines and sessions. Only entry points commit; nothing is sent inside a transaction."""

import time
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Engine,
    Insert,
    Select,
    Update,
    bindparam,
    event,
    func,
    make_url,
    select,
)
from sqlalchemy.exc import ArgumentError, DisconnectionError, InvalidatePoolError
from sqlalchemy.ext.asyncio import (
    AsyncConnection,
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import InstrumentedAttribute

from db.sqlite_driver import connect
from db.types import among

Sessions = async_sessionmaker[AsyncSession]

_CONNECTING = 10.0  # seconds to wait for PostgreSQL to answer a new connection
_TRUSTED = 1.0  # seconds after its last use in which a connection is not tested
_FORGOTTEN = 60.0  # seconds after which it is replaced
STATEMENT_TIMEOUT = 30.0  # seconds that a statement may take on PostgreSQL

_DRIVERS = {"sqlite": "sqlite+aiosqlite", "postgresql": "postgresql+asyncpg"}


def async_url(url: str | URL) -> URL:
    """Returns the URL with its asynchronous driver added to `sqlite:` or `postgresql:`.

    Raises ValueError, with a sentence, for any other URL.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("it is not a database URL") from None
    if "@" in f"{parsed.host}{'' if parsed.host is None else parsed.database}":
        raise ValueError("it is not a database URL (in the password, write @ as %40 and / as %2F)")
    name = {"postgres": "postgresql"}.get(parsed.get_backend_name(), parsed.get_backend_name())
    if name not in _DRIVERS:
        raise ValueError(f"it names {name}, but only sqlite and postgresql are supported")
    if name == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise ValueError("it names no file")
    query = dict(parsed.query)
    if name == "postgresql" and "sslmode" in query:  # libpq's name for asyncpg's `ssl`
        query["ssl"] = query.pop("sslmode")
    return parsed.set(drivername=_DRIVERS[name], query=query)


def place_of(url: URL) -> str:
    """Returns where a database is, without user and password: host:port/name, or SQLite's file."""
    if url.get_backend_name() == "sqlite":
        return url.database or ""
    host = url.host or url.query.get("host") or "localhost"
    return f"{host}:{url.port or 5432}/{url.database or ''}"


class MissingDatabaseError(Exception):
    """There is no SQLite file; the message says what to do."""


def existing(url: str) -> URL:
    """Returns the database's asynchronous URL. Raises MissingDatabaseError: no file is made."""
    target = async_url(url)
    if target.get_backend_name() == "sqlite" and not Path(target.database or "").is_file():
        raise MissingDatabaseError(
            f"There is no database {target.database}: check QUIZBOT_DATA_DIR, or start the bot "
            "once, which makes it."
        )
    return target


def create_engine(
    url: str | URL, statement_timeout: float | None = STATEMENT_TIMEOUT
) -> AsyncEngine:
    """Returns an engine for the URL; creates a SQLite file's folder if it is missing.

    On PostgreSQL a statement that takes over `statement_timeout` seconds raises TimeoutError, so
    that a hanging server does not hang the bot. None sets no limit, which migrations need.
    """
    target = async_url(url)
    if target.get_backend_name() == "sqlite":
        return _sqlite(target)
    engine = create_async_engine(
        target,
        pool_size=10,
        max_overflow=0,
        pool_use_lifo=True,  # the fewer connections, the fewer statements to prepare
        hide_parameters=True,
        connect_args={
            "timeout": _CONNECTING,
            "command_timeout": statement_timeout,
            "server_settings": {
                "application_name": "quizbot",  # seen in pg_stat_activity
                "DateStyle": "ISO",  # for statements that cast dates to text
            },
        },
    )
    _replace_broken_connections(engine.sync_engine)
    return engine


def _replace_broken_connections(engine: Engine) -> None:
    """Test connections before their use, except those that were used just now.

    A test takes three round trips to the server, almost as many as a short transaction
    (SQLAlchemy's `pool_pre_ping` would do it each time). If a connection breaks all the same, the
    error is transient. A connection that was idle for long is replaced without a test: a firewall
    may have dropped it silently, and a test would wait for the server's answer.
    """

    @event.listens_for(engine, "checkin")
    def on_checkin(connection: Any, record: Any) -> None:
        record.info["used_at"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def on_checkout(connection: Any, record: Any, _proxy: object) -> None:
        if connection.driver_connection.is_closed():
            raise InvalidatePoolError
        now = time.monotonic()
        idle = now - record.info.get("used_at", now)
        if idle >= _FORGOTTEN:
            raise DisconnectionError
        if idle >= _TRUSTED:
            try:
                connection.ping()
            except engine.dialect.loaded_dbapi.Error as error:
                raise InvalidatePoolError from error


def create_sessions(engine: AsyncEngine) -> Sessions:
    return async_sessionmaker(engine, expire_on_commit=False)


async def execute_many(
    session: AsyncSession, statement: Insert | Update, rows: Sequence[Mapping[str, Any]]
) -> None:
    """Execute the statement for each of the rows; without rows, do nothing.

    It bypasses the session, which would look at every row. ORM objects are not refreshed.
    """
    if rows:
        connection = await session.connection()
        await connection.execute(statement, rows)


async def limit_lock_waits(
    session: AsyncSession | AsyncConnection, seconds: float, *, plan_once: bool = False
) -> None:
    """Let later statements of the transaction fail after waiting for a lock for that long.

    The error is transient. With `plan_once`, PostgreSQL plans each of these statements only once,
    for any values: that is for rows that are found by their keys. On SQLite nothing changes.
    """
    bind = session if isinstance(session, AsyncConnection) else await session.connection()
    if bind.dialect.name == "postgresql":
        plans = "force_generic_plan" if plan_once else "auto"
        limit = {"limit": f"{seconds * 1000:.0f}ms", "plans": plans}
        await bind.execute(_SET_LIMIT, limit)


_SET_LIMIT = select(
    func.set_config("lock_timeout", bindparam("limit"), True),
    func.set_config("plan_cache_mode", bindparam("plans"), True),
)


async def lock_rows(
    session: AsyncSession, key: InstrumentedAttribute[int], ids: Collection[int]
) -> set[int]:
    """Lock the rows with these ids until the transaction ends. Returns the ids of those locked.

    They are locked in the order of their ids, as everywhere, so that two transactions cannot
    deadlock. A row that is deleted and inserted again while this waits is not locked: leave it
    alone. SQLite has one writer and nothing to lock, so all ids are returned there.
    """
    connection = await session.connection()
    if not ids or connection.dialect.name != "postgresql":
        return set(ids)
    return set((await connection.execute(_locking(key), {"ids": ids})).scalars())


@lru_cache
def _locking(key: InstrumentedAttribute[int]) -> Select[int]:
    return select(key).where(among(key, "ids")).order_by(key).with_for_update()


def _sqlite(target: URL) -> AsyncEngine:
    """Returns an engine for SQLite with one connection.

    SQLite has one writer at a time anyway. Waiting for the one connection is fair and never ends in
    "database is locked"; several connections would poll for the lock and could give up.
    """
    Path(target.database or "").parent.mkdir(parents=True, exist_ok=True)
    engine = create_async_engine(
        target,
        pool_size=1,
        max_overflow=0,
        hide_parameters=True,
        async_creator=lambda: connect(str(target.database)),
    )
    _prepare_sqlite(engine.sync_engine)
    return engine


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def on_connect(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver's implicit BEGIN comes too late
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 10000")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")  # an acknowledged answer survives a power cut
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def on_begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
