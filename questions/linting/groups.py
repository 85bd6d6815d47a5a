"""Findings put together for a reader: one group a rule, one line an item."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from questions.linting.catalogue import RULES, Rule
from questions.linting.findings import Finding, Severity
from questions.wording import sentences

_PLACES = {name: place for place, name in enumerate(RULES)}


@dataclass(frozen=True)
class Line:
    """What one rule finds in one item; `item` is None for the bank and the article."""

    item: str | None
    told: str


@dataclass(frozen=True)
class Group:
    """What one rule finds. If `waived`, the lines tell the reasons that the items give."""

    rule: Rule
    waived: bool
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        return "waived" if self.waived else str(self.rule.severity)

    @property
    def meaning(self) -> str:
        """In short: what follows the first sentence is for the guide."""
        return sentences(self.rule.meaning)[0].removesuffix(".")


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Blocking rules first and waived ones last; within them the order of the catalogue."""
    ordered = sorted(findings, key=_place)
    return tuple(
        Group(RULES[found[0].rule], found[0].waived is not None, _lines(found))
        for found in (list(each) for _, each in groupby(ordered, key=_place))
    )


def _place(finding: Finding) -> tuple[bool, bool, int]:
    waived = finding.waived is not None
    return waived, finding.severity is Severity.WARN, _PLACES[finding.rule]


def _lines(findings: Iterable[Finding]) -> tuple[Line, ...]:
    """An item that breaks the rule more than once has one line; the bank has one a finding."""
    lines: dict[object, Line] = {}
    for number, finding in enumerate(findings):
        name = finding.item or number
        told = finding.waived or finding.problem
        held = lines.get(name)
        if held is None:
            lines[name] = Line(finding.item, told)
        elif told not in held.told:
            lines[name] = Line(finding.item, f"{held.told}; {told}")
    return tuple(lines.values())
