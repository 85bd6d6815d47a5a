"""Leader election: a PostgreSQL advisory lock decides which of several processes sends.

The lock belongs to a connection of its own, so it is released when the process, its machine or the
network in between fails. It limits broadcasts and polling to one process. Rows, not this
lock, make sure that nothing is sent twice (quiz.delivery).
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.transient_errors import OUTAGE, fault_of, is_transient, reason_of

if TYPE_CHECKING:  # on SQLite, 3 MB that nobody needs
    import asyncpg

Work = Callable[[], AbstractAsyncContextManager[object]]

log = structlog.get_logger(__name__)

INTERVAL = 1.0  # seconds between two attempts, and between two checks of the connection
PATIENCE = 1.0  # seconds that PostgreSQL may take to answer

# The key of the lock. Each database has its own space of advisory locks (PostgreSQL 13.3.5), so
# bots in two databases of one server do not compete.
_LOCK = int.from_bytes(b"quizrole")

# PostgreSQL ends the session, and with it the leadership, when the leader goes silent.
_SESSION = {
    # The machine or the network has failed: 1 s of silence, 2 probes of 1 s each.
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "3000",  # milliseconds; for data that is never acknowledged
    # The machine answers but the process does not: it is stopped or starved.
    "idle_session_timeout": "3500",  # milliseconds
}
# Not when connecting: PgBouncer refuses parameters that it does not know.
_SET_SESSION = "; ".join(f"SET {name} = {value}" for name, value in _SESSION.items())


@asynccontextmanager
async def leading(
    engine: AsyncEngine,
    work: Work,
    interval: float = INTERVAL,
    patience: float = PATIENCE,
    tell: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[None]:
    """Run `work` alongside the block whenever this process is the leader.

    `work` is entered when leadership is gained, left when it is lost, and entered again when it is
    regained. The block begins after the first attempt: either `work` is running, or another process
    is known to lead. `interval` and `patience` are in seconds. `tell` gets a sentence while neither
    is so, and an empty text once it is. On SQLite this process always leads (db.exclusive).
    """
    if engine.dialect.name != "postgresql":
        async with work():
            yield
        return
    election = _LeaderElection(engine, work, interval, patience, tell)
    running = asyncio.create_task(election.run())
    try:
        await election.settled.wait()
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])
        OUTAGE.given_up(election)


async def shares_sessions(engine: AsyncEngine, patience: float = 10.0) -> bool:
    """Returns whether a pooler gives each transaction any session, like PgBouncer's modes do.

    In transaction mode and statement mode, a lock of a session is no lock: two processes would
    lead. Two connections at once then have one server process, or one connection has several. The
    connections may take `patience` seconds. Raises what the driver raises.
    """
    if engine.dialect.name != "postgresql":
        return False
    import asyncpg  # noqa: PLC0415 -- see above

    try:
        async with _connection(engine, patience) as one, _connection(engine, patience) as other:
            first, second, again = [await _server_process(each) for each in (one, other, one)]
    except asyncpg.ConnectionDoesNotExistError as error:
        if "statement pooling mode" in str(error):  # PgBouncer, on BEGIN
            return True
        raise
    return first == second or first != again


def _is_of_connection(error: Exception) -> bool:
    import asyncpg  # noqa: PLC0415 -- see above

    return isinstance(error, OSError | asyncpg.PostgresError | asyncpg.InterfaceError)


async def _server_process(connection: "asyncpg.Connection") -> int:
    async with connection.transaction():  # several messages, for one session
        return int(await connection.fetchval("SELECT pg_backend_pid()"))


@asynccontextmanager
async def _connection(engine: AsyncEngine, patience: float) -> AsyncIterator["asyncpg.Connection"]:
    """Opens a connection outside the pool; it may take `patience` seconds."""
    import asyncpg  # noqa: PLC0415 -- see above

    _, arguments = engine.dialect.create_connect_args(engine.url)
    of_asyncpg = {name: each for name, each in arguments.items() if "prepared" not in name}
    connection = await asyncpg.connect(
        **of_asyncpg,
        timeout=patience,
        statement_cache_size=0,
        server_settings={"application_name": "quizbot-role"},
    )
    try:
        yield connection
    finally:
        connection.terminate()


@dataclass(eq=False)
class _LeaderElection:
    """Tries to lead until cancelled. `settled` is set after the first attempt."""

    engine: AsyncEngine
    work: Work
    interval: float
    patience: float
    tell: Callable[[str], None]
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    _logged: str = ""

    async def run(self) -> None:
        while True:
            try:
                await self._try()
            except Exception as error:
                if not (_is_of_connection(error) or is_transient(error)):
                    log.exception("leader_failed")  # another process may succeed
                    self.tell("The leader's work fails; the log says why (leader_failed).")
                else:
                    self.tell(f"Who leads is unknown. {fault_of(error)}")
                    OUTAGE.failed(self, error)
                    self._log("leadership_unreachable", **reason_of(error))
            finally:
                self.settled.set()
            await asyncio.sleep(self.interval)

    async def _try(self) -> None:
        """Lead once over one connection: wait for leadership, then work until it is lost."""
        async with _connection(self.engine, self.patience) as connection:
            async with asyncio.timeout(self.patience):
                await connection.execute(_SET_SESSION)
            while not await self._gained(connection):
                OUTAGE.succeeded(self)
                self._log("waiting_for_leadership")
                self.tell("")
                self.settled.set()
                await asyncio.sleep(self.interval)
            OUTAGE.succeeded(self)
            self._log("leadership_gained")
            async with self._watched(connection) as lost, self.work():
                self.tell("")
                self.settled.set()
                await asyncio.wait([lost])

    async def _gained(self, connection: "asyncpg.Connection") -> bool:
        async with asyncio.timeout(self.patience):
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK))

    @asynccontextmanager
    async def _watched(self, connection: "asyncpg.Connection") -> AsyncIterator[asyncio.Task[None]]:
        """Yields a task that ends when leadership is lost; leaving the block cancels it."""
        watching = asyncio.create_task(self._until_lost(connection))
        try:
            yield watching
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _until_lost(self, connection: "asyncpg.Connection") -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.interval):
                        await ended.wait()
                async with asyncio.timeout(self.patience):
                    await connection.execute("SELECT 1")
        except Exception as error:  # noqa: BLE001 -- whatever it is, the lock may be gone
            if isinstance(error, TimeoutError):  # of a closed connection, the next one tells why
                OUTAGE.failed(self, error)
            self._log("leadership_lost", **reason_of(error))

    def _log(self, event: str, **details: str) -> None:
        """Log a change once, not at every attempt."""
        if event != self._logged:
            self._logged = event
            (log.warning if event == "leadership_lost" else log.info)(event, **details)
