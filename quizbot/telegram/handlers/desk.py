"""What every handler has at hand."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Message as TelegramMessage
from telegram import Update, User
from telegram.ext import CallbackContext

from db.models import Subscriber
from db.programmes import Coordinator, Programme
from db.session import Sessions
from questions import Topic
from quizbot.charts.drawing import Drawing
from quizbot.quiz import subscribing
from quizbot.quiz.choosing import Deck
from quizbot.quiz.programmes import coordinating
from quizbot.quiz.ranking import Ranks
from quizbot.quiz.subscribing import Newcomer
from quizbot.settings import Settings
from quizbot.telegram.courier import Courier
from quizbot.telegram.messages import talk
from quizbot.telegram.messages.message import Message
from quizbot.telegram.outbox import Outbox
from quizbot.telegram.sender import Sender
from quizbot.telegram.words import Languages, Words

Context = CallbackContext[Any, Any, Any, Any]


class NotSubscribedError(Exception):
    """The use case needs a subscriber and the sender is none."""


class NotACoordinatorError(Exception):
    """The use case needs a coordinator and the sender is none."""


class StaleButtonError(Exception):
    """A button of what is over, or of what is not the sender's: nothing is told of it."""


@dataclass(frozen=True)
class Desk:
    """The parts that handlers work with. `clock` answers the current moment in UTC.

    `dashboard_url` answers where coordinators find the dashboard, without a slash at the end.
    """

    settings: Settings
    topic: Topic
    deck: Deck
    sessions: Sessions
    languages: Languages
    sender: Sender
    outbox: Outbox
    courier: Courier
    drawing: Drawing
    clock: Callable[[], datetime]
    rng: Random
    dashboard_url: Callable[[], str]
    ranks: Ranks = field(default_factory=Ranks)

    def words(self, update: Update) -> Words:
        """The words in the language of the sender's app."""
        user = update.effective_user
        return self.languages[user.language_code or "" if user else ""]

    def newcomer(self, user: User) -> Newcomer:
        return Newcomer(
            id=user.id,
            language=self.languages.closest(user.language_code),
            timezone=self.settings.default_timezone,
            question_time=self.settings.default_time,
        )

    @asynccontextmanager
    async def subscriber(self, update: Update) -> AsyncIterator[tuple[AsyncSession, Subscriber]]:
        """A transaction with the sender's row locked in it. Raises NotSubscribedError."""
        async with self.sessions.begin() as session:
            subscriber = await subscribing.find(session, user_of(update).id)
            if subscriber is None:
                raise NotSubscribedError
            yield session, subscriber

    @asynccontextmanager
    async def coordinator(self, update: Update) -> AsyncIterator[tuple[AsyncSession, Coordinator]]:
        """A transaction and the sender, who runs programmes. Raises NotACoordinatorError."""
        async with self.sessions.begin() as session:
            coordinator = await coordinating.coordinator(session, user_of(update).id)
            if coordinator is None:
                raise NotACoordinatorError
            yield session, coordinator

    @asynccontextmanager
    async def programme(
        self, update: Update, programme_id: int, *, lock: bool = False
    ) -> AsyncIterator[tuple[AsyncSession, Programme]]:
        """A transaction and a programme that the sender runs. Raises StaleButtonError."""
        async with self.sessions.begin() as session:
            programme = await coordinating.run_by(
                session, programme_id, user_of(update).id, lock=lock
            )
            if programme is None:
                raise StaleButtonError
            yield session, programme

    def reply(self, update: Update, message: Message) -> None:
        """Say it in the chat that the update came from, once what was said before is out."""
        chat_id = chat_of(update)

        async def say() -> None:
            await self.sender.say(chat_id, message)

        self.outbox.post(chat_id, say)

    def replace(self, update: Update, message: Message) -> None:
        """Put it in place of the message whose button was pressed; after a command, say it."""
        query = update.callback_query
        if query is None or query.message is None:
            self.reply(update, message)
            return
        chat_id, message_id = chat_of(update), query.message.message_id

        async def edit() -> None:
            await self.sender.edit(chat_id, message_id, message)

        self.outbox.post(chat_id, edit)

    def picture(self, update: Update, png: bytes, caption: str) -> None:
        """Send a picture in the chat, once what was said before is out."""
        chat_id = chat_of(update)

        async def show() -> None:
            await self.sender.photo(chat_id, png, caption)

        self.outbox.post(chat_id, show)

    def apologise(self, update: Update) -> None:
        """After a failure that was logged: the person should not wait for an answer."""
        if update.effective_user is not None and (update.message or update.callback_query):
            self.reply(update, talk.sorry(self.words(update)))

    def acknowledge(self, update: Update, toast: str | None = None) -> None:
        """Stop the spinner of the button that was pressed, if one was."""
        query = update.callback_query
        if query is not None:

            async def answer(query_id: str = query.id) -> None:
                await self.sender.acknowledge(query_id, toast)

            self.outbox.post(query.id, answer)  # in no order with the replies


def user_of(update: Update) -> User:
    """The person behind an update; the filters let none through without."""
    assert update.effective_user is not None  # noqa: S101
    return update.effective_user


def chat_of(update: Update) -> int:
    """Where to answer. A button under a message too old to be shown is answered in private."""
    if update.effective_chat is not None:
        return update.effective_chat.id
    return user_of(update).id


def message_of(update: Update) -> TelegramMessage:
    assert update.effective_message is not None  # noqa: S101
    return update.effective_message


def argument(context: Context) -> str:
    """What stands behind the command, single-spaced; empty when it is called bare.

    Without NUL, which PostgreSQL has no place for.
    """
    return " ".join(context.args or ()).replace("\0", "")


def pressed(context: Context) -> str:
    """What a button's data holds behind its name."""
    match = context.match
    assert match is not None  # noqa: S101 -- registered with a pattern
    return match["value"] or ""
