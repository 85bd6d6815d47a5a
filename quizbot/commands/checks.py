"""`check`: what is wrong, and what to do about it."""

import platform
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine
from telegram import WebhookInfo
from telegram.error import InvalidToken, TelegramError

from db import migrate
from db.leadership import shares_sessions
from db.session import MissingDatabaseError, async_url, create_engine, existing
from questions import BankError
from quizbot import version
from quizbot.application import system_clock
from quizbot.commands.database import DATABASE_ERRORS
from quizbot.settings import Settings, SettingsError
from quizbot.startup import (
    POOLER_ADVICE,
    api_of,
    clock_advice,
    clock_error,
    loaded_topic,
    python_advice,
    unusable_database,
    unusable_telegram,
    webhook_advice,
)
from quizbot.telegram.client.limiter import TELEGRAM, Limiter
from quizbot.telegram.client.transport import Api
from quizbot.web.app import Readiness

# Telegram tries a failing webhook again every one to two minutes, so an older error is over.
_RECENT = timedelta(minutes=10)


@dataclass(frozen=True)
class Finding:
    """One check: its name, what was found, and a sentence if that is a fault."""

    name: str
    detail: str = ""
    fault: str = ""


async def check(settings: Settings) -> list[Finding]:
    """Returns what each check finds, in order. Nothing is changed."""
    return [
        Finding("versions", _versions()),
        _topic(settings),
        *await _telegram(settings),
        *await _database(settings),
        _disk(settings),
    ]


def _versions() -> str:
    versions = f"quizbot {version()}, Python {platform.python_version()}"
    return f"{versions}. {advice}" if (advice := python_advice()) else versions


def _topic(settings: Settings) -> Finding:
    try:
        topic = loaded_topic(settings)
    except (SettingsError, BankError) as error:
        return Finding("topic", fault=str(error))
    return Finding("topic", f"{topic.slug}, {len(topic.approved)} approved questions")


async def _telegram(settings: Settings) -> list[Finding]:
    api = api_of(settings, Limiter(TELEGRAM))
    try:
        async with api.transport:
            bot = await api.get_me()
            found = [Finding("token", f"@{bot.username}, id {bot.id}")]
            clock = _clock(api, system_clock())
            webhook = _webhook(await api.get_webhook_info(), settings, system_clock())
    except InvalidToken as error:
        fault = Finding("token", fault=unusable_telegram(error, settings))
        return [fault, *_clock(api, system_clock())]
    except TelegramError as error:
        return [Finding("telegram", fault=unusable_telegram(error, settings))]
    return [*found, webhook, *clock]


def _clock(api: Api, now: datetime) -> list[Finding]:
    """Compares the clock with that of the Bot API server, by the Date header of its reply."""
    seconds = clock_error(api.transport.server_date, now)
    if seconds is None:
        return [Finding("clock", "not checked: the Bot API server's reply has no time")]
    return [Finding("clock", "agrees with Telegram's", clock_advice(seconds) if seconds else "")]


def _webhook(info: WebhookInfo, settings: Settings, now: datetime) -> Finding:
    """`info` is Telegram's (Bot API, WebhookInfo)."""
    waiting = f"updates waiting: {info.pending_update_count}"
    urls = info.url, settings.webhook_url
    if info.url != settings.webhook_url:
        has, wanted = (f"the webhook {url}" if url else "no webhook" for url in urls)
        return Finding(
            "webhook",
            fault=f"Telegram has {has}, and the settings have {wanted}: "
            "start the bot, which sets it; if it runs, stop the other bot with this token.",
        )
    if info.last_error_date and info.last_error_date > now - _RECENT:
        error, at = info.last_error_message or "", info.last_error_date
        told = f"Telegram could not deliver at {at:%H:%M:%S} UTC ({error}), {waiting}."
        return Finding("webhook", fault=f"{told} {webhook_advice(error)}")
    return Finding("webhook", f"{info.url or 'none (polling)'}, {waiting}")


async def _database(settings: Settings) -> list[Finding]:
    try:
        engine = create_engine(existing(settings.database))
    except MissingDatabaseError as error:
        return [Finding("database", fault=str(error))]
    try:
        version = await _server_version(engine)
        pooler = POOLER_ADVICE if await shares_sessions(engine) else ""
        revision = await migrate.current(engine)
    except DATABASE_ERRORS as error:
        return [Finding("database", fault=unusable_database(error, engine.url))]
    finally:
        await engine.dispose()
    return [
        Finding("database", version, pooler),
        Finding("schema", f"revision {revision}", fault=migrate.fault_of(revision)),
    ]


async def _server_version(engine: AsyncEngine) -> str:
    if engine.dialect.name == "sqlite":
        return f"SQLite {sqlite3.sqlite_version}, {engine.url.database}"
    async with engine.connect() as connection:
        version = await connection.exec_driver_sql("SHOW server_version")
        return f"PostgreSQL {version.scalar()}"


def _disk(settings: Settings) -> Finding:
    target = async_url(settings.database)
    if target.get_backend_name() != "sqlite":
        return Finding("disk", "not checked: PostgreSQL's disk is where PostgreSQL runs")
    folder = Path(target.database or "").absolute().parent
    if not folder.is_dir():
        return Finding("disk", "not checked: there is no data folder yet")
    return Finding(
        "disk", f"enough is free beside {target.database}", Readiness(folder=folder).disk()
    )
