"""Edits `bank.yaml` like a careful person: changes touch no other lines.

The file is parsed for the position of each value, and its text is patched there. Comments, order,
quoting and line ends of everything else stay as they are.
"""

import contextlib
import datetime as dt
import os
import re
import tempfile
from collections.abc import Collection, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from questions import bank
from questions.faults import BankError, Fault
from questions.items import ITEM_FIELDS, Item, Objective
from questions.strict_yaml import parse

_WORDS = frozenset(
    "id key_point status objective form level difficulty cites picture keep_apart".split()
)
_LISTS_OF_LINES = frozenset(("evidence", "options", "changes"))
# Words that YAML 1.1 does not read as text, and anything that starts like a number.
_NO_PLAIN_WORD = re.compile(r"y|n|yes|no|on|off|true|false|null|[0-9].*")


class BankFile:
    """The text of a bank, and edits of it. `load_topic` validates the result."""

    def __init__(self, text: str) -> None:
        """Raises BankError if the text is not YAML or has no list of items."""
        self._text = text
        self._newline = "\r\n" if "\r\n" in text else "\n"
        self._read()

    @classmethod
    def empty(cls, slug: str) -> "BankFile":
        """Returns a bank without objectives and items."""
        head = "# How to add a question: docs/questions.md"
        return cls(f"{head}\ntopic: {slug}\nobjectives: []\nitems: []\n")

    @classmethod
    def read(cls, path: Path) -> "BankFile":
        """Raises BankError if the file cannot be read or is not a bank."""
        try:
            return cls(path.read_bytes().decode("utf-8"))
        except OSError as error:
            raise _unusable(f"it cannot be read ({error.strerror})") from None
        except UnicodeDecodeError as error:
            raise _unusable(f"byte {error.start + 1} is not UTF-8") from None

    @property
    def ids(self) -> list[str]:
        """The ids of all items, in order."""
        return [str(value.get("id")) for value in self._values]

    def text(self) -> str:
        return self._text

    def values(self, item_id: str) -> Mapping[str, Any]:
        """Returns the item's fields as in the file. Raises KeyError if there is no such item."""
        return self._values[self._index(item_id)]

    def add_objectives(self, objectives: Iterable[Objective]) -> None:
        """Adds objectives after those of the bank. Raises BankError if it has no list of them."""
        added = [each.model_dump(exclude_none=True) for each in objectives]
        if not added:
            return
        node, held = self._objectives()
        if node.flow_style:  # such as []
            start = self._text.rindex(":", 0, node.start_mark.index) + 1
            lines = "".join(f"{self._newline}- {_flow(each)}" for each in [*held, *added])
            self._patch(start, node.end_mark.index, lines)
        else:
            place = self._line_end(_end(node))
            margin = " " * node.start_mark.column
            self._patch(place, place, self._lines(*(f"{margin}- {_flow(each)}" for each in added)))

    def remove_objectives(self, names: Collection[str]) -> None:
        """Removes these objectives. Raises BankError if the bank has no list of objectives."""
        node, held = self._objectives()
        indices = [i for i, each in enumerate(held) if _id(each) in names]
        if indices and (node.flow_style or len(indices) == len(held)):
            kept = [each for each in held if _id(each) not in names]
            start = self._text.rindex(":", 0, node.start_mark.index) + 1
            lines = "".join(f"{self._newline}- {_flow(each)}" for each in kept) or " []"
            self._patch(start, _end(node), lines)
            return
        for index in reversed(indices):
            entry = node.value[index]
            start = self._line_start(entry.start_mark.index)
            self._patch(start, self._line_end(_end(entry)), "", read=False)
        self._read()

    def _objectives(self) -> tuple[yaml.SequenceNode, Sequence[Any]]:
        """Returns the list of objectives as a node and as values. Raises BankError."""
        document = parse(self._text)
        root, value = document.root, document.value
        node = _child(root, "objectives") if isinstance(root, yaml.MappingNode) else None
        held = value.get("objectives") if isinstance(value, dict) else None
        if not isinstance(node, yaml.SequenceNode) or not isinstance(held, tuple):
            raise _unusable("it has no list of objectives")
        return node, held

    def append(self, items: Iterable[Item]) -> None:
        """Adds items at the end, each after an empty line."""
        dash = self._nodes[0].start_mark.column - 2 if self._nodes else 0
        added = "".join(self._entry(item, dash) for item in items)
        if added:
            place = self._place_behind()
            glue = "" if self._text[:place].endswith("\n") else self._newline
            self._patch(place, place, glue + added)

    def replace(self, item: Item) -> None:
        """Sets the fields of the item with that id, except those that are equal.

        Raises KeyError if there is no such item.
        """
        index = self._index(item.id)
        held = _as_item(self._values[index])
        wanted = item.model_dump(exclude_defaults=True)
        for name in ITEM_FIELDS:
            if held.get(name) != wanted.get(name):
                self._set(index, name, wanted.get(name))

    def comment(self, item_id: str, text: str) -> None:
        """Adds a comment line above the item. Raises KeyError if there is no such item."""
        node = self._nodes[self._index(item_id)]
        start = self._line_start(node.start_mark.index)
        indent = re.match(r"[ \t]*", self._text[start:])
        line = f"{indent[0] if indent else ''}# {one_line(text)}{self._newline}"
        self._patch(start, start, line)

    def comments(self, item_id: str) -> list[str]:
        """Returns the comment lines directly above the item, from the top, without their #."""
        above = self._text[: self._line_start(self._nodes[self._index(item_id)].start_mark.index)]
        found: list[str] = []
        for line in reversed(above.splitlines()):
            if not line.lstrip().startswith("#"):
                break
            found.append(line.strip().lstrip("# "))
        return found[::-1]

    def uncomment(self, item_id: str, start: str) -> None:
        """Removes comment lines directly above the item whose text begins with `start`."""
        end = self._line_start(self._nodes[self._index(item_id)].start_mark.index)
        for line in reversed(self._text[:end].splitlines(keepends=True)):
            if not line.lstrip().startswith("#"):
                break
            place = end - len(line)
            if line.strip().lstrip("# ").startswith(start):
                self._patch(place, end, "")
            end = place

    def save(self, path: Path) -> None:
        """Replaces the file atomically: readers find the old one or the new one."""
        path = path.resolve()  # writes to a symlink's target
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(self._text.encode("utf-8"))
                file.flush()
                os.fsync(file.fileno())
            temporary = Path(name)
            temporary.chmod(path.stat().st_mode & 0o7777 if path.exists() else 0o644)
            temporary.replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise

    def _read(self) -> None:
        """Reads the values of the text and their positions."""
        document = parse(self._text)
        if any(problem.path == () for problem in document.problems):
            raise _unusable(document.problems[0].problem)
        value, root = document.value, document.root
        listed = _child(root, "items") if isinstance(root, yaml.MappingNode) else None
        items = value.get("items") if isinstance(value, dict) else None
        if not isinstance(listed, yaml.SequenceNode) or not isinstance(items, tuple):
            raise _unusable("it is not a list of items")
        if (items and listed.flow_style) or not all(isinstance(item, dict) for item in items):
            raise _unusable("its items do not each begin with '- id:'")
        if any(node.flow_style for node in listed.value):
            raise _unusable("an item is in braces")
        self._list = listed
        self._nodes: list[yaml.MappingNode] = listed.value
        self._values: list[Mapping[str, Any]] = [item for item in items if isinstance(item, dict)]
        last = root.value[-1][1] if isinstance(root, yaml.MappingNode) else None
        self._items_last = last is listed

    def _index(self, item_id: str) -> int:
        try:
            return self.ids.index(item_id)
        except ValueError:
            raise KeyError(item_id) from None

    def _entry(self, item: Item, dash: int) -> str:
        """Returns the item as lines of a list whose dashes are in column `dash`."""
        values = item.model_dump(exclude_defaults=True)
        fields = [_field(name, value, dash + 2) for name, value in values.items()]
        return self._lines("", f"{' ' * dash}- {fields[0].lstrip()}", *fields[1:])

    def _place_behind(self) -> int:
        """Returns the index at which to add items; opens an empty list `items: []`."""
        if self._nodes:
            return len(self._text) if self._items_last else self._line_end(_end(self._nodes[-1]))
        self._patch(self._list.start_mark.index, self._list.end_mark.index, "", read=False)
        head = self._text[: self._list.start_mark.index].rstrip()
        self._text = head + self._text[self._list.start_mark.index :]
        return self._line_end(len(head))

    def _set(self, index: int, name: str, value: Any) -> None:
        """Sets, adds or (if `value` is None) removes a field of the item."""
        fields = self._nodes[index].value
        at = next((at for at, (key, _) in enumerate(fields) if key.value == name), None)
        if at is None:
            if value is None:
                return
            column = self._nodes[index].start_mark.column
            # After the last of the fields that precede it in an item.
            earlier = ITEM_FIELDS[: ITEM_FIELDS.index(name)]
            before = [node for key, node in fields if key.value in earlier] or [fields[0][1]]
            place = self._line_end(max(map(_end, before)))
            lines = self._lines(_field(name, value, column))
            glue = "" if self._text[:place].endswith("\n") else self._newline
            self._patch(place, place, glue + lines)
        elif value is None:
            key, node = fields[at]
            start, end = self._line_start(key.start_mark.index), self._line_end(_end(node))
            if at == 0:  # the dash of the item is in its line
                start, end = key.start_mark.index, fields[1][0].start_mark.index
            self._patch(start, end, "")
        else:
            self._rewrite(index, at, value)

    def _rewrite(self, index: int, at: int, value: Any) -> None:
        """Sets the value of a field. In a list, touches only the entries that differ."""
        key, node = self._nodes[index].value[at]
        entries = node.value if isinstance(node, yaml.SequenceNode) else []
        if entries and not node.flow_style and len(entries) == len(value):
            held = self._values[index][key.value]
            for entry, old, new in reversed(list(zip(entries, held, value, strict=True))):
                if old != new:
                    self._patch(entry.start_mark.index, _end(entry), _flow(new), read=False)
            self._read()
            return
        written = _field(key.value, value, key.start_mark.column).lstrip()
        written = self._newline.join(written.split("\n"))
        self._patch(key.start_mark.index, _end(node), written)

    def _lines(self, *lines: str) -> str:
        return "".join(self._newline.join(line.split("\n")) + self._newline for line in lines)

    def _line_start(self, place: int) -> int:
        return self._text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Returns the index of the line after `place`."""
        return (self._text.find("\n", place) + 1) or len(self._text)

    def _patch(self, start: int, end: int, text: str, *, read: bool = True) -> None:
        self._text = self._text[:start] + text + self._text[end:]
        if read:
            self._read()


def _unusable(problem: str) -> BankError:
    return BankError([Fault(bank.FILE, problem, "correct it as docs/questions.md shows")])


def _id(entry: Any) -> Any:
    return entry.get("id") if isinstance(entry, Mapping) else None


def _child(node: yaml.MappingNode, name: str) -> yaml.Node | None:
    return next((value for key, value in node.value if key.value == name), None)


def _as_item(values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Returns the values without defaults such as `keep_apart: []`."""
    with contextlib.suppress(ValueError):
        return Item.model_validate(values).model_dump(exclude_defaults=True)
    return values


def _end(node: yaml.Node) -> int:
    """Returns the index after the value's text. YAML includes the space up to the next value."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    if isinstance(node, yaml.ScalarNode) and node.style in {"|", ">"}:
        buffer = node.start_mark.buffer
        text = str(buffer)[: node.end_mark.index] if buffer else ""
        return len(text.rstrip()) if text else node.end_mark.index
    return int(node.end_mark.index)


def _field(name: str, value: Any, column: int) -> str:
    """Returns a field as separate lines, in the style of the shipped banks."""
    margin = " " * column
    if name in _LISTS_OF_LINES and value:
        return "\n".join([f"{margin}{name}:", *(f"{margin}- {_flow(entry)}" for entry in value)])
    return f"{margin}{name}: {_flow(value, name)}"


def _flow(value: Any, name: str = "") -> str:
    """Returns the value in one line."""
    if isinstance(value, str):
        plain = name in _WORDS and re.fullmatch(r"[A-Za-z0-9-]+", value)
        return value if plain and not _NO_PLAIN_WORD.fullmatch(value.lower()) else _quoted(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_flow(each, key)}" for key, each in value.items()) + "}"
    if isinstance(value, Sequence):
        return "[" + ", ".join(_flow(each, name) for each in value) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def _quoted(text: str) -> str:
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    if character == "\n":
        return r"\n"
    if character.isprintable():
        return character
    code = ord(character)
    return f"\\u{code:04X}" if code < 0x10000 else f"\\U{code:08X}"


def one_line(text: str) -> str:
    """Returns the text without line ends and control characters, which no bank may have."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())
