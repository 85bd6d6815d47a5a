"""Edits `bank.yaml` the way a careful person would: comments, order and quoting of all that is not
touched stay as they are.
"""

import os
import tempfile
from collections.abc import Iterable
from io import StringIO
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from questions.items import Item

# Plain words to YAML; all other text is quoted.
_UNQUOTED = frozenset(("id", "status", "level", "difficulty", "cites", "siblings", "keep_apart"))
_ONE_LINE = frozenset(("cites", "siblings", "keep_apart", "waivers", "order_was"))
_OPTIONAL = frozenset(
    ("reviewed_by", "reviewed_on", "source_sha256", "siblings", "keep_apart", "changes", "waivers")
)


class BankFile:
    """The text of a bank, and changes to it. `load_topic` is what judges the result."""

    def __init__(self, text: str) -> None:
        self._yaml = YAML()
        self._yaml.preserve_quotes = True
        self._yaml.width = 1_000_000  # no line is broken that its author did not break
        self._document: Any = self._yaml.load(text)

    @classmethod
    def empty(cls, slug: str) -> "BankFile":
        """A bank without items."""
        return cls(f"# How to add a question: docs/questions.md\ntopic: {slug}\nitems: []\n")

    @classmethod
    def read(cls, path: Path) -> "BankFile":
        return cls(path.read_text(encoding="utf-8"))

    @property
    def ids(self) -> list[str]:
        """The ids of all items, in their order."""
        return [str(item["id"]) for item in self._document["items"]]

    def append(self, items: Iterable[Item]) -> None:
        """Puts items at the end."""
        added = [_mapping(item) for item in items]
        if not added:
            return
        if not self._document["items"]:
            self._document["items"] = CommentedSeq()
        for item in added:
            self._document["items"].append(item)
            last = len(self._document["items"]) - 1
            self._document["items"].yaml_set_comment_before_after_key(last, before="\n")

    def replace(self, item: Item) -> None:
        """Gives the item of that id these values; fields that are equal are not touched.

        Raises KeyError if there is no such item.
        """
        held = next((each for each in self._document["items"] if each["id"] == item.id), None)
        if held is None:
            raise KeyError(item.id)
        wanted = _mapping(item)
        for name in [name for name in held if name not in wanted and name in _OPTIONAL]:
            if held[name]:
                del held[name]
        for place, (name, value) in enumerate(wanted.items()):
            if name not in held:
                held.insert(place, name, value)
            elif held[name] != value:
                held[name] = value

    def text(self) -> str:
        stream = StringIO()
        self._yaml.dump(self._document, stream)
        return stream.getvalue()

    def save(self, path: Path) -> None:
        """Writes the file in one step: whoever reads meanwhile finds the old or the new one."""
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
                file.write(self.text())
            temporary = Path(name)
            temporary.chmod(path.stat().st_mode if path.exists() else 0o644)
            temporary.replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


def _mapping(item: Item) -> CommentedMap:
    values = item.model_dump(exclude_defaults=True)
    mapping = CommentedMap()
    for name in Item.model_fields:
        if name in values or name not in _OPTIONAL:
            mapping[name] = _styled(values[name], name)
    return mapping


def _styled(value: Any, name: str) -> Any:
    if isinstance(value, str):
        return value if name in _UNQUOTED else DoubleQuotedScalarString(value)
    if isinstance(value, dict):
        mapping = CommentedMap({key: _styled(each, str(key)) for key, each in value.items()})
        mapping.fa.set_flow_style()
        return mapping
    if isinstance(value, list | tuple):
        sequence = CommentedSeq([_styled(each, name) for each in value])
        if name in _ONE_LINE or not value:
            sequence.fa.set_flow_style()
        return sequence
    return value
