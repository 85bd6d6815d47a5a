"""Whatever an article says, its drafts load."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from questions.article import parse_article
from questions.bank import parse_bank
from questions.bank_file import BankFile
from questions.drafting import draft_items
from tests.questions.drafting.articles import END, POSTURE
from tests.questions.sizes import examples

# Fragments that the rules look at, mixed with any letters, signs and blanks.
FRAGMENTS = st.sampled_from(
    """is a|which refers to|, the|(|)|called|that is,|—|:|: |.|?|!|, and|; |not|e.g.|“|”|"|'|{|[|#
    |TODO|$|%|١٢|漢字|ßüñ|\u200d|😀|no|yes|all of the above|e\u0301|Signs of|Foods|the lining of
    |12:30|1_000|&a|*a|!!str|@|`|~|<b>|more than|Ferritin|layer|protein|cells""".split("|")
)
WORDS = st.lists(
    st.one_of(
        FRAGMENTS,
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=12),
    ),
    min_size=1,
    max_size=25,
).map(lambda parts: " ".join(" ".join(parts).split()) or "nothing")
LINE = WORDS.map(lambda text: text.replace("|", "/").lstrip("#- ") or "nothing")


@st.composite
def articles(draw: st.DrawFn) -> str:
    def statements(prefix: str, least: int) -> str:
        pairs = draw(st.lists(st.tuples(LINE, LINE), min_size=least, max_size=4))
        return "\n\n".join(
            f"### {prefix}{number} {title}\n{text}" for number, (title, text) in enumerate(pairs, 1)
        )

    def entries() -> str:
        return "\n".join(f"- {line}" for line in draw(st.lists(LINE, min_size=1, max_size=5)))

    rows = draw(st.lists(st.tuples(LINE, LINE, LINE), min_size=1, max_size=4))
    table = "\n".join(f"| T{number} | {' | '.join(row)} |" for number, row in enumerate(rows, 1))
    titles = draw(st.lists(st.sampled_from(["Causes of it", "Signs of it"]), max_size=2))
    lists = "\n\n".join(
        f"### L{number} {title}\n{draw(LINE)}\n\n{entries()}"
        for number, title in enumerate(titles, 1)
    )
    return (
        f"# {draw(LINE)}\n\n## Key points\n\n{statements('KP', 1)}\n\n"
        f"## Frequently asked questions\n\n{statements('FAQ', 0)}\n\n"
        f"## Comparison\n\n| No. | {draw(LINE)} | one | two |\n|---|---|---|---|\n{table}\n\n"
        f"## Lists\n\n{lists}\n\n## Background\n\n{statements('B', 0)}\n{END}"
    )


@settings(deadline=None, max_examples=examples(30), suppress_health_check=list(HealthCheck))
@given(articles())
def test_drafts_of_any_article_load(text: str) -> None:
    content, faults = parse_article(text)
    if faults:
        return  # refused at the border
    drafted = draft_items(content, "any-topic")
    file = BankFile.empty("any-topic")
    file.add_objectives(drafted.objectives)
    file.append(drafted.items)
    bank = parse_bank(file.text(), "any-topic", content.statements)

    assert bank.faults == ()
    assert bank.items == drafted.items
    assert draft_items(content, "any-topic", bank.items, objectives=bank.objectives).items == ()


def test_control_characters_are_not_drafted() -> None:
    content, _ = parse_article(POSTURE.replace("gentle movement", "gentle\x07 movement"))

    assert "KP2" in draft_items(content, "posture").bare
