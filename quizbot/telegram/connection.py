"""What Telegram is told at start: who we are, how updates reach us, and what we can do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from telegram import BotCommandScopeAllGroupChats, BotCommandScopeAllPrivateChats
from telegram.error import InvalidToken, TelegramError
from telegram.ext import Application

from questions import Topic
from quizbot.faults import StartError
from quizbot.settings import Settings
from quizbot.telegram.api import Api
from quizbot.telegram.limiter import Limiter
from quizbot.telegram.messages import commands
from quizbot.telegram.receiver import ALLOWED_UPDATES
from quizbot.telegram.transport import Transport
from quizbot.telegram.words import ENGLISH, Languages

log = structlog.get_logger(__name__)

Bot = Application[Any, Any, Any, Any, Any, Any]

_FOR_REPLIES = 32  # connections beyond those that a broadcast may fill
_LOOK = 60.0  # seconds between two looks at the webhook
_CONNECTIONS = 100  # of Telegram's to our webhook: the most that there is


def api_of(settings: Settings, limiter: Limiter) -> Api:
    """The Bot API, with room for a broadcast's window and for the replies ahead of it."""
    transport = Transport(settings.api_url, connections=limiter.pace.window + _FOR_REPLIES)
    return Api(settings.token.get_secret_value(), settings.api_url, transport, limiter)


@asynccontextmanager
async def connected(telegram: Bot, settings: Settings) -> AsyncIterator[None]:
    """The bot is known and its updates come the way that is set. Raises StartError."""
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


async def have_updates_posted(api: Api, settings: Settings) -> None:
    """To our webhook, if one is set; Telegram goes on trying while no process is there.

    Raises StartError.
    """
    if not settings.webhook_url:
        return
    try:
        await api.set_webhook(
            settings.webhook_url,
            secret_token=settings.webhook_secret.get_secret_value(),
            allowed_updates=ALLOWED_UPDATES,
            max_connections=_CONNECTIONS,
        )
    except TelegramError as error:
        raise StartError(
            f"Telegram does not take QUIZBOT_WEBHOOK_URL ({error.message}); check that it is "
            "right, and QUIZBOT_WEBHOOK_SECRET."
        ) from None


async def keep_webhook(api: Api, settings: Settings) -> None:
    """Look now and then whether Telegram still posts to us; until cancelled.

    Whoever starts a bot with this token and without a webhook takes it away.
    """
    while settings.webhook_url:
        await asyncio.sleep(_LOOK)
        try:
            info = await api.get_webhook_info()
            if info.url != settings.webhook_url:
                log.error(
                    "webhook_was_removed",
                    advice="Stop the other process that runs with this token and has no webhook.",
                )
                await have_updates_posted(api, settings)
        except (TelegramError, StartError) as error:
            log.warning("webhook_not_looked_at", error=str(error))


async def introduce(api: Api, languages: Languages, topic: Topic) -> None:
    """The command menu and descriptions, in every language; only what is not so already."""
    for w in languages:
        code = None if w.code == ENGLISH else w.code
        full = commands.description(w, topic.title)
        short = commands.short_description(w)
        try:
            await api.set_my_commands(
                commands.menu(w), scope=BotCommandScopeAllPrivateChats(), language_code=code
            )
            await api.set_my_commands(
                commands.group_menu(w), scope=BotCommandScopeAllGroupChats(), language_code=code
            )
            if (await api.get_my_description(code)).description != full:
                await api.set_my_description(full, code)
            if (await api.get_my_short_description(code)).short_description != short:
                await api.set_my_short_description(short, code)
        except TelegramError as error:
            log.warning("not_introduced", language=w.code, error=error.message)
