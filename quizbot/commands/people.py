"""What operators do for one person, as the bot would do it in the chat."""

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from telegram.error import TelegramError

from db.session import Sessions
from quizbot.application import system_clock
from quizbot.assembly import chat_changes
from quizbot.charts.render import Rasteriser
from quizbot.commands.database import CommandError, opened
from quizbot.programmes import privacy, staff
from quizbot.quiz.delivery.outcomes import Result
from quizbot.settings import Settings
from quizbot.startup import api_of, loaded_topic, unusable_telegram
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.client.limiter import pace as pace_of
from quizbot.telegram.client.sender import Sender
from quizbot.telegram.messages import staff as staff_messages
from quizbot.telegram.messages.words import Languages


@dataclass(frozen=True)
class Erased:
    """How many of the person's polls are still open in Telegram, because closing them failed."""

    open_polls: int


@dataclass(frozen=True)
class Removed:
    """A removed coordinator, and the names of the programmes that nobody runs any more."""

    name: str
    unattended: list[str]


async def export(settings: Settings, user_id: int) -> str | None:
    """Returns all that is kept about the person, as one JSON document; None if nothing is."""
    topic = loaded_topic(settings)
    async with opened(settings) as sessions:
        exported = privacy.export(sessions, user_id, topic, largest=sys.maxsize)
        documents = [document async for document in exported]
    return documents[0].decode() if documents else None


async def erase(
    settings: Settings, user_id: int, confirm: Callable[[str], object]
) -> Erased | None:
    """Erase all that is kept about the person, and close their polls; None if nothing is kept.

    `confirm` gets a question first, and raises an exception to keep everything.
    """
    async with opened(settings) as sessions, _telegram(settings, sessions) as sender:
        async with sessions() as session:
            if not await privacy.is_known(session, user_id):
                return None
            alone = [each.name for each in await staff.run_alone_by(session, user_id)]
            ran = await staff.find_coordinator(session, user_id) is not None
        confirm(_question(user_id, alone))
        async with sessions.begin() as session:
            polls = await privacy.forget(session, user_id, system_clock())
        if ran:
            await sender.menu(user_id, None)
        closed = [await sender.close_poll(user_id, message_id) for message_id in polls]
        return Erased(sum(each.result is not Result.SENT for each in closed))


def _question(user_id: int, alone: list[str]) -> str:
    runs = f" Nobody else runs {', '.join(alone)}." if alone else ""
    return f"Erase everything about {user_id}? It cannot be undone.{runs}"


async def coordinators(settings: Settings) -> list[dict[str, Any]]:
    """Returns all coordinators, each as plain values; times are in ISO 8601 and UTC."""
    async with opened(settings) as sessions, sessions() as session:
        return [
            {
                "id": each.coordinator.id,
                "name": each.coordinator.name,
                "since": each.coordinator.since.isoformat(),
                "programmes": each.programmes,
            }
            for each in await staff.list_coordinators(session)
        ]


async def remove_coordinator(settings: Settings, user_id: int) -> Removed | None:
    """Remove a coordinator and tell them. Returns None if the person is none."""
    async with opened(settings) as sessions, _telegram(settings, sessions) as sender:
        async with sessions.begin() as session:
            known = await staff.find_coordinator(session, user_id)
            if known is None:
                return None
            alone = [each.name for each in await staff.run_alone_by(session, user_id)]
            await staff.remove_coordinator(session, user_id, None, system_clock())
        await sender.menu(user_id, None)
        await sender.send(user_id, staff_messages.removed(Languages()[known.language]))
        return Removed(known.name, alone)


async def send_test(settings: Settings, user_id: int) -> str:
    """Send a test message. Returns a sentence if that failed, else an empty text."""
    async with opened(settings) as sessions, _telegram(settings, sessions) as sender:
        async with sessions() as session:
            language = await staff.language_of(session, user_id)
        sent = await sender.send(user_id, staff_messages.operator_test(Languages()[language]))
    if sent.result is Result.SENT:
        return ""
    if sent.result is Result.BLOCKED:
        return (
            f"{user_id} cannot be reached: they blocked the bot, or never pressed START; ask them "
            "to press it."
        )
    return f"Telegram did not take the message ({sent.error}); `check` says more."


@asynccontextmanager
async def _telegram(settings: Settings, sessions: Sessions) -> AsyncIterator[Sender]:
    """Opens connections to Telegram, beside those of bots that run. Raises CommandError."""
    pace = pace_of(settings.pace, paid=settings.paid_broadcast)
    api = api_of(settings, Limiter(pace))
    try:
        async with api.transport:
            yield Sender(api, Rasteriser(), *chat_changes(sessions, system_clock))
    except TelegramError as error:
        raise CommandError(unusable_telegram(error, settings)) from error
