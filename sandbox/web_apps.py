"""Mini Apps: which addresses may be opened, and the signed launch data they are opened with.

core.telegram.org/bots/webapps: "Validating data received via the Mini App", WebAppInitData.
"""

import base64
import hashlib
import hmac
import json
from urllib.parse import quote, urlencode, urlsplit

from sandbox.accounts import Bot, Person
from sandbox.addresses import is_loopback
from sandbox.messages import Message
from sandbox.wire import Json, RefusedError, bad_request
from sandbox.world import World

VERSION = "8.0"
# ThemeParams, as the chat page looks.
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


def check_web_app(web_app: object, where: str) -> None:
    """ApiError 400 unless it is a WebAppInfo with an address: https, or http on this machine."""
    url = web_app.get("url") if isinstance(web_app, dict) else None
    if not isinstance(url, str) or not url:
        raise bad_request(f"{where} Web App URL must be non-empty")
    if not _may_open(url):
        raise bad_request(f"{where} Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def button_url(message: Message, row: int, column: int) -> str:
    """Where the button of a message leads; RefusedError if it is not one that opens a Mini App."""
    rows = (message.inline_keyboard or {}).get("inline_keyboard", [])
    if row not in range(len(rows)) or column not in range(len(rows[row])):
        raise RefusedError(404, "there is no such button under this message")
    return _url_of(rows[row][column])


def menu_url(bot: Bot, person: Person) -> str:
    """Where the menu button leads."""
    return _url_of(bot.menu_button(person.id))


def launch(world: World, person: Person, bot: Bot, url: str, *, dark: bool) -> Json:
    """``url`` with the launch parameters in its fragment, and the init data alone."""
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


def sign(token: str, fields: dict[str, str]) -> str:
    """The ``hash`` of those fields, hexadecimal; it covers ``signature`` too."""
    secret = hmac.new(b"WebAppData", token.encode(), hashlib.sha256).digest()
    lines = "\n".join(f"{name}={value}" for name, value in sorted(fields.items()))
    return hmac.new(secret, lines.encode(), hashlib.sha256).hexdigest()


def _init_data(world: World, person: Person, bot: Bot) -> str:
    """Who opens it, and when by the sandbox's clock."""
    private = world.private_chats.get((person.id, bot.id))
    user = person.user()
    del user["is_bot"]
    if private is not None and private.started and not private.blocked:
        user["allows_write_to_pm"] = True
    fields = {
        "query_id": _code(world.rng.randbytes(18)),
        "user": json.dumps(user, ensure_ascii=False, separators=(",", ":")),
        "auth_date": str(world.clock.timestamp()),
        # Telegram's own key signs here, for third parties. Nobody but Telegram has it.
        "signature": _code(world.rng.randbytes(64)),
    }
    return urlencode({**fields, "hash": sign(bot.token, fields)}, quote_via=quote, safe="")


def _url_of(button: Json) -> str:
    web_app = button.get("web_app")
    if web_app is None:
        raise RefusedError(409, "this button opens no Mini App")
    return str(web_app["url"])


def _may_open(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))


def _code(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")
