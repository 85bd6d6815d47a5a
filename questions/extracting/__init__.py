"""From any article to `article.md`: what stands in a copied, Markdown or HTML text, as statements.

`extract` is pure: `read_article_file` and `decode` stand at the border. Nothing is dropped in
silence: what finds no place in the article is among the leftovers, with its line and the reason.
"""

from questions.extracting.assembling import Extraction
from questions.extracting.blocks import ExtractionError, Leftover
from questions.extracting.decoding import decode, read_article_file
from questions.extracting.extraction import extract
from questions.extracting.writing import article_markdown

__all__ = [
    "Extraction",
    "ExtractionError",
    "Leftover",
    "article_markdown",
    "decode",
    "extract",
    "read_article_file",
]
