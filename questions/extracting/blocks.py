"""Blocks, which every article format is read into: headings, paragraphs, lists and tables."""

import re
from dataclasses import dataclass

# Control characters, soft hyphens and zero-width marks. Joiners stay: Persian and Indian languages
# are spelled with them.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")

BOILERPLATE = "boilerplate"
# Reasons for headings that the structure of the article already expresses.
NAMES_A_SECTION = "the heading of a section"
NAMES_A_TABLE = "the heading of a table"


class ExtractionError(ValueError):
    """The text cannot become an article; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class Link:
    words: str
    url: str


@dataclass(frozen=True)
class Text:
    """Text in one line, with its first line in the source, from 1."""

    line: int
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Heading:
    """`level` is 1 to 6 as in HTML, or 0 if the source has none."""

    text: Text
    level: int = 0


@dataclass(frozen=True)
class Paragraph:
    text: Text


@dataclass(frozen=True)
class Bullets:
    entries: tuple[Text, ...]


@dataclass(frozen=True)
class Grid:
    """A table, whose first row names the columns. Rows may have unequal lengths."""

    line: int
    rows: tuple[tuple[str, ...], ...]
    recovered: bool = False


@dataclass(frozen=True)
class UnmatchedText:
    """Text that has no place in the article."""

    line: int
    text: str
    reason: str

    @property
    def understood(self) -> bool:
        """Whether nothing is lost: the structure of the article has its meaning."""
        return self.reason in {NAMES_A_SECTION, NAMES_A_TABLE}


Block = Heading | Paragraph | Bullets | Grid | UnmatchedText


@dataclass(frozen=True)
class Reading:
    """A source as blocks. `title` is set if the source has one outside the text."""

    blocks: tuple[Block, ...]
    title: Text | None = None
    notes: tuple[str, ...] = ()


def without_invisible(text: str) -> str:
    """Returns the text without control characters and zero-width marks, with its lines."""
    return _INVISIBLE.sub("", text)


def clean(text: str) -> str:
    """Returns the text in one line, without invisible characters."""
    return " ".join(without_invisible(text).split())


def has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
