"""Finds drafts that nobody has touched since they were made, and removes them from a bank.

A draft has a mark in `more`, which is replaced when a person finishes it: a fingerprint of
everything that a person may change.
"""

import hashlib
import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import yaml

from questions.bank_file import BankFile
from questions.items import UNFINISHED, Item
from questions.statements import Statement, normalised
from questions.strict_yaml import parse

_NOTE = (
    f"{UNFINISHED}: check that only the first option is correct, and that the item serves the "
    "statements that it cites; then say what is worth knowing beyond it."
)
# The mark in drafts of earlier versions.
_EARLIER_NOTE = (
    f"{UNFINISHED}: check that only the first option is right, and that the item serves the claims "
    "that it cites; then say what is worth knowing beyond it."
)
_MARK = re.compile(rf"(?:{re.escape(_NOTE)}|{re.escape(_EARLIER_NOTE)}) \(draft ([0-9a-f]{{12}})\)")
_EMPTY_LINES = re.compile(r"(?:(?<=\n)[ \t]*\r?\n)+\Z")
# Excluded: references to other drafts change automatically, and `more` holds the mark.
_UNMARKED = {"more", "keep_apart"}


def marked(item: Item) -> Item:
    """Returns the item with a note in `more` for the person who finishes it."""
    return item.model_copy(update={"more": f"{_NOTE} (draft {_fingerprint(item)})"})


def untouched(items: Iterable[Item], file: BankFile) -> Iterator[Item]:
    """Yields the drafts that nobody has changed or commented on."""
    for item in items:
        found = _MARK.fullmatch(item.more)
        if found and found[1] == _fingerprint(item) and not file.comments(item.id):
            yield item


def outdated(items: Iterable[Item], statements: Mapping[str, Statement]) -> Iterator[Item]:
    """Yields the items with evidence that is no longer in the statements that they cite."""
    for item in items:
        texts = [normalised(statements[name].text) for name in item.cites if name in statements]
        if not all(any(normalised(e) in text for text in texts) for e in item.evidence):
            yield item


def without(file: BankFile, names: Collection[str]) -> BankFile:
    """Returns the bank without these items and references to them, and otherwise unchanged."""
    left = BankFile(_cut(file.text(), [i for i, name in enumerate(file.ids) if name in names]))
    for name in left.ids:
        held = Item.model_validate(left.values(name))
        if set(names) & set(held.keep_apart):
            apart = tuple(other for other in held.keep_apart if other not in names)
            left.replace(held.model_copy(update={"keep_apart": apart}))
    return left


def _fingerprint(item: Item) -> str:
    said = item.model_dump(mode="json", exclude=_UNMARKED, exclude_defaults=True)
    text = json.dumps(said, ensure_ascii=True, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def _cut(text: str, indices: Collection[int]) -> str:
    """Returns the text without these items and the empty lines above them."""
    root = parse(text).root
    items = root.value if isinstance(root, yaml.MappingNode) else []
    key, listed = next((key, node) for key, node in items if key.value == "items")
    for index in sorted(indices, reverse=True):
        node = listed.value[index]
        above = text[: text.rfind("\n", 0, node.start_mark.index) + 1]
        end = text.find("\n", _end(node) - 1) + 1 or len(text)
        text = _EMPTY_LINES.sub("", above) + text[end:]
    if indices and len(indices) == len(listed.value):
        place = key.end_mark.index + 1
        text = f"{text[:place]} []{text[place:]}"
    return text


def _end(node: yaml.Node) -> int:
    """Returns the index after the node's text. YAML includes the space after a block list."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style:
        return _end(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _end(node.value[-1])
    return int(node.end_mark.index)
