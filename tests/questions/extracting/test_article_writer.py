"""`article_markdown` writes what `parse_article` reads back, whatever the statements say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from questions import Source, Statement, StatementKind
from questions.article import Article, Table, parse_article, row_text
from questions.extracting import article_markdown
from questions.extracting.blocks import clean, has_words
from tests.questions.sizes import examples

odd = st.sampled_from(["#", "##", "- a", "|", "\\|", "### KP1 x", "## Sources", "1.", "T1", "---"])
line = (
    st.lists(st.one_of(odd, st.text(max_size=30)), min_size=1, max_size=8)
    .map(lambda parts: clean(" ".join(parts)))
    .filter(has_words)
)
text = st.lists(st.one_of(line, line.map(lambda entry: f"- {entry}")), min_size=1, max_size=5).map(
    "\n".join
)
Headed = dict[StatementKind, list[tuple[str, str]]]
headed = st.lists(st.tuples(line, text), max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    width = draw(st.integers(2, 5))
    row = st.tuples(*[line] * width)
    return Table(draw(row), tuple(draw(st.lists(row, min_size=1, max_size=3))))


@st.composite
def articles(draw: st.DrawFn) -> Article:
    kinds: Headed = {
        kind: draw(headed) for kind in StatementKind if kind is not StatementKind.TABLE_ROW
    }
    kinds[StatementKind.KEY_POINT].append((draw(line), draw(text)))
    grids = draw(st.lists(tables(), max_size=2))
    rows = [(row[0], row_text(table.head, row)) for table in grids for row in table.rows]
    kinds[StatementKind.TABLE_ROW] = rows
    statements = [
        Statement(kind, number, title, body, draw(line) if kind is StatementKind.FACT else "")
        for kind, found in kinds.items()
        for number, (title, body) in enumerate(found, 1)
    ]
    sources = draw(st.lists(st.just(Source("A library", "https://a.example/b")), max_size=2))
    return Article(
        draw(line), {c.id: c for c in statements}, tuple(sources), draw(text), tuple(grids)
    )


@settings(max_examples=examples(150), deadline=None)
@given(articles())
def test_what_is_written_is_read_back(article: Article) -> None:
    read, faults = parse_article(article_markdown(article))

    assert not faults
    assert read == article


def test_long_lines_are_wrapped_and_never_into_a_heading_or_an_entry() -> None:
    body = "word " * 19 + "- ## # 1. 2) > + * end " * 20
    statement = Statement(StatementKind.KEY_POINT, 1, "Salt", clean(body))

    written = article_markdown(Article("Salt", {"KP1": statement}, (), "Learn."))

    body_lines = written.split("\n## ")[1].split("\n")[3:]
    assert len(body_lines) > 3
    assert not any(line.startswith(("-", "#", "1.", ">", "+", "*")) for line in body_lines[1:])
