"""Reads `bank.yaml` into objectives and items. Every fault names file, line, item and field.

`retired.yaml`, beside it, may hold items that are no longer asked.
"""

import difflib
import json
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from questions.faults import Fault
from questions.items import (
    OBJECTIVE_LIMIT,
    UNFINISHED,
    Change,
    Item,
    Objective,
    Option,
    poll_length,
)
from questions.statements import Statement, key_points_of
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
RETIRED_FILE = "retired.yaml"
_FIELDS = ("topic", "objectives", "items")
_TOPIC_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_SHOWN = 80
_TO_WORD = f"{UNFINISHED}: say what people can do who know"
_LISTS_OF_NAMES = frozenset(("cites", "keep_apart"))
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


_Entry = TypeVar("_Entry", Item, Objective)


@dataclass(frozen=True)
class Bank:
    """What a bank holds, in its order, and what is wrong with it."""

    objectives: tuple[Objective, ...]
    items: tuple[Item, ...]
    faults: tuple[Fault, ...]


def parse_bank(text: str, slug: str, statements: Mapping[str, Statement] | None) -> Bank:
    """Returns the bank of the topic `slug`.

    It lacks entries with a wrong shape (unknown fields, wrong types, too long). Rules between
    fields are checked for the others, unless `statements` is None because the article cannot be
    read.
    """
    return _read(text, slug, statements, None)


def parse_retired(
    text: str, slug: str, statements: Mapping[str, Statement] | None, bank: Bank
) -> Bank:
    """Returns the retired items of a bank that has no faults, without objectives."""
    found = _read(text, slug, statements, bank)
    return replace(found, faults=tuple(replace(each, file=RETIRED_FILE) for each in found.faults))


def _read(
    text: str, slug: str, statements: Mapping[str, Statement] | None, bank: Bank | None
) -> Bank:
    if (value := parse_sound(text)) is not None:
        found = _bank(Document(value), slug, statements, bank)
        if not found.faults:
            return found
    return _bank(parse(text), slug, statements, bank)


def _bank(
    document: Document, slug: str, statements: Mapping[str, Statement] | None, bank: Bank | None
) -> Bank:
    """Returns what the document holds: a bank, or the retired items of `bank`."""
    problems = [_advise_list(problem) for problem in document.problems]
    objectives: dict[int, Objective] = {}
    items: dict[int, Item] = {}
    if not any(problem.path == () for problem in problems):
        fields = _FIELDS if bank is None else ("topic", "items")
        # These come first: they know what is expected there.
        problems[:0] = _frame_problems(document.value, slug, fields)
        if bank is None:
            objectives = _entries(Objective, "objectives", document.value, problems)
        items = _entries(Item, "items", document.value, problems)
        if bank is None:
            # From the raw values, so that items of a faulty objective are not reported too.
            raw = map(_id, _raw(document.value, "objectives"))
            names = [name for name in raw if name is not None]
        else:
            names = [each.id for each in bank.objectives]
            problems.extend(_retired_problems(items, bank))
        problems.extend(_objective_problems(objectives, items, names, statements))
        if statements is not None:
            problems.extend(_rule_problems(items, _raw(document.value, "items"), statements))
    faults = tuple(_faults(problems, document))
    return Bank(tuple(objectives.values()), tuple(items.values()), faults)


def _retired_problems(items: Mapping[int, Item], bank: Bank) -> Iterator[Problem]:
    held = {item.id for item in bank.items}
    for index, item in items.items():
        if item.status != "retired":
            problem = "this file has only retired items"
            remedy = f"write 'status: retired', or move the item to {FILE}"
            yield Problem(("items", index, "status"), problem, remedy)
        if item.id in held:
            problem = f"an item of {FILE} has the same id"
            yield Problem(("items", index, "id"), problem, "give each item an id of its own")


def _frame_problems(value: Value, slug: str, fields: Sequence[str]) -> Iterator[Problem]:
    *most, last = fields
    if not isinstance(value, dict):
        named = ", ".join(f"'{name}:'" for name in most)
        yield Problem((), "it holds no fields", f"begin with {named} and '{last}:'")
        return
    for name in value:
        if name not in fields:
            remedy = f"this file has only {', '.join(most)} and {last}"
            yield Problem((name,), "this field is unknown", remedy)
    if value.get("topic") != slug:
        yield _topic_problem(slug)
    if "objectives" in fields and not isinstance(value.get("objectives"), tuple):
        problem = "it is not a list of objectives"
        remedy = "write above the items: '- {id: red-cells, key_point: KP1, text: \"Can ...\"}'"
        yield Problem(("objectives",), problem, remedy)
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


def _raw(value: Value, name: str) -> tuple[Value, ...]:
    """Returns the entries of a list of the bank, whatever they are."""
    entries = value.get(name) if isinstance(value, dict) else None
    return entries if isinstance(entries, tuple) else ()


def _entries(
    model: type[_Entry], name: str, value: Value, problems: list[Problem]
) -> dict[int, _Entry]:
    """Returns the entries with a right shape by their place, and reports the others."""
    found: dict[int, _Entry] = {}
    raw = _raw(value, name)
    for index, entry in enumerate(raw):
        try:
            found[index] = model.model_validate(entry)
        except ValidationError as error:
            details: Any = error.errors(include_url=False)
            problems.extend(_shape_problem(detail, (name, index)) for detail in details)
    problems.extend(_repeated_ids(name, raw))
    return found


def _shape_problem(detail: dict[str, Any], entry: Path) -> Problem:
    """Returns pydantic's finding in plain words."""
    path: Path = (*entry, *detail["loc"])
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
    if path[-1] == "siblings":
        return "remove it: items of one objective belong together"
    fields = list(_model_at(path).model_fields)
    close = difflib.get_close_matches(str(path[-1]), fields, n=1)
    return f"did you mean {close[0]}" if close else f"use {', '.join(fields)}"


def _model_at(path: Path) -> type[BaseModel]:
    if path[0] == "objectives":
        return Objective
    if "options" in path:
        return Option
    return Change if "changes" in path else Item


def _repeated_ids(kind: str, raw: tuple[Value, ...]) -> Iterator[Problem]:
    counts = Counter(_id(value) for value in raw)
    one = kind.removesuffix("s")
    for index, value in enumerate(raw):
        if (name := _id(value)) is not None and counts[name] > 1:
            problem = f"another {one} has the same id"
            yield Problem((kind, index, "id"), problem, f"give each {one} an id of its own")


def _objective_problems(
    objectives: Mapping[int, Objective],
    items: Mapping[int, Item],
    names: Sequence[str],
    statements: Mapping[str, Statement] | None,
) -> Iterator[Problem]:
    """Yields objectives of unknown key points, and items of unknown or unfinished objectives.

    `names` are the ids of all objectives, faulty ones too.
    """
    if statements is not None:
        key_points = [statement.id for statement in key_points_of(statements.values())]
        for index, objective in objectives.items():
            if objective.key_point not in key_points:
                problem = f"the article has no key point '{objective.key_point[:20]}'"
                remedy = f"name one of {', '.join(key_points)}"
                yield Problem(("objectives", index, "key_point"), problem, remedy)
    unfinished = {each.id for each in objectives.values() if UNFINISHED in each.text}
    for index, item in items.items():
        path: Path = ("items", index, "objective")
        if item.objective not in names:
            yield Problem(
                path, f"the bank has no objective '{item.objective[:60]}'", _known(item, names)
            )
        elif item.approved and item.objective in unfinished:
            problem = f"the objective of an approved item still says {UNFINISHED}"
            yield Problem(path, problem, "write in its text what people can do")


def _known(item: Item, names: Collection[str]) -> str:
    close = difflib.get_close_matches(item.objective, names, n=1)
    return f"did you mean {close[0]}" if close else "add it to objectives, or name one of those"


def objective_for(
    about: Statement, key_point: Statement, objectives: Sequence[Objective]
) -> Objective:
    """Returns the objective of a new item about a statement that belongs to the key point.

    It is the one that was made for the statement, or else the first that a person has worded for
    the key point if the statement is the key point, or else a new one that a person must word.
    """
    made = [each for each in objectives if is_made_for(about, each)]
    worded = [each for each in objectives if UNFINISHED not in each.text]
    if about.id == key_point.id:
        made += [each for each in worded if each.key_point == key_point.id]
    if made:
        return made[0]
    taken = {each.id for each in objectives}
    wanted = name = about.id.lower()
    number = 1
    while name in taken:
        number += 1
        name = f"{wanted}-{number}"
    text = f"{_TO_WORD} {about.id}, “{about.title}”."
    if UNFINISHED in about.title or poll_length(text) > OBJECTIVE_LIMIT:
        text = f"{_TO_WORD} {about.id}."
    return Objective(id=name, key_point=key_point.id, text=text)


def is_made_for(statement: Statement, objective: Objective) -> bool:
    """Returns whether the objective was made for a draft about the statement, and not worded."""
    return re.match(rf"{re.escape(_TO_WORD)} {statement.id}\b", objective.text) is not None


def is_to_word(objective: Objective) -> bool:
    """Returns whether the objective was made for drafts, and not worded."""
    return objective.text.startswith(_TO_WORD)


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
    raw = _raw(document.value, "items")
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
