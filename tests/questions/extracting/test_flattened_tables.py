"""Tables with cells that ran together are recovered or reported, and never guessed."""

import pytest

from questions.extracting import Extraction, extract
from questions.extracting.flattened_tables import NotRecoveredError, Wording, recover

PAGE = (
    "Salt\n\nKey points\n\n• Iron: It carries oxygen.\n\n"
    "Two sides compared\n\n{}\n\nThe end\n\nIt ends."
)


def page(*lines: str) -> Extraction:
    return extract(PAGE.format("\n".join(lines)))


@pytest.mark.parametrize(
    ("header", "head"),
    [
        ("Feature Full Empty", ("Feature", "Full", "Empty")),
        ("Feature Good Sleep Poor Sleep", ("Feature", "Good Sleep", "Poor Sleep")),
        ("Aspect Iron Deficiency Iron Overload", ("Aspect", "Iron Deficiency", "Iron Overload")),
        ("Factor Heme Iron Non-Heme Iron", ("Factor", "Heme Iron", "Non-Heme Iron")),
        ("Feature Good sleep Poor sleep", ("Feature", "Good sleep", "Poor sleep")),
    ],
)
def test_names_of_columns_are_separated(header: str, head: tuple[str, ...]) -> None:
    rows = page(header, "Mood Calm all day. Low by noon.", "Skin Pink and warm. Pale and dry.")

    assert rows.article.tables[0].head == head
    assert rows.article.tables[0].rows[0] == ("Mood", "Calm all day.", "Low by noon.")
    assert any("recovered from flattened lines" in note for note in rows.notes)


def test_the_articles_own_words_decide_where_a_name_ends() -> None:
    text = "Low iron stores are common. With low iron stores, iron overload is rare."
    rows = ["Mood Sinks by noon. Swings a lot.", "Skin Turns pale. Turns bronze."]

    head, *_ = recover("Feature Low Iron Stores Iron Overload", rows, Wording(text))

    assert head == ("Feature", "Low Iron Stores", "Iron Overload")


@pytest.mark.parametrize(
    ("row", "feature"),
    [
        ("Impact on Immunity Cells divide quickly. Cells rest.", "Impact on Immunity"),
        ("Effect on mood Keeps it even. Lowers it.", "Effect on mood"),
        ("Daily Loss A litre or so. Two litres.", "Daily Loss"),
    ],
)
def test_a_feature_ends_where_the_first_value_begins(row: str, feature: str) -> None:
    rows = recover("Feature Full Empty", [row, "Mood Calm all day. Low by noon."], Wording(""))

    assert rows[1][0] == feature


@pytest.mark.parametrize(
    "lines",
    [
        ("Feature Full Empty", "Mood Calm all day. Low.", "Skin Pink. Pale. Dry and thin."),
        ("Feature Full Empty", "Mood calm all day and low by noon", "Skin Pink. Pale."),
        ("Feature Full Empty", "Vitamin C needs Rise in smokers. Fall.", "Skin Is pink. Pale."),
        ("Feature Full Empty", "Main Source Vitamin C drinks. None.", "Skin Is pink. Is pale."),
        ("Feature Iron Low Iron Rich Food", "Mood Is calm. Is low.", "Skin Is pink. Is pale."),
        ("Feature One Two", "Mood " + "Is so. " * 7, "Skin " + "Is so. " * 7),
    ],
)
def test_a_table_that_is_not_certain_is_reported_and_unmatched(lines: tuple[str, ...]) -> None:
    extraction = page(*lines)

    assert not extraction.article.tables
    assert any("was not recovered" in note for note in extraction.notes)
    left = [each.text for each in extraction.unmatched]
    assert all(line.strip() in left for line in lines)


def test_words_that_belong_together_elsewhere_are_not_torn_apart() -> None:
    rows = ["Iron Stores sink slowly at first. Are full.", "Mood Is calm. Is low."]

    with pytest.raises(NotRecoveredError, match="not certain"):
        recover("Feature Full Empty", rows, Wording("Iron stores fill up. " + " ".join(rows)))


def test_a_wrapped_paragraph_below_a_comparison_is_no_table() -> None:
    lines = [
        "Iron tablets and meals rich in iron both raise what the body has in store, and",
        "the difference lies in the time that passes until they do so, as many people know",
        "who have tried both of them. It takes weeks.",
    ]

    extraction = page(*lines)

    assert any(
        " ".join(lines) == statement.text for statement in extraction.article.statements.values()
    )
    assert not any("table" in note for note in extraction.notes)


def test_one_row_is_not_enough_to_be_certain() -> None:
    with pytest.raises(NotRecoveredError):
        recover("Feature Full Empty", ["Mood Is calm. Is low."], Wording(""))


def test_a_heading_above_paragraphs_is_no_table() -> None:
    extraction = extract(
        "Salt\n\nKey points\n\n• Iron: It carries oxygen.\n\n"
        "How iron travels\nIron moves in the blood. It is bound.\nMost of it is used again."
    )

    assert not extraction.article.tables
    assert not any("table" in note for note in extraction.notes)


def test_cells_separated_by_tabs_need_no_guess() -> None:
    rows = page("Food\tIron per 100 g", "Lentils\t3 mg", "Liver\t9 mg").article.tables[0]

    assert rows.head == ("Food", "Iron per 100 g")
    assert rows.rows == (("Lentils", "3 mg"), ("Liver", "9 mg"))
