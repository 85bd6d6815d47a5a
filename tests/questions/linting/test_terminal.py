"""Findings as lines for a terminal."""

from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from questions import Item
from questions.linting import lint
from questions.linting.terminal import listing
from tests.questions.linting.factories import make_item, make_topic

NEGATIVE = "Which of these is not an effect of salt?"
LONG_ID = "salt-faq1-answer-how-many-grams-of-salt-should-adults-eat-each-day"


def lines(*items: Item, width: int = 80, everything: bool = False, one: str | None = None) -> str:
    console = Console(file=StringIO(), width=width)
    report = lint(make_topic(*items), one)
    return "\n".join(line.plain for line in listing(report, console, everything=everything))


def draft(name: str, **fields: Any) -> Item:
    return make_item(id=name, status="draft", **fields)


def test_a_heading_says_what_the_rule_means_and_what_to_do() -> None:
    told = " ".join(lines(draft("a", stem=NEGATIVE)).split())

    assert "block negative-stem: The question asks in the negative" in told
    assert "→ ask in the positive;" in told


def test_items_are_listed_below_their_rule() -> None:
    told = lines(draft("a", stem=NEGATIVE), draft("bcd", stem=NEGATIVE)).splitlines()

    assert "  a    it asks in the negative ('not')" in told
    assert "  bcd  it asks in the negative ('not')" in told


def test_blocking_rules_come_first_and_waived_ones_last() -> None:
    told = lines(
        draft("a", revision=2),
        draft("b", stem=NEGATIVE, waivers={"negative-stem": "it is the exception"}),
        draft("c", more="TODO"),
    )

    assert told.index("block ") < told.index("warn ") < told.index("waived ")
    assert "  b  it is the exception" in told


def test_drafts_come_after_the_approved_items_under_their_own_heading() -> None:
    told = lines(draft("a", stem=NEGATIVE), make_item(id="b", stem=NEGATIVE))

    before, after = told.split("Drafts: none of this counts until they are approved")
    assert "  b  it asks" in before
    assert "  a  it asks" in after
    assert "coverage" in before


def test_without_drafts_there_is_no_heading() -> None:
    assert "approved items and the bank" not in lines(make_item(stem=NEGATIVE))


def test_an_item_that_breaks_a_rule_twice_has_one_line() -> None:
    item = make_item("It helps", "It always hurts", "It never hurts", status="draft")

    told = [line for line in lines(item, width=200).splitlines() if "absolute term" in line]

    assert len(told) == 1
    assert "'always'" in told[0]
    assert "'never'" in told[0]


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 200])
def test_no_id_is_broken_and_nothing_else_is_wider_than_the_terminal(width: int) -> None:
    items = [draft(name, stem=NEGATIVE, more="TODO", revision=3) for name in ("short", LONG_ID)]

    told = lines(*items, width=width).splitlines()

    assert any(LONG_ID in line for line in told)
    assert [line for line in told if len(line) > max(width, 32) and LONG_ID not in line] == []
    if width >= 40:
        assert max(map(len, told)) <= max(width, len(LONG_ID) + 2)


def test_a_line_that_is_too_long_is_cut_unless_with_all() -> None:
    item = draft("salt", cites=("FAQ1",), evidence=("no words " * 30 + "last",))

    assert "…" in lines(item)
    assert "last'" not in lines(item)
    assert "last'" in lines(item, everything=True)


def test_a_single_item_is_printed_in_full() -> None:
    item = draft("salt", cites=("FAQ1",), evidence=("no words " * 30 + "last",))

    assert "last'" in lines(item, one="salt")
    assert "Drafts" not in lines(item, one="salt")


def test_a_rule_lists_five_items_and_counts_the_rest() -> None:
    five = [draft(f"s-{n}", more="TODO") for n in range(5)]

    assert "more (--all)" not in lines(*five)
    assert "  ... 1 more (--all)" in lines(*five, draft("s-5", more="TODO"))
    assert "s-5" in lines(*five, draft("s-5", more="TODO"), everything=True)


def test_texts_of_the_bank_may_be_anything() -> None:
    item = draft(
        "a", stem="Is [/bold] salt [red]not[/] 血は何を運びますか an evil?", more="TODO\n[/x]\nTODO"
    )

    assert "'not'" in lines(item)
