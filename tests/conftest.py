"""Fixtures for all tests: empty, migrated databases on SQLite and on PostgreSQL."""

import asyncio
import gc
import os
import shutil
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import uvloop
from hypothesis import settings
from sqlalchemy.ext.asyncio import AsyncEngine

from db.session import Sessions, create_engine, create_sessions
from tests import databases
from tests.postgresql import CannotStartError, Server, url_when_ready
from tests.sizes import IN_CI

DATABASES = ("sqlite", "postgresql")

_MEMORY = Path("/dev/shm")  # noqa: S108 -- memory-backed on Linux
_ROOM = 2**30  # bytes
_PREFIX = "quizbot-tests-"
_NUMBERS = count(1)
_STORE = pytest.StashKey[Path]()
_SERVER = pytest.StashKey[Server]()


# Collecting garbage as often as Python does takes a tenth of the time of a run.
gc.set_threshold(20_000, 20, 20)
# httpcore looks for sniffio, which is not installed, before each request: a search of all folders.
sys.modules.setdefault("sniffio", None)  # type: ignore[arg-type]


# Without a deadline, so that property tests pass beside other load.
settings.register_profile("quizbot", deadline=None, max_examples=100 if IN_CI else 15)
settings.load_profile("quizbot")


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Tests run on the bot's own event loop."""
    return {"uvloop": uvloop.new_event_loop}


def pytest_configure(config: pytest.Config) -> None:
    """Puts everything of a run into one folder, in memory if there is room."""
    worker: dict[str, Any] | None = getattr(config, "workerinput", None)
    if worker is not None:
        config.stash[_STORE] = Path(worker["store"])
        return
    if _MEMORY.is_dir() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))  # for tmp_path as well
    parent = Path(os.environ.get("PYTEST_DEBUG_TEMPROOT") or tempfile.gettempdir())
    _delete_what_killed_runs_left(parent)
    store = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=parent))
    store.chmod(0o711)  # the server's user passes
    config.stash[_STORE] = store
    config.stash[_SERVER] = Server(store / "postgresql")


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """A worker of pytest-xdist: it gets the folder, and starting the server begins already."""
    node.workerinput["store"] = str(node.config.stash[_STORE])
    _start(node.config)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`: one more than there are processors, because some tests wait for processes."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Runs the tests that wait for processes first, while there is other work beside them."""
    items.sort(key=lambda item: item.path.parent.name != "process")


def pytest_collection_finish() -> None:
    """What is loaded stays, and is not looked through for garbage again and again."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure(config: pytest.Config) -> None:
    if (server := config.stash.get(_SERVER, None)) is not None:
        server.stop()
        shutil.rmtree(config.stash[_STORE], ignore_errors=True)


def _delete_what_killed_runs_left(parent: Path) -> None:
    for folder in parent.glob(f"{_PREFIX}*"):
        owner = int(folder.name.removeprefix(_PREFIX).partition("-")[0])
        with suppress(PermissionError):  # of another user, and alive
            try:
                os.kill(owner, 0)
            except ProcessLookupError:
                shutil.rmtree(folder, ignore_errors=True)


def _start(config: pytest.Config) -> None:
    try:
        config.stash[_SERVER].start()
    except CannotStartError as error:
        raise pytest.UsageError(str(error)) from None


@pytest.fixture(scope="session", autouse=True)
def compiled_statements() -> Iterator[None]:
    """Compiles each statement once, not in each test."""
    with pytest.MonkeyPatch.context() as patch:
        databases.compile_statements_once(patch)
        yield


@pytest.fixture(scope="session")
def store(pytestconfig: pytest.Config) -> Path:
    """The folder that all workers of the run share."""
    return pytestconfig.stash[_STORE]


@pytest.fixture(scope="session")
def postgresql(pytestconfig: pytest.Config, store: Path) -> str:
    """The URL of a real PostgreSQL server's maintenance database."""
    if _SERVER in pytestconfig.stash:  # there are no workers
        _start(pytestconfig)
    return url_when_ready(store / "postgresql")


@pytest.fixture(scope="session")
def sqlite_template(store: Path) -> Path:
    return databases.sqlite_template(store)


@pytest.fixture(scope="session")
def postgresql_of_worker(postgresql: str, store: Path) -> Iterator[databases.Postgresql]:
    """The database that this worker uses again for each test."""
    name = os.environ.get("PYTEST_XDIST_WORKER", "main")
    database = databases.Postgresql(postgresql, store, name)
    yield database
    database.close()


@pytest.fixture(scope="session")
def shared_postgresql_of_worker(postgresql: str, store: Path) -> Iterator[databases.Postgresql]:
    """A second database of this worker, which a module's tests share."""
    name = f"{os.environ.get('PYTEST_XDIST_WORKER', 'main')}-shared"
    database = databases.Postgresql(postgresql, store, name)
    yield database
    database.close()


@pytest.fixture(params=DATABASES)
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty, migrated database; the test runs on SQLite and on PostgreSQL."""
    return str(request.getfixturevalue(f"{request.param}_database"))


@pytest.fixture
def sqlite_database(sqlite_template: Path, tmp_path: Path) -> str:
    """The same on SQLite alone, for tests that do not depend on the database."""
    return databases.sqlite(sqlite_template, tmp_path)


@pytest.fixture
def postgresql_database(postgresql_of_worker: databases.Postgresql) -> str:
    """The same on PostgreSQL alone."""
    return postgresql_of_worker.empty()


@pytest.fixture(scope="module", params=DATABASES)
def shared_database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> str:
    """The URL of a migrated database for all tests of a module, which leave it as they found it."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        return databases.sqlite(template, tmp_path_factory.mktemp("shared"))
    shared: databases.Postgresql = request.getfixturevalue("shared_postgresql_of_worker")
    return shared.empty()


@pytest.fixture(params=DATABASES)
def empty_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database without tables, on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.sqlite3'}"
        return
    server, name = request.getfixturevalue("postgresql"), f"empty_{os.getpid()}_{next(_NUMBERS)}"
    asyncio.run(databases.execute(server, f'CREATE DATABASE "{name}"'))
    yield databases.url_of(server, name)
    asyncio.run(databases.execute(server, f'DROP DATABASE "{name}" WITH (FORCE)'))


@pytest.fixture
async def engine(database: str) -> AsyncIterator[AsyncEngine]:
    engine = create_engine(database)
    yield engine
    await engine.dispose()


@pytest.fixture
def sessions(engine: AsyncEngine) -> Sessions:
    return create_sessions(engine)


@pytest.fixture
async def sqlite_sessions(sqlite_database: str) -> AsyncIterator[Sessions]:
    """Sessions on SQLite alone, for rules that do not depend on the database."""
    engine = create_engine(sqlite_database)
    yield create_sessions(engine)
    await engine.dispose()


@pytest.fixture
async def postgresql_sessions(postgresql_database: str) -> AsyncIterator[Sessions]:
    """Sessions on PostgreSQL alone, for its row locks."""
    engine = create_engine(postgresql_database)
    yield create_sessions(engine)
    await engine.dispose()
