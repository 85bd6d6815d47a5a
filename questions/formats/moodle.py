"""Writes Moodle XML: single-choice questions with feedback for each answer, and tags.

Texts have the format plain_text, so that Moodle shows them unchanged.
Source: Moodle docs, "Moodle XML format".
"""

from xml.etree import ElementTree as Xml

from questions.formats.packed_fields import joined_feedback, tags
from questions.formats.plain_text import xml_safe
from questions.formats.registry import Export
from questions.items import Item, Option


def write(export: Export) -> bytes:
    quiz = Xml.Element("quiz")
    # A slash in a category's name is doubled, as a single one begins a subcategory.
    category = f"$course$/top/{export.topic.title.replace('/', '//')}"
    _text(Xml.SubElement(quiz, "question", type="category"), "category", category)
    for item in export.items:
        quiz.append(_question(item))
    Xml.indent(quiz)
    body: bytes = Xml.tostring(quiz, encoding="utf-8", xml_declaration=True)
    return body + b"\n"


def _question(item: Item) -> Xml.Element:
    question = Xml.Element("question", type="multichoice")
    _text(question, "name", item.id)
    _text(question, "questiontext", item.stem, format="plain_text")
    _text(question, "generalfeedback", joined_feedback(item), format="plain_text")
    settings = {
        "defaultgrade": "1",
        "penalty": "0.3333333",
        "hidden": "0",
        "idnumber": item.id,
        "single": "true",
        "shuffleanswers": "true",
        "answernumbering": "none",
    }
    for name, value in settings.items():
        Xml.SubElement(question, name).text = value
    for option in item.options:
        _answer(question, option)
    holder = Xml.SubElement(question, "tags")
    for tag in tags(item):
        _text(holder, "tag", tag)
    return question


def _answer(question: Xml.Element, option: Option) -> None:
    fraction = "100" if option.correct else "0"
    answer = _text(question, "answer", option.text, fraction=fraction, format="plain_text")
    _text(answer, "feedback", option.why or "", format="plain_text")


def _text(parent: Xml.Element, name: str, text: str, **attributes: str) -> Xml.Element:
    element = Xml.SubElement(parent, name, attributes)
    Xml.SubElement(element, "text").text = xml_safe(text)
    return element
