"""Reads HTML, including saved pages, in one pass through the tree."""

import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field

from bs4 import BeautifulSoup
from bs4.builder import ParserRejectedMarkup
from bs4.element import NavigableString, PageElement, PreformattedString, Tag

from questions.extracting.blocks import (
    BOILERPLATE,
    Block,
    Bullets,
    ExtractionError,
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
from questions.extracting.inline_markup import is_title
from questions.extracting.plain_text import linked, read_plain_text
from questions.extracting.section_names import is_boilerplate, is_question, role_of

_SILENT = frozenset("script style head".split())
# Their content is not part of the article; words in them are unmatched text.
_DRAWN = {
    "math": "a formula",
    "svg": "a drawing",
    "canvas": "a drawing",
    "iframe": "another page",
    "object": "an object",
    "template": "a template",
}
_BOILERPLATE = frozenset("nav footer form dialog noscript select button aside".split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)} | {"summary": 6}
_LISTS = frozenset(("ul", "ol", "menu"))
_WITHIN_LINES = frozenset(
    """a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark meter output
    q ruby rb rt rp s samp small span strike strong sub sup time tt u var wbr""".split()
)
_PASTED = re.compile(r"(?m)^\s*[•·‣◦▪●]\s")
_OUTSIDE = "outside the article"


def read_web_page(markup: str, first_line: int = 1) -> Reading:
    """Returns the blocks of the page. Raises ExtractionError if the HTML cannot be parsed."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # BeautifulSoup's guesses about the text
        try:
            soup = BeautifulSoup(markup, "html.parser")
        except (ParserRejectedMarkup, AssertionError, RecursionError):
            problem = "This HTML cannot be read: copy the article's text from the browser"
            raise ExtractionError(f"{problem} into a file that ends in .txt.") from None
    walk = _Walk(soup, first_line - 1)
    walk.run()
    title = soup.title
    named = clean(title.get_text()) if title else ""
    return Reading(
        tuple(walk.blocks),
        Text((title.sourceline or 1) + first_line - 1, named) if title and named else None,
        tuple(walk.notes()),
    )


@dataclass
class _Line:
    """Collects words until their block ends."""

    parts: list[str] = field(default_factory=list)
    links: list[Link] = field(default_factory=list)
    line: int = 0

    def add(self, words: str, line: int) -> None:
        if not self.parts:
            self.line = line
        self.parts.append(words)

    def text(self) -> Text:
        return Text(self.line, clean("".join(self.parts)), tuple(self.links))


class _Walk:
    def __init__(self, soup: BeautifulSoup, lines_above: int) -> None:
        self.blocks: list[Block] = []
        self._soup = soup
        self._above = lines_above
        self._root = _article(soup)
        self._structured = _ancestors(soup, [*_HEADINGS, "details", "table", "dl"])
        self._holding_tables = _ancestors(soup, ["table", *_HEADINGS])
        self._outside = 0 if self._root is None else 1
        self._lists = 0
        self._entries: list[Text] = []
        self._words = _Line()
        self._pictures = 0
        self._silent = 0

    def notes(self) -> Iterator[str]:
        if self._silent:
            yield f"Scripts, style sheets and the like were skipped: {self._silent}."
        if self._pictures:
            yield f"Pictures were skipped: {self._pictures}; their names are listed."

    def run(self) -> None:
        """Uses an explicit stack, as pages may be nested deeper than Python's recursion limit."""
        stack: list[tuple[PageElement, bool]] = [(self._soup, True)]
        while stack:
            element, entering = stack.pop()
            if not isinstance(element, Tag):
                self._string(element)
            elif not entering:
                self._leave(element)
            elif self._enter(element):
                stack.append((element, False))
                stack.extend((child, True) for child in reversed(element.contents))
        self._flush()

    def _line(self, element: PageElement | None) -> int:
        tag = element if isinstance(element, Tag) else element and element.parent
        number = tag.sourceline if isinstance(tag, Tag) else None
        return (number or 1) + self._above

    def _string(self, element: PageElement) -> None:
        if isinstance(element, PreformattedString) or not isinstance(element, NavigableString):
            return
        words = re.sub(r"\s+", " ", str(element))
        if self._words.parts or words.strip():
            self._words.add(words, self._line(element))

    def _enter(self, tag: Tag) -> bool:
        """Returns whether to visit the children; if so, `_leave` is called after them."""
        name = tag.name
        if name in _SILENT:
            self._silent += name != "head"
        elif name in _DRAWN:
            self._drawn(tag)
        elif name == "br":
            self._words.add("\n", self._line(tag))
        elif name == "img":
            self._picture(tag)
        elif name in _HEADINGS or self._is_boilerplate(tag) or name in {"table", "dl"}:
            return self._whole(tag)
        else:
            if tag is self._root:
                self._flush()
                self._outside = 0
            self._open(tag)
            return True
        return False

    def _is_boilerplate(self, tag: Tag) -> bool:
        return tag.name in _BOILERPLATE or (
            tag.name == "header" and id(tag) not in self._structured
        )

    def _whole(self, tag: Tag) -> bool:
        """Reads some elements as a whole; True if the children are still to be visited."""
        if tag.name in _HEADINGS:
            self._flush()
            self._heading(tag, _HEADINGS[tag.name])
        elif self._is_boilerplate(tag):
            return self._aside(tag)
        elif id(tag) in self._holding_tables or self._outside:
            self._open(tag)
            return True
        elif tag.name == "table":
            self._flush()
            self._table(tag)
        else:
            self._flush()
            self._definitions(tag)
        return False

    def _open(self, tag: Tag) -> None:
        if tag.name in _WITHIN_LINES:
            return
        if self._lists and tag.name not in _LISTS and tag.name != "li":
            self._words.add(" ", self._line(tag))
            return
        self._flush()
        if tag.name in _LISTS and id(tag) not in self._structured:
            self._lists += 1

    def _leave(self, tag: Tag) -> None:
        if tag.name == "a":
            self._link(tag)
        elif tag.name in {"b", "strong"}:
            self._bold(tag)
        if tag.name in _WITHIN_LINES:
            return
        if self._lists and tag.name not in _LISTS and tag.name != "li":
            self._words.add(" ", self._line(tag))
            return
        self._flush()
        if tag.name in _LISTS and self._lists and id(tag) not in self._structured:
            self._lists -= 1
            if not self._lists:
                self._emit_list()
        if tag is self._root:
            self._outside = 1

    def _link(self, tag: Tag) -> None:
        url = tag.get("href")
        if isinstance(url, str) and url.startswith("https://"):
            self._words.links.append(Link(clean(tag.get_text()), clean(url)))

    def _bold(self, tag: Tag) -> None:
        """Adds a colon after bold words that are the title of an entry."""
        if not self._lists or len(self._words.parts) > 3:
            return
        bold = "".join(self._words.parts)
        following = tag.next_sibling
        after = str(following) if isinstance(following, NavigableString) else ""
        if len(bold) < 200 and clean(bold) == clean(tag.get_text()) and is_title(bold, after):
            self._words.add(":", self._line(tag))

    def _flush(self) -> None:
        words, self._words = self._words, _Line()
        raw = "".join(words.parts)
        text = words.text()
        if not text.text:
            return
        if self._outside:
            self.blocks.append(UnmatchedText(text.line, text.text, _OUTSIDE))
        elif self._lists:
            self._entries.append(text)
        elif _PASTED.search(raw):
            self.blocks.extend(read_plain_text(raw, text.line).blocks)
        elif "\n\n" in (broken := re.sub(r" *\n *", "\n", raw)):
            for part in filter(None, map(clean, re.split(r"\n{2,}", broken))):
                self._paragraph(linked(text.line, part))
        else:
            self._paragraph(text)

    def _paragraph(self, text: Text) -> None:
        if is_boilerplate(text.text) or not has_words(text.text):
            self.blocks.append(UnmatchedText(text.line, text.text, BOILERPLATE))
        else:
            self.blocks.append(Paragraph(text))

    def _emit_list(self) -> None:
        entries, self._entries = self._entries, []
        if entries:
            self.blocks.append(Bullets(tuple(entries)))

    def _heading(self, tag: Tag, level: int) -> None:
        text = Text(self._line(tag), clean(tag.get_text(" " if tag.find("br") else "")))
        if not text.text:
            return
        if self._outside or self._lists or not has_words(text.text):
            self.blocks.append(UnmatchedText(text.line, text.text, _OUTSIDE))
        else:
            self.blocks.append(Heading(text, level))

    def _aside(self, tag: Tag) -> bool:
        """Skips boilerplate, except boxes and buttons that have a part of the article."""
        text = clean(tag.get_text(" "))
        if tag.name == "aside" and not self._outside:
            heading = tag.find(list(_HEADINGS))
            if heading and role_of(clean(heading.get_text())):
                self._open(tag)
                return True
        self._flush()
        if tag.name == "button" and is_question(text) and not self._outside:
            self.blocks.append(Heading(Text(self._line(tag), text), 6))
        else:
            for part in filter(None, map(clean, tag.get_text("\n").split("\n"))):
                self.blocks.append(UnmatchedText(self._line(tag), part, BOILERPLATE))
        return False

    def _picture(self, tag: Tag) -> None:
        self._pictures += 1
        called = tag.get("alt")
        if isinstance(called, str) and has_words(called):
            self.blocks.append(UnmatchedText(self._line(tag), clean(called), "a picture"))

    def _drawn(self, tag: Tag) -> None:
        words = clean(tag.get_text(" "))
        if has_words(words):
            self.blocks.append(UnmatchedText(self._line(tag), words, _DRAWN[tag.name]))
        else:
            self._silent += 1

    def _table(self, tag: Tag) -> None:
        for caption in tag.find_all("caption"):
            self._paragraph(Text(self._line(caption), clean(caption.get_text(" "))))
        rows = (
            tuple(clean(cell.get_text(" ")) for cell in row.find_all(["th", "td"]))
            for row in tag.find_all("tr")
        )
        filled = tuple(row for row in rows if any(row))
        if filled:
            self.blocks.append(Grid(self._line(tag), filled))
        elif text := clean(tag.get_text(" ")):
            self._paragraph(Text(self._line(tag), text))

    def _definitions(self, tag: Tag) -> None:
        """Takes terms that are questions as FAQ entries, and other terms and meanings as a list."""
        entries: list[Text] = []
        term = ""
        for part in tag.find_all(["dt", "dd"]):
            text = clean(part.get_text(" "))
            if part.name == "dt" and is_question(text):
                self.blocks.append(Heading(Text(self._line(part), text), 6))
                term = "?"
            elif part.name == "dd" and term == "?":
                self.blocks.append(Paragraph(Text(self._line(part), text)))
            elif part.name == "dt":
                term = ", ".join(filter(has_words, (term, text)))
            elif has_words(text):
                joined = f"{term}: {text}" if term else text
                entries.append(Text(self._line(part), joined))
                term = ""
        if term not in {"", "?"}:
            entries.append(Text(self._line(tag), term))
        if entries:
            self.blocks.append(Bullets(tuple(entries)))


def _article(soup: BeautifulSoup) -> Tag | None:
    """Returns the longest `article` element, or `main`; None if there is neither.

    If `article` elements have only a part of `main`, such as cards, `main` counts.
    """
    longest: dict[str, tuple[int, Tag]] = {}
    for name in ("article", "main"):
        for tag in soup.find_all(name, limit=50):
            length = len(tag.get_text())
            if name not in longest or length > longest[name][0]:
                longest[name] = (length, tag)
    article, main = longest.get("article"), longest.get("main")
    if article and main:
        return article[1] if article[0] * 2 >= main[0] else main[1]
    found = article or main
    return found[1] if found else None


def _ancestors(soup: BeautifulSoup, names: list[str]) -> set[int]:
    """Returns the ids (of Python) of all elements that contain one of these."""
    holding: set[int] = set()
    for tag in soup.find_all(names):
        for above in tag.parents:
            if id(above) in holding:
                break
            holding.add(id(above))
    return holding
