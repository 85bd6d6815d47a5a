"""The shipped topic is complete, within Telegram's limits, and cannot be guessed blindly."""

import re
from collections import Counter
from collections.abc import Callable
from math import sqrt
from pathlib import Path

import pytest

from questions import Item, StatementKind, Topic, load_topic

TOPIC = Path(__file__).parents[2] / "questions" / "vitamin-b12-blood-flow"
Score = Callable[[Item, str], float]
# A question a day for two months with no repeat but planned reviews, and a few to spare.
TWO_MONTHS = 66
# One-sided, with this many guessers.
BEYOND_CHANCE = 2.6


@pytest.fixture(scope="module")
def topic() -> Topic:
    return load_topic(TOPIC)


@pytest.fixture(scope="module")
def bank(topic: Topic) -> tuple[Item, ...]:
    """Returns approved items and drafts, which must follow the same rules."""
    return tuple(item for item in topic.items if item.status != "retired")


def statements_of(topic: Topic, *kinds: StatementKind) -> list[str]:
    return [statement.id for statement in topic.statements.values() if statement.kind in kinds]


def test_pages_show_items_as_they_are_printed(topic: Topic) -> None:
    items = topic.for_pages.approved
    texts = [text for item in items for text in (item.stem, item.key, item.explanation)]
    assert not [text for text in texts if "'" in text]
    assert "‘Poor circulation’ is like ‘a noise in the car’" in " ".join(texts)
    assert [each.id for each in items] == [each.id for each in topic.approved]


def test_no_shipped_item_has_fallen_back(topic: Topic) -> None:
    assert topic.fallen_back == ()
    assert len(topic.approved) >= TWO_MONTHS


def test_the_bank_lasts_for_two_months(bank: tuple[Item, ...]) -> None:
    assert len(bank) >= TWO_MONTHS


def test_the_article_has_every_numbered_statement(topic: Topic) -> None:
    counts = Counter(statement.kind for statement in topic.statements.values())

    assert counts[StatementKind.KEY_POINT] == 6
    assert counts[StatementKind.FAQ] == 7
    assert counts[StatementKind.TABLE_ROW] == 5
    assert counts[StatementKind.LIST] == 4
    questions = [
        statement.title
        for statement in topic.statements.values()
        if statement.kind is StatementKind.FAQ
    ]
    assert all(question.endswith("?") for question in questions)


def test_every_statement_is_covered(topic: Topic, bank: tuple[Item, ...]) -> None:
    counts = Counter(cited for item in bank for cited in item.cites)

    def below(least: int, *kinds: StatementKind) -> list[str]:
        return [cited for cited in statements_of(topic, *kinds) if counts[cited] < least]

    assert below(9, StatementKind.KEY_POINT) == []
    assert below(3, StatementKind.FAQ) == []
    assert below(2, StatementKind.TABLE_ROW, StatementKind.LIST, StatementKind.BACKGROUND) == []


def test_every_item_serves_a_key_point_and_all_are_covered(
    topic: Topic, bank: tuple[Item, ...]
) -> None:
    served = Counter(point.id if (point := topic.key_point_of(item)) else None for item in bank)

    assert set(served) == set(statements_of(topic, StatementKind.KEY_POINT))
    assert min(served.values()) >= 9


def test_the_objectives_follow_the_key_points(topic: Topic) -> None:
    served = [objective.key_point for objective in topic.objectives.values()]

    assert 12 <= len(served) <= 24
    assert served == sorted(served)
    assert set(served) == set(statements_of(topic, StatementKind.KEY_POINT))
    assert sum(len(topic.items_of(name)) for name in topic.objectives) == len(topic.approved)


def test_the_main_statement_of_every_item_has_evidence(
    topic: Topic, bank: tuple[Item, ...]
) -> None:
    def words(text: str) -> str:
        return " ".join(text.split())

    def rests_on(item: Item) -> str:
        return words(topic.cited(item)[0].text)

    bare = [i.id for i in bank if not any(words(each) in rests_on(i) for each in i.evidence)]
    assert bare == []


def test_there_is_less_recall_than_application(bank: tuple[Item, ...]) -> None:
    levels = Counter(item.level for item in bank)

    assert 4 * levels["recall"] <= len(bank)
    assert 3 * levels["apply"] >= len(bank)
    assert set(levels) == {"recall", "understand", "apply"}


def test_there_are_easy_and_hard_items(bank: tuple[Item, ...]) -> None:
    share = {name: n / len(bank) for name, n in Counter(i.difficulty for i in bank).items()}

    assert 0.15 <= share["easy"] <= 0.25
    assert 0.45 <= share["medium"] <= 0.55
    assert 0.2 <= share["hard"] <= 0.35


def test_no_week_need_be_like_another(bank: tuple[Item, ...]) -> None:
    forms = Counter(item.form for item in bank)

    assert min(forms["number"], forms["case"]) >= 10
    assert min(forms["swap"], forms["myth"]) >= 8
    assert min(forms["story"], forms["picture"]) >= 6


def test_texts_fit_into_a_poll_with_room_for_the_disclaimer(bank: tuple[Item, ...]) -> None:
    for item in bank:
        assert len(item.stem) <= 300
        assert max(len(option.text) for option in item.options) <= 100
        assert len(item.explanation) + len(" Not medical advice.") <= 200
        assert len(item.more) <= 600


@pytest.mark.parametrize(
    ("flaw", "pattern"),
    [
        ("none or all of the above", r"\b(none|all|both) of (the above|these)\b"),
        ("absolute term", r"\b(always|never|only|all|none|everyone|completely|nothing)\b"),
        ("place of an option", r"\b(first|second|third|fourth|last) (answer|option)\b"),
        ("combination of letters", r"\b(both )?[A-D] and [A-D]\b"),
    ],
)
def test_no_option_gives_itself_away(bank: tuple[Item, ...], flaw: str, pattern: str) -> None:
    texts = [option.text for item in bank for option in item.options]

    assert [text for text in texts if re.search(pattern, text, re.IGNORECASE)] == [], flaw


def test_no_stem_asks_in_the_negative(bank: tuple[Item, ...]) -> None:
    def lead_in(item: Item) -> str:
        return re.split(r"[.!?]['’]?\s+", item.stem)[-1]

    negative = re.compile(r"\b(not|except|least|false|never|cannot)\b", re.IGNORECASE)
    assert [item.id for item in bank if negative.search(lead_in(item))] == []


def test_no_key_is_clearly_the_longest(bank: tuple[Item, ...]) -> None:
    def sticks_out(item: Item) -> bool:
        longest = max(len(option.text) for option in item.distractors)
        return len(item.key.split()) >= 4 and len(item.key) > 1.25 * longest

    assert [item.id for item in bank if sticks_out(item)] == []


def test_no_option_contains_another(bank: tuple[Item, ...]) -> None:
    contained = [
        (item.id, one.text)
        for item in bank
        for one in item.options
        for other in item.options
        if one is not other
        and re.search(rf"(?<![\w.,]){re.escape(one.text)}(?!\w)", other.text, re.IGNORECASE)
    ]
    assert contained == []


def content_words(text: str) -> set[str]:
    """Returns rough stems: the first five letters of words with four or more."""
    return {word[:5] for word in re.findall(r"\w{4,}", text.casefold())}


def overlap_with_stem(item: Item, text: str) -> float:
    return len(content_words(text) & content_words(item.stem))


def likeness_to_others(item: Item, text: str) -> float:
    others = [option.text for option in item.options if option.text != text]
    return sum(len(content_words(text) & content_words(other)) for other in others)


def z_of_guesser(items: tuple[Item, ...], score: Score) -> float:
    """Returns the z of a guesser who takes the option with the highest score.

    Each of k tied options counts 1/k.
    """
    hits = expected = variance = 0.0
    for item in items:
        scores = [score(item, option.text) for option in item.options]
        best = scores.count(max(scores))
        hits += (scores[0] == max(scores)) / best
        chance = 1 / len(item.options)
        expected += chance
        variance += chance * (1 - chance)
    return (hits - expected) / sqrt(variance)


GUESSERS: dict[str, Score] = {
    "longest": lambda _, text: len(text),
    "shortest": lambda _, text: -len(text),
    "most words": lambda _, text: len(text.split()),
    "most overlap with the stem": overlap_with_stem,
    "least overlap with the stem": lambda item, text: -overlap_with_stem(item, text),
    "most like the others": likeness_to_others,
    "least like the others": lambda item, text: -likeness_to_others(item, text),
    "most cautious": lambda _, text: len(re.findall(r"\b(may|can|often|probably)\b", text)),
}


@pytest.mark.parametrize("guesser", GUESSERS)
def test_a_blind_guesser_does_no_better_than_chance(
    topic: Topic, bank: tuple[Item, ...], guesser: str
) -> None:
    assert z_of_guesser(topic.approved, GUESSERS[guesser]) < BEYOND_CHANCE
    assert z_of_guesser(bank, GUESSERS[guesser]) < BEYOND_CHANCE


def test_the_guesser_test_would_notice_a_bank_whose_keys_are_longest(
    bank: tuple[Item, ...],
) -> None:
    def padded(item: Item) -> Item:
        key = item.options[0].model_copy(update={"text": item.key + " x" * 60})
        return item.model_copy(update={"options": (key, *item.distractors)})

    worse = tuple(padded(item) for item in bank)

    assert z_of_guesser(worse, GUESSERS["longest"]) > BEYOND_CHANCE
