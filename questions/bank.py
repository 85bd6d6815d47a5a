"""Reads `bank.yaml` into items. Every fault names file, line, item and field."""

import difflib
import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError

from questions.faults import Fault
from questions.items import Change, Item, Option, bank_fields
from questions.statements import Statement
from questions.strict_yaml import (
    QUOTE,
    Document,
    Path,
    Problem,
    Value,
    field_name,
    parse,
    parse_sound,
)
from questions.validation import item_problems

FILE = "bank.yaml"
_FIELDS = ("topic", "items")
_TOPIC_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHOWN = 80
_LISTS_OF_NAMES = frozenset(("cites", "siblings", "keep_apart"))
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "bool_type": "true or false",
    "date_type": "a date like 2026-11-22 without quotes",
    "tuple_type": "a list",
    "dict_type": "a group of named fields",
    "mapping_type": "a group of named fields",
    "model_type": "a group of named fields",
}


@dataclass(frozen=True)
class Bank:
    items: tuple[Item, ...]
    faults: tuple[Fault, ...]


def parse_bank(text: str, slug: str, statements: Mapping[str, Statement] | None) -> Bank:
    """Returns the bank of the topic `slug`.

    It lacks items with a wrong shape (unknown fields, wrong types, too long). Rules between fields
    are checked for the others, unless `statements` is None because the article cannot be read.
    """
    if (value := parse_sound(text)) is not None:
        found = _bank(Document(value), slug, statements)
        if not found.faults:
            return found
    return _bank(parse(text), slug, statements)


def _bank(document: Document, slug: str, statements: Mapping[str, Statement] | None) -> Bank:
    problems = [_advise_list(problem) for problem in document.problems]
    items: dict[int, Item] = {}
    if not any(problem.path == () for problem in problems):
        # These come first: they know what is expected there.
        problems[:0] = _frame_problems(document.value, slug)
        raw = _raw_items(document.value)
        for index, value in enumerate(raw):
            item, found = _item(value, ("items", index))
            problems.extend(found)
            if item is not None:
                items[index] = item
        problems.extend(_repeated_ids(raw))
        if statements is not None:
            problems.extend(_rule_problems(items, raw, statements))
    return Bank(tuple(items.values()), tuple(_faults(problems, document)))


def _frame_problems(value: Value, slug: str) -> Iterator[Problem]:
    if not isinstance(value, dict):
        yield Problem((), "it holds no fields", "begin with 'topic:' and 'items:'")
        return
    for name in value:
        if name not in _FIELDS:
            yield Problem((name,), "this field is unknown", "a bank has only topic and items")
    if value.get("topic") != slug:
        yield _topic_problem(slug)
    if not isinstance(value.get("items"), tuple):
        yield Problem(("items",), "it is not a list of items", "begin each item with '- id:'")


def _topic_problem(slug: str) -> Problem:
    if _TOPIC_NAME.fullmatch(slug):
        problem = "it is not the name of the topic's folder"
        return Problem(("topic",), problem, f"write 'topic: {slug}'")
    name = "-".join(re.findall(r"[a-z0-9]+", slug.lower())) or "sleep-well"
    problem = f"the topic's folder is called '{slug}', which cannot name a topic"
    remedy = (
        "rename the folder (lower-case letters, digits and single hyphens), for instance "
        f"to {name}, and write 'topic: {name}'"
    )
    return Problem(("topic",), problem, remedy)


def _advise_list(problem: Problem) -> Problem:
    """Recommends a list, not quotation marks, for names or evidence written as one text."""
    match problem:
        case Problem(path=("items", int(), str(name)), written=written) if written and (
            remedy := _as_list(name, written)
        ):
            return replace(problem, problem="it is not a list", remedy=remedy)
        case Problem(path=("items", int(), str(name), int()), written=written) if (
            written and name in _LISTS_OF_NAMES
        ):
            several = "it holds more than one name"
            return replace(problem, problem=several, remedy="put a comma between them")
    return problem


def _as_list(name: str, written: str) -> str | None:
    """Returns how to write the text as a list; None if the field is not a list of texts."""
    if name in _LISTS_OF_NAMES:
        return f"write it as a list: [{', '.join(re.findall(r'[A-Za-z0-9-]+', written))}]"
    if name == "evidence":
        shown = written if len(written) <= _SHOWN else "the words of the statement"
        return f"write it as a list: [{json.dumps(shown, ensure_ascii=False)}]"
    return None


def _raw_items(value: Value) -> tuple[Value, ...]:
    items = value.get("items") if isinstance(value, dict) else None
    return items if isinstance(items, tuple) else ()


def _item(value: Value, path: Path) -> tuple[Item | None, list[Problem]]:
    try:
        return Item.model_validate(value, by_alias=True, by_name=False), []
    except ValidationError as error:
        details = error.errors(include_url=False)
        return None, [_shape_problem(detail, path) for detail in details]  # type: ignore[arg-type]


def _shape_problem(detail: dict[str, Any], item: Path) -> Problem:
    """Returns pydantic's finding in plain words."""
    path: Path = (*item, *detail["loc"])
    kind = detail["type"]
    if kind == "rule":
        return Problem(path, detail["ctx"]["problem"], detail["ctx"]["remedy"])
    if kind == "missing":
        return Problem(path, "this field is missing", "add it")
    if kind == "extra_forbidden":
        return Problem(path, "this field is unknown", _suggestion(path))
    if kind == "literal_error":
        return Problem(path, "it is none of the known words", f"use {detail['ctx']['expected']}")
    expected = _EXPECTED.get(kind, "what is expected here")
    remedy = QUOTE if kind == "string_type" else "write it as in the example of the guide"
    if kind == "tuple_type" and isinstance(detail["input"], str):
        remedy = _as_list(str(path[-1]), detail["input"]) or remedy
    return Problem(path, f"it is not {expected}", remedy)


def _suggestion(path: Path) -> str:
    fields = bank_fields(_model_at(path))
    close = difflib.get_close_matches(str(path[-1]), fields, n=1)
    return f"did you mean {close[0]}" if close else f"use {', '.join(fields)}"


def _model_at(path: Path) -> type[BaseModel]:
    if "options" in path:
        return Option
    return Change if "changes" in path else Item


def _repeated_ids(raw: tuple[Value, ...]) -> Iterator[Problem]:
    counts = Counter(_id(value) for value in raw)
    for index, value in enumerate(raw):
        if (name := _id(value)) is not None and counts[name] > 1:
            problem = "another item has the same id"
            yield Problem(("items", index, "id"), problem, "give each item an id of its own")


def _rule_problems(
    items: Mapping[int, Item], raw: tuple[Value, ...], statements: Mapping[str, Statement]
) -> Iterator[Problem]:
    # From the raw values, so that references to a faulty item are not reported too.
    ids = {name for value in raw if (name := _id(value)) is not None}
    for index, item in items.items():
        for problem in item_problems(item, ids, statements):
            yield replace(problem, path=("items", index, *problem.path))


def _id(value: Value) -> str | None:
    name = value.get("id") if isinstance(value, dict) else None
    return name if isinstance(name, str) else None


def _faults(problems: list[Problem], document: Document) -> Iterator[Fault]:
    """Yields the first fault at each place: a value that YAML refuses also has a wrong type."""
    raw = _raw_items(document.value)
    reported: set[Path] = set()
    for problem in problems:
        path = problem.path
        if path in reported:
            continue
        reported.add(path)
        item, field = None, path
        if len(path) > 1 and path[0] == "items" and isinstance(path[1], int):
            item = _id(raw[path[1]]) if path[1] < len(raw) else None
            item, field = (item or f"number {path[1] + 1}")[:80], path[2:]
        yield Fault(
            FILE,
            problem.problem,
            problem.remedy,
            document.line(path),
            item,
            field_name(field) or None,
        )
