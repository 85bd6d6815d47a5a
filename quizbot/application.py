"""The only place where the parts are wired; it reads from top to bottom."""

import asyncio
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from datetime import UTC, datetime
from random import Random, SystemRandom
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.types import ASGIApp
from telegram import BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application, ApplicationBuilder

from db import migrate
from db.exclusive import InUseError, exclusive
from db.leadership import leading
from db.migrate import DatabaseTooNewError
from db.session import Sessions, async_url, create_engine, create_sessions
from questions import BankError, Topic, load_topic
from quizbot import __version__, logs
from quizbot.charts.drawing import Drawing
from quizbot.jobs import Jobs, schedule
from quizbot.quiz import claiming, learning, repair, rescoring, subscribing
from quizbot.quiz.choosing import Deck
from quizbot.settings import Settings, SettingsError
from quizbot.telegram.api import Api
from quizbot.telegram.broadcast import Broadcast
from quizbot.telegram.courier import Courier
from quizbot.telegram.group_commit import GroupCommit
from quizbot.telegram.handlers.desk import Desk
from quizbot.telegram.handlers.quizzing import Quizzing
from quizbot.telegram.handlers.register import register
from quizbot.telegram.limiter import Limiter, Pace
from quizbot.telegram.limiter import pace as pace_of
from quizbot.telegram.messages import commands
from quizbot.telegram.outbox import Outbox
from quizbot.telegram.polling import Poller
from quizbot.telegram.receiver import ALLOWED_UPDATES, Receiver
from quizbot.telegram.reminder import Reminder
from quizbot.telegram.sender import Sender
from quizbot.telegram.transport import Transport
from quizbot.telegram.words import ENGLISH, Languages, TranslationError
from quizbot.web.app import AddressInUseError, create_app, serving
from quizbot.web.webhook import Webhook

log = structlog.get_logger(__name__)

_RESCORED_AT_ONCE = 200  # deliveries to a commit
_FAREWELL = 10.0  # seconds that a stop may take to finish what is in flight

Bot = Application[Any, Any, Any, Any, Any, Any]


class StartError(Exception):
    """The bot cannot start; the message says why and what to do."""


# What a person can cause and mend: each has a sentence for it.
START_FAULTS = (
    StartError,
    SettingsError,
    BankError,
    DatabaseTooNewError,
    AddressInUseError,
    TranslationError,
)


def system_clock() -> datetime:
    """The current moment: the one place that asks the system for it (invariant 8)."""
    return datetime.now(UTC)


def run(settings: Settings) -> None:
    """Run until SIGINT or SIGTERM. Raises one of START_FAULTS."""
    logs.set_up(settings.log_level, settings.secrets)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_run_until_signal(settings))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's where there is one (everywhere but on Windows), else asyncio's own."""
    try:
        import uvloop  # noqa: PLC0415
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _run_until_signal(settings: Settings) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    async with running(settings):
        await stop.wait()
        log.info("stopping")


@asynccontextmanager
async def running(
    settings: Settings,
    clock: Callable[[], datetime] = system_clock,
    rng: Random | None = None,
    pace: Pace | None = None,
) -> AsyncIterator[Jobs]:
    """The bot, receiving and delivering while the block runs.

    `pace` is the settings' unless it is given. Raises one of START_FAULTS, whose sentence is fit
    to be shown.
    """
    topic = _topic(settings)
    with _exclusive(settings):
        engine = create_engine(settings.database)
        try:
            await _prepare(engine)
            async with _assembled(
                settings, topic, engine, clock, rng or SystemRandom(), pace or _pace(settings)
            ) as jobs:
                yield jobs
        finally:
            await engine.dispose()


def _topic(settings: Settings) -> Topic:
    topic = load_topic(settings.topic_dir)
    for item in topic.fallen_back:
        log.warning("question_back_to_draft", item=item.id, reason=item.reason)
    if topic.unfinished:
        places = ", ".join(topic.unfinished[:5])
        raise StartError(
            f"The article of {topic.slug} still says TODO ({places}); write what is due."
        )
    if not topic.approved:
        raise StartError(
            f"The topic {topic.slug} has no approved question; approve some first: "
            f".venv/bin/python -m questions review {settings.topic}"
        )
    return topic


def _exclusive(settings: Settings) -> AbstractContextManager[object]:
    """A SQLite file belongs to one bot: taken here, given back when the block is left."""
    try:
        return exclusive(settings.database)
    except InUseError as error:
        holder = f" (process {error.process})" if error.process else ""
        raise StartError(
            f"The database {async_url(settings.database).database} is in use by another bot"
            f"{holder}; stop that one first, or use PostgreSQL for more than one (docs/deploy.md)."
        ) from None
    except OSError as error:
        raise StartError(
            f"QUIZBOT_DATA_DIR: {settings.data_dir} cannot be written to ({error.strerror}); "
            "choose a folder that can, for example QUIZBOT_DATA_DIR=./data"
        ) from None


async def _prepare(engine: AsyncEngine) -> None:
    try:
        await migrate.upgrade(engine)
    except DatabaseTooNewError:
        raise
    except Exception as error:
        raise _unusable(error) from error


def _unusable(error: Exception) -> StartError:
    reason = (str(getattr(error, "orig", None) or error) or type(error).__name__).splitlines()[0]
    return StartError(
        f"The database cannot be used ({reason}); check that it runs and that "
        "QUIZBOT_DATABASE_URL or QUIZBOT_DATA_DIR is right."
    )


@asynccontextmanager
async def _assembled(
    settings: Settings,
    topic: Topic,
    engine: AsyncEngine,
    clock: Callable[[], datetime],
    rng: Random,
    pace: Pace,
) -> AsyncIterator[Jobs]:
    sessions, languages, deck = create_sessions(engine), Languages(), Deck.of(topic, rng)
    limiter, drawing, evening = Limiter(pace), Drawing(), settings.evening
    api = _api(settings, limiter)
    telegram = ApplicationBuilder().bot(api).updater(None).job_queue(None).build()

    async def unreachable(chat_id: int) -> None:
        async with sessions.begin() as session:
            await subscribing.out_of_reach(session, chat_id)

    sender, outbox = Sender(api, unreachable), Outbox()
    courier = Courier(sessions, sender, topic, languages, clock)
    desk = Desk(
        settings, topic, deck, sessions, languages, sender, outbox, courier, drawing, clock, rng
    )
    register(telegram, desk)
    receiver = Receiver(telegram, GroupCommit(Quizzing(desk).votes), desk.apologise)
    poller = Poller(api, receiver)
    broadcast = Broadcast(sessions, courier, limiter, deck, evening, clock)
    reminder = Reminder(
        sessions, sender, languages, clock, evening, at_once=max(1, limiter.pace.window // 2)
    )
    jobs = Jobs(sessions, broadcast, reminder, courier, settings.repair_delay)

    @asynccontextmanager
    async def term() -> AsyncIterator[None]:
        """What one process does at a time, from taking the role over to giving it up."""
        await _resume(sessions, deck)
        await _take_in_earlier_answers(sessions)
        await _rescore(sessions, topic, clock)
        async with _polling(poller, settings), _scheduled(jobs, poller.caught_up):
            yield

    # Entered from top to bottom, left from bottom to top: first no more claims, then no more
    # updates, then the last words, then the connections.
    async with (
        serving(_served(sessions, receiver, settings), settings.address),
        _connected(telegram, settings),
        drawing,
        _drained(outbox),
        _in_background(_introduce(telegram, languages, topic)),
        receiver.open(_FAREWELL),
        _webhook(telegram, settings),
        leading(engine, term),
    ):
        log.info("started", version=__version__, open=telegram.bot.link, topic=topic.slug)
        yield jobs


def _pace(settings: Settings) -> Pace:
    return pace_of(settings.messages_per_second, paid=settings.paid_broadcast)


def _api(settings: Settings, limiter: Limiter) -> Api:
    # Room for a whole window of questions, and for the replies to people that go ahead of them.
    transport = Transport(settings.api_url, connections=limiter.pace.window + 32)
    return Api(
        settings.token.get_secret_value(),
        f"{settings.api_url}/bot",
        f"{settings.api_url}/file/bot",
        request=transport,
        get_updates_request=transport,
        rate_limiter=limiter,
    )


@asynccontextmanager
async def _connected(telegram: Bot, settings: Settings) -> AsyncIterator[None]:
    try:
        await _connect(telegram, settings)
        yield
    finally:
        await telegram.shutdown()
        await telegram.bot.request.shutdown()  # left open where the very first call failed


async def _connect(telegram: Bot, settings: Settings) -> None:
    try:
        await telegram.initialize()  # getMe
        if not settings.webhook_url:  # a forgotten one would keep all updates to itself
            await telegram.bot.delete_webhook()
    except InvalidToken:
        raise StartError(
            "Telegram does not accept QUIZBOT_TOKEN; copy it again from @BotFather."
        ) from None
    except TelegramError as error:
        raise StartError(
            f"Telegram cannot be reached at {settings.api_url} ({error.message}); check the "
            "network and QUIZBOT_API_URL."
        ) from None


def _served(sessions: Sessions, receiver: Receiver, settings: Settings) -> ASGIApp:
    app = create_app(sessions)
    if not settings.webhook_url:
        return app
    return Webhook(
        receiver,
        settings.webhook_path,
        settings.webhook_secret.get_secret_value(),
        settings.webhook_networks,
    ).before(app)


@asynccontextmanager
async def _webhook(telegram: Bot, settings: Settings) -> AsyncIterator[None]:
    """Telegram posts updates to us, and goes on trying while no process is there."""
    if settings.webhook_url:
        try:
            await telegram.bot.set_webhook(
                settings.webhook_url,
                secret_token=settings.webhook_secret.get_secret_value(),
                allowed_updates=ALLOWED_UPDATES,
                max_connections=100,  # the most that there is
            )
        except TelegramError as error:
            raise StartError(
                f"Telegram does not take QUIZBOT_WEBHOOK_URL ({error.message}); check that it is "
                "right, and QUIZBOT_WEBHOOK_SECRET."
            ) from None
    yield


@asynccontextmanager
async def _polling(poller: Poller, settings: Settings) -> AsyncIterator[None]:
    """Poll while the block runs, unless updates are posted to us."""
    if settings.webhook_url:
        poller.caught_up.set()
        yield
        return
    async with _in_background(poller.run(_FAREWELL)):
        yield


async def _resume(sessions: Sessions, deck: Deck) -> None:
    """After a crash: what was in flight is in doubt; what was only claimed is simply sent."""
    async with sessions.begin() as session:
        interrupted = await repair.doubt_interrupted(session)
        redrawn = await claiming.redraw_withdrawn(session, deck)
    if interrupted or redrawn:
        log.warning("resumed", interrupted_in_flight=interrupted, redrawn=redrawn)


async def _rescore(sessions: Sessions, topic: Topic, clock: Callable[[], datetime]) -> None:
    """Where the bank has put a wrong key right: grade what was answered before anew."""
    async with sessions() as session:
        changes = await rescoring.pending(session, topic)
    for item, change in changes:
        log.warning("key_corrected", item=item.id, revision=change.revision)
        last: int | None = 0
        while last is not None:
            async with sessions.begin() as session:
                last = await rescoring.rescore(
                    session, item, change, clock(), after=last, limit=_RESCORED_AT_ONCE
                )


async def _take_in_earlier_answers(sessions: Sessions) -> None:
    """A database from before memories were kept: what its answers say is taken in once."""
    async with sessions.begin() as session:
        if await learning.has_untaken_answers(session):
            people = await learning.take_in_earlier_answers(session)
            log.info("earlier_answers_taken_in", subscribers=people)


async def _introduce(telegram: Bot, languages: Languages, topic: Topic) -> None:
    """The command menu and descriptions, in every language; only what is not so already."""
    bot = telegram.bot
    for w in languages:
        code = None if w.code == ENGLISH else w.code
        full = commands.description(w, topic.title)
        short = commands.short_description(w)
        try:
            await bot.set_my_commands(
                commands.menu(w), scope=BotCommandScopeAllPrivateChats(), language_code=code
            )
            if (await bot.get_my_description(code)).description != full:
                await bot.set_my_description(full, code)
            if (await bot.get_my_short_description(code)).short_description != short:
                await bot.set_my_short_description(short, code)
        except TelegramError as error:
            log.warning("not_introduced", language=w.code, error=error.message)


@asynccontextmanager
async def _scheduled(jobs: Jobs, caught_up: asyncio.Event) -> AsyncIterator[None]:
    """The clock's work, from when the old updates are through: a vote that waited comes first."""
    scheduler = schedule(jobs)
    jobs.begin()

    async def start() -> None:
        await caught_up.wait()
        scheduler.start()

    try:
        async with _in_background(start()):
            yield
    finally:
        await jobs.finish(_FAREWELL)
        if scheduler.running:
            scheduler.shutdown(wait=False)


@asynccontextmanager
async def _drained(outbox: Outbox) -> AsyncIterator[None]:
    try:
        yield
    finally:
        await outbox.drain(_FAREWELL)


@asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Run the coroutine beside the block and end it with the block; its failure is logged."""
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
