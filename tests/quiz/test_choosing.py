"""Which item next, and in which order its options are shown."""

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions import Item
from quizbot.quiz.choosing import Deck, choose, shuffle
from tests.quiz.stage import TOPIC, make_item

SEEDS = st.integers(0, 10_000)


def close(one: Item, other: Item) -> bool:
    """Whether they may not be neighbours."""
    named = {*one.siblings, *one.keep_apart}, {*other.siblings, *other.keep_apart}
    return (
        one == other
        or bool({*one.cites} & {*other.cites})
        or other.id in named[0]
        or one.id in named[1]
    )


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_neighbours_are_never_close_while_anything_else_is_there(seed: int) -> None:
    """The shipped bank always has something else."""
    items, rng, seen = TOPIC.approved, Random(seed), list[Item]()
    for _ in range(2 * len(items)):
        seen.append(choose(items, [item.id for item in seen], [item.id for item in seen[-1:]], rng))
    assert not [(one.id, two.id) for one, two in pairwise(seen) if close(one, two)]


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_nothing_repeats_while_something_unseen_could_come(seed: int) -> None:
    items, rng, seen = TOPIC.approved, Random(seed), list[Item]()
    for _ in range(2 * len(items)):
        drawn = choose(items, [item.id for item in seen], [item.id for item in seen[-1:]], rng)
        if drawn in seen:
            assert all(item in seen or close(item, seen[-1]) for item in items)
        seen.append(drawn)


@given(SEEDS)
def test_without_close_ones_all_are_seen_before_any_repeats_and_then_the_oldest(seed: int) -> None:
    items = [make_item(f"item-{number}", cites=(f"KP{number}",)) for number in range(6)]
    rng, seen = Random(seed), list[str]()
    for _ in range(12):
        seen.append(choose(items, seen, seen[-1:], rng).id)
    assert sorted(seen[:6]) == [item.id for item in items]
    assert seen[6:] == seen[:6]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (make_item("a", cites=("KP1", "KP2")), make_item("b", cites=("KP2", "KP3"))),
        (make_item("a", siblings=("b",)), make_item("b", cites=("KP2",))),
        (make_item("a"), make_item("b", cites=("KP2",), siblings=("a",))),
        (make_item("a", keep_apart=("b",)), make_item("b", cites=("KP2",))),
        (make_item("a"), make_item("b", cites=("KP2",), keep_apart=("a",))),
    ],
    ids=["same claim", "named sibling", "naming sibling", "kept apart", "keeping apart"],
)
def test_a_close_one_waits_even_where_only_a_seen_one_is_left(first: Item, second: Item) -> None:
    other = make_item("other", cites=("KP9",))
    drawn = {choose([first, second, other], ["other", "a"], ["a"], Random(n)).id for n in range(20)}
    assert drawn == {"other"}


def test_where_all_are_close_the_one_not_seen_for_longest_comes() -> None:
    items = [make_item("a"), make_item("b")]
    assert choose(items, ["b", "a"], ["a"], Random(1)).id == "b"
    assert choose(items[:1], ["a"], ["a"], Random(1)).id == "a"


def test_no_items_are_refused() -> None:
    with pytest.raises(ValueError, match="no approved questions"):
        choose([], [], [], Random(1))


def test_chance_decides_among_equals() -> None:
    items = [make_item(f"item-{number}", cites=(f"KP{number}",)) for number in range(6)]
    assert len({choose(items, [], [], Random(seed)).id for seed in range(50)}) == 6


def test_a_deck_draws_an_item_with_an_order_for_it() -> None:
    item, order = Deck(TOPIC.approved, Random(1)).draw([], [])
    assert sorted(order) == [str(place) for place in range(len(item.options))]


@given(SEEDS, st.integers(2, 10))
def test_a_shuffle_is_a_permutation(seed: int, count: int) -> None:
    item = make_item("a", options=tuple(f"option {chr(65 + number)}" for number in range(count)))
    assert sorted(shuffle(item, Random(seed))) == [str(place) for place in range(count)]


def test_the_key_takes_every_place() -> None:
    orders = {shuffle(make_item("a"), Random(seed)) for seed in range(100)}
    assert len(orders) == 6


@given(SEEDS, st.lists(st.integers(0, 5000), min_size=2, max_size=4, unique=True))
def test_numbers_stay_in_ascending_order(seed: int, numbers: list[int]) -> None:
    for form in ("{}", "{}%", "{:,}", "{}.5"):
        options = tuple(form.format(number) for number in numbers)
        order = shuffle(make_item("a", options=options), Random(seed))
        assert [numbers[int(place)] for place in order] == sorted(numbers)
