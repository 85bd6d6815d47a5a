"""Articles in several forms give the statements that an author would count."""

import re
from collections import Counter
from pathlib import Path

import pytest

from questions import StatementKind
from questions.article import Article, parse_article
from questions.extracting import (
    Extraction,
    ExtractionError,
    article_markdown,
    extract,
    read_article_file,
)
from questions.wording import words
from tests.sizes import IN_CI

ARTICLES = Path(__file__).parent / "articles"
NAMES = sorted(path.name for path in ARTICLES.iterdir())


def extracted(name: str) -> Extraction:
    return extract(read_article_file(ARTICLES / name))


def counts(article: Article) -> tuple[int, ...]:
    found = Counter(statement.kind for statement in article.statements.values())
    return tuple(found[kind] for kind in StatementKind if kind is not StatementKind.FACT)


@pytest.mark.parametrize(
    ("name", "expected"),  # key points, questions, rows of tables, lists, background
    [
        ("iron_copied.txt", (4, 3, 3, 3, 7)),
        ("sleep.md", (3, 2, 4, 1, 2)),
        ("hydration.html", (3, 2, 2, 1, 2)),
        ("vitamin_d_faq.txt", (0, 4, 0, 0, 0)),
        ("magnesium_tabs.txt", (2, 0, 2, 0, 1)),
        ("voda_ru.txt", (2, 2, 0, 0, 0)),
        ("stress_el_ar.txt", (1, 2, 0, 0, 0)),
    ],
)
def test_every_statement_is_found(name: str, expected: tuple[int, ...]) -> None:
    assert counts(extracted(name).article) == expected


@pytest.mark.parametrize("name", NAMES)
def test_what_is_written_loads_without_faults_and_says_the_same(name: str) -> None:
    article = extracted(name).article

    read, faults = parse_article(article_markdown(article))

    assert not faults
    assert read == article
    assert list(read.statements) == list(article.statements)


@pytest.mark.parametrize("name", NAMES)
def test_an_article_in_the_form_stays_unchanged(name: str) -> None:
    article = extracted(name).article

    assert extract(article_markdown(article)).article == article


@pytest.mark.parametrize("name", NAMES)
def test_every_word_is_in_the_article_or_unmatched(name: str) -> None:
    text = (ARTICLES / name).read_text(encoding="utf-8")
    if name.endswith(".html"):
        text = re.sub(r"(?s)<(script|style)>.*?</\1>", " ", text)
        text = re.sub(r"<[^>]+>", " ", text).replace("&nbsp;", " ")
    text = re.sub(r"(?m)^\s*\d+\.\s|^[QA]: |^title:", "", text)  # numbers and labels of entries
    extraction = extracted(name)
    kept = article_markdown(extraction.article) + " ".join(
        each.text for each in extraction.unmatched
    )

    missing = set(words(text)) - set(words(kept.replace("%28", "(").replace("%29", ")")))

    assert not missing


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("change", ["\r\n", "\r", "bom"])
def test_line_ends_and_a_byte_order_mark_change_nothing(name: str, change: str) -> None:
    text = (ARTICLES / name).read_text(encoding="utf-8")
    changed = f"\ufeff{text}" if change == "bom" else text.replace("\n", change)

    assert extract(changed) == extracted(name)


def test_titles_of_key_points_may_have_apostrophes_and_full_stops() -> None:
    statements = extracted("iron_copied.txt").article.statements

    assert statements["KP2"].title == "Crohn's disease"
    assert statements["KP4"].title == "Ferritin vs. Haemoglobin"


def test_a_key_point_of_two_sentences_keeps_both() -> None:
    statements = extracted("iron_copied.txt").article.statements

    assert statements["KP1"].text == (
        "Iron sits at the heart of haemoglobin. Without it, blood carries less oxygen."
    )


def test_a_key_point_that_is_a_sentence_keeps_all_its_words() -> None:
    point = extracted("iron_copied.txt").article.statements["KP3"]

    assert point.text == "Tea and coffee with a meal hold iron back."
    assert point.title == "TODO: a title of two to four words"


def test_key_points_without_a_title_are_counted_in_a_note() -> None:
    notes = extracted("iron_copied.txt").notes

    assert "1 key point has no title: write two to four words where it says TODO." in notes


def test_a_paragraph_below_the_key_points_has_a_title_from_its_own_words() -> None:
    text = "# Salt\n\n## Key points\n\n- Thirst: It follows salt.\n\nSalt was once dear.\n"

    lead = extract(text).article.statements["B1"]

    assert (lead.title, lead.text) == ("Salt was once dear", "Salt was once dear.")


def test_the_heading_of_a_summary_is_not_the_title_of_its_text() -> None:
    statements = extracted("iron_copied.txt").article.statements

    assert not [
        statement
        for statement in statements.values()
        if statement.title.startswith("Quick Summary")
    ]


def test_headings_that_were_understood_are_unmatched_but_not_listed() -> None:
    extraction = extracted("sleep.md")
    left = {each.text for each in extraction.unmatched}
    to_look_at = {each.text for each in extraction.not_understood}

    headings = {"Key takeaways", "FAQ", "References", "Disclaimer", "Phases at a glance compared"}
    assert headings <= left
    assert not headings & to_look_at
    assert "Published on 4 May 2024" in to_look_at


def test_answers_without_questions_are_marked_todo() -> None:
    extraction = extracted("iron_copied.txt")
    titles = [
        c.title for c in extraction.article.statements.values() if c.kind is StatementKind.FAQ
    ]

    assert titles == ["TODO: which question does this answer?"] * 3
    assert any("3 answers" in note and "TODO" in note for note in extraction.notes)


def test_a_list_keeps_its_introduction() -> None:
    statements = extracted("iron_copied.txt").article.statements

    assert statements["L1"].text.split("\n")[0] == "Signs that may point to it include:"
    assert statements["L1"].title != statements["L2"].title
    assert statements["B5"].text == "Iron deficiency creeps in slowly."


def test_titles_are_short() -> None:
    for name in NAMES:
        for statement in extracted(name).article.statements.values():
            assert 0 < len(statement.title) <= 120


def test_boilerplate_is_unmatched_with_its_line() -> None:
    left = {each.line: each.text for each in extracted("iron_copied.txt").unmatched}

    assert left[1] == "Skip to main content"
    assert left[6] == "5 min read"
    assert left[29] == "How Iron Carries Oxygen"  # in the list of contents
    assert 31 in left
    assert 33 not in left


def test_sources_and_disclaimer_are_separated() -> None:
    article = extracted("sleep.md").article

    assert [source.url for source in article.sources] == [
        "https://library.example/dipping_%28sleep%29"
    ]
    assert article.disclaimer.startswith("Read this to learn.")


def test_a_reference_without_https_is_unmatched_with_its_address() -> None:
    assert any("http://library.example/old" in e.text for e in extracted("sleep.md").unmatched)


def test_a_missing_disclaimer_is_replaced_by_a_general_one_with_a_note() -> None:
    extraction = extracted("magnesium_tabs.txt")

    assert "does not replace the advice of a doctor" in extraction.article.disclaimer
    assert any("general one was added" in note for note in extraction.notes)


def test_pipe_tables_with_two_to_five_columns_are_read() -> None:
    for count in range(2, 6):
        head = [f"Name{n}" for n in range(count)]
        cells = [f"Cell {n}." for n in range(count)]
        table = f"| {' | '.join(head)} |\n{'|---' * count}|\n| {' | '.join(cells)} |"
        for start in ("# Salt\n\n## Key points\n\n- A: B\n\n", "Salt\n\nKey points\n\n• A: B\n\n"):
            article = extract(f"{start}{table}\n").article
            assert article.tables[0].head == tuple(head)
            assert article.tables[0].rows == (tuple(cells),)


def test_a_table_that_is_too_wide_is_unmatched_with_a_note() -> None:
    row = "| a | b | c | d | e | f |"
    extraction = extract(f"# Salt\n\n## Key points\n\n- A: B\n\n{row}\n{'|---' * 6}|\n{row}\n")

    assert not extraction.article.tables
    assert any("6 columns" in note for note in extraction.notes)
    assert any("a | b | c" in left.text for left in extraction.unmatched)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \n\n",
        "Just a line",
        "One paragraph of words. And one more.\n\nAnother paragraph.",
        "<html><body><p>Nothing here that teaches.</p></body></html>",
        "<html><script>var x = 1</script></html>",
        "<!doctype html><![if",
        "# A title\n\nSome text.",
        "{}",
        "...",
    ],
)
def test_text_without_structure_is_refused_with_advice(text: str) -> None:
    with pytest.raises(ExtractionError, match=r"^[^\n]+: [^\n]+\.$"):
        extract(text)


def test_long_texts_are_read_in_one_pass() -> None:
    text = (ARTICLES / "iron_copied.txt").read_text(encoding="utf-8")

    size = 1_000_000 if IN_CI else 250_000

    article = extract(text * (size // len(text))).article

    assert len(article.statements) > size / 200
    assert not parse_article(article_markdown(article))[1]


def test_the_words_of_formulas_and_drawings_are_unmatched() -> None:
    page = """<h1>Salt</h1><h2>Key points</h2><ul><li><b>Thirst:</b> It follows salt.</li></ul>
    <p>The share is <math><mi>Na</mi><mo>over</mo><mn>water</mn></math> here.</p>
    <svg><text>Blood pressure by age</text></svg><svg><path d="M0 0"/></svg>"""

    unmatched = {(each.text, each.reason) for each in extract(page).unmatched}

    assert ("Na over water", "a formula") in unmatched
    assert ("Blood pressure by age", "a drawing") in unmatched
