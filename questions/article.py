"""Reads `article.md`: an article restated in our own words, every statement numbered.

The form is described in `docs/questions.md`. In short: one `# Title`, then the sections of
`SECTIONS` as `## Heading`; in a section of claims, `### KP2 Title` starts a claim and the text up
to the next heading is what it claims. The comparison is a Markdown table with an id in each row.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from questions.claims import Claim, ClaimKind
from questions.faults import Fault

FILE = "article.md"
SOURCES = "Sources"
DISCLAIMER = "Disclaimer"
COMPARISON = "Comparison"
SECTIONS: Mapping[str, ClaimKind | None] = {
    "Key points": ClaimKind.KEY_POINT,
    "Frequently asked questions": ClaimKind.FAQ,
    COMPARISON: ClaimKind.TABLE_ROW,
    "Lists": ClaimKind.LIST,
    "Background": ClaimKind.BACKGROUND,
    SOURCES: None,
    DISCLAIMER: None,
}
REQUIRED = ("Key points", SOURCES, DISCLAIMER)

_ID = re.compile(r"(KP|FAQ|T|L|B)([1-9][0-9]{0,3})", re.ASCII)
_SOURCE = re.compile(r"- \[(?P<title>[^\]]+)\]\((?P<url>https://[^\s()]+)\)")


@dataclass(frozen=True)
class Source:
    """Where readers find more."""

    title: str
    url: str


@dataclass(frozen=True)
class Article:
    title: str
    claims: Mapping[str, Claim]
    sources: tuple[Source, ...]
    disclaimer: str


@dataclass
class _Block:
    """A heading with the lines below it, up to the next heading of its level or above."""

    heading: str
    line: int
    lines: list[str] = field(default_factory=list)


def parse_article(text: str) -> tuple[Article, list[Fault]]:
    """Reads the article; what could not be read is left out of it and named among the faults."""
    head, *sections = _blocks(text.splitlines(), "## ", 0)
    title = next((line[2:].strip() for line in head.lines if line.startswith("# ")), "")
    faults = list(_layout_faults(head, title, sections))
    claims: dict[str, Claim] = {}
    sources: tuple[Source, ...] = ()
    disclaimer = ""
    for section in sections:
        if section.heading == SOURCES:
            sources = tuple(_sources(section, faults))
        elif section.heading == DISCLAIMER:
            disclaimer = _unwrapped(section.lines)
        elif kind := SECTIONS.get(section.heading):
            read = _table_rows if section.heading == COMPARISON else _headed_claims
            for line, claim in read(section, faults):
                faults.extend(_claim_faults(line, claim, kind, claims))
                claims[claim.id] = claim
    if not disclaimer and any(section.heading == DISCLAIMER for section in sections):
        faults.append(_fault(None, "the disclaimer is empty", "write what readers must know"))
    return Article(title, claims, sources, disclaimer), faults


def _fault(line: int | None, problem: str, remedy: str) -> Fault:
    return Fault(FILE, problem, remedy, line=line)


def _blocks(lines: list[str], mark: str, before: int) -> list[_Block]:
    """Splits at headings that start with `mark`; the first block is what stands above them all."""
    blocks = [_Block("", before)]
    for number, line in enumerate(lines, before + 1):
        if line.startswith(mark):
            blocks.append(_Block(line[len(mark) :].strip(), number))
        else:
            blocks[-1].lines.append(line)
    return blocks


def _layout_faults(head: _Block, title: str, sections: list[_Block]) -> Iterator[Fault]:
    if not title or len([line for line in head.lines if line.strip()]) != 1:
        yield _fault(1, "it does not open with a title alone", "make '# Title' its only line there")
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
    for heading in REQUIRED:
        if heading not in seen:
            yield _fault(None, f"the section '{heading}' is missing", f"add '## {heading}'")


def _headed_claims(section: _Block, faults: list[Fault]) -> Iterator[tuple[int, Claim]]:
    above, *blocks = _blocks(section.lines, "### ", section.line)
    if any(line.strip() for line in above.lines):
        problem = f"the section '{section.heading}' holds text that belongs to no claim"
        faults.append(_fault(section.line, problem, "put it below a numbered heading"))
    for block in blocks:
        number, _, title = block.heading.partition(" ")
        claim = _claim(number, title, _unwrapped(block.lines))
        if claim is None:
            problem = f"the heading '{block.heading}' has no number that can be cited"
            faults.append(_fault(block.line, problem, "write it like '### KP2 A short title'"))
        else:
            yield block.line, claim


def _table_rows(section: _Block, faults: list[Fault]) -> Iterator[tuple[int, Claim]]:
    """The text of a row names the columns, so that it can be read (and cited) by itself."""
    columns: list[str] | None = None
    for line, text in enumerate(section.lines, section.line + 1):
        if not text.strip() or re.fullmatch(r"[\s|:-]+", text):
            continue
        cells = [cell.strip() for cell in text.strip().strip("|").split("|")]
        if len(cells) != 4 or not all(cells):
            problem = "a row of the table does not have four filled cells"
            faults.append(_fault(line, problem, "write | number | feature | enough | too little |"))
        elif columns is None:
            columns = cells
        elif claim := _claim(
            cells[0], cells[1], f"{columns[2]}: {cells[2]} {columns[3]}: {cells[3]}"
        ):
            yield line, claim
        else:
            problem = f"the row '{cells[0]}' has no number that can be cited"
            faults.append(_fault(line, problem, "number the rows T1, T2, T3"))


def _claim(number: str, title: str, text: str) -> Claim | None:
    match = _ID.fullmatch(number)
    return match and Claim(ClaimKind(match[1]), int(match[2]), title.strip(), text)


def _claim_faults(
    line: int, claim: Claim, kind: ClaimKind, earlier: Mapping[str, Claim]
) -> Iterator[Fault]:
    expected = f"{kind}{sum(other.kind is kind for other in earlier.values()) + 1}"
    if claim.id != expected:
        problem = f"{claim.id} stands where {expected} is due"
        yield _fault(line, problem, "number the claims of a section from 1 without gaps")
    if not claim.title or not claim.text:
        yield _fault(line, f"{claim.id} lacks its title or its text", "write both")


def _sources(section: _Block, faults: list[Fault]) -> Iterator[Source]:
    for line, text in enumerate(section.lines, section.line + 1):
        if match := _SOURCE.fullmatch(text.strip()):
            yield Source(match["title"], match["url"])
        elif text.strip():
            problem = "a source is not a link"
            faults.append(_fault(line, problem, "write it like '- [Title](https://...)'"))


def _unwrapped(lines: list[str]) -> str:
    """Joins hard-wrapped lines; paragraphs and the entries of a list keep lines of their own."""
    parts: list[str] = []
    apart = True
    for line in map(str.strip, lines):
        if not line:
            apart = True
        elif apart or line.startswith("- "):
            parts.append(line)
            apart = False
        else:
            parts[-1] += f" {line}"
    return "\n".join(parts)
