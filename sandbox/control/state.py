"""The state: everything as one person sees it."""

import time

from starlette.requests import Request

from sandbox import people
from sandbox.accounts import Account, Bot, Person
from sandbox.chats import Chat, Group, PrivateChat
from sandbox.control.endpoint import Body, Handler, query_integer
from sandbox.views import view_for_page
from sandbox.wire import Json
from sandbox.world import World

COLOURS = ("red", "orange", "violet", "green", "cyan", "blue", "pink")


def _state(world: World, request: Request, body: Body) -> Json:
    del body
    if "user" not in request.query_params:
        return _state_for(world, None)
    return _state_for(world, people.person_with(world, query_integer(request, "user")))


def _state_for(world: World, person: Person | None) -> Json:
    """Returns the state (see the README); without a person, it has no chats."""
    everybody = {
        "now": world.clock.now().isoformat(),
        "hint": world.hint,
        "bots": [_bot(bot, person) for bot in world.bots.values()],
        "users": [{**other.user(), "deleted": other.deleted} for other in world.people.values()],
    }
    if person is None:
        return {**everybody, "chats": [], "messages": {}}
    chats = _chats_of(world, person)
    return {
        **everybody,
        "chats": [_chat(chat, person) for chat in chats],
        "messages": {
            str(chat.id_for(person)): [view_for_page(message, person) for message in chat.shown()]
            for chat in chats
        },
    }


def _chats_of(world: World, person: Person) -> list[Chat]:
    """Returns a private chat with every bot, started or not, and the person's groups."""
    private: list[Chat] = [world.private_chat(person, bot) for bot in world.bots.values()]
    groups = [
        group
        for group in world.groups.values()
        if person.id in group.members and group.migrated_to is None
    ]
    return [*private, *groups]


def _bot(bot: Bot, person: Person | None) -> Json:
    language = "" if person is None else person.language_code or ""
    own = [] if person is None else [f"chat:{person.id}"]
    scopes = [*own, "all_private_chats", "default"]
    group_scopes = ["all_group_chats", "default"]
    return {
        "user": bot.user(),
        "commands": bot.menu(scopes, language),
        "group_commands": bot.menu(group_scopes, language),
        "description": bot.text("description", language),
        "short_description": bot.text("short_description", language),
        "menu_button": bot.menu_button(None if person is None else person.id),
    }


def _chat(chat: Chat, person: Person) -> Json:
    shown = chat.view(person)
    members: list[Account] = [*chat.people(), *chat.bots()]
    private = chat if isinstance(chat, PrivateChat) else None
    group = chat if isinstance(chat, Group) else None
    return {
        "id": shown["id"],
        "type": shown["type"],
        "title": shown["title"] if private is None else shown["first_name"],
        "photo_color": COLOURS[abs(shown["id"]) % len(COLOURS)],
        "bot": None if private is None else private.bot.id,
        "members": [member.id for member in members],
        "roles": {} if group is None else _roles(group),
        "permissions": None if group is None else group.permissions,
        "migrated_from": _earlier_id(group),
        "blocked": private is not None and private.blocked,
        "typing": chat.typing_until > time.monotonic(),
    }


def _roles(group: Group) -> dict[str, str]:
    """Returns the owner and the administrators, by account id."""
    leading = {"creator": "owner", "administrator": "admin"}
    return {
        str(member): leading[group.status[member]]
        for member in group.members
        if group.status[member] in leading
    }


def _earlier_id(group: Group | None) -> int | None:
    earlier = None if group is None else group.migrated_from
    return None if earlier is None else earlier.id


CALLS: list[tuple[str, str, Handler]] = [("GET", "/state", _state)]
