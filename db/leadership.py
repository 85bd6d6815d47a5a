"""Which of several processes sends: one at a time, by an advisory lock of PostgreSQL.

The lock belongs to a connection of its own, so it ends when the process, its machine or the way
to it does. What may be sent twice does not hang on it: that is settled row by row
(quiz.delivery). It keeps broadcasts and polling to one.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field

import asyncpg
import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from db.transient_errors import is_transient

Work = Callable[[], AbstractAsyncContextManager[object]]

log = structlog.get_logger(__name__)

INTERVAL = 1.0  # seconds between two tries, and between two looks at the connection
PATIENCE = 1.0  # seconds that PostgreSQL may take to answer

# What the connection itself may raise; is_transient knows the rest.
_AWAY = (OSError, asyncpg.PostgresError, asyncpg.InterfaceError)

# Of this application; each database has its own space of advisory locks (PostgreSQL 13.3.5), so
# that bots in two databases of one server do not meet.
_ROLE = int.from_bytes(b"quizrole")

# PostgreSQL ends the session, and with it the role, when nothing comes from the holder any more.
_SESSION = {
    "application_name": "quizbot-role",
    # The machine or the network is gone: 1 s of silence, 2 probes of 1 s each.
    "tcp_keepalives_idle": "1",
    "tcp_keepalives_interval": "1",
    "tcp_keepalives_count": "2",
    "tcp_user_timeout": "3000",  # milliseconds; for what was sent and never acknowledged
    # The machine answers and the process does not: stopped, or starved.
    "idle_session_timeout": "3500",  # milliseconds
}


@asynccontextmanager
async def leading(
    engine: AsyncEngine, work: Work, interval: float = INTERVAL, patience: float = PATIENCE
) -> AsyncIterator[None]:
    """Run `work` beside the block whenever this process holds the role.

    It is entered when the role is gained, left when it is lost, and entered anew when it is gained
    again. The block begins when the first try is through: with `work` running, or with somebody
    else known to have the role. On SQLite the role is always held (db.exclusive).
    """
    if engine.dialect.name != "postgresql":
        async with work():
            yield
        return
    campaign = _Campaign(engine, work, interval, patience)
    running = asyncio.create_task(campaign.run())
    try:
        await campaign.settled.wait()
        yield
    finally:
        running.cancel()
        await asyncio.wait([running])


@dataclass
class _Campaign:
    """Tries for the role until cancelled. `settled` is set when the first try is through."""

    engine: AsyncEngine
    work: Work
    interval: float
    patience: float
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    _told: str = ""

    async def run(self) -> None:
        while True:
            try:
                await self._try()
            except Exception as error:
                if not (isinstance(error, _AWAY) or is_transient(error)):
                    log.exception("sending_failed")  # somebody else may do better
                else:
                    self._tell("sending_role_out_of_reach", error=type(error).__name__)
            finally:
                self.settled.set()
            await asyncio.sleep(self.interval)

    async def _try(self) -> None:
        """One connection's time: until the role is gained, and until it is lost."""
        async with self._connection() as connection:
            while not await self._gained(connection):
                self._tell("waiting_for_sending_role")
                self.settled.set()
                await asyncio.sleep(self.interval)
            self._tell("sending_role_gained")
            async with self._watched(connection) as lost, self.work():
                self.settled.set()
                await asyncio.wait([lost])

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[asyncpg.Connection]:
        _, arguments = self.engine.dialect.create_connect_args(self.engine.url)
        of_asyncpg = {name: each for name, each in arguments.items() if "prepared" not in name}
        connection = await asyncpg.connect(
            **of_asyncpg, timeout=self.patience, server_settings=_SESSION
        )
        try:
            yield connection
        finally:
            connection.terminate()

    async def _gained(self, connection: asyncpg.Connection) -> bool:
        async with asyncio.timeout(self.patience):
            return bool(await connection.fetchval("SELECT pg_try_advisory_lock($1)", _ROLE))

    @asynccontextmanager
    async def _watched(self, connection: asyncpg.Connection) -> AsyncIterator[asyncio.Task[None]]:
        """A task that ends when the role is lost. It looks after the role to the block's end."""
        watching = asyncio.create_task(self._until_lost(connection))
        try:
            yield watching
        finally:
            watching.cancel()
            await asyncio.wait([watching])

    async def _until_lost(self, connection: asyncpg.Connection) -> None:
        ended = asyncio.Event()
        connection.add_termination_listener(lambda _: ended.set())
        try:
            while True:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self.interval):
                        await ended.wait()
                async with asyncio.timeout(self.patience):
                    await connection.execute("SELECT 1")
        except _AWAY as error:
            self._tell("sending_role_lost", error=type(error).__name__)

    def _tell(self, event: str, **details: str) -> None:
        """Log what has changed, once and not at every try."""
        if event != self._told:
            self._told = event
            (log.warning if event == "sending_role_lost" else log.info)(event, **details)
