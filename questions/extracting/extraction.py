"""Extracts an article as numbered statements from text in any format."""

import re

from questions.article import parse_article
from questions.extracting.assembly import Extraction, assemble
from questions.extracting.blocks import ExtractionError, Reading, has_words, without_invisible
from questions.extracting.markdown import read_markdown
from questions.extracting.outline import outline
from questions.extracting.plain_text import read_plain_text
from questions.extracting.web_page import read_web_page

_PAGE = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.{0,2000}?-->\s*){0,9}<(?:!doctype|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_CLOSING_TAG = re.compile(r"(?i)</(?:p|h[1-6]|div|li|ul|ol|table|td|section|article|main|dl)>")
_MARKDOWN = re.compile(r"(?m)^ {0,3}#{1,6}[ \t]+\S|^\S[^\n]{0,200}\n(?:={3,}|-{3,})[ \t]*$")


def extract(text: str) -> Extraction:
    """Returns the article in the text, with unmatched text and notes for the editor.

    Reads copied text, Markdown, HTML and `article.md` itself. Raises ExtractionError if the text
    has neither key points nor an FAQ.
    """
    text = without_invisible(text)
    if not has_words(text):
        raise ExtractionError("The text is empty: give a file that holds an article.")
    if text.startswith("# "):
        article, faults = parse_article(text)
        if not faults and article.statements:
            return Extraction(article, (), ("The text has the form of article.md already.",))
    reading = _read(text)
    return assemble(outline(reading), reading.notes)


def _read(text: str) -> Reading:
    unix = text.replace("\r\n", "\n").replace("\r", "\n")
    if _PAGE.match(unix):
        return read_web_page(unix)
    if _MARKDOWN.search(unix):
        return read_markdown(unix)
    if len(_CLOSING_TAG.findall(unix)) > 1:
        return read_web_page(unix)
    return read_plain_text(unix)
