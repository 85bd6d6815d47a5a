"""The form of `article.md`."""

from dataclasses import replace

import pytest

from questions import Statement, StatementKind, source_sha256
from questions.article import Article, Source, parse_article
from questions.extracting.article_writer import article_markdown
from tests.questions.sizes import examples

ARTICLE = """# Salt

## Key points

### KP1 Water and salt
Salt keeps water
in the body.

Too much is no good.

## Comparison

| No. | Feature | Enough | Too little |
|---|---|---|---|
| T1 | Thirst | It is mild. | It is gone. |

## Lists

### L1 Salty food
Some of it:

- Crisps, above all
  those in tins
- Olives

## Facts beyond the article

### F1 How much salt
A teaspoon a day is plenty:

- six grams, says
  the leaflet

Source: A leaflet
of the ministry

## Sources

- [A library](https://library.example/salt)

## Disclaimer

This is
for learning.
"""


def parsed(text: str = ARTICLE) -> Article:
    article, faults = parse_article(text)
    assert not faults, faults
    return article


def test_statements_have_kind_number_title_and_text() -> None:
    statements = parsed().statements

    assert list(statements) == ["KP1", "T1", "L1", "F1"]
    assert statements["KP1"] == Statement(
        StatementKind.KEY_POINT,
        1,
        "Water and salt",
        "Salt keeps water in the body.\nToo much is no good.",
    )
    assert statements["L1"].text == "Some of it:\n- Crisps, above all those in tins\n- Olives"


def test_a_fact_beyond_the_article_names_its_source() -> None:
    fact = parsed().statements["F1"]

    assert fact.kind is StatementKind.FACT
    assert fact.text == "A teaspoon a day is plenty:\n- six grams, says the leaflet"
    assert fact.source == "A leaflet of the ministry"


def test_the_text_of_a_table_row_names_its_columns() -> None:
    row = parsed().statements["T1"]

    assert (row.kind, row.title) == (StatementKind.TABLE_ROW, "Thirst")
    assert row.text == "Enough: It is mild. Too little: It is gone."


def test_title_sources_and_disclaimer_are_read() -> None:
    article = parsed()

    assert article.title == "Salt"
    assert article.disclaimer == "This is for learning."
    assert [(source.title, source.url) for source in article.sources] == [
        ("A library", "https://library.example/salt")
    ]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("# Salt\n", "", "does not begin with a title"),
        ("# Salt\n", "# Salt\n\nA preface.\n", "does not begin with a title alone"),
        ("## Lists", "## Catalogue", "the section 'Catalogue' is unknown"),
        ("## Lists", "## Key points", "appears twice"),
        ("## Disclaimer", "## Lists of links", "the section 'Disclaimer' is missing"),
        ("## Key points", "## Background", "'Key points' and 'Frequently asked questions' are"),
        ("### KP1 Water", "Loose words.\n\n### KP1 Water", "has text outside its statements"),
        ("### KP1 Water", "### Water", "no number that can be cited"),
        ("### KP1 Water", "### KP2 Water", "KP2 is where KP1 should be"),
        ("### KP1 Water", "### FAQ1 Water", "FAQ1 is where KP1 should be"),
        ("### KP1 Water and salt", "### KP1", "KP1 lacks its title"),
        ("Source: A leaflet\nof the ministry", "", "F1 does not name its source"),
        ("Source: A leaflet\nof the ministry", "Source:", "F1 does not name its source"),
        ("| T1 |", "| X1 |", "the row 'X1' has no number"),
        ("| T1 | Thirst |", "| T1 |", "does not have 4 filled cells"),
        ("| It is gone. |", "| |", "does not have 4 filled cells"),
        ("| Enough | Too little |", "|", "a table has 2 columns"),
        ("- [A library](https://library.example/salt)", "- A library", "a source is not a link"),
        ("This is\nfor learning.", "", "the disclaimer is empty"),
    ],
)
def test_a_fault_of_form_is_reported(old: str, new: str, words: str) -> None:
    assert ARTICLE.count(old) == 1

    _, faults = parse_article(ARTICLE.replace(old, new))

    assert any(words in str(fault) for fault in faults), faults
    assert all(fault.file == "article.md" for fault in faults)


def test_a_skipped_number_is_one_fault_in_its_section() -> None:
    added = "".join(f"### KP{number} Salt\nIt binds.\n\n" for number in (3, 4, 5))
    text = ARTICLE.replace("## Comparison", f"{added}## Comparison").replace("| T1 |", "| T2 |")

    assert [fault.problem for fault in parse_article(text)[1]] == [
        "KP3 is where KP2 should be",
        "T2 is where T1 should be",
    ]


def test_a_fault_names_its_line() -> None:
    text = ARTICLE.replace("| T1 |", "| X1 |")

    (fault,) = parse_article(text)[1]

    assert fault.line is not None
    assert text.splitlines()[fault.line - 1].startswith("| X1 |")


def test_the_fingerprint_follows_the_words_and_not_the_layout() -> None:
    first = Statement(StatementKind.KEY_POINT, 1, "Salt", "Salt keeps water.")
    second = Statement(StatementKind.FAQ, 1, "Why?", "Because.")
    rewrapped = Statement(StatementKind.KEY_POINT, 1, "Salt", "Salt\nkeeps water.")
    reworded = Statement(StatementKind.KEY_POINT, 1, "Salt", "Salt keeps some water.")

    assert source_sha256([first, second]) == source_sha256([second, rewrapped])
    assert source_sha256([first]) != source_sha256([reworded])
    assert source_sha256([first]) != source_sha256([first, second])
    fact = Statement(StatementKind.FACT, 1, "Salt", "Salt keeps water.", "A leaflet")
    assert source_sha256([fact]) != source_sha256([replace(fact, source="An advert")])


def test_sources_may_be_missing() -> None:
    start, end = ARTICLE.index("## Sources"), ARTICLE.index("## Disclaimer")

    assert parsed(ARTICLE[:start] + ARTICLE[end:]).sources == ()


def test_a_source_may_have_its_licence() -> None:
    text = ARTICLE.replace("library.example/salt)", "library.example/salt) (CC BY 4.0)")

    assert parsed().sources == (Source("A library", "https://library.example/salt"),)
    assert parsed(text).sources[0].licence == "CC BY 4.0"
    assert parse_article(article_markdown(parsed(text)))[0] == parsed(text)


def test_an_article_may_have_questions_and_no_key_points() -> None:
    text = ARTICLE.replace("## Key points", "## Frequently asked questions").replace("KP1", "FAQ1")

    assert "FAQ1" in parsed(text).statements


TABLES = """| No. | Food | Salt |
|---|---|---|
| T1 | Bread | Some \\| a lot |

| No. | Food | Salt | Sugar | Fat | Fibre |
|:--|--|--|--|--|--:|
| T2 | Soup | Much | Little | None | Some |
"""


def test_tables_of_different_widths_share_one_numbering() -> None:
    start, end = ARTICLE.index("| No."), ARTICLE.index("## Lists")

    article = parsed(ARTICLE[:start] + TABLES + ARTICLE[end:])

    assert article.statements["T1"].text == "Salt: Some | a lot"
    assert article.statements["T2"].text == "Salt: Much Sugar: Little Fat: None Fibre: Some"
    assert [table.head[0] for table in article.tables] == ["Food", "Food"]
    assert article.tables[0].rows == (("Bread", "Some | a lot"),)


def test_a_table_has_four_values_at_most() -> None:
    text = ARTICLE.replace("| Too little |", "| Too little | A | B | C |")

    assert "a table has 7 columns" in str(parse_article(text)[1][0])


def test_a_long_article_is_read_in_linear_time() -> None:
    number = examples(40_000)
    statements = "".join(f"### KP{n} Salt\nIt keeps water.\n" for n in range(1, number + 1))
    disclaimer = "Learn.\n" * 2 * number

    read = parsed(f"# Salt\n\n## Key points\n\n{statements}\n## Disclaimer\n\n{disclaimer}")

    assert len(read.statements) == number
