"""A call of a Bot API method, with steps that many methods share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeAlias

from sandbox.accounts import Bot
from sandbox.chats import Chat, Draft, Message
from sandbox.entities import formatted
from sandbox.files import File
from sandbox.methods.buttons import checked_markup
from sandbox.params import Params, Upload
from sandbox.views import view
from sandbox.wire import Json, bad_request, not_implemented
from sandbox.world import World

MAX_TEXT = 4096
MAX_CAPTION = 1024


@dataclass
class Call:
    """The calling bot and its parameters."""

    world: World
    bot: Bot
    params: Params

    def chat(self, name: str = "chat_id") -> Chat:
        """Returns the chat of the call; raises ApiError if the bot may not write there."""
        chat = self.world.chat_for(self.bot, self.params.text(name))
        chat.admit(self.bot)
        return chat

    def message(self, chat: Chat, purpose: str) -> Message:
        """Returns the message of ``message_id``; raises ApiError 400 "message to ... not found"."""
        message = chat.messages.get(self.params.integer("message_id"))
        if message is None:
            raise bad_request(f"message to {purpose} not found")
        return message

    def markup(self, chat: Chat, *, inline: bool = False) -> Json | None:
        """Returns the reply_markup, checked for that chat; ``inline``: an inline keyboard only."""
        markup = checked_markup(self.params.json("reply_markup"), private=not chat.is_group)
        if inline and markup is not None and "inline_keyboard" not in markup:
            raise bad_request("inline keyboard expected")
        return markup

    def reply_to(self, chat: Chat) -> Message | None:
        """Returns the message replied to; raises ApiError 400 if it is required and gone."""
        parameters = self.params.object("reply_parameters")
        for field in sorted(parameters.keys() - {"message_id", "allow_sending_without_reply"}):
            # A reply may name the chat that it is sent to, but no other.
            if field != "chat_id" or str(parameters[field]) != str(chat.id_for(self.bot)):
                raise not_implemented(f"the field {field} of reply_parameters")
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
        """Returns ``text`` with its entities; raises ApiError 400 if it is empty or too long."""
        text = self.params.text("text")
        if not text:
            raise bad_request("message text is empty")
        plain, entities = formatted(
            text, self.params.text("parse_mode"), self.params.json("entities")
        )
        if not plain:
            raise bad_request("text must be non-empty")
        if len(plain) > MAX_TEXT:
            raise bad_request("message is too long")
        return {"text": plain, "entities": entities} if entities else {"text": plain}

    def formatted_caption(self) -> Json:
        """Returns ``caption`` with its entities, if any; raises ApiError 400 if it is too long."""
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

    def upload(self, field: str, reference: str) -> Upload | None:
        """Returns the file under the field's own name or the one that the reference attaches."""
        attached = reference.startswith("attach://")
        return self.params.uploads.get(reference.removeprefix("attach://") if attached else field)

    def file(self, field: str, kind: str, reference: str) -> File:
        """Returns an upload, kept from now on, or the file with that id; raises ApiError 400."""
        upload = self.upload(field, reference)
        if upload is not None:
            if not upload.content:
                raise bad_request("file must be non-empty")
            return self.world.files.store(kind, upload.name, upload.content)
        if not reference:
            raise bad_request(f"there is no {field} in the request")
        if reference.startswith(("http://", "https://")):
            raise bad_request("failed to get HTTP URL content")
        return self.world.files.sendable(reference, kind)

    def send(self, chat: Chat, draft: Draft) -> Message:
        """Posts as the bot; raises ApiError if the chat or the flood limits forbid it."""
        content = {**draft.content, "poll": True} if draft.poll is not None else draft.content
        refusal = chat.refusal(self.bot, content)
        if refusal is not None:
            raise refusal
        paid = self.params.flag("allow_paid_broadcast")
        chat_id = chat.id_for(self.bot)
        self.world.flood.spend(self.bot.id, chat_id, group=chat.is_group, paid=paid)
        return self.world.post(chat, self.bot, draft)

    def seen(self, message: Message) -> Json:
        """Returns the Message object as the bot gets it."""
        return view(message, self.bot)


Method: TypeAlias = Callable[[Call], object | Awaitable[object]]
