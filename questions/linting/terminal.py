"""A report's findings and figures for a terminal of any width.

Texts of the bank are never read as markup.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from questions.linting.catalogue import COPIED, RULES, Rule
from questions.linting.coverage import FEWEST_ITEMS
from questions.linting.findings import Finding, Severity
from questions.linting.guessers import FEWEST_JUDGED
from questions.linting.report import Report
from questions.wording import sentences

_PLACES = {name: place for place, name in enumerate(RULES)}


@dataclass(frozen=True)
class Line:
    """A rule's finding in an item. `item` is None for the bank and the article."""

    item: str | None
    text: str


@dataclass(frozen=True)
class Group:
    """A rule's findings. If `waived`, the lines are the items' reasons."""

    rule: Rule
    severity: Severity
    waived: bool
    lines: tuple[Line, ...]

    @property
    def label(self) -> str:
        return "waived" if self.waived else str(self.severity)

    @property
    def meaning(self) -> str:
        """The first sentence of the rule's meaning; the rest is for the guide."""
        return sentences(self.rule.meaning)[0].removesuffix(".")


def groups(findings: Iterable[Finding]) -> tuple[Group, ...]:
    """Returns blocking rules first and waived ones last, each in the order of the catalogue."""
    ordered = sorted(findings, key=_place)
    return tuple(
        Group(RULES[found[0].rule], found[0].severity, found[0].waived is not None, _lines(found))
        for found in (list(each) for _, each in groupby(ordered, key=_place))
    )


def _place(finding: Finding) -> tuple[bool, bool, int]:
    waived = finding.waived is not None
    return waived, finding.severity is Severity.WARN, _PLACES[finding.rule]


def _lines(findings: Iterable[Finding]) -> tuple[Line, ...]:
    """Returns one line for each item, and one for each finding about the bank."""
    lines: dict[object, Line] = {}
    for number, finding in enumerate(findings):
        name = finding.item or number
        text = finding.waived or finding.problem
        line = lines.get(name)
        if line is None:
            lines[name] = Line(finding.item, text)
        elif text not in line.text:
            lines[name] = Line(finding.item, f"{line.text}; {text}")
    return tuple(lines.values())


SHOWN = 5  # items for each rule
STYLES = {"block": "bold red", "warn": "yellow", "waived": "dim"}

_DRAFTS = "Drafts: none of this counts until they are approved"
_OTHERS = "The article, the approved items and the bank"
_LABEL = 8  # columns for "waived" and a space
_INDENT = 2
_WIDEST_ID = 40  # a longer id moves its text to the right
_NARROWEST = 24  # with fewer columns left, the text goes below the id
_MOST_ROWS = 3  # for a line about the bank


def listing(report: Report, console: Console, *, everything: bool) -> Iterator[Text]:
    """Yields rows no wider than the console. Ids are never broken.

    Drafts come last, under their own heading, unless the report is about one item. Without
    `everything`, a rule lists SHOWN items, one row each, cut at the edge of the console.
    """
    if report.item is not None:
        yield from _groups(groups(report.findings), console, everything=True)
        return
    drafts = [each for each in report.findings if each.status == "draft"]
    others = [each for each in report.findings if each.status != "draft"]
    for heading, findings in ((_OTHERS, others), (_DRAFTS, drafts)):
        if findings:
            yield from _section(heading if drafts else None, findings, console, everything)


def _section(
    heading: str | None, findings: Iterable[Finding], console: Console, everything: bool
) -> Iterator[Text]:
    if heading is not None:
        yield from _wrapped(Text(heading, "bold underline"), console, console.width)
        yield Text()
    yield from _groups(groups(findings), console, everything)


def _groups(found: Iterable[Group], console: Console, everything: bool) -> Iterator[Text]:
    for group in found:
        yield from _heading(group, console)
        lines = group.lines if everything else group.lines[:SHOWN]
        ids = [len(line.item) for line in lines if line.item and len(line.item) <= _WIDEST_ID]
        for line in lines:
            yield from _line(line, max(ids, default=0), console, everything)
        if hidden := len(group.lines) - len(lines):
            yield Text(f"{' ' * _INDENT}... {hidden} more (--all)", "dim")
        yield Text()


def _heading(group: Group, console: Console) -> Iterator[Text]:
    text = Text(group.rule.name, "bold")
    text.append(f": {group.meaning}.", "not bold")
    if not group.waived:
        text.append(f" → {group.rule.remedy}.", "dim not bold")
    rows = _wrapped(text, console, max(console.width - _LABEL, _NARROWEST))
    first = Text(group.label.ljust(_LABEL), STYLES[group.label])
    yield from _hanging(first, rows)


def _line(line: Line, widest: int, console: Console, everything: bool) -> Iterator[Text]:
    text = Text(line.text.replace("\n", " "))
    if line.item is None:
        yield from _whole(Text(" " * _INDENT), text, console, None if everything else _MOST_ROWS)
        return
    name = Text(f"{' ' * _INDENT}{line.item.ljust(widest)}  ", "cyan")
    if console.width - name.cell_len < _NARROWEST:
        name.rstrip()
        yield name
        name = Text(" " * 2 * _INDENT)
    yield from _whole(name, text, console, None if everything else 1)


def _whole(first: Text, text: Text, console: Console, most: int | None) -> Iterator[Text]:
    """Yields `text` after `first`, in at most `most` rows; a cut text ends in an ellipsis."""
    room = max(console.width - first.cell_len, _NARROWEST)
    rows = _wrapped(text, console, room)
    if most is not None and len(rows) > most:
        # Join what does not fit, so that the last row is filled up to the ellipsis.
        rest = Text(" ").join(rows[most - 1 :])
        rest.truncate(room, overflow="ellipsis")
        rows = [*rows[: most - 1], rest]
    yield from _hanging(first, rows)


def _wrapped(text: Text, console: Console, width: int) -> list[Text]:
    rows = list(text.wrap(console, width))
    for row in rows:
        row.rstrip()
    return rows


def _hanging(first: Text, rows: Sequence[Text]) -> Iterator[Text]:
    """Yields the rows after `first`, all at the same indentation."""
    for number, row in enumerate(rows):
        lead = first if number == 0 else Text(" " * first.cell_len)
        yield Text.assemble(lead, row)


def bank_summary(report: Report, fallen_back: int, drafts: int) -> Iterator[Text]:
    """Yields the figures of the bank. `drafts` drafts were judged as if approved."""
    if drafts:
        were = "the draft was" if drafts == 1 else f"the {drafts} drafts were"
        yield Text(f"Judged as if {were} approved.", "yellow")
    counts = ", ".join(f"{count} {status}" for status, count in report.statuses.items())
    yield Text(f"Items: {counts}.")
    if fallen_back:
        yield Text(f"{fallen_back} fell back to draft, as a statement has changed.", "yellow")
    if not report.statuses["approved"]:
        yield Text("Nothing is approved: --drafts judges the bank as if all drafts were.")
        return
    yield Text("Levels: " + ", ".join(f"{n} {name}" for name, n in report.levels.items()) + ".")
    covered = ", ".join(f"{statement} {count}" for statement, count in report.coverage.items())
    yield Text(f"Coverage (approved items that cite it): {covered}.")
    yield Text(f"Objectives: {_served(report)}.")
    yield Text(f"Blind guessers: {_guessing(report)}.")


def _served(report: Report) -> str:
    counts = report.objectives.values()
    enough = sum(count >= FEWEST_ITEMS for count in counts)
    return f"{enough} of {len(counts)} have {FEWEST_ITEMS} approved items or more"


def _guessing(report: Report) -> str:
    count = len(report.guesses)
    small = report.statuses["approved"] < FEWEST_JUDGED
    told = f"; they block from {FEWEST_JUDGED} approved items on" if small else ""
    if beyond := [guess for guess in report.guesses if not guess.within_chance]:
        named = ", ".join(f"{guess.name} (z {guess.z:+.2f})" for guess in beyond)
        return f"{len(beyond)} of {count} beyond chance: {named}{told}"
    furthest = max(report.guesses, key=lambda guess: guess.z)
    return f"all {count} within chance (furthest: {furthest.name}, z {furthest.z:+.2f}){told}"


def guessers_table(report: Report) -> Table | None:
    """Returns how each guesser scored; None if no item is approved."""
    if not report.statuses["approved"]:
        return None
    table = Table("guesser", "correct", "by chance", "z", box=None, padding=(0, 2))
    for guess in report.guesses:
        style = "green" if guess.within_chance else STYLES["block" if guess.required else "warn"]
        figures = (f"{guess.hits:.1f}", f"{guess.expected:.1f}", f"{guess.z:+.2f}")
        table.add_row(guess.name, *figures, style=style)
    return table


def compared(report: Report, source: Path) -> Text:
    """Returns how many word runs are also in the source. `report` was made with its text."""
    runs = sum(finding.rule == COPIED.name for finding in report.findings)
    few = {0: "no run of eight words is", 1: "one run of eight words or more is"}
    counted = few.get(runs, f"{runs} runs of eight words or more are")
    return Text(f"Compared with {source.name}: {counted} copied.")


def verdict(report: Report) -> Iterator[Text]:
    """Counts the flaws by severity. A bank that blocks can still be run."""
    warned = sum(not each.waived and each.severity == "warn" for each in report.findings)
    waived = sum(bool(each.waived) for each in report.findings)
    idle = [each for each in report.findings if each.blocks and each not in report.failures]
    drafts = sum(each.item is not None for each in idle)
    parts = [f"{len(report.failures)} blocking", f"{warned} to look at"]
    parts += [f"{drafts} blocking in drafts"] if drafts else []
    parts += [f"{len(idle) - drafts} blocking in the article"] if len(idle) > drafts else []
    parts += [f"{waived} waived"] if waived else []
    yield Text(", ".join(parts) + ".", "bold green" if report.passed else "bold red")
    if report.item is None and not report.passed:
        yield Text("A bank that blocks still runs: lint is a measure, not a lock.")
