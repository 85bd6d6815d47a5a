"""The formats: their names, their files, and which fields of an item each can hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import cast

from questions.items import ITEM_FIELDS, Item
from questions.topic import Topic

ALL = tuple(ITEM_FIELDS)
_SHOWN = frozenset(("id", "stem", "options", "explanation", "more"))
_TAGGED = _SHOWN | {"level", "difficulty", "cites"}


@dataclass(frozen=True)
class Export:
    """What is written; `made_at` (with its time zone) tells two exports apart where one updates the
    other.
    """

    topic: Topic
    items: Sequence[Item]
    made_at: datetime


@dataclass(frozen=True)
class Format:
    """`holds` are the fields of an item that a file of it has; `binary` ones suit no terminal."""

    name: str
    title: str
    suffix: str
    holds: frozenset[str]
    module: str
    binary: bool = False

    def write(self, export: Export) -> bytes:
        """The bytes of a file. Raises FormatError if the format cannot hold these items."""
        # Loaded when asked for: genanki and text2qti would slow the start of every command.
        module = import_module(f"questions.formats.{self.module}")
        return cast("Callable[[Export], bytes]", module.write)(export)

    def lost(self, items: Sequence[Item]) -> dict[str, int]:
        """The fields that it cannot hold, and how many of the items have something in them."""
        return {
            name: sum(bool(getattr(item, ITEM_FIELDS[name])) for item in items)
            for name in ALL
            if name not in self.holds
        }


FORMATS: Mapping[str, Format] = {
    each.name: each
    for each in (
        Format("gift", "GIFT", ".gift", _TAGGED, "gift"),
        Format("csv", "CSV", ".csv", frozenset(ALL), "csv_table"),
        Format("moodle", "Moodle XML", ".xml", _TAGGED, "moodle"),
        Format("qti", "QTI", ".zip", _SHOWN, "qti", binary=True),
        Format("anki", "Anki", ".apkg", _TAGGED, "anki", binary=True),
    )
}


def matrix() -> list[list[str]]:
    """Which field (row) each format (column) holds, with a header: the table in docs/formats.md."""
    header = ["field", *(each.title for each in FORMATS.values())]
    rows = [
        [f"`{name}`", *("yes" if name in each.holds else "-" for each in FORMATS.values())]
        for name in ALL
    ]
    return [header, *rows]
