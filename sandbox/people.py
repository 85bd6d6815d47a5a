"""What people do. Every function raises RefusedError if the person cannot do it."""

import asyncio

from sandbox.accounts import Account, Bot, Person
from sandbox.chats import Chat, Draft, Message, PrivateChat, chat_member
from sandbox.entities import found_in
from sandbox.views import origin_of, view
from sandbox.wire import Json, RefusedError
from sandbox.world import CallbackQuery, World

MAX_TEXT = 4096


def person_with(world: World, person_id: int) -> Person:
    """Returns the person with that id, unless the account is deleted."""
    person = world.people.get(person_id)
    if person is None:
        raise RefusedError(404, f"there is no person {person_id}")
    if person.deleted:
        raise RefusedError(409, f"person {person_id} has deleted the account")
    return person


def bot_with(world: World, bot_id: int) -> Bot:
    """Returns the bot with that id."""
    bot = world.bots.get(bot_id)
    if bot is None:
        raise RefusedError(404, f"there is no bot {bot_id}")
    return bot


def chat_of(world: World, person: Person, chat_id: int) -> Chat:
    """Returns the chat that a person names by the id of a bot or of a group."""
    bot = world.bots.get(chat_id)
    if bot is not None:
        return world.private_chat(person, bot)
    group = world.groups.get(chat_id)
    if group is None:
        raise RefusedError(404, f"there is no chat {chat_id}")
    if group.migrated_to is not None:
        raise RefusedError(409, f"the group is now the supergroup {group.migrated_to}")
    if person.id not in group.members:
        raise RefusedError(409, f"person {person.id} is not in chat {chat_id}")
    return group


def message_of(chat: Chat, message_id: int) -> Message:
    """Returns the message with that id in the chat."""
    message = chat.messages.get(message_id)
    if message is None:
        raise RefusedError(404, f"there is no message {message_id} in this chat")
    return message


def message_seen(world: World, person: Person, chat_id: int, message_id: int) -> Message:
    """Returns a message that the person sees, also one from before the group's migration."""
    group = world.groups.get(chat_id)
    moved = None if group is None else group.migrated_to
    chat = chat_of(world, person, chat_id if moved is None else moved)
    for message in chat.shown():
        if message.id == message_id:
            return message
    raise RefusedError(404, f"there is no message {message_id} in this chat")


def write(
    world: World, person: Person, chat_id: int, text: str, reply_to: int | None = None
) -> Message:
    """Sends a text; in a private chat with a bot, that starts the conversation."""
    chat = _open_chat(world, person, chat_id)
    answered = None if reply_to is None else message_seen(world, person, chat_id, reply_to)
    return world.post(chat, person, Draft(content=_text(text), reply_to=answered))


def edit(world: World, person: Person, chat_id: int, message_id: int, text: str) -> Message:
    """Changes the person's own text."""
    message = message_seen(world, person, chat_id, message_id)
    if message.sender is not person or "text" not in message.content:
        raise RefusedError(409, "people can only edit a text of their own")
    message.content = _text(text)
    world.edited(message)
    return message


def delete(world: World, person: Person, chat_id: int, message_id: int) -> None:
    """Deletes a message for everybody: the person's own, or any in a private chat."""
    message = message_seen(world, person, chat_id, message_id)
    if message.chat.is_group and message.sender is not person:
        raise RefusedError(409, "in a group people can only delete messages of their own")
    world.delete(message)


def forward(world: World, person: Person, from_chat: int, message_id: int, chat_id: int) -> Message:
    """Forwards a message; a poll stays the same poll."""
    message = message_seen(world, person, from_chat, message_id)
    draft = Draft(content=message.content, poll=message.poll, origin=origin_of(message))
    return world.post(_open_chat(world, person, chat_id), person, draft)


def vote(
    world: World, person: Person, message: Message, option_ids: list[int], *, force: bool
) -> None:
    """Votes, changes or withdraws a vote; the bot that sent the poll gets updates."""
    poll = message.poll
    if poll is None:
        raise RefusedError(409, "this message is not a poll")
    poll.vote(person, option_ids, force=force)
    if isinstance(poll.owner, Bot) and not poll.is_anonymous:
        poll.owner.updates.put("poll_answer", poll.answer(person))
    world.poll_changed(poll)


async def press(world: World, person: Person, message: Message, data: str, wait: float) -> Json:
    """Presses a callback button; returns the bot's answer, or {} after ``wait`` seconds.

    Any data is allowed, even of a button that is gone: pages can be out of date.
    """
    bot = message.sender
    if not isinstance(bot, Bot):
        raise RefusedError(409, "only messages of bots have buttons")
    query_id = world.new_id()
    answer: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
    world.queries[query_id] = CallbackQuery(
        bot, person, message.chat, world.clock.timestamp(), answer
    )
    content = {
        "id": query_id,
        "from": person.user(),
        "message": view(message, bot),
        "chat_instance": str(abs(hash((message.chat.id_for(bot), bot.id)))),
        "data": data,
    }
    bot.updates.put("callback_query", content)
    try:
        async with asyncio.timeout(wait):
            return await answer
    except TimeoutError:
        return {}


def block(world: World, person: Person, bot: Bot) -> None:
    """Blocks a bot."""
    _set_blocked(world, world.private_chat(person, bot), blocked=True)


def unblock(world: World, person: Person, bot: Bot) -> None:
    """Unblocks a bot."""
    _set_blocked(world, world.private_chat(person, bot), blocked=False)


def deactivate(world: World, person: Person) -> None:
    """Deletes the account; bots get no update."""
    person.deleted = True
    world.hub.broadcast("chats", {})


def member_update(chat: Json, actor: Account, date: int, old: Json, new: Json) -> Json:
    """Returns a ChatMemberUpdated object."""
    return {
        "chat": chat,
        "from": actor.user(),
        "date": date,
        "old_chat_member": old,
        "new_chat_member": new,
    }


def _set_blocked(world: World, chat: PrivateChat, *, blocked: bool) -> None:
    if chat.blocked == blocked:
        return
    chat.blocked = blocked
    old, new = ("member", "kicked") if blocked else ("kicked", "member")
    content = member_update(
        chat.view(chat.bot),
        chat.person,
        world.clock.timestamp(),
        chat_member(chat.bot, old),
        chat_member(chat.bot, new),
    )
    chat.bot.updates.put("my_chat_member", content)
    world.hub.publish(chat.person.id, "chats", {})


def _open_chat(world: World, person: Person, chat_id: int) -> Chat:
    """Returns the chat, if the person may write there."""
    chat = chat_of(world, person, chat_id)
    if isinstance(chat, PrivateChat):
        if chat.blocked:
            raise RefusedError(409, "unblock the bot before you write to it")
        chat.started = True
    elif chat.status[person.id] == "member" and not chat.permissions["can_send_messages"]:
        raise RefusedError(409, "members of this group may not write")
    return chat


def _text(text: str) -> Json:
    plain = text.strip()
    if not 1 <= len(plain) <= MAX_TEXT:
        raise RefusedError(400, f"a text has 1 to {MAX_TEXT} characters")
    entities = found_in(plain)
    return {"text": plain, "entities": entities} if entities else {"text": plain}
