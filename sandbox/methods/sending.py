"""Methods that send, forward and copy messages."""

import time
from collections.abc import Callable
from dataclasses import replace

from sandbox.chats import Draft, Message
from sandbox.files import File
from sandbox.methods.call import Call, Method
from sandbox.polls import Poll
from sandbox.views import origin_of
from sandbox.wire import Json, bad_request

ACTIONS = frozenset(
    {
        "typing",
        "upload_photo",
        "record_video",
        "upload_video",
        "record_voice",
        "upload_voice",
        "upload_document",
        "choose_sticker",
        "find_location",
        "record_video_note",
        "upload_video_note",
    }
)

ACTION_SECONDS = 5


def send_message(call: Call) -> Json:
    """Sends a text of 1 to 4096 characters after parsing."""
    chat = call.chat()
    draft = Draft(
        content=call.formatted_text(), markup=call.markup(chat), reply_to=call.reply_to(chat)
    )
    return call.seen(call.send(chat, draft))


def send_photo(call: Call) -> Json:
    """Sends a picture, uploaded or named by file_id."""
    return _send_media(call, lambda file: {"photo": file.photo()}, "photo", "photos")


def send_document(call: Call) -> Json:
    """Sends a file, uploaded or named by file_id."""
    return _send_media(call, lambda file: {"document": file.document()}, "document", "documents")


def forward_message(call: Call) -> Json:
    """Forwards a message with its origin; a poll stays the same poll."""
    chat = call.chat()
    message = call.message(call.chat("from_chat_id"), "forward")
    draft = Draft(content=message.content, poll=message.poll, origin=origin_of(message))
    return call.seen(call.send(chat, draft))


def copy_message(call: Call) -> Json:
    """Copies the content, with another caption if one is given; a poll becomes a new poll."""
    chat = call.chat()
    message = call.message(call.chat("from_chat_id"), "copy")
    content = message.content
    if "caption" in call.params.values:
        content = {key: value for key, value in content.items() if "caption" not in key}
        content |= call.formatted_caption()
    draft = Draft(
        content=content,
        poll=_copied_poll(call, message),
        markup=call.markup(chat),
        reply_to=call.reply_to(chat),
    )
    return {"message_id": call.send(chat, draft).id}


def send_chat_action(call: Call) -> bool:
    """Shows for about five seconds that the bot is about to send something."""
    if call.params.text("action").lower() not in ACTIONS:
        raise bad_request("wrong parameter action in request")
    chat = call.chat()
    chat.typing_until = time.monotonic() + ACTION_SECONDS
    for person in chat.people():
        call.world.hub.publish(person.id, "typing", {"chat": chat.id_for(person)})
    return True


def get_file(call: Call) -> Json:
    """Returns a File object with the path to download it from."""
    file = call.world.files.get(call.params.text("file_id"))
    return {**file.described(), "file_path": file.path}


def _send_media(call: Call, content_of: Callable[[File], Json], field: str, kind: str) -> Json:
    chat = call.chat()
    content = content_of(call.file(field, kind, call.params.text(field)))
    draft = Draft(
        content={**content, **call.formatted_caption()},
        markup=call.markup(chat),
        reply_to=call.reply_to(chat),
    )
    return call.seen(call.send(chat, draft))


def _copied_poll(call: Call, message: Message) -> Poll | None:
    poll = message.poll
    if poll is None:
        return None
    if poll.is_quiz and not poll.revealed_to(call.bot):
        raise bad_request("message can't be copied")
    closes = None if poll.open_period is None else call.world.clock.timestamp() + poll.open_period
    copy = replace(
        poll,
        id=call.world.new_id(),
        owner=call.bot,
        votes={},
        close_date=closes,
        is_closed=False,
    )
    call.world.add_poll(copy)
    return copy


METHODS: dict[str, Method] = {
    "sendMessage": send_message,
    "sendPhoto": send_photo,
    "sendDocument": send_document,
    "forwardMessage": forward_message,
    "copyMessage": copy_message,
    "sendChatAction": send_chat_action,
    "getFile": get_file,
}
