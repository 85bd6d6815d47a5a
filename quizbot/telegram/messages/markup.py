"""The form of a message: HTML text and buttons. What a person typed is escaped, always."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Any, TypeVar

from quizbot.telegram.messages.words import Words

__all__ = [
    "AnyButton",
    "Button",
    "Keyboard",
    "LinkButton",
    "Message",
    "WebAppButton",
    "bold",
    "escape",
    "lines",
    "rows_of",
    "shortened",
    "some_of",
]

Keyboard = dict[str, list[list[dict[str, Any]]]]  # as JSON holds it (Bot API, InlineKeyboardMarkup)


@dataclass(frozen=True)
class Button:
    """A button that sends its data back (1-64 bytes: Bot API, InlineKeyboardButton)."""

    text: str
    data: str

    @property
    def fields(self) -> dict[str, Any]:
        return {"text": self.text, "callback_data": self.data}


@dataclass(frozen=True)
class LinkButton:
    """A button that opens an address; Telegram takes none of this machine."""

    text: str
    url: str

    @property
    def fields(self) -> dict[str, Any]:
        return {"text": self.text, "url": self.url}


@dataclass(frozen=True)
class WebAppButton:
    """A button that opens a Mini App, in a private chat; its address is https (Bot API)."""

    text: str
    url: str

    @property
    def fields(self) -> dict[str, Any]:
        return {"text": self.text, "web_app": {"url": self.url}}


AnyButton = Button | LinkButton | WebAppButton


@dataclass(frozen=True)
class Message:
    """A text (HTML) with rows of buttons below."""

    text: str
    rows: Sequence[Sequence[AnyButton]] = field(default_factory=tuple)

    @property
    def keyboard(self) -> Keyboard | None:
        """The buttons as JSON holds them; None for none."""
        if not self.rows:
            return None
        return {"inline_keyboard": [[each.fields for each in row] for row in self.rows]}


def bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def lines(*paragraphs: str | None) -> str:
    """Paragraphs with a blank line between; the empty ones are left out."""
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def shortened(text: str, longest: int) -> str:
    """The text, or its beginning where it is longer."""
    return text if len(text) <= longest else text[: longest - 1] + "…"


def some_of(w: Words, names: Sequence[str], most: int = 3) -> str:
    """The first names, bold, and how many more there are."""
    shown = [bold(name) for name in names[:most]]
    if more := len(names) - len(shown):
        shown.append(w.ngettext("{count} more", "{count} more", more))
    return ", ".join(shown)


_Some = TypeVar("_Some", bound=AnyButton)


def rows_of(width: int, buttons: Iterable[_Some]) -> list[list[_Some]]:
    """The buttons in rows of at most `width`."""
    every = list(buttons)
    return [every[start : start + width] for start in range(0, len(every), width)]
