"""Reads messages as Telegram shows them, and checks its limits (Bot API)."""

import inspect
import re
from datetime import UTC, date, datetime, time
from html.parser import HTMLParser
from types import ModuleType

from telegram.constants import MessageLimit

from db.programmes import ALL_WEEKDAYS, Programme
from quizbot.telegram.messages.markup import AnyButton, Button, Message

EVIL = "<b>\"O&amp;'</i> {alias} %s </a>x"  # 32 characters, the longest alias
LONG = "<&" * 2048  # the longest text that Telegram lets a person send
BUTTON_DATA_LIMIT = 64  # bytes


class Reader(HTMLParser):
    """The text as Telegram shows it. Asserts that tags are known and closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self._open = "", list[str]()
        self.feed(text)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in {"b", "i", "a", "blockquote", "tg-spoiler"}
        self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def shown(message: Message) -> str:
    return Reader(message.text).text


def buttons_of(message: Message) -> list[Button]:
    """Returns the buttons that send data back."""
    return [button for button in every_button(message) if isinstance(button, Button)]


def every_button(message: Message) -> list[AnyButton]:
    return [button for row in message.rows for button in row]


def check(message: Message) -> None:
    """Asserts that a message is complete, escaped, and within Telegram's limits."""
    text = shown(message)
    assert text.strip()
    assert len(text) <= MessageLimit.MAX_TEXT_LENGTH  # counted as it is shown
    assert "\n\n\n" not in text
    assert not re.search(r"\{(?!alias\})\w*\}", text)  # no placeholder is left
    for button in every_button(message):
        assert 1 <= len(button.text) <= 64
        if isinstance(button, Button):
            assert 1 <= len(button.data.encode()) <= BUTTON_DATA_LIMIT
        elif not button.mini_app:
            assert button.url.startswith("https://")
    assert all(1 <= len(row) <= 4 for row in message.rows)
    assert len(every_button(message)) <= 100
    assert (message.keyboard is None) is (not message.rows)


def kinds_in(*modules: ModuleType) -> set[str]:
    """Returns the names of the modules' functions that return a message."""
    return {
        name
        for module in modules
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        if inspect.signature(function).return_annotation is Message
    }


def programme(name: str = LONG[:64]) -> Programme:
    """Returns a programme with the longest values, and a name full of markup."""
    return Programme(
        id=2**63 - 1,
        name=name,
        topic="b12",
        timezone="America/Argentina/ComodRivadavia",
        starts_on=date(2026, 11, 23),
        ends_on=date(2027, 11, 23),
        question_time=time(7, 30),
        weekdays=0b101_0101 & ALL_WEEKDAYS,
        earlier_days={},
        demo=True,
        created_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
