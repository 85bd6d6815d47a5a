"""Buttons: the checks of reply markup and of Mini App addresses."""

from urllib.parse import urlsplit

from sandbox.loopback import is_loopback
from sandbox.wire import Json, bad_request

# Actions of an inline keyboard button; each has exactly one (InlineKeyboardButton).
ACTIONS = frozenset(
    {
        "url",
        "callback_data",
        "web_app",
        "login_url",
        "switch_inline_query",
        "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat",
        "copy_text",
        "callback_game",
        "pay",
    }
)
KINDS = ("inline_keyboard", "keyboard", "remove_keyboard", "force_reply")
MAX_BUTTONS = 100


def checked_markup(markup: object, *, private: bool) -> Json | None:
    """Returns the markup to store, or None without one; raises ApiError 400 if it is invalid.

    Buttons may open Mini Apps in private chats only.
    """
    if markup is None or markup in ("", {}):
        return None
    if not isinstance(markup, dict) or not any(kind in markup for kind in KINDS):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        rows = _rows(markup["inline_keyboard"], "inline keyboard")
        kept = [[_inline_button(button, private) for button in row] for row in rows if row]
        if sum(map(len, kept)) > MAX_BUTTONS:
            raise bad_request("reply markup is too long")
        return {"inline_keyboard": kept} if kept else None
    if "keyboard" in markup:
        rows = _rows(markup["keyboard"], "keyboard")
        return {**markup, "keyboard": [[_button(button) for button in row] for row in rows]}
    return markup


def check_web_app(web_app: object, where: str) -> None:
    """Raises ApiError 400 unless it is a WebAppInfo with a URL: https, or http on this machine."""
    url = web_app.get("url") if isinstance(web_app, dict) else None
    if not isinstance(url, str) or not url:
        raise bad_request(f"{where} Web App URL must be non-empty")
    if not _may_open(url):
        raise bad_request(f"{where} Web App URL '{url}' is invalid: Only HTTPS links are allowed")


def _rows(rows: object, what: str) -> list[list[object]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f'field "{what.replace(" ", "_")}" must be an Array of Arrays')
    return rows


def _button(button: object) -> Json:
    shown = {"text": button} if isinstance(button, str) else button
    if not isinstance(shown, dict) or not isinstance(shown.get("text"), str) or not shown["text"]:
        raise bad_request('can\'t parse keyboard button: field "text" must be non-empty')
    return shown


def _inline_button(button: object, private: bool) -> Json:
    if not isinstance(button, dict):
        raise bad_request("can't parse inline keyboard button: expected an Object")
    if not isinstance(button.get("text"), str) or not button["text"].strip():
        raise bad_request('can\'t parse inline keyboard button: field "text" must be non-empty')
    actions = [key for key, value in button.items() if key in ACTIONS and value not in ("", None)]
    if not actions:
        raise bad_request(
            "can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard"
        )
    if len(actions) > 1:
        raise bad_request("can't parse inline keyboard button: more than one action")
    data = button.get("callback_data")
    if data and not 1 <= len(str(data).encode()) <= 64:
        raise bad_request("BUTTON_DATA_INVALID")
    url = button.get("url")
    if url and not str(url).startswith(("http://", "https://", "tg://")):
        raise bad_request("BUTTON_URL_INVALID")
    if "web_app" in actions:
        if not private:
            raise bad_request("BUTTON_TYPE_INVALID")
        check_web_app(button["web_app"], "inline keyboard button")
    return button


def _may_open(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    if not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(url))
