"""The context of one update: everything that a handler needs."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from random import Random
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncSession
from telegram import Message as TelegramMessage
from telegram import Update, User
from telegram.ext import Application, CallbackContext

from db.models import Subscriber
from db.programmes import Coordinator, Programme
from db.session import Sessions
from questions import Topic
from quizbot.charts.render import Picture, Rasteriser, RasteriserError
from quizbot.programmes import staff
from quizbot.quiz import subscription
from quizbot.quiz.answers.leaderboard import RankCache
from quizbot.quiz.asking.choosing import ItemPool
from quizbot.quiz.subscription import NewSubscriber
from quizbot.settings import Settings
from quizbot.telegram.client.limiter import RateLimit
from quizbot.telegram.client.sender import ReplyQueue, Sender
from quizbot.telegram.client.transport import Api
from quizbot.telegram.jobs.answer_cards import AnswerCards
from quizbot.telegram.jobs.digest import DigestTask
from quizbot.telegram.jobs.question_delivery import QuestionDelivery
from quizbot.telegram.messages import text_input as text_messages
from quizbot.telegram.messages.markup import KeyboardRows, Message, message
from quizbot.telegram.messages.score import picture_unavailable
from quizbot.telegram.messages.words import Languages, Words

log = structlog.get_logger(__name__)

_SERVICES = "services"  # the key in the application's bot_data

_COMMANDS = RateLimit(30, 60, burst=30)  # and pressed buttons and texts
_EXPORTS = RateLimit(1, 60)
_TOLD_EVERY = 60  # seconds
_MAX_PEOPLE = 10_000  # people remembered before those who paused are dropped

_Data = dict[Any, Any]  # python-telegram-bot's data of a chat; we keep nothing there
BotApplication = Application[Api, "BotContext", _Data, _Data, _Data, Any]


class NotSubscribedError(Exception):
    """The use case needs a subscriber, and the sender is not one."""


class NotACoordinatorError(Exception):
    """The use case needs a coordinator, and the sender is not one."""


class NotAnOperatorError(Exception):
    """The command or the button is for operators, and the sender is not one."""


class StaleButtonError(Exception):
    """The button or text is about something that is over or that the sender may not see."""


def day_of(value: str) -> date:
    """Returns the date in a button's data. Raises StaleButtonError if there is no such date."""
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise StaleButtonError from None


@dataclass(slots=True)
class _Uses:
    """Of one person. `next` is when the next use would come at even intervals, in Unix time."""

    next: float = 0.0
    update_id: int = -1
    told_at: float = 0.0


class PersonalLimit:
    """How often each person may do something. In memory: each process counts for itself.

    A group's anonymous administrators share one Telegram user, so they count as the group's id.
    """

    def __init__(self, rate: RateLimit) -> None:
        self._rate = rate
        self._people: dict[int, _Uses] = {}

    def use(self, user_id: int, update_id: int, now: datetime) -> bool:
        """Count a use, unless the update is repeated. Returns whether it is within the limit."""
        at = now.timestamp()
        if len(self._people) >= _MAX_PEOPLE and user_id not in self._people:
            self._people = {each: uses for each, uses in self._people.items() if uses.next > at}
        uses = self._people.setdefault(user_id, _Uses())
        uses.next = max(uses.next, at)
        if uses.update_id == update_id:
            return True
        if uses.next - at <= self._rate.burst_tolerance:
            uses.next += self._rate.emission_interval
            uses.update_id = update_id
            return True
        return False

    def may_tell(self, user_id: int, now: datetime) -> bool:
        """Returns whether to tell this refusal: the person is told once a minute."""
        uses, at = self._people[user_id], now.timestamp()
        if at - uses.told_at < _TOLD_EVERY:
            return False
        uses.told_at = at
        return True


@dataclass(frozen=True)
class Services:
    """The parts that handlers work with, the same ones for every update.

    `clock` returns the current time in UTC; `dashboard_url` returns the coordinators' dashboard,
    without a trailing slash.
    """

    settings: Settings
    topic: Topic
    item_pool: ItemPool
    sessions: Sessions
    languages: Languages
    sender: Sender
    reply_queue: ReplyQueue
    answer_cards: AnswerCards
    question_delivery: QuestionDelivery
    digests: DigestTask
    rasteriser: Rasteriser
    clock: Callable[[], datetime]
    rng: Random
    dashboard_url: Callable[[], str]
    commands: PersonalLimit = field(default_factory=lambda: PersonalLimit(_COMMANDS))
    exports: PersonalLimit = field(default_factory=lambda: PersonalLimit(_EXPORTS))
    ranks: RankCache = field(default_factory=RankCache)


class BotContext(CallbackContext[Api, _Data, _Data, _Data]):
    """One update, its sender, and ways to reply."""

    __slots__ = ("_acknowledged", "_update", "services")

    services: Services
    _update: Update
    _acknowledged: bool

    @classmethod
    def from_update(cls, update: object, application: BotApplication) -> "BotContext":
        """Returns the context that python-telegram-bot gives to the handlers of the update."""
        assert isinstance(update, Update)  # noqa: S101
        chat, user = update.effective_chat, update.effective_user
        context = cls(application, chat.id if chat else None, user.id if user else None)
        context._update = update
        context._acknowledged = False
        context.services = application.bot_data[_SERVICES]
        return context

    @property
    def user(self) -> User:
        """The sender of the update; filters drop updates without one."""
        user = self._update.effective_user
        assert user is not None  # noqa: S101
        return user

    @property
    def first_name(self) -> str:
        """The sender's first name. Raises StaleButtonError for a parked press, which has none."""
        if not self.user.first_name:
            raise StaleButtonError
        return self.user.first_name

    @property
    def chat_id(self) -> int:
        """The chat to reply to; the private one if the button's message is too old to be sent."""
        return self._chat_id if self._chat_id is not None else self.user.id

    @property
    def message(self) -> TelegramMessage:
        """The message that was sent, or the message with the pressed button."""
        message = self._update.effective_message
        assert message is not None  # noqa: S101
        return message

    @property
    def argument(self) -> str:
        """The text after the command, single-spaced, or after the name in a button's data.

        Empty if there is none. Without NUL, which PostgreSQL cannot store.
        """
        if (match := self.match) is not None:
            return match.groupdict().get("value") or ""
        return " ".join(self.args or ()).replace("\0", "")

    @property
    def words(self) -> Words:
        """The words in the language of the sender's app."""
        user = self._update.effective_user
        return self.services.languages[user.language_code or "" if user else ""]

    @property
    def sessions(self) -> Sessions:
        """The database, for a use case that needs neither a subscriber nor a coordinator."""
        return self.services.sessions

    def is_within(self, limit: PersonalLimit, refusal: str) -> bool:
        """Count a use by the sender. Returns False beyond the limit, and tells it in private."""
        sent, now = self._update.message, self.now()
        key = self.chat_id if sent is not None and sent.sender_chat is not None else self.user.id
        if limit.use(key, self._update.update_id, now):
            return True
        tell = self.chat_id > 0 and limit.may_tell(key, now)
        self.acknowledge(refusal if tell else None)
        if tell and self._update.callback_query is None:
            self.reply(message(refusal))
        return False

    def check_operator(self) -> None:
        """Raises NotAnOperatorError unless the sender is an operator."""
        if self.user.id not in self.services.settings.operators:
            raise NotAnOperatorError

    def now(self) -> datetime:
        """Returns the current time in UTC."""
        return self.services.clock()

    def new_subscriber(self) -> NewSubscriber:
        """Returns the sender as a new subscriber, with the default settings."""
        return NewSubscriber(
            id=self.user.id,
            language=self.services.languages.closest(self.user.language_code),
            timezone=self.services.settings.default_timezone,
            question_time=self.services.settings.default_time,
        )

    @asynccontextmanager
    async def subscriber(self) -> AsyncIterator[tuple[AsyncSession, Subscriber]]:
        """Opens a transaction with the sender's row locked. Raises NotSubscribedError."""
        async with self.sessions.begin() as session:
            subscriber = await subscription.find(session, self.user.id)
            if subscriber is None:
                raise NotSubscribedError
            yield session, subscriber

    @asynccontextmanager
    async def coordinator(self) -> AsyncIterator[tuple[AsyncSession, Coordinator]]:
        """Opens a transaction with the sender as coordinator. Raises NotACoordinatorError."""
        async with self.sessions.begin() as session:
            coordinator = await staff.find_coordinator(session, self.user.id)
            if coordinator is None:
                raise NotACoordinatorError
            yield session, coordinator

    @asynccontextmanager
    async def programme(
        self, programme_id: int, *, lock: bool = False
    ) -> AsyncIterator[tuple[AsyncSession, Programme]]:
        """Opens a transaction with a programme of the coordinator. Raises StaleButtonError."""
        async with self.sessions.begin() as session:
            programme = await staff.programme_run_by(session, programme_id, self.user.id, lock=lock)
            if programme is None:
                raise StaleButtonError
            yield session, programme

    def reply(self, message: Message) -> None:
        """Send the message to the chat of the update, after earlier replies to that chat."""
        self.tell(self.chat_id, message)

    def tell(self, chat_id: int, message: Message) -> None:
        """Send the message to that chat, after earlier replies to it."""
        send = partial(self.services.sender.send, chat_id, message)
        self.services.reply_queue.post(chat_id, send)

    def send_picture(self, picture: Picture, caption: str) -> None:
        """Draw and send the picture in the background, so that other replies do not wait."""
        services, chat_id = self.services, self.chat_id

        async def draw_and_send() -> None:
            try:
                png = await services.rasteriser.png(picture)
            except RasteriserError as error:
                log.warning("no_picture", reason=str(error))
                self.reply(picture_unavailable(self.words))
            else:
                await services.sender.photo(chat_id, png, caption)

        services.reply_queue.post(("picture", chat_id), draw_and_send)

    def replace(self, message: Message) -> None:
        """Replace the message with the pressed button; after a command, send a new message."""
        self.acknowledge()
        query = self._update.callback_query
        if query is None or query.message is None:
            self.reply(message)
            return
        edit = partial(
            self.services.sender.replace, self.chat_id, query.message.message_id, message
        )
        self.services.reply_queue.post(self.chat_id, edit)

    @property
    def keyboard(self) -> KeyboardRows:
        """The buttons below the message with the pressed one; empty if Telegram sent none."""
        query = self._update.callback_query
        pressed = query.message if query is not None else None
        markup = pressed.reply_markup if isinstance(pressed, TelegramMessage) else None
        return markup.to_dict()["inline_keyboard"] if markup is not None else []

    def replace_keyboard(self, rows: KeyboardRows) -> None:
        """Replace the buttons below the message with the pressed one, if they change."""
        if not rows or rows == self.keyboard:
            return
        edit = partial(
            self.services.sender.edit_keyboard,
            self.chat_id,
            self.message.message_id,
            {"inline_keyboard": rows},
        )
        self.services.reply_queue.post(self.chat_id, edit)

    def acknowledge(self, toast: str | None = None) -> None:
        """Stop the spinner of the pressed button, once; do nothing after a command."""
        query = self._update.callback_query
        if query is None or self._acknowledged:
            return
        self._acknowledged = True
        answer = partial(self.services.sender.acknowledge, query.id, toast)
        self.services.reply_queue.post(query.id, answer)  # not queued behind the chat's replies


def provide(application: BotApplication, services: Services) -> None:
    """Give the services to the contexts of all future updates."""
    application.bot_data[_SERVICES] = services


def apologise(application: BotApplication, update: Update, is_retried: bool) -> None:
    """Tell the sender that handling the update failed, and whether it will be tried again."""
    if update.effective_user is not None and (update.message or update.callback_query):
        context = BotContext.from_update(update, application)
        context.acknowledge()
        context.reply(text_messages.apology(context.words, is_retried=is_retried))
