"""Sends to people and groups, and returns the results in the quiz's terms."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    RetryAfter,
    TelegramError,
)

from db.transient_errors import is_transient, reason_of
from questions import Picture
from quizbot import metrics
from quizbot.charts.render import Rasteriser
from quizbot.quiz.delivery.outcomes import MAX_OPEN_TIME, Outcome, Outgoing, Result
from quizbot.telegram.client.limiter import Priority, retry_seconds
from quizbot.telegram.client.pictures import NO_RIGHT, Pictures
from quizbot.telegram.client.transport import Api, NotSentError
from quizbot.telegram.messages.markup import Keyboard, Message, keyboard_of
from quizbot.telegram.messages.questions import QuizPoll

log = structlog.get_logger(__name__)

# 400s that mean that the bot cannot write to a chat, like a 403 (seen in Telegram's server).
_GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
_NOT_MODIFIED = "message is not modified"
_NO_SUCH_MESSAGE = "message to be replied not found"
_LOST = (Result.NOT_SENT, Result.UNCONFIRMED)  # of a reply, which is not sent again

_NO_PREVIEW = {"is_disabled": True}


@dataclass(frozen=True, slots=True)
class Sent:
    """The result of a call and the message that it made; `chat_id` is the group's current one.

    `votes`, by option as shown, are those of the closed poll that the message is or replies to.
    `error` is Telegram's error in lower case; empty if the call succeeded.
    """

    result: Result
    chat_id: int
    message_id: int | None = None
    votes: tuple[int, ...] | None = None
    error: str = ""

    @property
    def lacks_rights(self) -> bool:
        """Returns whether the group does not let the bot send this."""
        return self.chat_id < 0 and any(words in self.error for words in NO_RIGHT)


class Sender:
    """Sends through the bot. A failed call is logged, and its result says so.

    `on_moved` gets a group's old and new id. `on_blocked` gets a chat that the bot cannot write
    to: a person who blocked it, or a group that removed it.
    """

    def __init__(
        self,
        api: Api,
        rasteriser: Rasteriser,
        on_moved: Callable[[int, int], Awaitable[None]],
        on_blocked: Callable[[int], Awaitable[None]],
    ) -> None:
        self._api = api
        self._pictures = Pictures(api, rasteriser)
        self._on_moved = on_moved
        self._on_blocked = on_blocked

    @property
    def is_refused(self) -> bool:
        """Returns whether Telegram has refused the token: then nothing leaves."""
        return self._api.transport.token_refused.is_set()

    async def send(
        self,
        chat_id: int,
        message: Message,
        reply_to: int | None = None,
        priority: Priority = Priority.REPLY,
    ) -> Sent:
        """Send the message. A reply to a deleted message is sent as a plain message."""
        reply = {"message_id": reply_to, "allow_sending_without_reply": True} if reply_to else None
        return await self._call(
            "sendMessage", chat_id, priority, reply_parameters=reply, **text_of(message)
        )

    async def send_if_there(self, chat_id: int, message: Message, reply_to: int) -> bool:
        """Reply to a message. Returns False, with nothing sent, if that message is gone."""
        reply = {"message_id": reply_to}
        sent = await self._call(
            "sendMessage", chat_id, Priority.REPLY, reply_parameters=reply, **text_of(message)
        )
        return _NO_SUCH_MESSAGE not in sent.error

    async def edit(
        self, chat_id: int, message_id: int, message: Message, priority: Priority = Priority.REPLY
    ) -> Sent:
        """Replace the text of an earlier message; if that fails, the old one stays."""
        return await self._call(
            "editMessageText", chat_id, priority, message_id=message_id, **text_of(message)
        )

    async def edit_keyboard(self, chat_id: int, message_id: int, keyboard: Keyboard) -> Sent:
        """Replace the buttons below an earlier message; if that fails, the old ones stay."""
        return await self._call(
            "editMessageReplyMarkup",
            chat_id,
            Priority.REPLY,
            message_id=message_id,
            reply_markup=keyboard,
        )

    async def edit_caption(self, chat_id: int, message_id: int, caption: str) -> Sent:
        """Replace the caption of an earlier picture; if that fails, the old one stays."""
        return await self._call(
            "editMessageCaption", chat_id, Priority.REPLY, message_id=message_id, caption=caption
        )

    async def replace(self, chat_id: int, message_id: int, message: Message) -> None:
        """Edit an earlier message, or send a new one if it cannot be edited."""
        edited = await self.edit(chat_id, message_id, message)
        if edited.result is Result.REFUSED and _NOT_MODIFIED not in edited.error:
            await self.send(chat_id, message)

    async def document(self, chat_id: int, content: bytes, filename: str, caption: str) -> Sent:
        """Send a file; its caption is plain text."""
        return await self._attempt(
            "sendDocument",
            chat_id,
            self._api.send_document(chat_id, content, filename=filename, caption=caption),
        )

    async def photo(
        self, chat_id: int, png: bytes, caption: str, keyboard: Keyboard | None = None
    ) -> Sent:
        """Send a picture; its caption is plain text."""
        markup = InlineKeyboardMarkup.de_json(keyboard, None) if keyboard else None
        return await self._attempt(
            "sendPhoto",
            chat_id,
            self._api.send_photo(
                chat_id, png, caption=caption, filename="quiz.png", reply_markup=markup
            ),
        )

    async def question(self, outgoing: Outgoing, poll: QuizPoll, priority: Priority) -> Outcome:
        """Send a person's question. Never raises for Telegram's errors.

        Before very long holidays, the poll closes as late as Telegram allows.
        """
        closes_at = min(poll.closes_at, outgoing.sending_at + MAX_OPEN_TIME)
        try:
            sent = await self._request(
                "sendPoll",
                priority,
                poll.picture,
                chat_id=outgoing.chat_id,
                **_poll_of(poll, closes_at, anonymous=False),
            )
        except TelegramError as error:
            # The outcome's transaction also records a block.
            result = result_of(error)
            wait = retry_seconds(error) if isinstance(error, RetryAfter) else None
            _log_failure("sendPoll", outgoing.chat_id, result, error, delivery=outgoing.delivery_id)
            return outgoing.failed(result, wait)
        return outgoing.sent(sent["message_id"], sent.get("poll", {}).get("id"))

    async def group_question(
        self, chat_id: int, poll: QuizPoll, closes_at: datetime | None
    ) -> Sent:
        """Send an anonymous quiz; Telegram closes it at `closes_at` unless we did so earlier."""
        parameters = _poll_of(poll, closes_at, anonymous=True)
        return await self._call("sendPoll", chat_id, Priority.BROADCAST, poll.picture, **parameters)

    async def close_poll(
        self, chat_id: int, message_id: int, priority: Priority = Priority.REPLY
    ) -> Sent:
        """Close a poll for good. A closed or deleted one is refused, and gives no votes."""
        return await self._call("stopPoll", chat_id, priority, message_id=message_id)

    async def menu(self, user_id: int, commands: Sequence[BotCommand] | None) -> None:
        """Set somebody's own command menu; None restores the general one."""
        scope = BotCommandScopeChat(user_id)
        try:
            if commands:
                await self._api.set_my_commands(commands, scope=scope)
            else:
                await self._api.delete_my_commands(scope=scope)
        except TelegramError as error:
            log.warning("menu_not_set", chat=user_id, error=str(error))

    async def acknowledge(self, callback_id: str, toast: str | None = None) -> None:
        """Stop a pressed button's spinner. Being too late is not an error."""
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=callback_id, text=toast)
        except BadRequest as error:
            log.info("press_not_acknowledged", error=error.message)

    def _request(
        self, method: str, priority: Priority, picture: Picture | None, **parameters: Any
    ) -> Awaitable[Any]:
        if picture is not None:
            return self._pictures.send_poll(picture, priority, **parameters)
        return self._api.call(method, priority, **parameters)

    async def _call(
        self,
        method: str,
        chat_id: int,
        priority: Priority,
        picture: Picture | None = None,
        **parameters: Any,
    ) -> Sent:
        def call(to: int, **changed: Any) -> Awaitable[Any]:
            together = {**parameters, **changed}
            return self._request(method, priority, picture, chat_id=to, **together)

        try:
            return _sent(method, chat_id, await call(chat_id))
        except ChatMigrated as move:
            await self._on_moved(chat_id, move.new_chat_id)
            if "message_id" in parameters:  # old messages stay in the old chat
                return Sent(Result.REFUSED, move.new_chat_id)
            again = call(move.new_chat_id, reply_parameters=None)
            return await self._attempt(method, move.new_chat_id, again, priority)
        except TelegramError as error:
            return await self._failed(method, chat_id, error, priority)

    async def _attempt(
        self, method: str, chat_id: int, call: Awaitable[Any], priority: Priority = Priority.REPLY
    ) -> Sent:
        try:
            return _sent(method, chat_id, await call)
        except TelegramError as error:
            return await self._failed(method, chat_id, error, priority)

    async def _failed(
        self, method: str, chat_id: int, error: TelegramError, priority: Priority
    ) -> Sent:
        failed = Sent(result_of(error), chat_id, error=str(error).lower())
        _log_failure(method, chat_id, failed.result, error)
        is_counted = isinstance(error, RetryAfter)  # by the limiter
        if failed.result in _LOST and priority is Priority.REPLY and not is_counted:
            metrics.REPLIES_LOST.labels("failed").inc()
        if failed.lacks_rights:
            return Sent(Result.REFUSED, chat_id, error=failed.error)
        if failed.result is Result.BLOCKED:
            await self._on_blocked(chat_id)
        return failed


async def result_or_unconfirmed(sending: Awaitable[Result], chat_id: int) -> Result:
    """Returns the result of sending; logs any exception and returns UNCONFIRMED.

    So a failure for one person does not keep the others' results from being recorded.
    """
    try:
        return await sending
    except Exception:
        log.exception("sending_failed", chat=chat_id)
        return Result.UNCONFIRMED


def text_of(message: Message) -> dict[str, Any]:
    """Returns the parameters of sendMessage and editMessageText."""
    return {
        "text": message.text,
        "parse_mode": ParseMode.HTML.value,
        "reply_markup": message.keyboard,
        "link_preview_options": _NO_PREVIEW,
    }


def _poll_of(poll: QuizPoll, closes_at: datetime | None, *, anonymous: bool) -> dict[str, Any]:
    units = [len((text or "").encode("utf-16-le")) // 2 for text in (poll.description, poll.hidden)]
    hidden = {"type": "spoiler", "offset": units[0] - units[1], "length": units[1]}
    return {
        "question": poll.question,
        "options": [{"text": option} for option in poll.options],
        "is_anonymous": anonymous,
        "type": "quiz",
        "correct_option_ids": [poll.correct_position],
        "explanation": poll.explanation,
        "description": poll.description,
        "description_entities": [hidden] if poll.hidden else None,
        "close_date": int(closes_at.timestamp()) if closes_at else None,
        "reply_markup": keyboard_of(poll.rows),
    }


def _sent(method: str, chat_id: int, reply: Any) -> Sent:
    if not isinstance(reply, dict):  # converted to python-telegram-bot's objects
        return Sent(Result.SENT, chat_id, reply.message_id)
    poll = reply if method == "stopPoll" else reply.get("reply_to_message", {}).get("poll")
    return Sent(Result.SENT, chat_id, reply.get("message_id"), _votes(poll))


def _votes(poll: dict[str, Any] | None) -> tuple[int, ...] | None:
    """Returns the votes of a closed poll (Bot API, Poll)."""
    if not poll or not poll.get("is_closed"):
        return None
    return tuple(option["voter_count"] for option in poll["options"])


def result_of(error: TelegramError) -> Result:
    """Returns what an error says about the message: refused, blocked, not sent or unconfirmed.

    After a lost reply or a 5xx, nobody knows whether the call took effect.
    """
    match error:
        case Forbidden():
            return Result.BLOCKED
        case RetryAfter() | NotSentError() | InvalidToken():
            return Result.NOT_SENT
        case BadRequest():  # a NetworkError by its class, a refusal by its meaning
            gone = any(reason in error.message.lower() for reason in _GONE)
            return Result.BLOCKED if gone else Result.REFUSED
        case _:
            return Result.UNCONFIRMED


def _log_failure(
    method: str, chat_id: int, result: Result, error: TelegramError, **details: object
) -> None:
    # The limiter has already logged a 429; in groups, refusals are common.
    is_expected = isinstance(error, RetryAfter) or chat_id < 0 or method == "stopPoll"
    (log.info if is_expected else log.warning)(
        "call_failed",
        method=method,
        chat=chat_id,
        result=result.name.lower(),
        error=str(error),
        **details,
    )


Job = Callable[[], Awaitable[object]]

_MAX_WAITING = 20_000  # replies in total: about 70 MB
_MAX_WAITING_IN_CHAT = 300  # five minutes' worth at Telegram's pace


class ReplyQueue:
    """Replies that are still to be sent.

    An update's effect is committed before its reply is posted, so a lost reply is never a lost
    answer. A chat that asks faster than the bot may reply loses replies, but delays nobody else.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Task[None]] = {}
        self._waiting: defaultdict[Hashable, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, chat: Hashable, job: Job) -> bool:
        """Run the job after earlier jobs of the chat. Returns False if too many are waiting."""
        if self._waiting[chat] >= _MAX_WAITING_IN_CHAT or len(self._tasks) >= _MAX_WAITING:
            log.warning("reply_dropped", chat=chat)
            metrics.REPLIES_LOST.labels("too_many").inc()
            return False
        self._waiting[chat] += 1
        task = asyncio.create_task(self._run(job, self._last.get(chat)))
        self._last[chat] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(chat, done))
        return True

    @asynccontextmanager
    async def open(self, seconds_left: Callable[[], float]) -> AsyncIterator[None]:
        """Run jobs while the block runs; those in progress then get `seconds_left()`."""
        try:
            yield
        finally:
            if self._tasks:
                _, late = await asyncio.wait(self._tasks, timeout=seconds_left())
                for task in late:
                    task.cancel()
                if late:
                    metrics.REPLIES_LOST.labels("stopped").inc(len(late))
                    log.warning("stopped_with_replies", replies=len(late))

    async def _run(self, job: Job, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await job()
        except Exception as error:
            metrics.REPLIES_LOST.labels("failed").inc()
            if is_transient(error):  # the log says what is wrong with the database
                log.warning("reply_failed", **reason_of(error))
            else:
                log.exception("reply_failed")

    def _done(self, chat: Hashable, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        self._waiting[chat] -= 1
        if self._last.get(chat) is done:
            del self._last[chat], self._waiting[chat]
