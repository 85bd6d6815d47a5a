"""Reads `article.md`, an article in the author's own words as numbered statements.

`docs/questions.md` describes the format. In short: one `# Title`, then the `SECTIONS` as
`## Heading`. In a section of statements, `### KP2 Title` starts a statement, whose text runs up to
the next heading. A fact beyond the article ends with a paragraph that names its source. The
comparison is one or more Markdown tables with an id in each row.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from questions.faults import Fault
from questions.statements import Statement, StatementKind

FILE = "article.md"
SOURCES = "Sources"
DISCLAIMER = "Disclaimer"
COMPARISON = "Comparison"
KEY_POINTS = "Key points"
FAQ = "Frequently asked questions"
FACTS = "Facts beyond the article"
SECTIONS: Mapping[str, StatementKind | None] = {
    KEY_POINTS: StatementKind.KEY_POINT,
    FAQ: StatementKind.FAQ,
    COMPARISON: StatementKind.TABLE_ROW,
    "Lists": StatementKind.LIST,
    "Background": StatementKind.BACKGROUND,
    FACTS: StatementKind.FACT,
    SOURCES: None,
    DISCLAIMER: None,
}
# A table's feature and values, without the row number.
FEWEST_CELLS, MOST_CELLS = 2, 5

_ID = re.compile(r"(KP|FAQ|T|L|B|F)([1-9][0-9]{0,5})", re.ASCII)
_DELIMITER_ROW = re.compile(r"[\s|:-]+")
# Below a fact.
FACT_SOURCE = "Source: "
_SOURCE = re.compile(
    r"- \[(?P<title>[^\]]+)\]\((?P<url>https://[^\s()]+)\)(?: \((?P<licence>[^()]+)\))?"
)


@dataclass(frozen=True)
class Source:
    """A source for further reading. `licence` is empty if the article does not name it."""

    title: str
    url: str
    licence: str = ""


@dataclass(frozen=True)
class Table:
    """A table of the comparison, with cells as written, without row numbers.

    `head` has the column names, starting with the feature's.
    """

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Article:
    title: str
    statements: Mapping[str, Statement]
    sources: tuple[Source, ...]
    disclaimer: str
    tables: tuple[Table, ...] = ()


@dataclass
class _Block:
    """A heading and the lines up to the next heading of its level or above."""

    heading: str
    line: int
    lines: list[str] = field(default_factory=list)


def parse_article(text: str) -> tuple[Article, list[Fault]]:
    """Returns the readable part of the article, and the faults."""
    head, *sections = _blocks(text.splitlines(), "## ", 0)
    title = next((line[2:].strip() for line in head.lines if line.startswith("# ")), "")
    faults = list(_layout_faults(head, title, sections))
    statements: dict[str, Statement] = {}
    counts: Counter[StatementKind] = Counter()
    misnumbered: set[StatementKind] = set()
    sources: tuple[Source, ...] = ()
    tables: tuple[Table, ...] = ()
    disclaimer = ""
    for section in sections:
        if section.heading == SOURCES:
            sources = tuple(_sources(section, faults))
        elif section.heading == DISCLAIMER:
            disclaimer = _unwrapped(section.lines)
        elif kind := SECTIONS.get(section.heading):
            if section.heading == COMPARISON:
                tables, found = _tables(section, faults)
            else:
                found = list(_headed_statements(section, faults))
            for line, statement in found:
                expected = f"{kind}{counts[kind] + 1}"
                # After a missing or repeated number, all later numbers would be faults too.
                if statement.id != expected and not (
                    statement.kind is kind and kind in misnumbered
                ):
                    faults.append(_misnumbered(line, statement, expected))
                    misnumbered.add(statement.kind)
                faults.extend(_statement_faults(line, statement))
                counts[statement.kind] += statement.id not in statements
                statements[statement.id] = statement
    if not disclaimer and any(section.heading == DISCLAIMER for section in sections):
        faults.append(_fault(None, "the disclaimer is empty", "write what readers must know"))
    return Article(title, statements, sources, disclaimer, tables), faults


def _fault(line: int | None, problem: str, remedy: str) -> Fault:
    return Fault(FILE, problem, remedy, line=line)


def _blocks(lines: list[str], mark: str, before: int) -> list[_Block]:
    """Splits at headings that start with `mark`. The first block is the text above them."""
    blocks = [_Block("", before)]
    for number, line in enumerate(lines, before + 1):
        if line.startswith(mark):
            blocks.append(_Block(line[len(mark) :].strip(), number))
        else:
            blocks[-1].lines.append(line)
    return blocks


def _layout_faults(head: _Block, title: str, sections: list[_Block]) -> Iterator[Fault]:
    if not title or len([line for line in head.lines if line.strip()]) != 1:
        yield _fault(
            1, "it does not begin with a title alone", "make '# Title' its only line there"
        )
    known = ", ".join(SECTIONS)
    seen: set[str] = set()
    for section in sections:
        if section.heading not in SECTIONS:
            problem = f"the section '{section.heading}' is unknown"
            yield _fault(section.line, problem, f"use one of {known}")
        elif section.heading in seen:
            problem = f"the section '{section.heading}' appears twice"
            yield _fault(section.line, problem, "merge the two")
        seen.add(section.heading)
    if DISCLAIMER not in seen:
        yield _fault(None, f"the section '{DISCLAIMER}' is missing", f"add '## {DISCLAIMER}'")
    if seen.isdisjoint((KEY_POINTS, FAQ)):
        problem = f"the sections '{KEY_POINTS}' and '{FAQ}' are missing"
        yield _fault(None, problem, "add one of them: questions are asked about its statements")


def _headed_statements(section: _Block, faults: list[Fault]) -> Iterator[tuple[int, Statement]]:
    above, *blocks = _blocks(section.lines, "### ", section.line)
    if any(line.strip() for line in above.lines):
        problem = f"the section '{section.heading}' has text outside its statements"
        faults.append(_fault(section.line, problem, "put it below a numbered heading"))
    for block in blocks:
        number, _, title = block.heading.partition(" ")
        statement = _statement(number, title, _unwrapped(block.lines))
        if statement is not None and statement.kind is StatementKind.FACT:
            statement = _sourced(statement)
        if statement is None:
            problem = f"the heading '{block.heading}' has no number that can be cited"
            faults.append(_fault(block.line, problem, "write it like '### KP2 A short title'"))
        else:
            yield block.line, statement


def _tables(
    section: _Block, faults: list[Fault]
) -> tuple[tuple[Table, ...], list[tuple[int, Statement]]]:
    """Returns the tables, and the statements of their rows with their lines.

    The first row of the section names the columns, and so does every later row above a delimiter
    row such as |---|---|.
    """
    tables: list[tuple[tuple[str, ...], list[tuple[str, ...]]]] = []
    statements: list[tuple[int, Statement]] = []
    lines = [*section.lines, ""]
    for index, text in enumerate(section.lines):
        line = section.line + 1 + index
        if not text.strip() or _DELIMITER_ROW.fullmatch(text):
            continue
        number, *cells = _cells(text)
        named = _ID.fullmatch(number)
        if not tables or (not named and _is_delimiter_row(lines[index + 1])):
            faults.extend(_row_faults(line, cells, number, None))
            tables.append((tuple(cells), []))
        elif wrong := list(_row_faults(line, cells, number, len(tables[-1][0]))):
            faults.extend(wrong)
        elif not named:
            problem = f"the row '{number}' has no number that can be cited"
            faults.append(_fault(line, problem, "number the rows T1, T2, T3"))
        elif statement := _statement(number, cells[0], row_text(tables[-1][0], cells)):
            tables[-1][1].append(tuple(cells))
            statements.append((line, statement))
    return tuple(Table(head, tuple(rows)) for head, rows in tables), statements


def row_text(head: Sequence[str], row: Sequence[str]) -> str:
    """Returns the text of a row's statement, with column names so that it can be cited alone."""
    return " ".join(f"{name}: {cell}" for name, cell in zip(head[1:], row[1:], strict=True))


def _is_delimiter_row(text: str) -> bool:
    return "-" in text and _DELIMITER_ROW.fullmatch(text) is not None


def _cells(text: str) -> list[str]:
    """Returns the cells of a row. In a cell, a pipe is written as \\|."""
    cells = re.split(r"(?<!\\)\|", text.strip().removeprefix("|"))
    if len(cells) > 1 and not cells[-1].strip():
        cells.pop()
    return [cell.strip().replace("\\|", "|") for cell in cells]


def _row_faults(line: int, cells: list[str], number: str, expected: int | None) -> Iterator[Fault]:
    """Yields a row's faults. `expected` is the number of cells; None for the header row."""
    if expected is None and not FEWEST_CELLS <= len(cells) <= MOST_CELLS:
        problem = f"a table has {len(cells) + 1} columns"
        yield _fault(line, problem, "write | number | feature | and one to four values |")
    elif expected not in {None, len(cells)} or not all((number, *cells)):
        problem = f"a row of the table does not have {(expected or len(cells)) + 1} filled cells"
        yield _fault(line, problem, "give each row as many cells as its table has columns")


def _statement(number: str, title: str, text: str) -> Statement | None:
    match = _ID.fullmatch(number)
    return match and Statement(StatementKind(match[1]), int(match[2]), title.strip(), text)


def _sourced(fact: Statement) -> Statement:
    """Returns the fact with its last paragraph as its source; without one if that is missing."""
    text, _, last = fact.text.rpartition("\n")
    if not last.startswith(FACT_SOURCE):
        return fact
    return replace(fact, text=text, source=last.removeprefix(FACT_SOURCE))


def _misnumbered(line: int, statement: Statement, expected: str) -> Fault:
    remedy = (
        "number the statements of a section from 1 without gaps, and the bank's cites with them"
    )
    return _fault(line, f"{statement.id} is where {expected} should be", remedy)


def _statement_faults(line: int, statement: Statement) -> Iterator[Fault]:
    if not statement.title or not statement.text:
        yield _fault(line, f"{statement.id} lacks its title or its text", "write both")
    if statement.kind is StatementKind.FACT and not statement.source:
        remedy = f"end it with a paragraph '{FACT_SOURCE}who says so'"
        yield _fault(line, f"{statement.id} does not name its source", remedy)


def _sources(section: _Block, faults: list[Fault]) -> Iterator[Source]:
    for line, text in enumerate(section.lines, section.line + 1):
        if match := _SOURCE.fullmatch(text.strip()):
            yield Source(match["title"], match["url"], match["licence"] or "")
        elif text.strip():
            problem = "a source is not a link"
            remedy = "write it like '- [Title](https://...) (licence)', with or without the licence"
            faults.append(_fault(line, problem, remedy))


def _unwrapped(lines: list[str]) -> str:
    """Joins hard-wrapped lines. Paragraphs and list entries stay separate."""
    parts: list[list[str]] = []
    apart = True
    for line in map(str.strip, lines):
        if not line:
            apart = True
        elif apart or line.startswith("- "):
            parts.append([line])
            apart = False
        else:
            parts[-1].append(line)
    return "\n".join(" ".join(part) for part in parts)
