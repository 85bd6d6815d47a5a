"""The calls that speak, and what came of them in the quiz's own terms."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from telegram import BotCommand, BotCommandScopeChat, InlineKeyboardMarkup
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from quizbot.quiz.delivery.outcomes import MAX_OPEN_TIME, Outcome, Outgoing, Result
from quizbot.telegram.client.limiter import Priority, seconds_of
from quizbot.telegram.client.transport import Api, NotSentError
from quizbot.telegram.messages.markup import Keyboard, Message
from quizbot.telegram.messages.questions import QuizPoll

log = structlog.get_logger(__name__)

# 400s that mean a private chat is out of reach, like a 403 (seen in Telegram's server).
_GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
_NOT_MODIFIED = "message is not modified"
_NO_SUCH_MESSAGE = "message to be replied not found"

_NO_PREVIEW = {"is_disabled": True}


class Sender:
    """Speaks through the bot. `on_blocked` is told whom Telegram reports out of reach."""

    def __init__(self, api: Api, on_blocked: Callable[[int], Awaitable[None]]) -> None:
        self._api = api
        self._on_blocked = on_blocked

    async def say(
        self,
        chat_id: int,
        message: Message,
        reply_to: int | None = None,
        lane: Priority = Priority.REPLY,
    ) -> Result:
        """Send the message. A reply to a message that is gone is sent as a plain one."""
        reply = {"message_id": reply_to, "allow_sending_without_reply": True} if reply_to else None
        said = {"reply_parameters": reply, **text_of(message)}
        return await self._speak(
            chat_id, lambda to: self._api.call("sendMessage", lane, chat_id=to, **said)
        )

    async def say_if_there(self, chat_id: int, message: Message, reply_to: int) -> bool:
        """Reply to a message; False, and nothing said, if that message is gone."""
        reply = {"message_id": reply_to}
        try:
            await self._api.call(
                "sendMessage", chat_id=chat_id, reply_parameters=reply, **text_of(message)
            )
        except BadRequest as error:
            if _NO_SUCH_MESSAGE in error.message.lower():
                return False
            raise
        return True

    async def edit(self, chat_id: int, message_id: int, message: Message) -> None:
        """Change an earlier message in place; if that is not possible, say it anew."""
        try:
            await self._api.call(
                "editMessageText", chat_id=chat_id, message_id=message_id, **text_of(message)
            )
        except BadRequest as error:
            if _NOT_MODIFIED in error.message.lower():
                return
            await self.say(chat_id, message)

    async def document(self, chat_id: int, content: bytes, filename: str, caption: str) -> Result:
        return await self._speak(
            chat_id,
            lambda to: self._api.send_document(to, content, filename=filename, caption=caption),
        )

    async def photo(
        self, chat_id: int, png: bytes, caption: str, keyboard: Keyboard | None = None
    ) -> Result:
        """Send a picture; its caption is plain text."""
        markup = InlineKeyboardMarkup.de_json(keyboard, None) if keyboard else None
        return await self._speak(
            chat_id,
            lambda to: self._api.send_photo(
                to, png, caption=caption, filename="quiz.png", reply_markup=markup
            ),
        )

    async def menu(self, person_id: int, commands: Sequence[BotCommand] | None) -> None:
        """Show somebody a command menu of their own; None: the one that everybody has."""
        scope = BotCommandScopeChat(person_id)
        try:
            if commands:
                await self._api.set_my_commands(commands, scope=scope)
            else:
                await self._api.delete_my_commands(scope=scope)
        except TelegramError as error:
            log.warning("menu_not_set", chat=person_id, error=str(error))

    async def poll(self, outgoing: Outgoing, poll: QuizPoll, lane: Priority) -> Outcome:
        """Send the question and tell what came of it; never raises for Telegram's errors.

        One that waits for the end of very long holidays closes as late as Telegram allows.
        """
        closes_at = min(poll.closes_at, outgoing.sending_at + MAX_OPEN_TIME)
        try:
            sent = await self._api.call(
                "sendPoll",
                lane,
                chat_id=outgoing.chat_id,
                question=poll.question,
                options=[{"text": option} for option in poll.options],
                is_anonymous=False,
                type="quiz",
                correct_option_ids=[poll.correct_position],
                explanation=poll.explanation,
                description=poll.description,
                close_date=int(closes_at.timestamp()),
            )
        except TelegramError as error:
            result = result_of(error)
            wait = seconds_of(error) if isinstance(error, RetryAfter) else None
            # The limiter has told of a refusal already.
            (log.warning if wait is None else log.info)(
                "question_not_sent",
                delivery=outgoing.delivery_id,
                result=result.name.lower(),
                error=str(error),
            )
            return outgoing.failed(result, wait)
        return outgoing.sent(sent["message_id"], sent.get("poll", {}).get("id"))

    async def close_poll(self, chat_id: int, message_id: int) -> None:
        """Close a poll for good; one that is closed or gone already is no error."""
        try:
            await self._api.call("stopPoll", chat_id=chat_id, message_id=message_id)
        except TelegramError as error:
            log.info("poll_not_closed", chat=chat_id, error=str(error))

    async def acknowledge(self, callback_id: str, toast: str | None = None) -> None:
        """Stop a pressed button's spinner. Too late is no error: the person has moved on."""
        try:
            await self._api.call("answerCallbackQuery", callback_query_id=callback_id, text=toast)
        except BadRequest as error:
            log.info("press_not_acknowledged", error=error.message)

    async def _speak(self, chat_id: int, call: Callable[[int], Awaitable[object]]) -> Result:
        try:
            try:
                await call(chat_id)
            except ChatMigrated as moved:
                await call(moved.new_chat_id)
        except TelegramError as error:
            result = result_of(error)
            log.warning("not_said", chat=chat_id, result=result.name.lower(), error=str(error))
            if result is Result.BLOCKED:
                await self._on_blocked(chat_id)
            return result
        return Result.SENT


def text_of(message: Message) -> dict[str, Any]:
    """The parameters of sendMessage and editMessageText."""
    return {
        "text": message.text,
        "parse_mode": ParseMode.HTML.value,
        "reply_markup": message.keyboard,
        "link_preview_options": _NO_PREVIEW,
    }


def result_of(error: TelegramError) -> Result:
    """What an error says about the message: refused, out of reach, never left, or in doubt.

    A reply that was lost, and a server's 5xx, leave it open whether the call took effect.
    """
    match error:
        case Forbidden():
            return Result.BLOCKED
        case RetryAfter() | NotSentError():
            return Result.NOT_SENT
        case BadRequest():  # a NetworkError by its class, a refusal by its meaning
            gone = any(reason in error.message.lower() for reason in _GONE)
            return Result.BLOCKED if gone else Result.REFUSED
        case _:
            return Result.UNCONFIRMED


# What Telegram's server says where the group does not let a bot send this.
_NO_RIGHT = ("not enough rights", "have no rights", "_forbidden")

Votes = tuple[int, ...]  # by option as shown


@dataclass(frozen=True)
class Said:
    """What came of it, and the message that it became, in the chat that the group is now.

    `votes` are those of the poll that was closed or replied to, where Telegram tells them;
    `not_allowed` says that the group does not let us.
    """

    result: Result
    chat_id: int
    message_id: int | None = None
    votes: Votes | None = None
    not_allowed: bool = False


class GroupSender:
    """Speaks in groups. `moved` is told of a group's new id, `lost` of one that we are not in."""

    def __init__(
        self,
        api: Api,
        moved: Callable[[int, int], Awaitable[None]],
        lost: Callable[[int], Awaitable[None]],
    ) -> None:
        self._api = api
        self._moved = moved
        self._lost = lost

    async def poll(self, chat_id: int, poll: QuizPoll, closes_at: datetime | None) -> Said:
        """An anonymous quiz, which Telegram closes at that moment if we have not done so."""
        return await self._speak(
            "sendPoll",
            chat_id,
            question=poll.question,
            options=[{"text": option} for option in poll.options],
            is_anonymous=True,
            type="quiz",
            correct_option_ids=[poll.correct_position],
            explanation=poll.explanation,
            close_date=int(closes_at.timestamp()) if closes_at else None,
        )

    async def say(self, chat_id: int, message: Message, reply_to: int | None = None) -> Said:
        """A reply to a message that is gone is sent as a plain one."""
        reply = {"message_id": reply_to, "allow_sending_without_reply": True} if reply_to else None
        return await self._speak("sendMessage", chat_id, reply_parameters=reply, **text_of(message))

    async def edit(self, said: Said, message: Message) -> None:
        """Put other words in the place of what was said. If that fails, the first ones stay."""
        await self._speak(
            "editMessageText", said.chat_id, message_id=said.message_id, **text_of(message)
        )

    async def close(self, chat_id: int, message_id: int) -> Said:
        """Close a poll for good. One that is closed or gone is refused, and tells no votes."""
        return await self._speak("stopPoll", chat_id, message_id=message_id)

    async def _speak(self, method: str, chat_id: int, **parameters: Any) -> Said:
        try:
            return await self._call(method, chat_id, parameters)
        except ChatMigrated as move:
            await self._moved(chat_id, move.new_chat_id)
            if "message_id" in parameters:  # its messages stayed where it was
                return Said(Result.REFUSED, move.new_chat_id)
            return await self._again(method, move.new_chat_id, parameters)
        except TelegramError as error:
            return await self._failed(method, chat_id, error)

    async def _again(self, method: str, chat_id: int, parameters: dict[str, Any]) -> Said:
        try:
            return await self._call(method, chat_id, {**parameters, "reply_parameters": None})
        except TelegramError as error:
            return await self._failed(method, chat_id, error)

    async def _call(self, method: str, chat_id: int, parameters: dict[str, Any]) -> Said:
        answer = await self._api.call(method, Priority.BROADCAST, chat_id=chat_id, **parameters)
        polled = answer if method == "stopPoll" else answer.get("reply_to_message", {}).get("poll")
        return Said(Result.SENT, chat_id, answer.get("message_id"), _votes(polled))

    async def _failed(self, method: str, chat_id: int, error: TelegramError) -> Said:
        result, reason = result_of(error), str(error)
        not_allowed = any(sign in reason.lower() for sign in _NO_RIGHT)
        if not_allowed:
            result = Result.REFUSED
        log.info(
            "not_said_in_group",
            method=method,
            chat=chat_id,
            result=result.name.lower(),
            error=reason,
        )
        if result is Result.BLOCKED:
            await self._lost(chat_id)
        return Said(result, chat_id, not_allowed=not_allowed)


def _votes(poll: dict[str, Any] | None) -> Votes | None:
    """Of a poll that is closed (Bot API, Poll)."""
    if not poll or not poll.get("is_closed"):
        return None
    return tuple(option["voter_count"] for option in poll["options"])
