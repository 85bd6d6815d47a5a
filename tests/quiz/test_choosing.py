"""Choosing the next item, and the order in which its options are shown."""

from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions import Item
from quizbot.quiz.answers.memory import Memory, review, review_all
from quizbot.quiz.asking.choosing import ItemPool, LearnerHistory, shuffle_options
from tests.quiz.steps import TOPIC, make_item

SEEDS = st.integers(0, 10_000)
DAY = timedelta(days=1)
START = date(2026, 11, 23)


def close(one: Item, other: Item) -> bool:
    """Returns whether the two must not follow each other."""
    return (
        one.objective == other.objective
        or bool({*one.cites} & {*other.cites})
        or other.id in one.keep_apart
        or one.id in other.keep_apart
    )


class Learner:
    """Somebody who gets a question a day."""

    def __init__(self, pool: ItemPool) -> None:
        self.pool, self.today = pool, START
        self.memories: dict[str, Memory] = {}
        self.asked: list[str] = []

    def day(self, right: bool | None = True) -> Item:
        """Asks the question of the day, answered right, wrong or not at all (None)."""
        past = LearnerHistory.of(self.memories, self.asked, self.asked[-1:])
        item, _ = self.pool.choose_daily(past, self.today)
        if right is not None:
            self.answers(item.id, right)
        self.asked.append(item.id)
        self.today += DAY
        return item

    def answers(self, item_id: str, right: bool) -> None:
        memory = self.memories.get(item_id)
        self.memories[item_id] = review(memory, self.today, correct=right)


def unrelated_items(count: int) -> list[Item]:
    return [make_item(f"item-{number}", cites=(f"KP{number}",)) for number in range(count)]


def known(*answers: tuple[int, bool]) -> Memory:
    """Returns the memory after answers this many days after the start."""
    memory = review_all((START + days * DAY, right) for days, right in answers)
    assert memory is not None
    return memory


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_items_that_follow_each_other_are_not_close_while_answers_are_right(seed: int) -> None:
    """The shipped bank always has another item."""
    learner = Learner(ItemPool.of(TOPIC, Random(seed)))
    asked = [learner.day() for _ in range(2 * len(TOPIC.approved))]
    assert not [(one.id, two.id) for one, two in pairwise(asked) if close(one, two)]


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.data())
def test_every_repeat_is_a_planned_review(seed: int, data: st.DataObject) -> None:
    """For two months: a repeat is due, or related to the item answered wrong the day before."""
    learner, answered_wrong = Learner(ItemPool.of(TOPIC, Random(seed))), ""
    for _ in range(60):
        memories, today, right = dict(learner.memories), learner.today, data.draw(st.booleans())
        item = learner.day(right)
        planned = item.id not in memories or memories[item.id].due_on <= today
        assert planned or item.id in TOPIC.related_to(answered_wrong)
        answered_wrong = "" if right else item.id


def test_due_items_come_before_new_ones_the_most_forgotten_first() -> None:
    pool = ItemPool(unrelated_items(4), Random(1))
    memories = {"item-1": known((0, True)), "item-2": known((0, False)), "item-3": known((0, True))}
    for days, expected in ((1, "item-2"), (3, "item-2")):
        item, _ = pool.choose_daily(
            LearnerHistory.of(memories, ["item-3"], ["item-3"]), START + days * DAY
        )
        assert item.id == expected
    del memories["item-2"]
    history = LearnerHistory.of(memories, ["item-3"], ["item-3"])
    assert pool.choose_daily(history, START + 1 * DAY)[0].id != "item-1"
    history = LearnerHistory.of(memories, ["item-3"], ["item-3"])
    assert pool.choose_daily(history, START + 2 * DAY)[0].id == "item-1"


def test_new_items_come_easier_ones_first_and_then_by_key_points_in_turn() -> None:
    items = [
        make_item("a1", cites=("KP1",)),
        make_item("a2", cites=("B1",)),
        make_item("b1", cites=("KP2",)),
        make_item("c1", cites=("KP3",)).model_copy(update={"difficulty": "hard"}),
    ]
    points = {"a1": "KP1", "a2": "KP1", "b1": "KP2", "c1": "KP3"}
    for seed in range(10):
        pool = ItemPool(items, Random(seed), points)
        past = LearnerHistory.of({"a1": known((0, True))}, ["a1"], ["a1"])
        assert pool.choose_daily(past, START + DAY)[0].id == "b1"


def test_unanswered_items_come_after_new_ones() -> None:
    learner = Learner(ItemPool(unrelated_items(3), Random(1)))
    asked = [learner.day(None).id for _ in range(6)]
    assert sorted(asked[:3]) == ["item-0", "item-1", "item-2"]
    assert asked[3:] == asked[:3]


def test_without_due_or_new_items_the_one_forgotten_soonest_comes() -> None:
    pool = ItemPool(unrelated_items(3), Random(1))
    memories = {
        "item-0": known((0, True), (3, True), (15, True)),
        "item-1": known((0, True), (2, True), (14, True)),
        "item-2": known((15, True)),
    }
    history = LearnerHistory.of(memories, ["item-2"], ["item-2"])
    assert pool.choose_daily(history, START + 16 * DAY)[0].id == "item-1"


def related_items() -> list[Item]:
    """Returns two items of one objective, and one that is close to neither."""
    return [
        make_item("a", objective="one"),
        make_item("b", objective="one"),
        make_item("other", cites=("KP9",)),
    ]


def test_a_wrong_answer_brings_a_related_item_the_next_day() -> None:
    for seed in range(10):
        learner = Learner(ItemPool(related_items(), Random(seed)))
        learner.answers("a", right=False)
        learner.asked, learner.today = ["a"], START + DAY
        assert learner.day().id == "b"


def test_a_right_answer_brings_no_related_item_the_next_day() -> None:
    for seed in range(10):
        learner = Learner(ItemPool(related_items(), Random(seed)))
        learner.answers("a", right=True)
        learner.asked, learner.today = ["a"], START + DAY
        assert learner.day().id == "other"


def test_an_item_without_related_ones_comes_back_after_another_item() -> None:
    learner = Learner(ItemPool(unrelated_items(3), Random(1)))
    first = learner.day(right=False)
    assert learner.day() != first
    assert learner.day() == first


@given(SEEDS, st.data())
def test_a_small_bank_repeats_nothing_the_next_day_and_asks_everything(
    seed: int, data: st.DataObject
) -> None:
    """Five items that are not related, whatever the answers."""
    learner = Learner(ItemPool(unrelated_items(5), Random(seed)))
    asked = [learner.day(data.draw(st.booleans())).id for _ in range(14)]
    assert all(one != two for one, two in pairwise(asked))
    assert len(set(asked)) == 5


def test_a_related_item_that_gives_the_answer_away_does_not_come() -> None:
    items = [
        make_item("a", objective="one"),
        make_item("b", objective="one", keep_apart=("a",)),
    ]
    learner = Learner(ItemPool([*items, *unrelated_items(2)], Random(1)))
    learner.answers("a", right=False)
    learner.asked, learner.today = ["a"], START + DAY
    assert learner.day().id not in {"a", "b"}


def test_a_key_point_answered_wrong_twice_in_a_row_rests_for_a_day() -> None:
    learner = Learner(ItemPool(related_items(), Random(1)))
    learner.answers("a", right=False)
    learner.asked, learner.today = ["a"], START + DAY
    assert learner.day(right=False).id == "b"
    assert learner.day().id == "other"


def test_after_two_repeats_in_a_row_something_new_comes() -> None:
    items = unrelated_items(6)
    due = {f"item-{number}": known((0, False)) for number in range(4)}
    asked = ["item-0", "item-1", "item-2", "item-0", "item-1"]
    for seed in range(10):
        pool = ItemPool(items, Random(seed))
        after_one = LearnerHistory.of(due, asked[:4], asked[3:4])
        assert pool.choose_daily(after_one, START + 4 * DAY)[0].id in due
        answered = due | {"item-1": known((4, True))}
        after_two = LearnerHistory.of(answered, asked, asked[4:])
        assert pool.choose_daily(after_two, START + 5 * DAY)[0].id in {"item-4", "item-5"}
        smaller = ItemPool(items[:4], Random(seed))
        assert smaller.choose_daily(after_two, START + 5 * DAY)[0].id in due


def test_somebody_who_is_always_wrong_is_asked_about_every_key_point() -> None:
    learner = Learner(ItemPool.of(TOPIC, Random(1)))
    asked = [learner.day(right=False) for _ in range(90)]
    assert {point.id for item in asked if (point := TOPIC.key_point_of(item))} == {
        point.id for point in TOPIC.key_points
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (make_item("a", cites=("KP1", "KP2")), make_item("b", cites=("KP2", "KP3"))),
        (make_item("a", objective="one"), make_item("b", cites=("KP2",), objective="one")),
        (make_item("a", keep_apart=("b",)), make_item("b", cites=("KP2",))),
        (make_item("a"), make_item("b", cites=("KP2",), keep_apart=("a",))),
    ],
    ids=["same statement", "same objective", "kept apart", "keeping apart"],
)
def test_a_close_item_waits_even_if_only_a_known_one_is_left(first: Item, second: Item) -> None:
    other = make_item("other", cites=("KP9",))
    for seed in range(20):
        pool = ItemPool([first, second, other], Random(seed))
        past = LearnerHistory.of({"other": known((0, True))}, ["other", "a"], ["a"])
        assert pool.choose_daily(past, START + DAY)[0].id == "other"
        assert pool.choose_practice(["other", "a"], ["a"])[0].id == "other"


def test_practice_brings_new_items_and_then_the_least_recent() -> None:
    pool, seen = ItemPool(unrelated_items(6), Random(1)), list[str]()
    for _ in range(12):
        seen.append(pool.choose_practice(seen, seen[-1:])[0].id)
    assert sorted(seen[:6]) == [item.id for item in pool.items]
    assert seen[6:] == seen[:6]


def test_if_all_items_are_close_the_least_recently_practised_comes() -> None:
    items = [make_item("a"), make_item("b")]
    assert ItemPool(items, Random(1)).choose_practice(["b", "a"], ["a"])[0].id == "b"
    assert ItemPool(items[:1], Random(1)).choose_practice(["a"], ["a"])[0].id == "a"


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="no approved questions"):
        ItemPool([], Random(1)).choose_daily(LearnerHistory(), START)


def test_chance_decides_among_equals() -> None:
    items = unrelated_items(6)
    assert (
        len(
            {
                ItemPool(items, Random(seed)).choose_daily(LearnerHistory(), START)[0].id
                for seed in range(50)
            }
        )
        == 6
    )


def test_a_choice_is_an_item_with_an_order_of_its_options() -> None:
    item, order = ItemPool.of(TOPIC, Random(1)).choose_daily(LearnerHistory(), START)
    assert sorted(order) == [str(place) for place in range(len(item.options))]


@given(SEEDS, st.integers(2, 10))
def test_a_shuffle_is_a_permutation(seed: int, count: int) -> None:
    item = make_item("a", options=tuple(f"option {chr(65 + number)}" for number in range(count)))
    assert sorted(shuffle_options(item, Random(seed))) == [str(place) for place in range(count)]


def test_the_key_gets_every_place() -> None:
    orders = {shuffle_options(make_item("a"), Random(seed)) for seed in range(100)}
    assert len(orders) == 6


@given(SEEDS, st.lists(st.integers(0, 5000), min_size=2, max_size=4, unique=True))
def test_numbers_stay_in_ascending_order(seed: int, numbers: list[int]) -> None:
    for form in ("{}", "{}%", "{:,}", "{}.5", "{} mg", "£{}"):
        options = tuple(form.format(number) for number in numbers)
        order = shuffle_options(make_item("a", options=options), Random(seed))
        assert [numbers[int(place)] for place in order] == sorted(numbers)
