"""Writes QTI 1.2, as Canvas and others import it, through text2qti.

text2qti reads its own Markdown, which has formulas, pictures and code. Every character that could
be markup is written as an HTML entity, so that texts arrive unchanged.
"""

import zipfile
from io import BytesIO

from text2qti.config import Config
from text2qti.err import Text2qtiError
from text2qti.qti import QTI
from text2qti.quiz import Quiz
from text2qti.xml_imsmanifest import imsmanifest

from questions.formats.plain_text import xml_safe
from questions.formats.reading import FormatError
from questions.formats.registry import Export
from questions.items import Item

_HARMLESS = frozenset(" ,;?")
# The earliest time in a zip, so that the same bank always gives the same bytes.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


def write(export: Export) -> bytes:
    """Raises FormatError if two items have the same stem: text2qti refuses them."""
    lines = [
        f"Quiz title: {_one_line(export.topic.title)}",
        f"Quiz description: {_literal(export.topic.disclaimer)}",
        "Shuffle answers: true",
        *(_question(item) for item in export.items),
    ]
    try:
        quiz = Quiz("\n\n".join(lines), config=Config())
    except Text2qtiError as error:
        reason = " ".join(str(error).split())
        raise FormatError(f"text2qti refuses the items: {reason}; correct that item.") from None
    return _zipped(quiz, export)


def _zipped(quiz: Quiz, export: Export) -> bytes:
    qti = QTI(quiz)
    reviews = [item.reviewed_on for item in export.items if item.reviewed_on]
    manifest = imsmanifest(
        manifest_identifier=qti.manifest_identifier,
        assessment_identifier=qti.assessment_identifier,
        dependency_identifier=qti.dependency_identifier,
        images=quiz.images,
        date=str(max(reviews, default="1980-01-01")),
    )
    folder = qti.assessment_identifier
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, text in (
            ("imsmanifest.xml", manifest),
            ("non_cc_assessments/", ""),
            (f"{folder}/assessment_meta.xml", qti.assessment_meta),
            (f"{folder}/{folder}.xml", qti.assessment),
        ):
            info = zipfile.ZipInfo(name, _ZIP_TIME)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return stream.getvalue()


def _question(item: Item) -> str:
    general = _literal(f"{item.explanation}\n\n{item.more}")
    lines = [f"Title: {item.id}", f"1. {_literal(item.stem)}", f"... {general}"]
    for letter, option in zip("abcdefgh", item.options, strict=False):
        lines.append(f"{'*' if option.correct else ''}{letter}) {_literal(option.text)}")
        if option.why is not None:
            lines.append(f"... {_literal(option.why)}")
    return "\n".join(lines)


def _literal(text: str) -> str:
    return "".join(map(_sign, xml_safe(text)))


def _sign(char: str) -> str:
    if char == "\n":
        return "<br />"
    # Markdown is ASCII.
    return char if char.isalnum() or char in _HARMLESS or not char.isascii() else f"&#{ord(char)};"


def _one_line(text: str) -> str:
    return " ".join(xml_safe(text).split())
