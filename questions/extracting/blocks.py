"""What every shape of an article is read into: a row of headings, paragraphs, lists and tables."""

import re
from dataclasses import dataclass

# Control characters, soft hyphens and marks of no width. Joiners stay: they belong to the spelling
# of Persian and of Indian languages.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff]")

BOILERPLATE = "boilerplate of the page"
# Reasons of headings that were understood: the form of the article says the same in its own way.
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
    """Words in one line, and the line of the source (from 1) on which they begin."""

    line: int
    text: str
    links: tuple[Link, ...] = ()


@dataclass(frozen=True)
class Heading:
    """`level` is 1 to 6 as in HTML, or 0 where the source does not tell it."""

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
    """A table; its first row names the columns. Rows may be of unequal length."""

    line: int
    rows: tuple[tuple[str, ...], ...]
    recovered: bool = False


@dataclass(frozen=True)
class UnmatchedText:
    """What found no place in the article."""

    line: int
    text: str
    reason: str

    @property
    def understood(self) -> bool:
        """Whether nothing is lost with it: the article says it by its form."""
        return self.reason in {NAMES_A_SECTION, NAMES_A_TABLE}


Block = Heading | Paragraph | Bullets | Grid | UnmatchedText


@dataclass(frozen=True)
class Reading:
    """A source as blocks; `title` is one that its shape names apart from the text, if any."""

    blocks: tuple[Block, ...]
    title: Text | None = None
    notes: tuple[str, ...] = ()


def without_unseen(text: str) -> str:
    """The text without control characters and marks of no width; its lines stay."""
    return _UNSEEN.sub("", text)


def clean(text: str) -> str:
    """The text in one line, without unseen characters."""
    return " ".join(without_unseen(text).split())


def has_words(text: str) -> bool:
    return any(map(str.isalnum, text))
