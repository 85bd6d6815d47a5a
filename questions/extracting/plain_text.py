"""Reads text copied from a web page, line by line.

Only blank lines, bullets, tabs and short lines without a full stop remain of the layout. Each rule
looks at the lines from an index on, and returns blocks and the index at which to continue.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from questions.extracting import flattened_tables
from questions.extracting.blocks import (
    BOILERPLATE,
    Block,
    Bullets,
    Grid,
    Heading,
    Link,
    Paragraph,
    Reading,
    Text,
    UnmatchedText,
    clean,
    has_words,
)
from questions.extracting.section_names import is_boilerplate, is_heading, is_question, role_of

_BULLET = re.compile(r"\s*(?:[•·‣⁃◦▪▫■□●○∙➢➤✓✔*–—-]|(?P<number>\d{1,3}[.)]))\s+(?P<text>\S.*)")
_DELIMITER_ROW = re.compile(r"\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_URL = re.compile(r"https://[^\s<>\"'“”|]+")
_EMPHASIS = re.compile(r"\*\*([^*]{1,300})\*\*|\b__([^_]{1,300})__\b")
_COMPARES = re.compile(r"(?i)\b(?:compar\w+|versus|vs|table|differences?)\b")
# At widths between these, line breaks come from an editor or mail program.
_NARROWEST, _WIDEST = 45, 120


@dataclass(frozen=True)
class _Line:
    """A line that is not blank. `width` is the length of the longest line in its block."""

    number: int
    raw: str
    text: str
    after_gap: bool
    width: int


@dataclass
class _Source:
    lines: list[_Line]
    wording: flattened_tables.Wording
    notes: list[str]

    @cached_property
    def spaced(self) -> bool:
        """Whether blank lines separate blocks; some copies have none."""
        return sum(line.after_gap for line in self.lines) * 4 > len(self.lines)

    def until(self, start: int, stop: Callable[[_Line], bool]) -> int:
        """Returns the index of the first line from `start` for which `stop` is true, or the end."""
        end = start
        while end < len(self.lines) and not stop(self.lines[end]):
            end += 1
        return end


_Found = tuple[list[Block], int]
_Rule = Callable[[_Source, int, Sequence[Block]], _Found | None]


def read_plain_text(text: str, first_line: int = 1) -> Reading:
    """Returns the blocks of a text without markup."""
    source = _Source(list(_lines(text, first_line)), flattened_tables.Wording(text), [])
    blocks: list[Block] = []
    at = 0
    while at < len(source.lines):
        found = next(filter(None, (rule(source, at, blocks) for rule in _RULES)))
        blocks.extend(found[0])
        at = found[1]
    return Reading(tuple(blocks), notes=tuple(source.notes))


def linked(line: int, text: str) -> Text:
    """Returns the text with its URLs as links."""
    return Text(line, text, tuple(Link("", url) for url in _URL.findall(text)))


def _plain(raw: str) -> str:
    """Returns a line's words without bold marks."""
    return clean(_EMPHASIS.sub(r"\1\2", raw) if "**" in raw or "__" in raw else raw)


def _lines(text: str, first: int) -> Iterator[_Line]:
    numbered = list(enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\n"), first))
    start = 0
    while start < len(numbered):
        end = start
        while end < len(numbered) and clean(numbered[end][1]):
            end += 1
        width = max((len(raw.rstrip()) for _, raw in numbered[start:end]), default=0)
        for index in range(start, end):
            number, raw = numbered[index]
            yield _Line(number, raw, _plain(raw), index == start, width)
        start = end + 1


def _boilerplate(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    line = source.lines[at]
    if has_words(line.text) and not is_boilerplate(line.text):
        return None
    return [UnmatchedText(line.number, line.text, BOILERPLATE)], at + 1


def _bullets(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    """Reads a list. Blank lines may separate entries; an indented line continues its entry."""
    entries: list[list[_Line]] = []
    end = at
    while end < len(source.lines):
        line = source.lines[end]
        if _BULLET.fullmatch(line.raw):
            if entries and line.after_gap and _numbered(line) != _numbered(entries[0][0]):
                break
            if entries and _numbered(line) and is_question(_entry([line]).text):
                break
            entries.append([line])
        elif entries and not line.after_gap and _continues(entries[-1], line):
            entries[-1].append(line)
        else:
            break
        end += 1
    if not entries:
        return None
    texts = tuple(_entry(lines) for lines in entries)
    if (
        len(texts) == 1
        and _numbered(entries[0][0])
        and end < len(source.lines)
        and is_heading(texts[0].text)
    ):
        return [Heading(texts[0])], end  # '1. A step', with its text below
    return [Bullets(texts)], end


def _numbered(bullet: _Line) -> bool:
    return bullet.raw.lstrip()[0].isdigit()


def _continues(entry: Sequence[_Line], line: _Line) -> bool:
    if line.raw.lstrip()[:1].islower() or _wraps(entry[-1], line):
        return True
    return _indent(line.raw) > _indent(entry[0].raw)


def _indent(raw: str) -> int:
    return len(raw) - len(raw.lstrip())


def _entry(lines: list[_Line]) -> Text:
    match = _BULLET.fullmatch(lines[0].raw)
    first = match["text"] if match else lines[0].raw
    joined = " ".join((first, *(line.raw for line in lines[1:])))
    return linked(lines[0].number, _plain(joined))


def _pipe_table(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    lines = source.lines[at : at + 2]
    if len(lines) < 2 or "|" not in lines[0].raw or not _DELIMITER_ROW.fullmatch(lines[1].raw):
        return None
    end = source.until(at + 2, lambda line: line.after_gap or "|" not in line.raw)
    rows = [lines[0], *source.lines[at + 2 : end]]
    cells = tuple(tuple(map(clean, line.raw.strip().strip("|").split("|"))) for line in rows)
    return [Grid(lines[0].number, cells)], end


def _columns(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    """Reads a table with cells separated by tabs, or by wide gaps on three or more lines."""
    for mark, fewest_cells, fewest_lines in ((r"\t+", 2, 2), (r"(?<![.!?])\s{2,}", 3, 3)):
        count = len(_cells(source.lines[at], mark))
        if count < fewest_cells:
            continue
        end = at + 1
        while end < len(source.lines) and not source.lines[end].after_gap:
            if len(_cells(source.lines[end], mark)) != count:
                break
            end += 1
        if end - at >= fewest_lines:
            rows = tuple(_cells(line, mark) for line in source.lines[at:end])
            return [Grid(source.lines[at].number, rows)], end
    return None


def _cells(line: _Line, mark: str) -> tuple[str, ...]:
    return tuple(map(clean, re.split(mark, line.raw.strip())))


def _flattened(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    line = source.lines[at]
    named = line.text.split()[0].casefold() in flattened_tables.FEATURE_NAMES
    if not is_heading(line.text) or role_of(line.text) or is_question(line.text):
        return None
    hinted = len(line.text.split()) > 2 and (named or _follows_comparison(before))
    together = at + 1 < len(source.lines) and not source.lines[at + 1].after_gap
    if not together and not (hinted and named):
        return None
    if together and _wraps(line, source.lines[at + 1]):
        return None
    end = source.until(at + 1, _end_of_table(together=together, spaced=source.spaced))
    if end - at < 3:
        return None
    table = source.lines[at:end]
    try:
        rows = flattened_tables.recover(
            line.text, [each.text for each in table[1:]], source.wording
        )
    except flattened_tables.NotRecoveredError as error:
        if not hinted:
            return None
        problem = f"The table in line {line.number} was not recovered: {error}"
        source.notes.append(f"{problem}; write it as a table with | between the cells.")
        reason = "a table whose cells ran together"
        lost = table if together else table[:1]
        return [UnmatchedText(each.number, each.text, reason) for each in lost], at + len(lost)
    source.notes.append(
        f"The table in line {line.number} was recovered from flattened lines: "
        "check where its cells and the names of its columns begin."
    )
    return [Grid(line.number, rows, recovered=True)], end


def _end_of_table(*, together: bool, spaced: bool) -> Callable[[_Line], bool]:
    """If blank lines separate blocks, a row may look like a heading, without a full stop."""

    def ends(line: _Line) -> bool:
        if _BULLET.fullmatch(line.raw) or (together and line.after_gap):
            return True
        return not (together and spaced) and is_heading(line.text)

    return ends


def _follows_comparison(before: Sequence[Block]) -> bool:
    heading = before[-1] if before else None
    return isinstance(heading, Heading) and _COMPARES.search(heading.text.text) is not None


def _bare_list(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    """Reads a list without bullets: short lines below an introduction."""
    above = before[-1] if before else None
    if not isinstance(above, Paragraph) or not above.text.text.endswith(":"):
        return None
    end = at
    while end < len(source.lines) and (end == at or not source.lines[end].after_gap):
        text = source.lines[end].text
        if len(text) > _WIDEST or role_of(text) or is_question(text) or text.endswith("."):
            break
        end += 1
    if end - at < 2:
        return None
    return [Bullets(tuple(linked(line.number, line.text) for line in source.lines[at:end]))], end


def _paragraph(source: _Source, at: int, before: Sequence[Block]) -> _Found | None:
    end = at + 1
    while end < len(source.lines) and _wraps(source.lines[end - 1], source.lines[end]):
        end += 1
    lines = source.lines[at:end]
    text = linked(lines[0].number, clean(" ".join(line.text for line in lines)))
    if len(lines) == 1 and is_heading(text.text):
        return [Heading(text)], end
    return [Paragraph(text)], end


def _wraps(line: _Line, following: _Line) -> bool:
    """Returns whether the line was broken because the next word did not fit."""
    if following.after_gap or not _NARROWEST <= line.width <= _WIDEST:
        return False
    if line.after_gap and is_question(line.text):
        return False
    if _BULLET.fullmatch(following.raw):
        return False
    return len(line.raw.rstrip()) + 1 + len(following.raw.split(maxsplit=1)[0]) > line.width


_RULES: tuple[_Rule, ...] = (
    _boilerplate,
    _bullets,
    _pipe_table,
    _columns,
    _flattened,
    _bare_list,
    _paragraph,
)
