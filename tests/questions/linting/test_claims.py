"""Numbers and names that no cited statement has."""

from typing import Any

import pytest

from questions import Item, Option, Statement, StatementKind, Topic
from questions.linting.claims import numbers, unsupported_names, unsupported_numbers
from tests.questions.linting.factories import make_item, make_topic

STATEMENT = Statement(
    StatementKind.KEY_POINT,
    1,
    "Salt",
    "In Norway 86.7% ate 5 to 8 grams of salt a day, three of them 2,000,000 grains, as a 2.4 "
    "on Crohn's scale. Vitamin B12 is no salt.",
)


def topic(item: Item) -> Topic:
    topic = make_topic(item)
    return Topic(topic.slug, topic.title, topic.disclaimer, (), {"KP1": STATEMENT}, (item,))


def told(**fields: Any) -> list[str]:
    item = make_item(**fields)
    found = [*unsupported_numbers(item, topic(item)), *unsupported_names(item, topic(item))]
    return [each.removesuffix(", which no cited statement does") for each in found]


@pytest.mark.parametrize(
    "text",
    [
        "It was 86.7 % of them, or 87 in a hundred.", "Five to 8 grams; 5-8 grams; 5–8 grams.",
        "It was 2,000,000, two million, 2 million or 2000000 grains.", "It was 3 of them.",
        "It is twice as much, or one more.", "B12, B6 or omega-3 aside, it was 2.4 on the scale.",
        "The distractor said 40.", "TODO: say more. (draft 467727319816)",
    ],
)  # fmt: skip
def test_numbers_of_the_statement_or_a_distractor_are_supported(text: str) -> None:
    options = (*make_item().options[:2], Option(text="It was 40", why="It was not."))
    item = make_item(more=text, options=options)

    assert list(unsupported_numbers(item, topic(item))) == []


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("It was 86.8% of them.", "86.8"),
        ("It was 9 grams.", "9"),
        ("It was 5 to 9 grams or 5-9 grams.", "9"),
        ("It was 20,000,000 grains.", "20,000,000"),
        ("It was three million grains.", "three million"),
        ("It was 2.5.", "2.5"),
        ("Tom, 34, ate it.", "34"),  # an age only where people are introduced
    ],
)
@pytest.mark.parametrize("field", ["explanation", "more"])
def test_a_number_without_a_source_is_named_once(field: str, text: str, number: str) -> None:
    assert told(**{field: f"{text} {text}"}) == [f"`{field}` says {number}"]


def test_key_and_reasons_are_judged_and_distractors_are_not() -> None:
    options = (
        Option(text="It was 11", correct=True),
        Option(text="It was 12", why="It was not 13."),
        Option(text="It was 14", why="It was not 14."),
    )

    assert told(options=options) == ["`options[1].text` says 11", "`options[2].why` says 13"]


@pytest.mark.parametrize(
    "who",
    ["Tom, 34, rows.", "Ida is 78 and rows.", "A man of 75 with a boat rows.", "Ann, aged 9, rows.",
     "A 40-year-old rows.", "Leo is 30 years old."],
)  # fmt: skip
def test_ages_of_people_in_the_stem_are_no_claims(who: str) -> None:
    assert told(form="case", stem=f"{who} Why?") == []


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Some found it in Iceland.", "Iceland"),
        ("It is like vitamin D and B12.", "D"),
        ("It is rarely B6.", "B6"),
        ("It takes a DVT.", "DVT"),
        ("It is no (Danish) scale.", "Danish"),
    ],
)
def test_a_name_that_no_statement_has_is_found(text: str, name: str) -> None:
    assert told(more=text) == [f"`more` names {name}"]


@pytest.mark.parametrize(
    "text",
    ["In Norway it is on Crohn\u2019s scale.", "Iceland eats it. “Denmark too.” That is: Sweden.",
     "On Monday in May I found that B vitamins are none.", "It is “Finland” that says so."],
)  # fmt: skip
def test_names_of_the_statement_and_first_words_are_none(text: str) -> None:
    assert told(more=text) == []


def test_a_story_may_name_its_people_and_the_card_may_repeat_them() -> None:
    stem, more = "On the ferry, Aiko salts her egg. Why?", "So Aiko, like Bo, drinks."

    assert told(form="story", stem=stem, more=more) == ["`more` names Bo"]
    assert told(form="number", stem=stem, more=more) == ["`stem` names Aiko", "`more` names Bo"]


def test_numbers_are_read_with_their_words() -> None:
    text = "1,234.5 or 7 million, Twenty million, 1.5 billion; not B12, 12.x or 3rd"

    assert numbers(text) == {
        1234.5: "1,234.5", 7e6: "7 million", 2e7: "Twenty million", 1.5e9: "1.5 billion", 12: "12",
    }  # fmt: skip
