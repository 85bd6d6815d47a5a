"""CSV: every field comes back with any content, and spreadsheets run nothing."""

import csv
import datetime as dt
from io import StringIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions import Item, Topic, load_topic
from questions.formats import csv_table
from questions.formats.drafts import make_drafts
from questions.formats.reading import FormatError, ImportedQuestion
from questions.formats.registry import FORMATS
from questions.items import ITEM_FIELDS
from questions.spreadsheets import guarded, unguarded
from tests.questions.formats.samples import HOSTILE, SHIPPED, export, hostile_items, item, options
from tests.questions.sizes import examples

HEADER = "stem,key,distractor_1,distractor_2\n"


def rebuilt(found: ImportedQuestion) -> Item:
    """Returns the item of the row, with status and review."""
    choices = (
        {"text": each.text, "correct": True}
        if each.correct
        else {"text": each.text, "why": each.why}
        for each in found.options
    )
    texts = {"stem": found.stem, "explanation": found.explanation, "more": found.more}
    held = {"id": found.title, "options": tuple(choices), **texts, **found.held}
    if "changes" in held:
        changes = held["changes"]
        assert isinstance(changes, list)
        for change in changes:
            change["order_was"] = tuple(change.get("order_was", ()))
        held["changes"] = tuple(changes)
    return Item.model_validate(held)


def returned(topic: Topic, *items: Item) -> list[Item]:
    reading = csv_table.read(csv_table.write(export(topic, items)).decode(), "x.csv")
    assert not reading.faults, reading.faults
    return [rebuilt(found) for found in reading.found]


def fault(text: str) -> tuple[int | None, str]:
    (only,) = csv_table.read(text, "x.csv").faults
    return only.line, only.problem


def test_the_shipped_bank_comes_back_with_every_field() -> None:
    topic = load_topic(SHIPPED)

    assert returned(topic, *topic.items) == list(topic.items)
    assert FORMATS["csv"].holds == set(ITEM_FIELDS)


@settings(max_examples=examples(150), deadline=None)
@given(hostile_items())
def test_hostile_texts_come_back(topic: Topic, hostile: Item) -> None:
    assert returned(topic, hostile) == [hostile]


@pytest.mark.parametrize("text", HOSTILE)
def test_each_hostile_text_comes_back_everywhere(topic: Topic, text: str) -> None:
    hostile = item(
        status="approved",
        revision=3,
        written_by=text,
        reviewed_by=text,
        reviewed_on=dt.date(2026, 11, 22),
        source_sha256="0" * 64,
        cites=("KP1", "KP2"),
        evidence=(text, f"{text}\n{text}", "third"),
        stem=f"{text}?",
        options=options(text, f"{text}1", f"{text}2", f"{text}3", why=text),
        explanation=text,
        more=text,
        keep_apart=("distance", "b"),
        changes=({"revision": 2, "tell": text}, {"revision": 3, "order_was": (1, 0, 2, 3)}),
        waivers={"one": text, "two": text},
    )

    assert returned(topic, hostile) == [hostile]


def test_no_cell_can_be_run_as_a_formula(topic: Topic) -> None:
    starts = ("=1+1", "+1", "-1", "@x", "'=1", "＝1")
    items = [item(explanation=text, more=text) for text in starts]

    text = csv_table.write(export(topic, items)).decode("utf-8-sig")

    cells = [cell for row in csv.reader(StringIO(text, newline="")) for cell in row]
    assert not [cell for cell in cells if cell[:1] in set("=+-@＝")]
    assert "'=1+1" in cells
    assert "''=1" in cells


def test_the_file_is_marked_as_utf8_and_ends_its_lines_as_the_rfc_says(topic: Topic) -> None:
    data = csv_table.write(export(topic, [item()]))

    assert data.startswith(b"\xef\xbb\xbfid,status,")
    assert data.endswith(b"\r\n")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_of_a_spreadsheet_is_read(delimiter: str) -> None:
    rows = ["Stem,KEY,distractor_1,distractor_2,colour", "Why?,a,b,c,red", ",,,,", "Who?,d,e,f,"]
    text = "\ufeff" + "\r\n".join(rows).replace(",", delimiter)

    reading = csv_table.read(text, "x.csv")

    assert [(each.line, each.stem) for each in reading.found] == [(2, "Why?"), (4, "Who?")]
    assert [option.text for option in reading.found[0].options] == ["a", "b", "c"]
    assert reading.notes == ["x.csv, line 1: the column 'colour' is unknown and left out."]


def test_lines_are_counted_through_cells_of_several_lines() -> None:
    reading = csv_table.read(HEADER + '"Why\nso?",a,b,c\nWho?,a,b,c\n', "x.csv")

    assert [(each.line, each.stem) for each in reading.found] == [(2, "Why\nso?"), (4, "Who?")]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(FormatError, match=r"x\.csv has no column key, distractor_2; its first row"):
        csv_table.read("stem,distractor_1\nWhy?,a\n", "x.csv")


@pytest.mark.parametrize(
    ("column", "cell", "remedy"),
    [
        ("level", "hardest", "use one of recall, understand, apply"),
        ("form", "poem", "use one of number, swap, myth, case, story, picture, mechanism"),
        ("status", "sent", "use one of draft, approved, retired"),
        ("revision", "²", "write plain digits"),
        ("reviewed_on", "22.11.2026", "write the day like 2026-11-22"),
        ("waivers", "negative-stem", "write each as 'name-of-the-rule: the reason', one per line"),
        ("changes", "[" * 5000, "copy it unchanged, or leave the cell empty"),
    ],
)
def test_a_cell_that_is_not_understood_is_reported(column: str, cell: str, remedy: str) -> None:
    text = f"{HEADER.strip()},{column}\nWhy?,a,b,c,{cell}\nWho?,a,b,c,\n"

    reading = csv_table.read(text, "x.csv")

    (only,) = reading.faults
    assert (only.line, only.problem) == (2, f"its {column} is not understood")
    assert only.remedy == remedy
    assert len(reading.found) == 1


def test_an_open_quotation_mark_is_reported() -> None:
    line, problem = fault(HEADER + 'Why?,a,b,c\n"Who?,a,b,c\nWho?,a,b,c\n')

    assert line == 3
    assert problem.startswith("the table cannot be read from here on (")


def test_an_endless_cell_is_reported() -> None:
    line, problem = fault(HEADER + '"' + "x" * 2_000_000)

    assert line == 2
    assert "field larger than field limit" in problem


def test_an_import_keeps_what_a_person_wrote_but_no_review(topic: Topic) -> None:
    reviewed = item(
        status="approved",
        revision=4,
        reviewed_by="Somebody",
        reviewed_on=dt.date(2026, 1, 1),
        source_sha256="0" * 64,
        changes=({"revision": 2},),
        keep_apart=("distance",),
        waivers={"negative-stem": "right here"},
    )
    text = csv_table.write(export(topic, [reviewed])).decode()

    (draft,) = make_drafts(csv_table.read(text, "x.csv"), topic).items

    assert draft == item(keep_apart=("distance",), waivers={"negative-stem": "right here"})


@given(st.text("a;,\t\r\n\"' =-＝", max_size=12))
def test_what_is_guarded_comes_back(text: str) -> None:
    assert unguarded(guarded(text)) == text
