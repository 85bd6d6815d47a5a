"""Moodle XML is well-formed, and has every text in its place."""

from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings

from questions import Item, Topic, load_topic
from questions.formats import moodle
from tests.questions.formats.samples import HOSTILE, SHIPPED, export, hostile_items, item, options
from tests.questions.sizes import examples


def questions(topic: Topic, *items: Item) -> list[Xml.Element]:
    quiz = Xml.fromstring(moodle.write(export(topic, items)))  # noqa: S314
    category, *found = quiz.findall("question")
    assert category.get("type") == "category"
    return found


def told(question: Xml.Element) -> dict[str, object]:
    answers = question.findall("answer")
    return {
        "name": question.findtext("name/text"),
        "stem": question.findtext("questiontext/text"),
        "general": question.findtext("generalfeedback/text"),
        "answers": [
            (each.get("fraction"), each.findtext("text"), each.findtext("feedback/text"))
            for each in answers
        ],
        "tags": [each.text for each in question.findall("tags/tag/text")],
    }


def expected(of: Item) -> dict[str, object]:
    return {
        "name": of.id,
        "stem": of.stem,
        "general": f"{of.explanation}\n\n\n{of.more}",
        "answers": [
            ("100" if each.correct else "0", each.text, each.why or "") for each in of.options
        ],
        "tags": [
            f"level:{of.level}",
            f"difficulty:{of.difficulty}",
            *(f"claim:{cited}" for cited in of.cites),
        ],
    }


def test_the_shipped_bank_is_exported_in_full() -> None:
    topic = load_topic(SHIPPED)

    found = questions(topic, *topic.items)

    assert [told(each) for each in found] == [expected(each) for each in topic.items]
    assert {each.get("type") for each in found} == {"multichoice"}
    assert {each.findtext("single") for each in found} == {"true"}
    assert {each.findtext("shuffleanswers") for each in found} == {"true"}


@settings(max_examples=examples(100), deadline=None)
@given(hostile_items())
def test_hostile_texts_stay_unchanged(topic: Topic, hostile: Item) -> None:
    (question,) = questions(topic, hostile)

    assert told(question) == expected(hostile)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_stays_unchanged(topic: Topic, text: str) -> None:
    hostile = item(stem=f"{text}?", options=options(text, f"{text}1", f"{text}2", why=text))

    (question,) = questions(topic, hostile)

    assert told(question) == expected(hostile)


def test_what_xml_cannot_hold_is_replaced(topic: Topic) -> None:
    (question,) = questions(topic, item(more="a\x00b\ufffec"))

    assert question.findtext("generalfeedback/text", "").endswith("a\ufffdb\ufffdc")
