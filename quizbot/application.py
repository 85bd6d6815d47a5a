"""Runs the parts, from top to bottom, until the bot is stopped."""

import asyncio
import gc
import platform
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import (
    AbstractAsyncContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
    suppress,
)
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp
from telegram.ext import ApplicationBuilder, ContextTypes

from db.batch_committer import BatchCommitter
from db.leadership import leading
from db.migrate import DatabaseTooNewError
from db.session import Sessions, create_engine, create_sessions, place_of
from db.transient_errors import OUTAGE, can_write
from questions import BankError, Topic
from quizbot import logs, metrics, systemd, version
from quizbot.assembly import dashboard_of, jobs_of, services_of
from quizbot.scheduler import Jobs, RetryParked, schedule
from quizbot.settings import Settings, SettingsError, StartError
from quizbot.startup import (
    api_of,
    catch_up,
    connected,
    exclusive_database,
    keep_webhook,
    loaded_topic,
    migrate_database,
    set_commands_and_descriptions,
    set_webhook,
    warn_about_python,
    watch_clock,
)
from quizbot.telegram.client.limiter import Limiter, Pace
from quizbot.telegram.client.limiter import pace as pace_of
from quizbot.telegram.client.transport import REFUSED_ADVICE
from quizbot.telegram.handlers.context import BotContext, apologise, provide
from quizbot.telegram.handlers.questions import record_poll_answers
from quizbot.telegram.handlers.register import register
from quizbot.telegram.jobs.question_delivery import (
    MAX_FLIGHT_TIME,
)
from quizbot.telegram.jobs.shared_pace import SharedPace
from quizbot.telegram.messages.words import TranslationError
from quizbot.telegram.updates.parking import Parking
from quizbot.telegram.updates.polling import Poller
from quizbot.telegram.updates.receiver import Receiver
from quizbot.web.app import Readiness, create_app
from quizbot.web.routes import dashboard_app
from quizbot.web.server import AddressInUseError, serving
from quizbot.web.sessions import Address
from quizbot.web.webhook import Webhook

log = structlog.get_logger(__name__)

_DISPOSE_SECONDS = 1.0  # seconds to close the database's connections
_GATHERING = 0.02  # seconds that answers may wait for others that a webhook gets after them
_SHUTDOWN_SECONDS = 8.5  # seconds to finish what is in progress


# What only a person can fix, so that starting again does not help.
_WRONG = (SettingsError, BankError, DatabaseTooNewError, TranslationError)
# Errors that a person can cause and fix: each message says how.
START_FAULTS = (StartError, AddressInUseError, *_WRONG)
_EX_CONFIG = 78  # sysexits.h; quizbot.service does not restart after it


def system_clock() -> datetime:
    """Returns the current time in UTC.

    Nothing else reads the system clock (invariant 8, ARCHITECTURE.md).
    """
    return datetime.now(UTC)


def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises one of START_FAULTS."""
    logs.set_up(settings.log_level, settings.secrets)
    warn_about_python()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run_until_signal(settings))


def report(fault: Exception) -> int:
    """Tell why the bot cannot start. Returns the exit status."""
    logs.tell_fault(fault)
    return _EX_CONFIG if isinstance(fault, _WRONG) else 1


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """Returns uvloop's loop factory, or None where it is not installed (Windows)."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _run_until_signal(settings: Settings) -> None:
    stop, started = asyncio.Event(), asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)

    async def run_until_stop() -> None:
        async with running(settings):
            started.set()
            collect_garbage_rarely()
            async with systemd.watched():
                await stop.wait()
            log.info("stopping")

    bot, stopping = asyncio.create_task(run_until_stop()), asyncio.create_task(stop.wait())
    await asyncio.wait([bot, stopping], return_when=asyncio.FIRST_COMPLETED)
    if not started.is_set():  # a start can wait for minutes, for Telegram or for a migration
        bot.cancel()
    with suppress(asyncio.CancelledError):
        await bot
    log.info("stopped")


def collect_garbage_rarely() -> None:
    """Exempt all objects of the start from garbage collection: they live until the end.

    Searching them every 700 allocations would take a quarter of a broadcast's time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 100)


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Callable[[], datetime] = system_clock,
    rng: Random | None = None,
    pace: Pace | None = None,
) -> AsyncIterator[Jobs]:
    """Runs the bot while the block runs.

    `pace` defaults to the one in the settings. Raises one of START_FAULTS; the message can be
    shown to people.
    """
    topic, rng = loaded_topic(settings), rng or Random()  # noqa: S311 -- it decides nothing secret
    pace = pace or pace_of(settings.pace, paid=settings.paid_broadcast)
    metrics.BUILD.info({"version": version(), "python": platform.python_version()})
    with exclusive_database(settings):
        engine = create_engine(settings.database)
        OUTAGE.database = place_of(engine.url)
        try:
            await migrate_database(engine)
            async with _assembled(settings, topic, engine, clock, rng, pace) as jobs:
                yield jobs
        finally:
            with suppress(TimeoutError):  # an unreachable server does not answer
                async with asyncio.timeout(_DISPOSE_SECONDS):
                    await engine.dispose()


@asynccontextmanager
async def _assembled(
    settings: Settings,
    topic: Topic,
    engine: AsyncEngine,
    clock: Callable[[], datetime],
    rng: Random,
    pace: Pace,
) -> AsyncIterator[Jobs]:
    sessions, address = create_sessions(engine), Address(settings.public_url, settings.address[0])
    limiter, deadline = Limiter(pace), ShutdownDeadline(_SHUTDOWN_SECONDS)
    api = api_of(settings, limiter)
    contexts = ContextTypes(context=BotContext)
    telegram = (
        ApplicationBuilder().bot(api).context_types(contexts).updater(None).job_queue(None).build()
    )
    services = services_of(settings, topic, sessions, clock, rng, api, address)
    provide(telegram, services)
    register(telegram)
    record = partial(record_poll_answers, services)
    is_writable = partial(can_write, sessions)
    parking = Parking(sessions, clock, partial(apologise, telegram))
    committer = BatchCommitter(record, is_writable, patience=_GATHERING)
    receiver = Receiver(telegram, committer, parking.park, is_writable, clock)
    poller = Poller(api, receiver)
    jobs = jobs_of(services, limiter, RetryParked(sessions, clock, parking, receiver, record))
    dashboard = dashboard_of(services, address, api)
    readiness = Readiness(
        telegram=lambda: api.transport.fault,
        database=lambda: OUTAGE.fault,
        folder=_sqlite_folder(engine),
    )
    tell_webhook = partial(setattr, readiness, "webhook")

    # With SQLite, or while only the leader receives updates, no other process sends anything.
    others_send = engine.dialect.name == "postgresql" and bool(settings.webhook_url)

    @asynccontextmanager
    async def lead() -> AsyncIterator[None]:
        """Does the leader's work while the block runs."""
        before = clock() - MAX_FLIGHT_TIME if others_send else None
        await catch_up(sessions, services.item_pool, topic, clock, before)
        async with (
            _polling(poller, settings, deadline),
            _scheduled(jobs, poller.caught_up, deadline),
            _in_background(keep_webhook(api, settings, clock, tell_webhook)),
        ):
            metrics.LEADING.set(1)
            try:
                yield
            finally:
                tell_webhook("")
                for of_leader in metrics.OF_LEADER:
                    of_leader.set(0)

    # Entered from top to bottom and left from bottom to top: first no more claims, then no more
    # updates, then the last replies, then the connections.
    async with (
        serving(
            _served(create_app(sessions, dashboard_app(dashboard), readiness), receiver, settings),
            settings.address,
            address.listens_on,
        ),
        connected(telegram, settings),
        services.rasteriser,
        _sharing_pace(engine, sessions, limiter, deadline),
        services.answer_cards.open(deadline.left),
        services.reply_queue.open(deadline.left),
        _in_background(set_commands_and_descriptions(api, services.languages, topic)),
        receiver.open(deadline.left),
    ):
        await set_webhook(api, settings)
        candidacy = leading(engine, lead, tell=partial(setattr, readiness, "leadership"))
        async with (
            _in_background(watch_clock(api, clock)),
            _until_refused(api.transport.token_refused, candidacy),
        ):
            log.info("started", version=version(), open=api.link, topic=topic.slug)
            try:
                yield jobs
            finally:
                deadline.begin()


@asynccontextmanager
async def _until_refused(
    token_refused: asyncio.Event, candidacy: AbstractAsyncContextManager[None]
) -> AsyncIterator[None]:
    """Leads or waits to lead while the block runs, but gives that up if the token is refused.

    So a process with a new token can lead. The rest goes on, above all the dashboard.
    """

    async def give_up() -> None:
        await token_refused.wait()
        metrics.TOKEN_REFUSED.set(1)
        log.critical("token_refused", advice=REFUSED_ADVICE)
        await stack.aclose()

    metrics.TOKEN_REFUSED.set(0)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(candidacy)
        giving_up = asyncio.create_task(give_up())
        giving_up.add_done_callback(_log_failure)
        try:
            yield
        finally:
            if not token_refused.is_set():
                giving_up.cancel()
            await asyncio.wait([giving_up])


class ShutdownDeadline:
    """The time limit of a shutdown: each part gets the seconds that the earlier ones left."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None

    def begin(self) -> None:
        self._until = asyncio.get_running_loop().time() + self._seconds

    def left(self) -> float:
        """Returns the seconds left; all of them if only a part stops while the bot goes on."""
        if self._until is None:
            return self._seconds
        return max(0.0, self._until - asyncio.get_running_loop().time())


def _sqlite_folder(engine: AsyncEngine) -> Path | None:
    """Returns the folder of the SQLite file; None on PostgreSQL."""
    is_sqlite = engine.dialect.name == "sqlite"
    return Path(engine.url.database or "").absolute().parent if is_sqlite else None


def _served(app: ASGIApp, receiver: Receiver, settings: Settings) -> ASGIApp:
    if not settings.webhook_url:
        return app
    return Webhook(
        receiver,
        settings.webhook_path,
        settings.webhook_secret.get_secret_value(),
        settings.webhook_networks,
    ).before(app)


def _sharing_pace(
    engine: AsyncEngine, sessions: Sessions, limiter: Limiter, deadline: ShutdownDeadline
) -> AbstractAsyncContextManager[None]:
    """Shares the pace with other processes; on SQLite there are none."""
    if engine.dialect.name == "sqlite":
        return nullcontext()
    return SharedPace(sessions, limiter).open(deadline.left)


@asynccontextmanager
async def _polling(
    poller: Poller, settings: Settings, deadline: ShutdownDeadline
) -> AsyncIterator[None]:
    """Polls while the block runs, unless there is a webhook."""
    if settings.webhook_url:
        poller.caught_up.set()
        yield
        return
    async with _in_background(poller.run(deadline.left)):
        yield


@asynccontextmanager
async def _scheduled(
    jobs: Jobs, caught_up: asyncio.Event, deadline: ShutdownDeadline
) -> AsyncIterator[None]:
    """Schedules the jobs once old updates are handled: waiting answers are counted first."""
    scheduler = schedule(jobs)
    jobs.begin()

    async def start() -> None:
        await caught_up.wait()
        scheduler.start()

    try:
        async with _in_background(start()):
            yield
    finally:
        if scheduler.running:
            scheduler.pause()  # a job cancelled before it begins would be logged as an error
        await jobs.finish(deadline.left())
        if scheduler.running:
            scheduler.shutdown(wait=False)


@asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Runs the coroutine beside the block and ends it with the block; logs its failure."""
    task = asyncio.create_task(work)
    task.add_done_callback(_log_failure)
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


def _log_failure(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (failure := task.exception()) is not None:
        log.critical("background_work_failed", exc_info=failure)
