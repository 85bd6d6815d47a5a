"""How messages look to each viewer: bots by the Bot API, people on their chat page."""

from sandbox.accounts import Account, Bot, Person
from sandbox.chats import Group, Message
from sandbox.wire import Json


def view(message: Message, viewer: Account, *, replies: bool = True) -> Json:
    """Returns the Message object that the viewer gets, without a reply within a reply."""
    shown: Json = {
        "message_id": message.id,
        "from": message.sender.user(),
        "chat": message.chat.view(viewer),
        "date": message.date,
        **message.content,
    }
    if message.poll is not None:
        shown["poll"] = message.poll.view(viewer)
    if message.origin is not None:
        shown["forward_origin"] = message.origin
    if message.edit_date is not None:
        shown["edit_date"] = message.edit_date
    if message.reply_to is not None and replies:
        shown["reply_to_message"] = view(message.reply_to, viewer, replies=False)
    if message.pinned is not None:
        shown["pinned_message"] = view(message.pinned, viewer, replies=False)
    if message.inline_keyboard is not None:
        shown["reply_markup"] = message.markup
    return shown


def view_for_page(message: Message, person: Person) -> Json:
    """Returns the Message object with the additions for the chat page (see the README)."""
    shown = view(message, person) | {"out": message.sender is person}
    if message.markup is not None:
        shown["reply_markup"] = message.markup
    if message.poll is not None:
        shown["my_vote"] = message.poll.votes.get(person.id)
        shown["revealed"] = message.poll.revealed_to(person)
        if message.chat.is_group and message.poll.names_voters_to(person):
            shown["voters"] = {str(voter): chosen for voter, chosen in message.poll.votes.items()}
    return shown


def origin_of(message: Message) -> Json:
    """Returns the MessageOrigin of a forward: the first author."""
    if message.origin is not None:
        return message.origin
    return {"type": "user", "date": message.date, "sender_user": message.sender.user()}


def is_received_by(message: Message, bot: Bot) -> bool:
    """Returns whether a bot in privacy mode receives this message (Bot FAQ, "privacy mode").

    An administrator receives all messages of a group.
    """
    if not message.chat.is_group or message.sender is bot:
        return True
    if isinstance(message.sender, Bot):
        return False
    if isinstance(message.chat, Group) and message.chat.status.get(bot.id) == "administrator":
        return True
    if message.reply_to is not None and message.reply_to.sender is bot:
        return True
    text = message.content.get("text")
    if text is None:
        return message.poll is None and "photo" not in message.content
    if f"@{bot.username}".lower() in text.lower():
        return True
    command = text.split(maxsplit=1)[0]
    return command.startswith("/") and "@" not in command
