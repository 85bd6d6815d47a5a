"""Anki: importing a newer package updates notes and never duplicates them."""

import datetime as dt
import html
import json
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass, replace
from io import BytesIO

import pytest
from hypothesis import given, settings

from questions import Item, Statement, StatementKind, Topic, load_topic
from questions.formats import anki
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


@dataclass(frozen=True)
class Note:
    guid: str
    model: int
    modified: int
    fields: dict[str, str]
    tags: list[str]


@dataclass(frozen=True)
class Package:
    notes: list[Note]
    decks: dict[str, str]
    cards: int


def opened(data: bytes) -> Package:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        assert archive.testzip() is None
        assert json.loads(archive.read("media")) == {}
        database = archive.read("collection.anki2")
    with closing(sqlite3.connect(":memory:")) as collection:
        collection.deserialize(database)
        rows = collection.execute("SELECT guid, mid, mod, flds, tags FROM notes ORDER BY id")
        notes = [
            Note(
                guid,
                model,
                mod,
                dict(zip(anki.FIELDS, flds.split("\x1f"), strict=True)),
                tags.split(),
            )
            for guid, model, mod, flds, tags in rows
        ]
        ((decks,),) = collection.execute("SELECT decks FROM col").fetchall()
        ((cards,),) = collection.execute("SELECT count(*) FROM cards").fetchall()
    named = {key: deck["name"] for key, deck in json.loads(decks).items() if key != "1"}
    return Package(notes, named, cards)


def package(topic: Topic, *items: Item, made_at: dt.datetime = NOW) -> Package:
    return opened(anki.write(export(topic, items, made_at)))


def plain(field: str) -> str:
    return html.unescape(field.replace("<br>", "\n"))


def test_the_shipped_bank_has_a_note_and_a_card_for_each_item() -> None:
    topic = load_topic(SHIPPED)

    found = package(topic, *topic.items)

    assert [note.fields["Id"] for note in found.notes] == [each.id for each in topic.items]
    assert [plain(note.fields["Question"]) for note in found.notes] == [
        each.stem for each in topic.items
    ]
    assert len({note.guid for note in found.notes}) == found.cards == len(topic.items)
    assert list(found.decks.values()) == [topic.title]


def test_a_note_has_all_texts_of_its_item(topic: Topic) -> None:
    (note,) = package(topic, item(cites=("KP1", "KP2"))).notes

    assert note.fields == {
        "Question": "Why does a loss of hearing through noise last?",
        "Options": "<ol><li>Hair cells do not grow again</li><li>The ear drum hardens</li>"
        "<li>Wax stays</li></ol>",
        "Answer": "Hair cells do not grow again",
        "Explanation": "What is gone stays gone.",
        "Wrong options": "<ul><li>The ear drum hardens: That is not the reason.</li>"
        "<li>Wax stays: That is not the reason.</li></ul>",
        "More": "Hair cells turn movement into signals.",
        "Source": "KP1 Hair cells; KP2 Distance",
        "Id": "hair-cells",
    }
    assert note.tags == ["level::understand", "difficulty::hard", "claim::KP1", "claim::KP2"]


def test_the_options_are_sorted_so_that_the_key_is_not_always_first(topic: Topic) -> None:
    words, numbers = package(
        topic,
        item(options=options("zebra", "Ape", "mole")),
        item(id="other", options=options("10 steps", "9 steps", "100 steps")),
    ).notes

    assert words.fields["Options"] == "<ol><li>Ape</li><li>mole</li><li>zebra</li></ol>"
    assert numbers.fields["Options"] == (
        "<ol><li>9 steps</li><li>10 steps</li><li>100 steps</li></ol>"
    )


def test_a_newer_package_updates_the_notes_of_an_older_one(topic: Topic) -> None:
    later = NOW + dt.timedelta(days=1)

    old = package(topic, item())
    new = package(topic, item(id="new"), item(stem="Reworded?", more="Anew."), made_at=later)

    before, after = old.notes[0], new.notes[1]
    assert (after.guid, after.model) == (before.guid, before.model)
    assert after.modified > before.modified
    assert after.fields["Question"] == "Reworded?"
    assert new.decks == old.decks
    assert new.notes[0].guid != before.guid


def test_the_same_id_in_another_topic_is_another_note(topic: Topic) -> None:
    shipped = load_topic(SHIPPED)

    one, other = package(topic, item()), package(shipped, item())

    assert one.notes[0].guid != other.notes[0].guid
    assert one.decks.keys() != other.decks.keys()
    assert one.notes[0].model == other.notes[0].model


def test_the_ids_are_those_of_the_packages_that_people_have(topic: Topic) -> None:
    found = package(topic, item())

    assert found.notes[0].guid == "qK>6}T(=D;"
    assert found.notes[0].model == 2116182616
    assert list(found.decks) == ["1268891354"]


@settings(max_examples=examples(50), deadline=None)
@given(hostile_items())
def test_hostile_texts_stay_unchanged(topic: Topic, hostile: Item) -> None:
    (note,) = package(topic, hostile).notes

    assert plain(note.fields["Question"]) == hostile.stem
    assert plain(note.fields["Answer"]) == hostile.key
    assert plain(note.fields["More"]) == hostile.more


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_is_neither_html_nor_a_command_of_anki(topic: Topic, text: str) -> None:
    (note,) = package(topic, item(stem=f"{text}?", explanation=text, more=text)).notes

    for name in ("Question", "Explanation", "More"):
        assert "<" not in note.fields[name]
        assert "[" not in note.fields[name]
    assert plain(note.fields["Explanation"]) == text


def test_a_fact_beyond_the_article_has_its_source(topic: Topic) -> None:
    fact = Statement(StatementKind.FACT, 1, "Decibels", "A whisper has 30.", "A library")
    beyond = replace(topic, statements={**topic.statements, "F1": fact})

    (note,) = package(beyond, item(cites=("KP1", "F1"))).notes

    assert note.fields["Source"] == "KP1 Hair cells; F1 Decibels (A library)"
