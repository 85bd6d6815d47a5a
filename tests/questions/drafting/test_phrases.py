"""Cutting sentences to options, and choosing distractors."""

from questions.drafting.draft import Wrong
from questions.drafting.phrases import (
    Pool,
    as_option,
    explanation,
    key_sentence,
    padded,
    small,
    stands_out,
)
from questions.items import EXPLANATION_LIMIT, OPTION_LIMIT, UNFINISHED

LONG = "Bright screens late in the evening push the inner clock back by about an hour or more"


def test_a_long_sentence_loses_its_afterthought() -> None:
    assert as_option(f"{LONG}, which makes the next morning harder.") == LONG


def test_narrowing_words_are_never_cut() -> None:
    assert as_option(f"{LONG}, but only where they are held close to the eyes.") is None
    assert as_option(f"{LONG}; unless they are dimmed.") is None


def test_names_keep_their_capital_within_a_sentence() -> None:
    assert small("B12 and folate") == "B12 and folate"
    assert small("Folate") == "folate"


def test_an_enumeration_keeps_its_end() -> None:
    text = (
        "Late meals, bright screens, loud music in the next room, long naps at noon, and worries "
    )

    assert as_option(f"{text} about the coming day at work") is None


def test_too_short_a_beginning_takes_the_next_sentence_with_it() -> None:
    found = key_sentence("It can. Light at night delays sleep. More follows.")

    assert found is not None
    assert found.option == "It can. Light at night delays sleep"


def test_an_explanation_that_does_not_fit_is_left_to_a_person() -> None:
    assert explanation("x" * (EXPLANATION_LIMIT + 1)).startswith(UNFINISHED)
    assert explanation("x" * (EXPLANATION_LIMIT + 1), "short") == "Short"


def test_distractors_are_those_of_like_length_and_other_groups() -> None:
    texts = ("Oats", "Prunes", "Beans in tomato sauce", "x" * (OPTION_LIMIT + 1))
    pool = Pool([Wrong(text, "why", text[0]) for text in texts])

    assert [wrong.text for wrong in pool.like("Lentils", count=2)] == ["Oats", "Prunes"]
    assert [wrong.text for wrong in pool.like("Peas", "P", count=1)] == ["Oats"]


def test_no_distractors_rather_than_a_key_that_stands_out() -> None:
    key = "Beans, oats and prunes on one plate"

    assert stands_out(key, [Wrong("Oats", "why")])
    assert Pool([Wrong("Oats", "why"), Wrong("Leeks", "why")]).like(key) == ()


def test_options_that_say_the_same_are_not_offered_together() -> None:
    pool = Pool([Wrong("Red meat", "why"), Wrong("Meat", "why"), Wrong("Fish", "why")])

    assert {wrong.text for wrong in pool.like("Milk")} == {"Meat", "Fish"}


def test_missing_distractors_are_asked_for() -> None:
    options = padded([Wrong("Oats", "why")])

    assert len(options) == 2
    assert UNFINISHED in options[1].text
    assert UNFINISHED in options[1].why
