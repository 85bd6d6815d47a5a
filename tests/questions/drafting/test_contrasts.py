"""Contrasts between lists, and between the columns of a table."""

import pytest

from questions.article import parse_article
from questions.drafting.draft import Draft
from questions.drafting.list_entries import Family, listing
from questions.drafting.lists import contrast, list_drafts
from questions.drafting.tables import same_class, table_drafts, table_rows
from questions.items import UNFINISHED
from questions.statements import Statement, StatementKind
from tests.questions.drafting.articles import IRON, NAPS, SLEEP


def a_list(title: str, *entries: str, above: str = "Look here:", number: int = 1) -> Statement:
    text = "\n".join([above, *(f"- {entry}" for entry in entries)])
    return Statement(StatementKind.LIST, number, title, text)


CAUSES = a_list("Causes of earache", "A cold", "Loud noise", "Water after a swim", "A blow")
SIGNS = a_list("Signs of earache", "Fever", "Poor hearing", "Water after a swim", "Crying", "Tears")
FOODS = a_list("Foods rich in fibre", "Oats", "Beans", "Prunes")


@pytest.mark.parametrize(
    ("title", "above", "family"),
    [
        ("Signs of frostbite", "Look:", Family.HEALTH),
        ("Plant-based sources of zinc", "Some:", Family.FOOD),
        ("Groups at risk", "They are:", Family.PEOPLE),
        ("Cold hands", "Symptoms that may show first include:", Family.HEALTH),
        ("Zinc", "The following are good food sources:", Family.FOOD),
        ("Causes and signs of frostbite", "Mixed:", None),
        ("Zinc at work", "It helps with:", None),
        ("Who it hits", "Certain groups are at risk and need care:", None),
    ],
)
def test_a_list_has_a_family_and_a_role(title: str, above: str, family: Family | None) -> None:
    assert listing(a_list(title, "One", "Two", above=above)).family is family


def test_lists_of_a_family_contrast_and_others_do_not() -> None:
    causes, signs, foods = map(listing, (CAUSES, SIGNS, FOODS))

    assert contrast(causes, signs)
    assert not contrast(causes, foods)
    assert not contrast(causes, causes)
    assert not contrast(causes, listing(a_list("Triggers of earache", "Wind", number=3)))


def test_an_entry_in_both_lists_is_neither_key_nor_distractor() -> None:
    drafts = drafts_from(CAUSES, SIGNS)
    options = {text for draft in drafts for text in (draft.key, *(w.text for w in draft.wrong))}

    assert {draft.stem for draft in drafts} == {
        "Which of these is a cause of earache?",
        "Which of these is a sign of earache?",
    }
    assert "Water after a swim" not in options


def test_distractors_take_turns() -> None:
    shown = [wrong.text for draft in drafts_from(CAUSES, SIGNS) for wrong in draft.wrong]

    assert {"Fever", "Poor hearing", "Crying", "Tears"} <= set(shown)


def test_a_distractor_is_an_entrys_name_without_details() -> None:
    detailed = a_list("Causes of earache", "A cold, because it swells the tube", "Noise (loud)")

    assert [each.name for each in listing(detailed).entries] == ["A cold", "Noise"]


def test_reasons_are_asked_of_the_entry_that_they_belong_to() -> None:
    held = a_list(
        "Ear care",
        "Ear plugs: they keep the din of machines away from the drum.",
        "Warm drops: they soften wax so that it leaves by itself.",
        "A pause: it gives the fine hairs of the inner ear a rest.",
    )
    draft = drafts_from(held)[0]

    assert draft.stem == "The topic is “Ear care”. What fits “ear plugs” best?"
    assert draft.key == "They keep the din of machines away from the drum"
    assert {wrong.why for wrong in draft.wrong} == {
        "That is said about “warm drops”.",
        "That is said about “a pause”.",
    }


def test_two_columns_give_two_options_each() -> None:
    drafts = table_drafts_of(SLEEP)
    key = next(draft for draft in drafts if draft.subject == "Deep sleep Eyes")
    deep = {"They stay slightly tense", "They hardly move at all", "They are slow and tall"}
    options = [key.key, *(wrong.text for wrong in key.wrong)]

    assert key.key == "They hardly move at all"
    assert "They dart to and fro" in options
    assert len(options) == 4
    assert len(deep & set(options)) == 2


def test_only_like_cells_of_other_rows_are_distractors() -> None:
    options = {
        draft.subject: [draft.key, *(wrong.text for wrong in draft.wrong)]
        for draft in table_drafts_of(NAPS)
    }

    assert set(options["Short nap Share of deep sleep"]) == {
        "5 %",
        "About 40 %",
        "3 %",
        "10 to 20 %",
    }
    waking = options["Short nap Waking"]
    assert waking[:2] == ["It is easy", "It is hard"]
    assert len(waking) == 3
    assert UNFINISHED in waking[2]


@pytest.mark.parametrize(
    ("cell", "other", "same"),
    [
        ("50 %", "about 20 %", True),
        ("17 to 19 °C", "21 °C", True),
        ("50 %", "20 minutes", False),
        ("50 %", "It is easy", False),
        ("It is easy", "They are easy", False),
        ("Slightly lower", "Much higher", True),
        ("Low", "Cells form as they should and carry oxygen well", False),
    ],
)
def test_classes_of_cells(cell: str, other: str, same: bool) -> None:
    assert same_class(cell, other) is same_class(other, cell) is same


def test_an_empty_cell_gives_no_question() -> None:
    text = NAPS.replace("| It is easy |", "| – |")

    assert not [draft for draft in table_drafts_of(text) if "–" in (draft.key, draft.wrong[0].text)]


def test_three_columns_are_the_options() -> None:
    drafts = table_drafts_of(IRON)

    assert {draft.key for draft in drafts} == {"Lentils", "Beef", "Spinach"}
    assert all({w.text for w in d.wrong} | {d.key} == _COLUMNS for d in drafts)


def test_a_cell_in_two_columns_gives_no_question() -> None:
    asked = [draft.stem for draft in table_drafts_of(IRON) if "Animal protein" in draft.stem]

    assert asked == ["Which of these has this entry for “Animal protein”: plentiful?"]


_COLUMNS = {"Lentils", "Beef", "Spinach"}


def drafts_from(*statements: Statement) -> list[Draft]:
    return [draft for group in list_drafts([listing(c) for c in statements]) for draft in group]


def table_drafts_of(text: str) -> list[Draft]:
    content, faults = parse_article(text)
    assert not faults
    return [d for rows in table_rows(content) for group in table_drafts(rows) for d in group]
