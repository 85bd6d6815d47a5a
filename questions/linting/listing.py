"""A report's findings as lines for a terminal of any width. Texts of the bank are no mark-up."""

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console
from rich.text import Text

from questions.linting.findings import Finding
from questions.linting.groups import Group, Line, groups
from questions.linting.report import Report

SHOWN = 5  # items a rule
STYLES = {"block": "bold red", "warn": "yellow", "waived": "dim"}

_DRAFTS = "Drafts: none of this counts until they are approved"
_OTHERS = "The article, the approved items and the bank"
_LABEL = 8  # columns for "waived" and the space behind it
_INDENT = 2
_WIDEST_ID = 40  # a longer id pushes what follows it to the right
_NARROWEST = 24  # columns left of which what is wrong goes below the id
_MOST_ROWS = 3  # of a line about the bank


def listing(report: Report, console: Console, *, everything: bool) -> Iterator[Text]:
    """Lines no wider than the console, but for ids, which are never broken.

    Drafts come last, under a heading of their own, unless one item alone was asked about. Without
    `everything` a rule names SHOWN items, each in one line that is cut at the console's edge.
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
    told = Text(line.told.replace("\n", " "))
    if line.item is None:
        yield from _whole(Text(" " * _INDENT), told, console, None if everything else _MOST_ROWS)
        return
    name = Text(f"{' ' * _INDENT}{line.item.ljust(widest)}  ", "cyan")
    if console.width - name.cell_len < _NARROWEST:
        name.rstrip()
        yield name
        name = Text(" " * 2 * _INDENT)
    yield from _whole(name, told, console, None if everything else 1)


def _whole(first: Text, told: Text, console: Console, most: int | None) -> Iterator[Text]:
    """`told` behind `first`, in `most` rows; what is cut off ends in an ellipsis."""
    room = max(console.width - first.cell_len, _NARROWEST)
    rows = _wrapped(told, console, room)
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
    """The rows behind `first`, those after the first one indented by as much."""
    for number, row in enumerate(rows):
        lead = first if number == 0 else Text(" " * first.cell_len)
        yield Text.assemble(lead, row)
