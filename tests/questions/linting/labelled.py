"""The labelled items, and how well each rule agrees with them.

`python -m tests.questions.linting.labelled` prints the precision and recall of every rule, with its
misses and false alarms.
"""

import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from questions import Item
from questions.linting import RULES, Displayed
from tests.questions.linting.factories import make_item, make_topic

LABELLED = Path(__file__).with_name("labelled.yaml")


@dataclass(frozen=True)
class Agreement:
    """`missed` are flawed items that the rule misses, `alarms` good ones that it reports."""

    flawed: int
    sound: int
    missed: tuple[str, ...]
    alarms: tuple[str, ...]

    @property
    def precision(self) -> float:
        found = self.flawed - len(self.missed)
        return found / (found + len(self.alarms)) if found else 0.0

    @property
    def recall(self) -> float:
        return (self.flawed - len(self.missed)) / self.flawed


@cache
def labelled() -> dict[str, dict[str, list[str]]]:
    """Returns the labelled lines by rule and by label, `flawed` or `sound`."""
    sets: dict[str, dict[str, list[str]]] = yaml.safe_load(LABELLED.read_text(encoding="utf-8"))
    return sets


@cache
def agreement(rule: str) -> Agreement:
    """Returns how well the rule agrees with the labels of its items."""
    lines = labelled()[rule]
    return Agreement(
        flawed=len(lines["flawed"]),
        sound=len(lines["sound"]),
        missed=tuple(line for line in lines["flawed"] if not fires(rule, line)),
        alarms=tuple(line for line in lines["sound"] if fires(rule, line)),
    )


def fires(rule: str, line: str) -> bool:
    """Returns whether the rule finds a problem in the item of that line."""
    for mark, reader in READERS.items():
        if mark in line:
            item = reader(*line.split(mark))
            return bool(list(RULES[rule].problems(item, make_topic())))
    wording = RULES[rule].wording
    assert wording is not None
    return bool(list(wording(read(line))))


def read(line: str) -> Displayed:
    """Reads `stem | option | *key | option`."""
    stem, *options = line.split(" | ")
    key = next(place for place, option in enumerate(options) if option.startswith("*"))
    return Displayed(stem, tuple(option.removeprefix("*") for option in options), key)


def grounded(key: str, evidence: str) -> Item:
    return make_item(key, evidence=(evidence,))


def quoting(evidence: str, cited: str) -> Item:
    return make_item(evidence=(evidence,), cites=(cited,))


def of_length(field: str, length: str, character: str) -> Item:
    """Makes an item that the loader would refuse."""
    text, item = character * int(length), make_item()
    if field in {"key", "distractor"}:
        place = int(field == "distractor")
        options = list(item.options)
        options[place] = options[place].model_copy(update={"text": text})
        return item.model_copy(update={"options": tuple(options)})
    return item.model_copy(update={field: text})


READERS: Mapping[str, Callable[..., Item]] = {" <- ": grounded, " << ": quoting, " # ": of_length}


def table() -> str:
    """Returns the measured figures as a Markdown table."""
    rows = ["| rule | flawed, sound | precision | recall |", "|---|---|---|---|"]
    for rule in labelled():
        found = agreement(rule)
        counts = f"{found.flawed}, {found.sound}"
        rows.append(f"| {rule} | {counts} | {found.precision:.2f} | {found.recall:.2f} |")
    return "\n".join(rows)


def mistakes() -> str:
    """Returns a line for each item that a rule judges unlike its label."""
    lines = []
    for rule in labelled():
        found = agreement(rule)
        lines += [f"{rule}: missed: {line}" for line in found.missed]
        lines += [f"{rule}: false alarm: {line}" for line in found.alarms]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.stdout.write(f"{table()}\n\n{mistakes()}\n")
