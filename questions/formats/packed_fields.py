"""How other formats carry fields that they do not have.

Explanation and `more` share one general feedback; level, difficulty and citations are tags.
"""

from collections.abc import Iterable
from typing import get_args

from questions.items import (
    EXPLANATION_LIMIT,
    LINE_FEEDS_LIMIT,
    Difficulty,
    Item,
    Level,
    poll_length,
)

# An explanation has at most two line feeds, so three in a row end it.
BORDER = "\n" * (LINE_FEEDS_LIMIT + 1)


def joined_feedback(item: Item) -> str:
    return f"{item.explanation}{BORDER}{item.more}"


def split_feedback(text: str) -> tuple[str, str]:
    """Returns explanation and `more`. Other feedback that is too long to explain is `more`."""
    explanation, border, more = text.partition(BORDER)
    if border:
        return explanation.strip(), more.strip()
    if poll_length(text) > EXPLANATION_LIMIT or text.count("\n") > LINE_FEEDS_LIMIT:
        return "", text
    return text, ""


def tags(item: Item, separator: str = ":") -> list[str]:
    """Returns tags such as level:apply, difficulty:easy, claim:KP1 (a statement that it cites)."""
    pairs: list[tuple[str, str]] = [("level", item.level), ("difficulty", item.difficulty)]
    pairs += [("claim", cited) for cited in item.cites]
    return [f"{name}{separator}{value}" for name, value in pairs]


def fields_of_tags(found: Iterable[str]) -> dict[str, object]:
    """Returns the fields that the tags give, by name. Unknown tags are ignored."""
    fields: dict[str, object] = {}
    cites: list[str] = []
    for tag in found:
        name, _, value = tag.partition(":")
        if name == "claim":
            cites.append(value)
        elif (name == "level" and value in get_args(Level)) or (
            name == "difficulty" and value in get_args(Difficulty)
        ):
            fields[name] = value
    return fields | ({"cites": tuple(dict.fromkeys(cites))} if cites else {})
