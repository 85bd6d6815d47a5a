"""Methods about the bot itself: its names, commands, descriptions and menu button."""

import re

from sandbox.accounts import DEFAULT_BUTTON
from sandbox.methods.buttons import check_web_app
from sandbox.methods.call import Call, Method
from sandbox.wire import Json, bad_request

MAX_COMMANDS = 100
MAX_COMMAND_DESCRIPTION = 256
MAX_LENGTHS = {"name": 64, "description": 512, "short_description": 120}
_COMMAND = re.compile(r"[a-z0-9_]{1,32}")


def get_me(call: Call) -> Json:
    """Returns the bot's User object."""
    return call.bot.me()


def log_out(call: Call) -> bool:
    """Logs out: all later calls are refused."""
    call.bot.logged_out = True
    return True


def close(call: Call) -> bool:
    """Returns True: there is nothing to close here."""
    del call
    return True


def set_my_commands(call: Call) -> bool:
    """Sets up to 100 commands for one scope and language."""
    commands = [_command(command) for command in call.params.array("commands")]
    if len(commands) > MAX_COMMANDS:
        raise bad_request("BOT_COMMANDS_TOO_MUCH")
    call.bot.commands[_scope(call)] = commands
    _menu_changed(call)
    return True


def get_my_commands(call: Call) -> list[Json]:
    """Returns the commands of exactly that scope and language."""
    return call.bot.commands.get(_scope(call), [])


def delete_my_commands(call: Call) -> bool:
    """Deletes commands; those of the next wider scope are shown instead."""
    call.bot.commands.pop(_scope(call), None)
    _menu_changed(call)
    return True


def set_my_name(call: Call) -> bool:
    """Sets the name: up to 64 characters."""
    return _set_text(call, "name")


def get_my_name(call: Call) -> Json:
    """Returns the name in that language, else the name that the bot was created with."""
    return {"name": call.bot.text("name", _language(call)) or call.bot.first_name}


def set_my_description(call: Call) -> bool:
    """Sets the description, shown in an empty chat: up to 512 characters."""
    return _set_text(call, "description")


def get_my_description(call: Call) -> Json:
    """Returns the description in that language."""
    return {"description": call.bot.text("description", _language(call))}


def set_my_short_description(call: Call) -> bool:
    """Sets the short description, shown on the profile: up to 120 characters."""
    return _set_text(call, "short_description")


def get_my_short_description(call: Call) -> Json:
    """Returns the short description in that language."""
    return {"short_description": call.bot.text("short_description", _language(call))}


def set_chat_menu_button(call: Call) -> bool:
    """Sets the button left of the message box, in one private chat or in all."""
    person = _menu_person(call)
    button = call.params.object("menu_button") or DEFAULT_BUTTON
    kind = button.get("type")
    if kind not in ("default", "commands", "web_app"):
        raise bad_request("can't parse menu button: MenuButton has unsupported type")
    kept: Json = {"type": kind}
    if kind == "web_app":
        if not str(button.get("text", "")).strip():
            raise bad_request("menu button text must be non-empty")
        check_web_app(button.get("web_app"), "menu button")
        kept |= {"text": button["text"], "web_app": {"url": button["web_app"]["url"]}}
    call.bot.menu_buttons[person] = kept
    _menu_changed(call)
    return True


def get_chat_menu_button(call: Call) -> Json:
    """Returns the button that was set for that chat, or for all."""
    return call.bot.menu_buttons.get(_menu_person(call), DEFAULT_BUTTON)


def _menu_person(call: Call) -> int | None:
    person = call.params.optional_integer("chat_id")
    if person is not None and person not in call.world.people:
        raise bad_request("user not found")
    return person


def _set_text(call: Call, kind: str) -> bool:
    text = call.params.text(kind)
    if len(text) > MAX_LENGTHS[kind]:
        raise bad_request(f"{kind.replace('_', ' ')} is too long")
    call.bot.texts.setdefault(kind, {})[_language(call)] = text
    _menu_changed(call)
    return True


def _menu_changed(call: Call) -> None:
    call.world.hub.broadcast("chats", {})


def _language(call: Call) -> str:
    return call.params.text("language_code")


def _scope(call: Call) -> tuple[str, str]:
    """Returns scope and language as a key; the scope of a chat includes its id."""
    scope = call.params.object("scope")
    parts = (scope.get("type", "default"), scope.get("chat_id"), scope.get("user_id"))
    return ":".join(str(part) for part in parts if part is not None), _language(call)


def _command(command: object) -> Json:
    if not isinstance(command, dict):
        raise bad_request("can't parse BotCommand: expected an Object")
    name = str(command.get("command", "")).removeprefix("/")
    description = str(command.get("description", ""))
    if not _COMMAND.fullmatch(name):
        raise bad_request("BOT_COMMAND_INVALID")
    if not 1 <= len(description) <= MAX_COMMAND_DESCRIPTION:
        raise bad_request("BOT_COMMAND_DESCRIPTION_INVALID")
    return {"command": name, "description": description}


METHODS: dict[str, Method] = {
    "getMe": get_me,
    "logOut": log_out,
    "close": close,
    "setMyCommands": set_my_commands,
    "getMyCommands": get_my_commands,
    "deleteMyCommands": delete_my_commands,
    "setChatMenuButton": set_chat_menu_button,
    "getChatMenuButton": get_chat_menu_button,
    "setMyName": set_my_name,
    "getMyName": get_my_name,
    "setMyDescription": set_my_description,
    "getMyDescription": get_my_description,
    "setMyShortDescription": set_my_short_description,
    "getMyShortDescription": get_my_short_description,
}
