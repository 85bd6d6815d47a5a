"""From any article to `article.md`: what stands in a copied, Markdown or HTML text, as statements.

`extract` is pure: `read_article_file` and `decode` stand at the border. Nothing is dropped in
silence: what finds no place in the article is among the unmatched, with its line and the reason.
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
