"""The calls that speak in group chats. Nobody waits for them: they leave as broadcasts do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from telegram.error import ChatMigrated, TelegramError

from quizbot.quiz.delivery import Result
from quizbot.telegram.api import Api
from quizbot.telegram.limiter import Lane
from quizbot.telegram.messages.message import Message
from quizbot.telegram.messages.question import QuizPoll
from quizbot.telegram.sender import result_of, text_of

log = structlog.get_logger(__name__)

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
        answer = await self._api.call(method, Lane.BROADCAST, chat_id=chat_id, **parameters)
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
