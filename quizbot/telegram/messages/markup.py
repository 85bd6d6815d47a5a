"""The form of messages: HTML text, and rows of buttons. Whatever a person typed is escaped."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, TypeVar

from db.programmes import Programme
from quizbot.telegram.messages.words import Words

MOST_CHOICES = 90  # buttons below a message; Telegram takes 100
PAGE = 8  # rows of buttons that are still easy to read on a phone

KeyboardRows = list[list[dict[str, Any]]]  # buttons as JSON (Bot API, InlineKeyboardButton)
Keyboard = dict[str, KeyboardRows]  # as JSON (Bot API, InlineKeyboardMarkup)


@dataclass(frozen=True)
class Button:
    """A button that sends `data` back to the bot (1-64 bytes: Bot API, InlineKeyboardButton)."""

    text: str
    data: str

    @property
    def fields(self) -> dict[str, Any]:
        return {"text": self.text, "callback_data": self.data}


@dataclass(frozen=True)
class LinkButton:
    """A button that opens an address. Telegram refuses addresses of the local machine.

    With `mini_app` it opens in a private chat, by https (Bot API, WebAppInfo).
    """

    text: str
    url: str
    mini_app: bool = False

    @property
    def fields(self) -> dict[str, Any]:
        opened = {"web_app": {"url": self.url}} if self.mini_app else {"url": self.url}
        return {"text": self.text, **opened}


AnyButton = Button | LinkButton
Rows = list[list[Button]]


@dataclass(frozen=True)
class Message:
    """A text (HTML) with rows of buttons below."""

    text: str
    rows: Sequence[Sequence[AnyButton]] = field(default_factory=tuple)

    @property
    def keyboard(self) -> Keyboard | None:
        """The buttons as JSON, None if there are none."""
        return keyboard_of(self.rows)


def keyboard_of(rows: Sequence[Sequence[AnyButton]]) -> Keyboard | None:
    """Returns the rows of buttons as JSON, None if there are none."""
    if not rows:
        return None
    return {"inline_keyboard": [[each.fields for each in row] for row in rows]}


def message(*texts: str, rows: Sequence[Sequence[AnyButton]] = ()) -> Message:
    """Returns a message of the paragraphs (HTML), without the empty ones."""
    return Message(paragraphs(*texts), rows)


def bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def disclaimer(text: str) -> str:
    """Returns the topic's disclaimer as a paragraph."""
    return f"⚕️ <i>{escape(text)}</i>"


def folded(*texts: str) -> str:
    """Returns the paragraphs as a quote of which Telegram shows three lines until it is tapped."""
    return f"<blockquote expandable>{paragraphs(*texts)}</blockquote>"


def paragraphs(*texts: str) -> str:
    """Returns the texts with a blank line between them, without the empty ones.

    None is above a quote, which Telegram sets apart by itself.
    """
    joined = "\n\n".join(text for text in texts if text)
    return joined.replace("\n\n<blockquote", "\n<blockquote")


def shortened(text: str, length: int = 40) -> str:
    """Returns at most `length` characters of the text; the default fits on a button."""
    return text if len(text) <= length else text[: length - 1] + "…"


def name_list(w: Words, names: Sequence[str], most: int = 3) -> str:
    """Returns the first names in bold, and how many more there are."""
    shown = [bold(name) for name in names[:most]]
    if more := len(names) - len(shown):
        shown.append(w.ngettext("{count} more", "{count} more", more))
    return ", ".join(shown)


_SomeButton = TypeVar("_SomeButton", bound=AnyButton)


def rows_of(width: int, buttons: Iterable[_SomeButton]) -> list[list[_SomeButton]]:
    """Returns the buttons in rows of at most `width`."""
    every = list(buttons)
    return [every[start : start + width] for start in range(0, len(every), width)]


def page_buttons(prefix: str, page: int, size: int, total: int) -> Rows:
    """Returns a row of buttons to the previous and the next page, or no row.

    `page` counts from 0, a page has `size` of `total` entries, and the data of a button is
    `<prefix>:<page>`.
    """
    row = [Button("‹", f"{prefix}:{page - 1}")] if page else []
    if (page + 1) * size < total:
        row.append(Button("›", f"{prefix}:{page + 1}"))
    return [row] if row else []


def programme_choices(
    programmes: Sequence[Programme], data: str, most: int = MOST_CHOICES, sign: str = ""
) -> Rows:
    """Returns a button for each of the first programmes; in `data`, {} is replaced by the id."""
    return [
        [Button(sign + shortened(each.name), data.format(each.id))] for each in programmes[:most]
    ]


def deep_link(username: str, code: str) -> str:
    """Returns the link that opens a private chat with the bot (Bot API, deep linking)."""
    return f"https://t.me/{username}?start={code}"


def group_deep_link(username: str, code: str) -> str:
    """Returns the link that asks for a group chat to add the bot to."""
    return f"https://t.me/{username}?startgroup={code}"
