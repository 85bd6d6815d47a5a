"""Level, difficulty and claims as tags, which most question banks can hold and search."""

from collections.abc import Iterable
from typing import get_args

from questions.items import Difficulty, Item, Level


def tags(item: Item, separator: str = ":") -> list[str]:
    """Such as level:apply, difficulty:easy, claim:KP1."""
    pairs: list[tuple[str, str]] = [("level", item.level), ("difficulty", item.difficulty)]
    pairs += [("claim", cited) for cited in item.cites]
    return [f"{name}{separator}{value}" for name, value in pairs]


def tagged(found: Iterable[str]) -> dict[str, object]:
    """The fields of an item that the tags name; other tags say nothing about it."""
    held: dict[str, object] = {}
    cites: list[str] = []
    for tag in found:
        name, _, value = tag.partition(":")
        if name == "claim":
            cites.append(value)
        elif (name == "level" and value in get_args(Level)) or (
            name == "difficulty" and value in get_args(Difficulty)
        ):
            held[name] = value
    return held | ({"cites": tuple(dict.fromkeys(cites))} if cites else {})
