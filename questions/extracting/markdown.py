"""Reads Markdown (CommonMark with pipe tables) and the HTML in it."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from markdown_it.token import Token

from questions.extracting.blocks import (
    BOILERPLATE,
    Block,
    Bullets,
    Grid,
    Heading,
    Paragraph,
    Reading,
    Text,
    UnmatchedText,
    clean,
    has_words,
)
from questions.extracting.inline_markup import References, block_parser, words_and_links
from questions.extracting.plain_text import read_plain_text
from questions.extracting.section_names import is_boilerplate
from questions.extracting.web_page import read_web_page

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.{0,20000}?)\n---[ \t]*(?:\n|\Z)", re.DOTALL)
_TITLE_FIELD = re.compile(r"title:[ \t]*(\S.*)")
# Bullets and tabs in a paragraph: it was pasted, not written as Markdown.
_PASTED = re.compile(r"(?m)^\s*[•·‣◦▪●]\s|\t")


def read_markdown(text: str) -> Reading:
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    title, front, body, first_line = _front_matter(text)
    environment: dict[str, References] = {}
    tokens = block_parser().parse(body, environment)
    references = environment.get("references", {})
    walk = _Walk(tokens, references, first_line)
    blocks = [*front, *walk.blocks(), *_definitions(references, first_line)]
    return Reading(tuple(blocks), title, tuple(walk.notes))


def _front_matter(text: str) -> tuple[Text | None, list[Block], str, int]:
    """Returns the title, the other fields as unmatched text, the body and its first line."""
    match = _FRONT_MATTER.match(text)
    if not match or ":" not in match[1]:
        return None, [], text, 1
    title: Text | None = None
    fields: list[Block] = []
    for number, line in enumerate(match[1].split("\n"), 2):
        if (field := _TITLE_FIELD.match(line)) and title is None:
            title = Text(number, clean(field[1].strip().strip("\"'")))
        elif has_words(line):
            fields.append(UnmatchedText(number, clean(line), "a field above the text"))
    return title, fields, text[match.end() :], match[0].count("\n") + 1


def _definitions(references: References, first_line: int) -> Iterator[Block]:
    for label, definition in references.items():
        line = (definition.get("map") or [0])[0] + first_line
        title = definition.get("title") or ""
        words = f"[{label}]: {definition['href']} {title}".strip()
        yield UnmatchedText(line, clean(words), "the address of a link")


class _Walk:
    """Goes through the tokens once."""

    def __init__(self, tokens: Sequence[Token], references: References, first_line: int) -> None:
        self.notes: list[str] = []
        self._tokens = tokens
        self._references = references
        self._first = first_line

    def blocks(self) -> Iterator[Block]:
        at = 0
        while at < len(self._tokens):
            token = self._tokens[at]
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                end = self._end(at)
                yield from self._list(at, end)
            elif token.type == "table_open":
                end = self._end(at)
                yield self._grid(at, end)
            else:
                end = at
                yield from self._single(at)
            at = end + 1

    def _end(self, at: int) -> int:
        """Returns the index of the token that closes the one at `at`."""
        closing = self._tokens[at].type.replace("_open", "_close")
        level = self._tokens[at].level
        end = at
        while self._tokens[end].type != closing or self._tokens[end].level != level:
            end += 1
        return end

    def _single(self, at: int) -> Iterator[Block]:
        token = self._tokens[at]
        line = self._line(token)
        if token.type == "inline":
            opening = self._tokens[at - 1]
            if opening.type == "heading_open":
                yield from self._heading(token, int(opening.tag[1]))
            else:
                yield from self._paragraph(token)
        elif token.type in {"fence", "code_block"} and has_words(token.content):
            yield Paragraph(Text(line, clean(f"{token.info} {token.content}")))
        elif token.type == "html_block":
            page = read_web_page(token.content, line)
            yield from page.blocks
            self.notes.extend(page.notes)

    def _line(self, token: Token) -> int:
        return (token.map[0] if token.map else 0) + self._first

    def _text(self, token: Token) -> Text:
        words, links = words_and_links(token.content, self._references)
        return Text(self._line(token), words, links)

    def _heading(self, token: Token, level: int) -> Iterator[Block]:
        text = self._text(token)
        if has_words(text.text):
            yield Heading(text, level)

    def _paragraph(self, token: Token) -> Iterator[Block]:
        if _PASTED.search(token.content):
            pasted = read_plain_text(token.content, self._line(token))
            self.notes.extend(pasted.notes)
            yield from pasted.blocks
            return
        text = self._text(token)
        if not has_words(text.text) or is_boilerplate(text.text):
            if text.text:
                yield UnmatchedText(text.line, text.text, BOILERPLATE)
        else:
            yield Paragraph(text)

    def _list(self, at: int, end: int) -> Iterator[Block]:
        """Flattens nested lists. Each entry becomes one line."""
        groups: list[list[Token]] = []
        for token in self._tokens[at:end]:
            if token.type == "list_item_open":
                groups.append([])
            elif groups and token.content and token.type != "html_block":
                groups[-1].append(token)
            elif token.type == "html_block":
                yield UnmatchedText(self._line(token), clean(token.content), "HTML within a list")
        entries = [self._entry(group) for group in groups if group]
        filled = tuple(entry for entry in entries if has_words(entry.text))
        if filled:
            yield Bullets(filled)

    def _entry(self, tokens: Sequence[Token]) -> Text:
        texts = [self._text(token) for token in tokens]
        links = tuple(link for text in texts for link in text.links)
        return Text(texts[0].line, clean(" ".join(text.text for text in texts)), links)

    def _grid(self, at: int, end: int) -> Grid:
        rows: list[list[str]] = []
        for opening, token in pairwise(self._tokens[at:end]):
            if opening.type == "tr_open":
                rows.append([])
            if opening.type in {"th_open", "td_open"} and token.type == "inline":
                rows[-1].append(self._text(token).text)
        return Grid(self._line(self._tokens[at]), tuple(map(tuple, rows)))
