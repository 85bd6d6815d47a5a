"""Methods that change or delete messages, pin, react, and answer callback queries."""

from sandbox.chats import Chat, Draft, Message
from sandbox.methods.call import Call, Method
from sandbox.updates import CALLBACK_SECONDS
from sandbox.wire import Json, bad_request

NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly the same "
    "as a current content and reply markup of the message"
)
QUERY_GONE = "query is too old and response timeout expired or query ID is invalid"
DELETABLE_AGE = 48 * 3600  # seconds
MAX_ANSWER = 200


def edit_message_text(call: Call) -> Json:
    """Sets new text and buttons."""
    message = _editable(call)
    if "text" not in message.content:
        raise bad_request("there is no text in the message to edit")
    return _change(call, message, call.formatted_text())


def edit_message_caption(call: Call) -> Json:
    """Sets a new caption and buttons."""
    message = _editable(call)
    if "photo" not in message.content and "document" not in message.content:
        raise bad_request("there is no caption in the message to edit")
    media = {key: value for key, value in message.content.items() if "caption" not in key}
    return _change(call, message, {**media, **call.formatted_caption()})


def edit_message_reply_markup(call: Call) -> Json:
    """Sets new buttons, or none."""
    message = _editable(call, buttons_only=True)
    return _change(call, message, message.content)


def delete_message(call: Call) -> bool:
    """Deletes the bot's own message, or any in a private chat, if at most 48 hours old."""
    chat = call.chat()
    message = call.message(chat, "delete")
    if not _deletable(call, chat, message):
        raise bad_request("message can't be deleted for everyone")
    call.world.delete(message)
    return True


def delete_messages(call: Call) -> bool:
    """Deletes up to 100 messages; skips missing ones and ones that may not be deleted."""
    chat = call.chat()
    ids = call.params.array("message_ids")
    if not ids:
        raise bad_request("message identifiers are not specified")
    if len(ids) > 100:
        raise bad_request("too many message identifiers specified")
    for message_id in ids:
        message = chat.messages.get(message_id) if isinstance(message_id, int) else None
        if message is not None and _deletable(call, chat, message):
            call.world.delete(message)
    return True


def pin_chat_message(call: Call) -> bool:
    """Pins, with a service message; in a group this needs an administrator right."""
    chat = _chat_to_pin_in(call)
    message = call.message(chat, "pin")
    if message in chat.pins:
        chat.pins.remove(message)
    chat.pins.append(message)
    call.world.post(chat, call.bot, Draft(pinned=message))
    return True


def unpin_chat_message(call: Call) -> bool:
    """Unpins that message, or the latest pinned one."""
    chat = _chat_to_pin_in(call)
    number = call.params.optional_integer("message_id")
    pinned = [message for message in chat.pins if number in (None, message.id)]
    if not pinned:
        raise bad_request("message to unpin not found")
    chat.pins.remove(pinned[-1])
    return True


def unpin_all_chat_messages(call: Call) -> bool:
    """Unpins all messages."""
    _chat_to_pin_in(call).pins.clear()
    return True


def set_message_reaction(call: Call) -> bool:
    """Checks the reaction; it is shown nowhere."""
    call.message(call.chat(), "react")
    if len(call.params.array("reaction")) > 1:
        raise bad_request("REACTIONS_TOO_MANY")
    return True


def answer_callback_query(call: Call) -> bool:
    """Answers a pressed button, with or without text on the screen."""
    params = call.params
    query = call.world.queries.get(params.text("callback_query_id"))
    now = call.world.clock.timestamp()
    if query is None or query.bot is not call.bot or now - query.pressed > CALLBACK_SECONDS:
        raise bad_request(QUERY_GONE)
    if len(params.text("text")) > MAX_ANSWER:
        raise bad_request("MESSAGE_TOO_LONG")
    answer = {
        "text": params.text("text") or None,
        "show_alert": params.flag("show_alert"),
        "url": params.text("url") or None,
    }
    if not query.answer.done():
        query.answer.set_result(answer)
        if answer["text"]:
            toast = {"chat": query.chat.id_for(query.person), **answer}
            call.world.hub.publish(query.person.id, "toast", toast)
    return True


def _chat_to_pin_in(call: Call) -> Chat:
    chat = call.chat()
    if not chat.may(call.bot, "can_pin_messages"):
        raise bad_request("not enough rights to manage pinned messages in the chat")
    return chat


def _editable(call: Call, *, buttons_only: bool = False) -> Message:
    message = call.message(call.chat(), "edit")
    if not message.may_be_edited(call.bot, buttons_only=buttons_only):
        raise bad_request("message can't be edited")
    return message


def _change(call: Call, message: Message, content: Json) -> Json:
    """Changes a message; as on Telegram, it loses buttons that are not given again."""
    markup = call.markup(message.chat, inline=True)
    if content == message.content and markup == message.inline_keyboard:
        raise bad_request(NOT_MODIFIED)
    message.content, message.markup = content, markup
    call.world.edited(message)
    return call.seen(message)


def _deletable(call: Call, chat: Chat, message: Message) -> bool:
    if call.world.clock.timestamp() - message.date > DELETABLE_AGE:
        return False
    return message.sender is call.bot or chat.may(call.bot, "can_delete_messages")


METHODS: dict[str, Method] = {
    "editMessageText": edit_message_text,
    "editMessageCaption": edit_message_caption,
    "editMessageReplyMarkup": edit_message_reply_markup,
    "deleteMessage": delete_message,
    "deleteMessages": delete_messages,
    "pinChatMessage": pin_chat_message,
    "unpinChatMessage": unpin_chat_message,
    "unpinAllChatMessages": unpin_all_chat_messages,
    "setMessageReaction": set_message_reaction,
    "answerCallbackQuery": answer_callback_query,
}
