"""The calls that speak, and what came of them in the quiz's own terms."""

from collections.abc import Awaitable, Callable

import httpx
import structlog
from telegram import Bot, LinkPreviewOptions, ReplyParameters
from telegram import Message as TelegramMessage
from telegram.constants import ParseMode
from telegram.error import BadRequest, ChatMigrated, Forbidden, RetryAfter, TelegramError

from quizbot.quiz.delivery import Outcome, Outgoing, Result
from quizbot.telegram.messages.message import Message
from quizbot.telegram.messages.question import QuizPoll

log = structlog.get_logger(__name__)

# 400s that mean a private chat is out of reach, like a 403 (seen in Telegram's server).
_GONE = ("chat not found", "user not found", "peer_id_invalid", "user is deactivated")
_NOT_MODIFIED = "message is not modified"
_NO_SUCH_MESSAGE = "message to be replied not found"
_CANNOT_EDIT = ("message to edit not found", "message can't be edited")

_NO_PREVIEW = LinkPreviewOptions(is_disabled=True)


class Sender:
    """Speaks through the bot. `unreachable` is told whom Telegram reports out of reach."""

    def __init__(self, bot: Bot, unreachable: Callable[[int], Awaitable[None]]) -> None:
        self._bot = bot
        self._unreachable = unreachable

    async def say(self, chat_id: int, message: Message, reply_to: int | None = None) -> Result:
        """Send the message. A reply to a message that is gone is sent as a plain one."""
        return await self._speak(
            chat_id,
            lambda to: self._bot.send_message(
                to,
                message.text,
                parse_mode=ParseMode.HTML,
                reply_markup=message.keyboard,
                reply_parameters=_reply_to(reply_to),
                link_preview_options=_NO_PREVIEW,
            ),
        )

    async def say_if_there(self, chat_id: int, message: Message, reply_to: int) -> bool:
        """Reply to a message; False, and nothing said, if that message is gone."""
        try:
            await self._bot.send_message(
                chat_id,
                message.text,
                parse_mode=ParseMode.HTML,
                reply_parameters=ReplyParameters(reply_to),
            )
        except BadRequest as error:
            if _NO_SUCH_MESSAGE in error.message.lower():
                return False
            raise
        return True

    async def edit(self, chat_id: int, message_id: int, message: Message) -> None:
        """Change an earlier message in place; if that is not possible, say it anew."""
        try:
            await self._bot.edit_message_text(
                message.text,
                chat_id=chat_id,
                message_id=message_id,
                parse_mode=ParseMode.HTML,
                reply_markup=message.keyboard,
                link_preview_options=_NO_PREVIEW,
            )
        except BadRequest as error:
            if _NOT_MODIFIED in error.message.lower():
                return
            if not any(reason in error.message.lower() for reason in _CANNOT_EDIT):
                raise
            await self.say(chat_id, message)

    async def document(self, chat_id: int, content: bytes, filename: str, caption: str) -> Result:
        return await self._speak(
            chat_id,
            lambda to: self._bot.send_document(to, content, filename=filename, caption=caption),
        )

    async def photo(self, chat_id: int, png: bytes, caption: str) -> Result:
        return await self._speak(
            chat_id, lambda to: self._bot.send_photo(to, png, caption=caption, filename="quiz.png")
        )

    async def poll(self, outgoing: Outgoing, poll: QuizPoll) -> Outcome:
        """Send the question and tell what came of it; never raises for Telegram's errors."""
        try:
            sent = await self._bot.send_poll(
                outgoing.chat_id,
                poll.question,
                poll.options,
                is_anonymous=False,
                type="quiz",
                correct_option_ids=[poll.correct_position],  # type: ignore[list-item]
                explanation=poll.explanation,
                description=poll.description,
                close_date=poll.closes_at,
            )
        except TelegramError as error:
            result = result_of(error)
            log.warning(
                "question_not_sent",
                delivery=outgoing.delivery_id,
                result=result.name.lower(),
                error=str(error),
            )
            return Outcome(outgoing.delivery_id, result)
        poll_id = sent.poll.id if sent.poll else None
        return Outcome(outgoing.delivery_id, Result.SENT, sent.message_id, poll_id)

    async def close_poll(self, chat_id: int, message_id: int) -> None:
        """Close a poll for good; one that is closed or gone already is no error."""
        try:
            await self._bot.stop_poll(chat_id, message_id)
        except TelegramError as error:
            log.info("poll_not_closed", chat=chat_id, error=str(error))

    async def acknowledge(self, callback_id: str, toast: str | None = None) -> None:
        """Stop a pressed button's spinner. Too late is no error: the person has moved on."""
        try:
            await self._bot.answer_callback_query(callback_id, toast)
        except BadRequest as error:
            log.info("press_not_acknowledged", error=error.message)

    async def _speak(
        self, chat_id: int, call: Callable[[int], Awaitable[TelegramMessage]]
    ) -> Result:
        try:
            await call(chat_id)
        except ChatMigrated as moved:
            await call(moved.new_chat_id)
        except TelegramError as error:
            result = result_of(error)
            log.warning("not_said", chat=chat_id, result=result.name.lower(), error=str(error))
            if result is Result.UNREACHABLE:
                await self._unreachable(chat_id)
            return result
        return Result.SENT


def _reply_to(message_id: int | None) -> ReplyParameters | None:
    if message_id is None:
        return None
    return ReplyParameters(message_id, allow_sending_without_reply=True)


def result_of(error: TelegramError) -> Result:
    """What an error says about the message: refused, out of reach, never left, or in doubt.

    A reply that was lost, and a server's 5xx, leave it open whether the call took effect.
    """
    match error:
        case Forbidden():
            return Result.UNREACHABLE
        case RetryAfter():
            return Result.NEVER_LEFT
        case BadRequest():  # a NetworkError by its class, a refusal by its meaning
            gone = any(reason in error.message.lower() for reason in _GONE)
            return Result.UNREACHABLE if gone else Result.REFUSED
        case _:
            return Result.NEVER_LEFT if _never_left(error) else Result.IN_DOUBT


def _never_left(error: TelegramError) -> bool:
    before_sending = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return isinstance(error.__cause__, before_sending)
