"""The form of a message: HTML text and buttons. What a person typed is escaped, always."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

__all__ = ["Button", "Message", "bold", "escape", "lines", "rows_of"]


@dataclass(frozen=True)
class Button:
    """A button that sends its data back (1-64 bytes: Bot API, InlineKeyboardButton)."""

    text: str
    data: str


@dataclass(frozen=True)
class Message:
    """A text (HTML) with rows of buttons below."""

    text: str
    rows: Sequence[Sequence[Button]] = field(default_factory=tuple)

    @property
    def keyboard(self) -> dict[str, list[list[dict[str, str]]]] | None:
        """As JSON holds it (Bot API, InlineKeyboardMarkup)."""
        if not self.rows:
            return None
        rows = [
            [{"text": each.text, "callback_data": each.data} for each in row] for row in self.rows
        ]
        return {"inline_keyboard": rows}


def bold(text: str) -> str:
    return f"<b>{escape(text)}</b>"


def lines(*paragraphs: str | None) -> str:
    """Paragraphs with a blank line between; the empty ones are left out."""
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph)


def rows_of(width: int, buttons: Iterable[Button]) -> list[list[Button]]:
    """The buttons in rows of at most `width`."""
    every = list(buttons)
    return [every[start : start + width] for start in range(0, len(every), width)]
