"""The words and links in a line of Markdown."""

import re
from collections.abc import Iterator, MutableMapping, Sequence
from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.token import Token

from questions.extracting.blocks import Link, clean
from questions.extracting.plain_text import linked

# A line without these has no markup, and skips the slow parser.
_MARKUP = re.compile(r"[*_`\[\]<>&!\\]")
_BREAK = re.compile(r"(?i)<br\b")
_PUNCTUATION = tuple(":.?!,;–—-")

References = MutableMapping[str, Any]


@cache
def block_parser() -> MarkdownIt:
    """Returns a parser for CommonMark with tables. Lines are parsed separately, if at all."""
    return MarkdownIt("commonmark").enable("table").disable("inline")


@cache
def _inline_parser() -> MarkdownIt:
    return MarkdownIt("commonmark")


def words_and_links(markup: str, references: References) -> tuple[str, tuple[Link, ...]]:
    """Returns the words without markup, and the links. `references` are link definitions."""
    if not _MARKUP.search(markup):
        text = clean(markup)
        return text, linked(0, text).links
    (token,) = _inline_parser().parseInline(markup, {"references": references})
    tokens = token.children or []
    text = clean("".join(_parts(tokens)))
    return text, (*_links(tokens), *linked(0, text).links)


def is_title(bold: str, after: str) -> bool:
    """Returns whether bold words at the start of a line are its title, and need a colon."""
    bold, after = bold.strip(), after.strip()
    return bool(bold) and not bold.endswith(_PUNCTUATION) and after[:1].isupper()


def _parts(tokens: Sequence[Token]) -> Iterator[str]:
    title_end = _title_end(tokens)
    for index, token in enumerate(tokens):
        if token.type in {"softbreak", "hardbreak"}:
            yield " "
        elif token.type == "html_inline":
            yield " " if _BREAK.match(token.content) else ""
        elif index == title_end:
            yield ": "
        else:
            yield token.content


def _title_end(tokens: Sequence[Token]) -> int:
    """Returns the index of the token that closes the line's bold title; -1 if there is none."""
    filled = [index for index, token in enumerate(tokens) if token.content or token.nesting]
    if not filled or tokens[filled[0]].type != "strong_open":
        return -1
    ends = (index for index, token in enumerate(tokens) if token.type == "strong_close")
    end = next(ends, -1)
    bold = "".join(token.content for token in tokens[:end])
    after = "".join(token.content for token in tokens[end + 1 :])
    return end if end >= 0 and is_title(bold, after) else -1


def _links(tokens: Sequence[Token]) -> Iterator[Link]:
    url: str | None = None
    inside: list[str] = []
    for token in tokens:
        if token.type == "link_open":
            url, inside = str(token.attrs.get("href", "")), []
        elif token.type == "link_close" and url is not None:
            yield Link(clean("".join(inside)), url)
            url = None
        elif url is not None:
            inside.append(token.content)
