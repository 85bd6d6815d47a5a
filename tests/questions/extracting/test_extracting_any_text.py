"""Any text gives an article that loads, or a clear refusal, and no word is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from questions.article import parse_article
from questions.extracting import ExtractionError, article_markdown, extract
from questions.wording import words
from tests.questions.sizes import examples

MARKS = [
    *"# ## ### > ~~~ ``` --- === | |---|---| … ? ؟ ; ### KP1 T1 \\".split(),
    *"<!-- --> <![CDATA[ <![if <br> &amp; &#0; <p> </p> <ul> </ul> <li> </li> <table> <tr>".split(),
    *"<td> </td> </table> <dl> <dt> <dd> <h1> </h1> <article> </article> <nav> </nav>".split(),
    *"<aside> <button> <details> <summary> <pre> <strong> </strong> **b** [x](https://b.io)".split(),
    *["# ", "## ", "- ", "• ", "1. ", "12) ", "  - ", "Q: ", "A: ", "https://a.example/(x)[y]"],
    *["[a]: https://c.example 'T'\n", "---\n", "===\n", "|---|---|\n"],
    *["\n", "\n\n", "\r\n", "\r", "\t", "  ", "\x00", "\x1c", "\x85", "\u2028"],
]
LINES = [
    "Key points\n",
    "FAQ\n",
    "Frequently Asked Questions\n\n",
    "Disclaimer\n",
    "Sources\n",
    "In This Article\n",
    "What is it?\n",
    "Feature Good Sleep Poor Sleep\n",
    "Energy High all day. Low at noon.\n",
    "Iron: it carries oxygen. It does.\n",
    "This does not replace the advice of a doctor.\n",
    "## Disclaimer\n",
    "Is it? Yes.\n",
    "\ufeff\u00ad\u200b\n",
]
STARTS = [
    "",
    "Key points\n\n• A: B.\n\n",
    "# T\n\n## Key points\n\n- a b\n\n",
    "<html><h2>FAQ</h2>",
]
anything = st.lists(
    st.one_of(st.sampled_from(MARKS), st.sampled_from(LINES), st.text(max_size=12)), max_size=40
).map("".join)


@settings(max_examples=examples(300), deadline=None)
@given(st.sampled_from(STARTS), anything)
def test_any_text_becomes_an_article_that_loads_or_is_refused(start: str, text: str) -> None:
    try:
        article = extract(start + text).article
    except ExtractionError:
        return

    read, faults = parse_article(article_markdown(article))

    assert not faults
    assert read == article


word = st.text("abcdefghijklmnopqrstuvwxyzäéßλжب", min_size=2, max_size=9)
sentence = st.lists(word, min_size=3, max_size=9).map(lambda ws: f"{' '.join(ws).capitalize()}.")
heading = st.lists(word, min_size=1, max_size=5).map(lambda ws: " ".join(ws).capitalize())
paragraph = st.lists(sentence, min_size=1, max_size=3).map(" ".join)
bullets = st.lists(sentence, min_size=1, max_size=4).map(lambda es: "\n".join(f"• {e}" for e in es))
intro = sentence.map(lambda text: f"{text[:-1]}:")
question = heading.map(lambda text: f"{text}?")
row = st.tuples(heading, sentence, sentence).map(" ".join)
table = st.lists(row, min_size=1, max_size=4).map(
    lambda rows: "\n".join(["Feature Good Sleep Poor Sleep", *rows])
)
boilerplate = st.sampled_from(["4 min read", "Skip to content", "In This Article", "References"])
section = st.sampled_from(["Frequently Asked Questions", "Medical Disclaimer", "Quick Summary"])
block = st.one_of(heading, paragraph, bullets, intro, question, table, boilerplate, section)


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(block, max_size=20), st.booleans())
def test_no_word_of_a_copied_page_is_lost(blocks: list[str], apart: bool) -> None:
    text = ("\n\n" if apart else "\n").join(["Title of it", "Key points", "• A: Bc.", *blocks])

    extraction = extract(text)

    kept = article_markdown(extraction.article)
    kept += " ".join(left.text for left in extraction.unmatched)
    assert not set(words(text)) - set(words(kept))
