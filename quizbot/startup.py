"""Prepares the topic, the database, unfinished work and the connection to Telegram."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import structlog
from sqlalchemy import URL
from sqlalchemy.ext.asyncio import AsyncEngine
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats, WebhookInfo
from telegram.error import BadRequest, InvalidToken, TelegramError

from db import migrate
from db.exclusive import InUseError, exclusive
from db.leadership import shares_sessions
from db.migrate import DatabaseTooNewError, TablesInUseError
from db.session import Sessions, async_url
from db.transient_errors import reason_of
from questions import Topic, load_topic
from quizbot import metrics
from quizbot.quiz.answers import cards, corrections, memory
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.delivery import repair
from quizbot.settings import Settings, SettingsError, StartError
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.client.transport import Api, Transport
from quizbot.telegram.handlers.context import BotApplication
from quizbot.telegram.messages import text_input
from quizbot.telegram.messages.words import ENGLISH, Languages
from quizbot.telegram.updates.receiver import ALLOWED_UPDATES

log = structlog.get_logger(__name__)

_RESCORED_PER_COMMIT = 200  # deliveries per commit
_CLOCK_CHECK = 3600.0  # seconds between two checks
_MAX_CLOCK_ERROR = 5.0  # seconds; an HTTP date has whole ones, and a reply takes a while
_CONVERTED_PER_COMMIT = 100  # subscribers


# The first patch level of each series without these vulnerabilities: CVE-2024-7592
# (http.cookies), CVE-2025-6069 (html.parser), CVE-2025-8194 (tarfile). Later series have none.
_FIXED_IN = {(3, 11): 14, (3, 12): 12, (3, 13): 6}


def warn_about_python(version: tuple[int, ...] = sys.version_info[:3]) -> None:
    """Log a warning if this patch level of Python has known vulnerabilities."""
    if advice := python_advice(version):
        shown = ".".join(map(str, version))
        log.warning("python_has_known_vulnerabilities", version=shown, advice=advice)


def python_advice(version: tuple[int, ...] = sys.version_info[:3]) -> str:
    """Returns what to do about the vulnerabilities of this patch level; empty if none is known."""
    major, minor, patch = version
    fixed = _FIXED_IN.get((major, minor), 0)
    if patch >= fixed:
        return ""
    return (
        f"Install Python {major}.{minor}.{fixed} or later, then: make install PYTHON=its path; "
        "with Docker: docker compose build --pull. A distribution such as Debian may have fixed "
        "them without another version number: then there is nothing to do."
    )


def warn_about_clock(server_date: str, now: datetime) -> None:
    """Log an error if our clock differs from Telegram's, an HTTP date (RFC 9110, 5.6.7)."""
    seconds = clock_error(server_date, now)
    metrics.CLOCK_ERROR.set(seconds or 0)
    if seconds:
        log.error("clock_is_wrong", seconds=seconds, advice=clock_advice(seconds))


async def watch_clock(api: Api, clock: Callable[[], datetime]) -> None:
    """Compare our clock with Telegram's at once and each hour, until cancelled."""
    while True:
        warn_about_clock(api.transport.server_date, clock())
        await asyncio.sleep(_CLOCK_CHECK)
        with suppress(TelegramError):  # /ready and the log tell of it
            await api.get_me()


def clock_error(server_date: str, now: datetime) -> int | None:
    """Returns the seconds by which our clock is ahead of an HTTP date; 0 if that does not matter.

    None if there is no date.
    """
    try:
        theirs = parsedate_to_datetime(server_date)
    except ValueError:
        return None
    seconds = round((now - theirs).total_seconds())
    return seconds if abs(seconds) > _MAX_CLOCK_ERROR else 0


def clock_advice(seconds: int) -> str:
    """Returns a sentence on a clock that is so far ahead of Telegram's."""
    is_ahead = "ahead of" if seconds > 0 else "behind"
    return (
        f"The clock of this machine is {abs(seconds)} s {is_ahead} Telegram's, so questions and "
        "reminders come at wrong times: set it, and keep it set by NTP, for example by: "
        "timedatectl set-ntp true"
    )


def loaded_topic(settings: Settings) -> Topic:
    """Returns the topic. Raises StartError, or questions.BankError."""
    topic = load_topic(settings.topic_dir)
    for item in topic.fallen_back:
        log.warning("question_back_to_draft", item=item.id, reason=item.reason)
    if topic.unfinished:
        places = ", ".join(topic.unfinished[:5])
        raise SettingsError(
            f"The article of {topic.slug} still says TODO ({places}); write what is due."
        )
    if not topic.approved:
        raise SettingsError(
            f"The topic {topic.slug} has no approved question; approve some first: "
            f".venv/bin/python -m questions review {settings.topic}"
        )
    return topic


def exclusive_database(settings: Settings) -> AbstractContextManager[object]:
    """Locks a SQLite file for this process while the block runs. Raises StartError."""
    try:
        return exclusive(settings.database)
    except InUseError as error:
        holder = f" (process {error.process})" if error.process else ""
        raise StartError(
            f"The database {async_url(settings.database).database} is in use by another bot"
            f"{holder}; stop that one first, or use PostgreSQL for more than one (docs/deploy.md)."
        ) from None
    except OSError as error:
        raise SettingsError(
            f"QUIZBOT_DATA_DIR: {settings.data_dir} cannot be written to ({error.strerror}); "
            "correct its owner or mount. Another folder, such as ./data, begins an empty database"
        ) from None


POOLER_ADVICE = (
    "QUIZBOT_DATABASE_URL leads to a pooler, such as PgBouncer, that is in transaction "
    "or statement mode, where the leader's lock has no effect: connect to PostgreSQL "
    "itself, or set pool_mode = session for this database."
)


async def migrate_database(engine: AsyncEngine) -> None:
    """Migrate the tables to this version. Raises StartError."""
    try:
        if await shares_sessions(engine):
            raise SettingsError(POOLER_ADVICE)
        await migrate.upgrade(engine)
    except (DatabaseTooNewError, SettingsError):
        raise
    except TablesInUseError as error:
        raise StartError(str(error)) from error
    except Exception as error:
        raise StartError(unusable_database(error, engine.url)) from error


def unusable_database(error: Exception, url: URL | None = None) -> str:
    """Returns a sentence on an error of the database, and what to do; `url` says where it is."""
    at = f", at {url.host}:{url.port or 5432}" if url is not None and url.host else ""
    reason = reason_of(error)
    shown = reason.get("reason", reason["error"])
    names = "QUIZBOT_DATABASE_URL" if at else "QUIZBOT_DATABASE_URL or QUIZBOT_DATA_DIR"
    return (
        f"The database cannot be used ({shown}{at}); check that it runs and that {names} is right."
    )


async def catch_up(
    sessions: Sessions,
    pool: ItemPool,
    topic: Topic,
    clock: Callable[[], datetime],
    in_flight_before: datetime | None,
) -> None:
    """Finish leftover work before anything is sent; only the leader does this."""
    await _resume(sessions, pool, clock(), in_flight_before)
    await _convert_memories(sessions, topic.objective_of)
    await _rescore(sessions, topic, clock)


async def _resume(
    sessions: Sessions, pool: ItemPool, now: datetime, before: datetime | None
) -> None:
    """Mark what a crash left in flight as unconfirmed; claimed questions are simply sent.

    If other processes send as well, only attempts that began before `before` are unconfirmed, and
    answer cards come when their leases end.
    """
    async with sessions.begin() as session:
        interrupted = await repair.mark_interrupted(session, before)
        replaced = await claiming.replace_withdrawn(session, pool)
        if before is None:
            await cards.end_all_leases(session, now)
    if interrupted or replaced:
        log.warning("resumed", interrupted_in_flight=interrupted, replaced=replaced)


async def _convert_memories(sessions: Sessions, objective_of: Mapping[str, str]) -> None:
    """Build the memories of objectives, in a database from a version without them."""
    converted, more = 0, 1
    while more:
        async with sessions.begin() as session:
            more = await memory.convert_memories(session, objective_of, _CONVERTED_PER_COMMIT)
        converted += more
    if converted:
        log.info("memories_converted", subscribers=converted)
    async with sessions.begin() as session:
        if await memory.needs_rebuild(session):
            await memory.rebuild_memories(session, objective_of)


async def _rescore(sessions: Sessions, topic: Topic, clock: Callable[[], datetime]) -> None:
    """Rescore earlier answers to items with a corrected key."""
    async with sessions() as session:
        changes = await corrections.pending_rescorings(session, topic)
    for item, change in changes:
        log.warning("key_corrected", item=item.id, revision=change.revision)
        last: int | None = 0
        while last is not None:
            async with sessions.begin() as session:
                last = await corrections.rescore(
                    session, topic, item, change, clock(), after=last, limit=_RESCORED_PER_COMMIT
                )


_FOR_REPLIES = 32  # connections beyond those that a broadcast may fill
_WEBHOOK_CHECK = 60.0  # seconds between two checks
# What to do about a webhook's error, by words of Telegram's message in lower case.
_WEBHOOK_ADVICE = (
    ("ssl", "Check the proxy's certificate: is it valid for the host in QUIZBOT_WEBHOOK_URL?"),
    ("certificate", "Check the proxy's certificate: is it valid, with all intermediate ones?"),
    ("resolve", "Check the DNS entry of the host in QUIZBOT_WEBHOOK_URL."),
    ("ip address", "Check that the host in QUIZBOT_WEBHOOK_URL has a public address."),
    ("connection refused", "Check that the proxy runs and that the firewall lets Telegram in."),
    ("timed out", "Check that the firewall lets Telegram in, and that the bot is not overloaded."),
    (
        "403",
        (
            "The bot sets the webhook again: somebody may have changed its secret. If this goes "
            "on, check QUIZBOT_WEBHOOK_NETWORKS, and that all processes have one secret."
        ),
    ),
    ("404", "Check that the proxy forwards the path in QUIZBOT_WEBHOOK_URL to the bot."),
    ("502", "Check that the bot runs and that the proxy finds it at QUIZBOT_LISTEN."),
    ("503", "The bot or the proxy had no room: look for database_unreachable in the log."),
)
_STILL_FAILING = timedelta(minutes=3)  # Telegram tries again after at most two
_MANY_PENDING = 100  # updates that wait at Telegram
_WEBHOOK_CONNECTIONS = 100  # Telegram opens no more


def api_of(settings: Settings, limiter: Limiter) -> Api:
    """Returns the Bot API, with connections for a broadcast's window and for replies."""
    transport = Transport(settings.api_url, connections=limiter.pace.window + _FOR_REPLIES)
    return Api(settings.token.get_secret_value(), settings.api_url, transport, limiter)


@asynccontextmanager
async def connected(telegram: BotApplication, settings: Settings) -> AsyncIterator[None]:
    """Keeps the bot connected while the block runs. Raises StartError."""
    try:
        await _connect(telegram, settings)
        yield
    finally:
        await telegram.shutdown()
        await telegram.bot.request.shutdown()  # still open if the very first call failed


async def _connect(telegram: BotApplication, settings: Settings) -> None:
    try:
        await telegram.initialize()  # getMe
        if not settings.webhook_url:  # a forgotten webhook would get all updates
            await telegram.bot.delete_webhook()
    except InvalidToken as error:
        raise SettingsError(unusable_telegram(error, settings)) from None
    except TelegramError as error:
        raise StartError(unusable_telegram(error, settings)) from None


def unusable_telegram(error: TelegramError, settings: Settings) -> str:
    """Returns a sentence on why the bot cannot connect, and what to do."""
    if isinstance(error, InvalidToken):
        return "Telegram does not accept QUIZBOT_TOKEN; copy it again from @BotFather."
    return (
        f"Telegram cannot be reached at {urlsplit(settings.api_url).hostname} "
        f"({error.message}); check the network and QUIZBOT_API_URL."
    )


async def set_webhook(api: Api, settings: Settings) -> None:
    """Set the webhook, if the settings have one. Raises StartError.

    Telegram keeps retrying while no process answers.
    """
    if not settings.webhook_url:
        return
    try:
        await api.set_webhook(
            settings.webhook_url,
            secret_token=settings.webhook_secret.get_secret_value(),
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_WEBHOOK_CONNECTIONS,
        )
    except TelegramError as error:
        kind = SettingsError if isinstance(error, BadRequest) else StartError
        raise kind(
            f"Telegram does not take QUIZBOT_WEBHOOK_URL ({error.message}); check that it is "
            "right, and QUIZBOT_WEBHOOK_SECRET."
        ) from None


_REMOVED_ADVICE = "Stop the other process that runs with this token and has no webhook."
_ELSEWHERE_ADVICE = (
    "Another webhook was set instead. If it is not yours, somebody has the token: get a new one "
    "from @BotFather."
)


async def keep_webhook(
    api: Api, settings: Settings, clock: Callable[[], datetime], tell: Callable[[str], None]
) -> None:
    """Check regularly that Telegram still has our webhook and can use it, until cancelled.

    A process that starts with the same token but without a webhook removes it, and one with another
    secret changes it: either way it is set again. `tell` gets a sentence while Telegram cannot
    deliver, and else an empty text.
    """
    began = told_until = clock()
    while settings.webhook_url:
        try:
            info = await api.get_webhook_info()
            if info.url != settings.webhook_url:
                elsewhere = urlsplit(info.url).hostname or ""
                advice = _ELSEWHERE_ADVICE if elsewhere else _REMOVED_ADVICE
                log.error("webhook_was_removed", instead=elsewhere, advice=advice)
                metrics.WEBHOOK_REMOVED.inc()
                await set_webhook(api, settings)
            elif "403" in _new_error(info, told_until):
                await set_webhook(api, settings)
            told_until = tell_state(info, told_until)
            tell(_webhook_fault(info, max(began, clock() - _STILL_FAILING)))
        except (TelegramError, StartError) as error:
            log.warning("webhook_not_checked", error=str(error))
        await asyncio.sleep(_WEBHOOK_CHECK)


def _new_error(info: WebhookInfo, since: datetime) -> str:
    """Returns Telegram's last error with the webhook if it is newer; else an empty text."""
    at = info.last_error_date
    return info.last_error_message or "" if at is not None and at > since else ""


def _webhook_fault(info: WebhookInfo, since: datetime) -> str:
    """Returns a sentence if updates wait since an error newer than `since`; else an empty text."""
    error = _new_error(info, since)
    if not error or not info.pending_update_count:
        return ""
    return f"Telegram cannot deliver updates to the webhook ({error}). {webhook_advice(error)}"


def tell_state(info: WebhookInfo, told_until: datetime) -> datetime:
    """Log Telegram's last error if it is newer than `told_until`, or that many updates wait.

    Returns the time of the last error that was told.
    """
    at, pending = info.last_error_date, info.pending_update_count
    error = info.last_error_message or ""
    metrics.WEBHOOK_PENDING.set(pending)
    metrics.WEBHOOK_LAST_ERROR.set(at.timestamp() if at else 0)
    if at is not None and at > told_until:
        advice = webhook_advice(error)
        log.warning(
            "webhook_failing", error=error, at=at.isoformat(), pending=pending, advice=advice
        )
        return at
    if pending >= _MANY_PENDING:
        log.warning(
            "webhook_pending",
            pending=pending,
            advice="Telegram can deliver, but the bot is slower than people: look at its CPU, at "
            "the database, and at quizbot_telegram_seconds.",
        )
    return told_until


def webhook_advice(error: str) -> str:
    """Returns what to do about an error that Telegram had with the webhook."""
    found = (advice for words, advice in _WEBHOOK_ADVICE if words in error.lower())
    return next(found, "Check the proxy's log for the requests from Telegram.")


async def set_commands_and_descriptions(api: Api, languages: Languages, topic: Topic) -> None:
    """Set the command menu and descriptions in every language, where they differ."""
    for w in languages:
        code = None if w.code == ENGLISH else w.code
        full = text_input.description(w, topic.title)
        short = text_input.short_description(w)
        try:
            await api.set_my_commands(
                text_input.menu(w), scope=BotCommandScopeAllPrivateChats(), language_code=code
            )
            await api.set_my_commands(
                text_input.group_menu(w), scope=BotCommandScopeAllGroupChats(), language_code=code
            )
            if (await api.get_my_description(code)).description != full:
                await api.set_my_description(full, code)
            if (await api.get_my_short_description(code)).short_description != short:
                await api.set_my_short_description(short, code)
        except TelegramError as error:
            log.warning("not_introduced", language=w.code, error=error.message)
