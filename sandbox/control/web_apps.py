"""Mini Apps: the address that a button opens, with its signed launch data.

Source: core.telegram.org/bots/webapps, "Validating data received via the Mini App" and
WebAppInitData.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote, urlencode

from starlette.requests import Request

from sandbox import people
from sandbox.accounts import Bot, Person
from sandbox.chats import Message, PrivateChat
from sandbox.control.endpoint import Body, Handler
from sandbox.wire import Json, RefusedError
from sandbox.world import World

VERSION = "8.0"
# ThemeParams in the colours of the chat page.
LIGHT = {
    "bg_color": "#ffffff",
    "secondary_bg_color": "#f2f5f8",
    "section_bg_color": "#ffffff",
    "header_bg_color": "#ffffff",
    "bottom_bar_bg_color": "#f2f5f8",
    "text_color": "#111b24",
    "hint_color": "#566675",
    "subtitle_text_color": "#566675",
    "link_color": "#1a6bb0",
    "accent_text_color": "#1a6bb0",
    "section_header_text_color": "#1a6bb0",
    "section_separator_color": "#dfe6ec",
    "button_color": "#1c6fb5",
    "button_text_color": "#ffffff",
    "destructive_text_color": "#c2293a",
}
DARK = {
    **LIGHT,
    "bg_color": "#17212b",
    "secondary_bg_color": "#111a22",
    "section_bg_color": "#17212b",
    "header_bg_color": "#17212b",
    "bottom_bar_bg_color": "#111a22",
    "text_color": "#eef4f9",
    "hint_color": "#93a7b8",
    "subtitle_text_color": "#93a7b8",
    "link_color": "#6cb6f5",
    "accent_text_color": "#6cb6f5",
    "section_header_text_color": "#6cb6f5",
    "section_separator_color": "#263543",
    "button_color": "#2877bb",
    "destructive_text_color": "#ff8089",
}


def _web_app(world: World, request: Request, body: Body) -> Json:
    """Opens a message's button or, if no message is named, the menu button."""
    del request
    person = people.person_with(world, body.integer("user"))
    chat = people.chat_of(world, person, body.integer("chat"))
    if not isinstance(chat, PrivateChat):
        raise RefusedError(409, "Mini Apps open from private chats only")
    number = body.optional_integer("message_id")
    if number is None:
        url = _menu_url(chat.bot, person)
    else:
        message = people.message_of(chat, number)
        url = _button_url(message, body.integer("row"), body.integer("column"))
    return _launch(world, person, chat.bot, url, dark=body.flag("dark"))


def _button_url(message: Message, row: int, column: int) -> str:
    """Returns the URL of a message's button; raises RefusedError if it opens no Mini App."""
    rows = (message.inline_keyboard or {}).get("inline_keyboard", [])
    if row not in range(len(rows)) or column not in range(len(rows[row])):
        raise RefusedError(404, "there is no such button under this message")
    return _url_of(rows[row][column])


def _menu_url(bot: Bot, person: Person) -> str:
    """Returns the URL of the menu button; raises RefusedError if it opens no Mini App."""
    return _url_of(bot.menu_button(person.id))


def _launch(world: World, person: Person, bot: Bot, url: str, *, dark: bool) -> Json:
    """Returns ``url`` with the launch parameters in its fragment, and the init data alone."""
    init_data = _init_data(world, person, bot)
    parameters = {
        "tgWebAppData": init_data,
        "tgWebAppVersion": VERSION,
        "tgWebAppPlatform": "web",
        "tgWebAppThemeParams": json.dumps(DARK if dark else LIGHT, separators=(",", ":")),
    }
    joint = "&" if "#" in url else "#"
    return {
        "url": f"{url}{joint}{urlencode(parameters, quote_via=quote)}",
        "init_data": init_data,
    }


def _sign(token: str, fields: dict[str, str]) -> str:
    """Returns the hexadecimal ``hash`` of the fields; it covers ``signature`` too."""
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()


def _init_data(world: World, person: Person, bot: Bot) -> str:
    """Returns a signed query string with who opens it and the sandbox's time."""
    private = world.private_chats.get((person.id, bot.id))
    user = person.user()
    del user["is_bot"]
    if private is not None and private.started and not private.blocked:
        user["allows_write_to_pm"] = True
    fields = {
        "query_id": _code(world.rng.randbytes(18)),
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
        "auth_date": str(world.clock.timestamp()),
        # Random: only Telegram has the key for this signature, which third parties check.
        "signature": _code(world.rng.randbytes(64)),
    }
    return urlencode({**fields, "hash": _sign(bot.token, fields)}, quote_via=quote, safe="")


def _url_of(button: Json) -> str:
    web_app = button.get("web_app")
    if web_app is None:
        raise RefusedError(409, "this button opens no Mini App")
    return str(web_app["url"])


def _code(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


CALLS: list[tuple[str, str, Handler]] = [("POST", "/web_app", _web_app)]
