"""The export formats: names, files, and the fields of an item that each can hold."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import cast

from questions.items import ITEM_FIELDS, Item
from questions.topic import Topic

ALL = ITEM_FIELDS
_SHOWN = frozenset(("id", "stem", "options", "explanation", "more"))
_TAGGED = _SHOWN | {"level", "difficulty", "cites"}


@dataclass(frozen=True)
class Export:
    """What to write. `made_at`, with its time zone, orders exports."""

    topic: Topic
    items: Sequence[Item]
    made_at: datetime


@dataclass(frozen=True)
class Format:
    """`holds` are the fields of an item that the format can hold."""

    name: str
    title: str
    suffix: str
    holds: frozenset[str]
    module: str
    binary: bool = False

    def write(self, export: Export) -> bytes:
        """Returns the bytes of the file. Raises FormatError if it cannot hold these items."""
        # Loaded on demand: genanki and text2qti would slow the start of every command.
        module = import_module(f"questions.formats.{self.module}")
        return cast("Callable[[Export], bytes]", module.write)(export)

    def lost(self, items: Sequence[Item]) -> dict[str, int]:
        """Returns the fields that the format cannot hold, and how many items have them."""
        return {
            name: sum(bool(getattr(item, name)) for item in items)
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
    """Returns the table of docs/formats.md with its header: the fields that each format holds."""
    header = ["field", *(each.title for each in FORMATS.values())]
    rows = [
        [f"`{name}`", *("yes" if name in each.holds else "-" for each in FORMATS.values())]
        for name in ALL
    ]
    return [header, *rows]
