"""Receives updates; reads poll answers without python-telegram-bot, because many come at once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, cast

import structlog
from telegram import Update
from telegram.ext import Application, ApplicationHandlerStop, CallbackContext

from db.batch_committer import BatchCommitter
from db.transient_errors import retry_transient
from quizbot import metrics
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.quiz.subscription import ID_LIMIT

_MAX_POLL_ID_LENGTH = 64


class MalformedUpdateError(Exception):
    """An update does not match the Bot API; the message names the field."""


def read_poll_answer(poll_answer: object, update_id: int | None = None) -> PollAnswer | None:
    """Returns an update's poll answer; None for an answer on behalf of a chat, which has no user.

    Raises MalformedUpdateError.
    """
    fields = _object(poll_answer, "poll_answer")
    if fields.get("user") is None and "voter_chat" in fields:
        return None
    user = _object(fields.get("user"), "user")
    language = user.get("language_code")
    return PollAnswer(
        poll_id=_poll_id(fields.get("poll_id")),
        subscriber_id=_user_id(user.get("id")),
        positions=_positions(fields),
        language=language if isinstance(language, str) else "",
        update_id=update_id,
    )


def _object(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedUpdateError(name)
    return value


def _poll_id(value: object) -> str:
    """Returns the poll id. Raises unless it is printable ASCII, which any database can store."""
    if isinstance(value, str) and 0 < len(value) <= _MAX_POLL_ID_LENGTH:  # noqa: SIM102
        if value.isascii() and value.isprintable():
            return value
    raise MalformedUpdateError("poll_id")


def _user_id(value: object) -> int:
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    raise MalformedUpdateError("user.id")


def _positions(fields: Mapping[str, object]) -> tuple[int, ...]:
    value = fields.get("option_ids")
    if isinstance(value, list) and all(type(each) is int for each in value):
        return tuple(value)
    raise MalformedUpdateError("option_ids")


log = structlog.get_logger(__name__)

ALLOWED_UPDATES = ["message", "callback_query", "poll_answer", "my_chat_member"]
_MAX_IN_PROGRESS = 1000  # updates

RawUpdate = Mapping[str, object]  # a Bot API Update as JSON holds it


def id_of(raw: RawUpdate) -> int:
    """Returns the update's id; updates come in the order of their ids (Bot API, Update)."""
    return cast("int", raw["update_id"])


class Receiver:
    """Handles updates. One that fails goes to `park`, with its id and error (updates.parking)."""

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        poll_answers: BatchCommitter[PollAnswer],
        park: Callable[[int, PollAnswer | Update, Exception], Awaitable[None]],
        can_write: Callable[[], Awaitable[bool]] | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self._application = application
        self._poll_answers = poll_answers
        self._park = park
        self._can_write = can_write
        self._clock = clock
        self._taking = False
        self._in_progress: dict[int, asyncio.Task[None]] = {}
        self._last: dict[int, asyncio.Task[None]] = {}  # of a chat
        self._given_back: set[int] = set()
        self._failures: dict[int, Exception] = {}
        application.add_error_handler(self._note_failure)

    @asynccontextmanager
    async def open(self, seconds_left: Callable[[], float]) -> AsyncIterator[None]:
        """Take updates while the block runs; those in progress then get `seconds_left()`."""
        self._taking = True
        try:
            yield
        finally:
            self._taking = False
            await self._finish(seconds_left())

    @property
    def has_room(self) -> bool:
        """Returns whether another update can be taken."""
        return self._taking and len(self._in_progress) < _MAX_IN_PROGRESS

    def take(self, raw: RawUpdate) -> asyncio.Task[None]:
        """Handle the update after the earlier ones of its chat, unless it is in progress already.

        The task ends once the effect is committed, or the update is parked because it failed. It
        raises nothing: an update that cannot be read is logged and set aside. The task is cancelled
        if the bot stops first.
        """
        update_id = id_of(raw)
        if self._clock is not None:
            metrics.LAST_UPDATE.set(self._clock().timestamp())
        self._given_back.discard(update_id)
        if (known := self._in_progress.get(update_id)) is not None:
            return known
        update = self._read(update_id, raw)
        chat = _chat_of(update)
        task = self._in_order(chat, lambda: self._handle(update_id, update))
        self._in_progress[update_id] = task
        task.add_done_callback(lambda _: self._done(update_id))
        return task

    async def retry(self, raw: RawUpdate) -> None:
        """Handle a parked update once more, after those of its chat in progress. Raises errors."""
        update = _checked(Update.de_json(dict(raw), self._application.bot))
        await self._in_order(_chat_of(update), lambda: self._try(update))

    def give_back(self, update_id: int) -> None:
        """Stop retrying the update: Telegram will send it again, perhaps to another process."""
        self._given_back.add(update_id)

    def _read(self, update_id: int, raw: RawUpdate) -> PollAnswer | Update | None:
        """Returns the update; None for one that changes nothing or cannot be read."""
        try:
            if "poll_answer" in raw:
                return read_poll_answer(raw["poll_answer"], update_id)
            return _checked(Update.de_json(dict(raw), self._application.bot))
        except MalformedUpdateError as error:
            log.error("update_set_aside", update=update_id, malformed=str(error))
        except Exception:
            log.exception("update_set_aside", update=update_id)
        metrics.SET_ASIDE.inc()
        return None

    def _in_order(self, chat: int, work: Callable[[], Awaitable[None]]) -> asyncio.Task[None]:
        """Starts the work after what is in progress for the chat."""
        before = self._last.get(chat)
        task = self._last[chat] = asyncio.create_task(_after(before, work))
        task.add_done_callback(lambda done: self._chat_done(chat, done))
        return task

    async def _handle(self, update_id: int, update: PollAnswer | Update | None) -> None:
        try:
            if isinstance(update, PollAnswer):
                await self._poll_answers.add(update)
            elif update is not None:
                await retry_transient(lambda: self._try(update), self._can_write)
        except Exception as error:  # noqa: BLE001 -- logged by `park`
            assert update is not None  # noqa: S101
            await self._park(update_id, update, error)

    async def _try(self, update: Update) -> None:
        """Run the handlers once. Raises what they raise."""
        if update.update_id in self._given_back:
            raise asyncio.CancelledError  # waiters must not consider it done
        # For all log lines of this update, also those of its replies.
        structlog.contextvars.bind_contextvars(update=update.update_id)
        await self._application.process_update(update)
        if (failure := self._failures.pop(update.update_id, None)) is not None:
            raise failure

    async def _note_failure(
        self, update: object, context: CallbackContext[Any, Any, Any, Any]
    ) -> None:
        if isinstance(update, Update) and isinstance(context.error, Exception):
            self._failures[update.update_id] = context.error
        raise ApplicationHandlerStop  # no further group handles it: it will be retried as a whole

    def _done(self, update_id: int) -> None:
        del self._in_progress[update_id]
        self._given_back.discard(update_id)

    def _chat_done(self, chat: int, done: asyncio.Task[None]) -> None:
        if self._last.get(chat) is done:
            del self._last[chat]

    async def _finish(self, seconds: float) -> None:
        if not self._in_progress:
            return
        _, late = await asyncio.wait(self._in_progress.values(), timeout=seconds)
        for task in late:
            task.cancel()
        if late:
            log.warning("stopped_with_updates", updates=len(late), advice="Telegram repeats them.")
            await asyncio.wait(late)
        await self._poll_answers.close()


async def _after(before: asyncio.Task[None] | None, work: Callable[[], Awaitable[None]]) -> None:
    if before is not None:
        await asyncio.wait([before])
    await work()


def _checked(update: Update) -> Update:
    """Returns the update if its ids are possible. Raises MalformedUpdateError."""
    chat, user = update.effective_chat, update.effective_user
    if chat is not None and not (type(chat.id) is int and abs(chat.id) < ID_LIMIT):
        raise MalformedUpdateError("chat.id")
    if user is not None and not (type(user.id) is int and 0 < user.id < ID_LIMIT):
        raise MalformedUpdateError("user.id")
    return update


def _chat_of(update: PollAnswer | Update | None) -> int:
    """Returns the id by which updates are kept in order.

    A poll answer has only a user; in a private chat, the chat has the user's id.
    """
    if isinstance(update, PollAnswer):
        return update.subscriber_id
    if update is None:
        return 0
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else 0
