"""Turns copied, Markdown or HTML text of an article into `article.md` with numbered statements.

`extract` is pure; `read_article_file` and `decode` do the input. Nothing is dropped silently: text
that has no place in the article is listed as unmatched, with its line and the reason.
"""

from questions.extracting.article_writer import article_markdown
from questions.extracting.assembly import Extraction
from questions.extracting.blocks import ExtractionError, UnmatchedText
from questions.extracting.extraction import extract
from questions.extracting.files import decode, read_article_file

__all__ = [
    "Extraction",
    "ExtractionError",
    "UnmatchedText",
    "article_markdown",
    "decode",
    "extract",
    "read_article_file",
]
