"""One call of a method, and the steps that many methods share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.accounts import Bot
from sandbox.chats import Chat
from sandbox.entities import formatted
from sandbox.keyboards import checked_markup
from sandbox.messages import Draft, Message, view
from sandbox.params import Params
from sandbox.wire import Json, bad_request
from sandbox.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024


@dataclass
class Call:
    """Which bot calls, with what."""

    world: World
    bot: Bot
    params: Params

    def chat(self, name: str = "chat_id") -> Chat:
        """The chat that the call is about; ApiError if the bot may not be there."""
        chat = self.world.chat_for(self.bot, self.params.text(name))
        chat.admit(self.bot)
        return chat

    def message(self, chat: Chat, purpose: str) -> Message:
        """The message of ``message_id``; ApiError 400 "message to ... not found"."""
        message = chat.messages.get(self.params.integer("message_id"))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return message

    def markup(self, chat: Chat) -> Json | None:
        """The reply_markup, checked for that chat."""
        return checked_markup(self.params.json("reply_markup"), private=not chat.is_group)

    def reply_to(self, chat: Chat) -> Message | None:
        """The message that is replied to; ApiError 400 if it is gone and that matters."""
        parameters = self.params.object("reply_parameters")
        message_id = Params(parameters).integer("message_id")
        message_id = message_id or self.params.integer("reply_to_message_id")
        if not message_id:
            return None
        message = chat.messages.get(message_id)
        optional = parameters.get("allow_sending_without_reply") or self.params.flag(
            "allow_sending_without_reply"
        )
        if message is None and not optional:
            raise bad_request("message to be replied not found")
        return message

    def formatted_text(self) -> Json:
        """``text`` with its entities; ApiError 400 if it is empty or too long."""
        plain, entities = formatted(
            self.params.text("text"), self.params.text("parse_mode"), self.params.json("entities")
        )
        if not plain:
            raise bad_request("message text is empty")
        if len(plain) > MAX_TEXT:
            raise bad_request("message is too long")
        return {"text": plain, "entities": entities} if entities else {"text": plain}

    def formatted_caption(self) -> Json:
        """``caption`` with its entities, if any; ApiError 400 if it is too long."""
        plain, entities = formatted(
            self.params.text("caption"),
            self.params.text("parse_mode"),
            self.params.json("caption_entities"),
        )
        if len(plain) > MAX_CAPTION:
            raise bad_request("message caption is too long")
        if not plain:
            return {}
        return {"caption": plain, "caption_entities": entities} if entities else {"caption": plain}

    def send(self, chat: Chat, draft: Draft) -> Message:
        """Post as the bot, if the chat and the flood limits allow it."""
        content = {**draft.content, "poll": True} if draft.poll is not None else draft.content
        refusal = chat.refusal(self.bot, content)
        if refusal is not None:
            raise refusal
        paid = self.params.flag("allow_paid_broadcast")
        chat_id = chat.id_for(self.bot)
        self.world.flood.spend(self.bot.id, chat_id, group=chat.is_group, paid=paid)
        return self.world.post(chat, self.bot, draft)

    def seen(self, message: Message) -> Json:
        """The Message object as the bot gets it."""
        return view(message, self.bot)


Method: TypeAlias = Callable[[Call], object | Awaitable[object]]
