"""QTI is a zip of well-formed XML with the correct key, whatever the texts are."""

import dataclasses
import datetime as dt
import html
import re
import zipfile
from io import BytesIO
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given, settings

from questions import Item, Topic, load_topic
from questions.formats import qti
from questions.formats.reading import FormatError
from tests.questions.formats.samples import (
    HOSTILE,
    NOW,
    SHIPPED,
    export,
    hostile_items,
    item,
    options,
)
from tests.questions.sizes import examples

QTI = "{http://www.imsglobal.org/xsd/ims_qtiasiv1p2}"


def files(topic: Topic, *items: Item) -> dict[str, Xml.Element]:
    with zipfile.ZipFile(BytesIO(qti.write(export(topic, items)))) as archive:
        assert archive.testzip() is None
        names = [name for name in archive.namelist() if name.endswith(".xml")]
        return {name: Xml.fromstring(archive.read(name)) for name in names}  # noqa: S314


def questions(topic: Topic, *items: Item) -> list[Xml.Element]:
    found = files(topic, *items)
    (assessment,) = (root for root in found.values() if root.tag == f"{QTI}questestinterop")
    return list(assessment.iter(f"{QTI}item"))


def shown(element: Xml.Element | None) -> str:
    """Returns the text that a browser shows for the HTML."""
    assert element is not None
    text = element.findtext(f".//{QTI}mattext") or ""
    inner = re.fullmatch(r"<p>(.*)</p>", text, re.DOTALL)
    assert inner, text
    assert not re.search(r"<(?!br ?/?>)", inner[1]), text
    return html.unescape(re.sub(r"<br ?/?>\n?", "\n", inner[1]))


def told(question: Xml.Element) -> tuple[str | None, str, list[str], str, list[str]]:
    """Title, stem, options, the key, and all feedback."""
    labels = {each.get("ident"): shown(each) for each in question.iter(f"{QTI}response_label")}
    right = [
        equal.text
        for condition in question.iter(f"{QTI}respcondition")
        for equal in condition.iter(f"{QTI}varequal")
        if condition.find(f"{QTI}setvar") is not None
    ]
    assert len(right) == 1
    feedback = [shown(each) for each in question.iter(f"{QTI}itemfeedback")]
    stem = shown(question.find(f"{QTI}presentation"))
    return question.get("title"), stem, list(labels.values()), labels[right[0]], feedback


def expected(of: Item) -> tuple[str | None, str, list[str], str, list[str]]:
    whys = [each.why or "" for each in of.distractors]
    general = f"{of.explanation}\n\n{of.more}"
    return of.id, of.stem, [each.text for each in of.options], of.key, [general, *whys]


def test_the_shipped_bank_is_exported_in_full() -> None:
    topic = load_topic(SHIPPED)

    found = questions(topic, *topic.items)

    assert [told(each) for each in found] == [expected(each) for each in topic.items]


def test_all_files_of_the_package_are_well_formed(topic: Topic) -> None:
    found = files(topic, item())

    assert len(found) == 3
    assert "imsmanifest.xml" in found
    meta = next(root for name, root in found.items() if name.endswith("meta.xml"))
    assert meta.findtext("{*}title") == topic.title
    assert meta.findtext("{*}shuffle_answers") == "true"
    assert topic.disclaimer in html.unescape(meta.findtext("{*}description") or "")


@settings(max_examples=examples(100), deadline=None)
@given(hostile_items())
def test_hostile_texts_stay_unchanged(topic: Topic, hostile: Item) -> None:
    (question,) = questions(topic, hostile)

    assert told(question) == expected(hostile)


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_stays_unchanged(topic: Topic, text: str) -> None:
    hostile = item(
        stem=f"{text}?",
        options=options(text, f"{text}1", f"{text}2", why=text),
        explanation=text,
        more=f"{text}\n\n{text}",
    )

    (question,) = questions(topic, hostile)

    assert told(question) == expected(hostile)


def test_a_hostile_title_stays_unchanged(topic: Topic) -> None:
    for text in HOSTILE:
        named = dataclasses.replace(topic, title=text, disclaimer=text)
        found = files(named, item())
        meta = next(root for name, root in found.items() if name.endswith("meta.xml"))
        assert meta.findtext("{*}title") == " ".join(text.split())


def test_the_same_items_always_give_the_same_bytes(topic: Topic) -> None:
    later = NOW + dt.timedelta(days=400)

    first = qti.write(export(topic, [item()]))

    assert first == qti.write(export(topic, [item()], later))
    assert first != qti.write(export(topic, [item(more="Something else.")], later))


def test_two_items_with_one_stem_are_refused_in_a_sentence(topic: Topic) -> None:
    with pytest.raises(FormatError, match=r"text2qti refuses the items: .*Duplicate question"):
        qti.write(export(topic, [item(), item(id="other")]))
