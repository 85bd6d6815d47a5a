"""Choosing the objective and the item, and the order in which its options are shown."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db.models import DAILY, Purpose
from questions import Item
from quizbot.quiz.answers.memory import (
    COUNTED_PRACTICE,
    ItemAnswer,
    Memory,
    review,
    review_all,
)
from quizbot.quiz.asking.choosing import Choice, ItemPool, shuffle_options
from quizbot.quiz.asking.history import Asked, LearnerHistory
from tests.quiz.steps import TOPIC, make_item

SEEDS = st.integers(0, 10_000)
DAY = timedelta(days=1)
START = date(2026, 11, 23)
NEW, INCORRECT, DUE = Purpose.NEW, Purpose.INCORRECT, Purpose.DUE
RANDOM, LONGEST_AGO = Purpose.RANDOM, Purpose.LONGEST_AGO
REVIEWS = {INCORRECT, DUE, RANDOM, LONGEST_AGO}


class Learner:
    """Somebody who gets a question a day."""

    def __init__(self, pool: ItemPool) -> None:
        self.pool, self.today = pool, START
        self.memories: dict[str, Memory] = {}
        self.asked: list[Asked] = []
        self.choices: list[Choice] = []

    @property
    def history(self) -> LearnerHistory:
        return LearnerHistory.of(self.memories, self.asked, [each.purpose for each in self.choices])

    def day(self, right: bool | None = True) -> Choice:
        """Asks the question of the day, answered right, wrong or not at all (None)."""
        choice = self.pool.choose_daily(self.history, self.today)
        self.asked.append(Asked(self.today, DAILY, choice.item.id))
        if right is not None:
            self.answers(choice.item, right)
        self.choices.append(choice)
        self.today += DAY
        return choice

    def practice(self, slot: int, right: bool | None = True) -> None:
        """Practises after the question of the latest day, with one question at most."""
        day = self.asked[-1].day if self.asked else self.today
        choice = self.pool.choose_practice(self.history, day, counts=slot <= COUNTED_PRACTICE)
        if choice is not None:
            self.asked.append(Asked(day, slot, choice.item.id))
            if right is not None:
                self.answers(choice.item, right)

    def answers(self, item: Item, right: bool) -> None:
        """Answers the question asked last."""
        answer = ItemAnswer(self.asked[-1].day, self.asked[-1].slot, item.id, right)
        if memory := review(self.memories.get(item.objective), answer):
            self.memories[item.objective] = memory


def objectives(count: int, each: int = 3) -> list[Item]:
    """Returns so many items of each objective: `o0-a`, `o0-b`, `o0-c`, `o1-a` and so on."""
    return [
        make_item(f"o{number}-{letter}", objective=f"o{number}", cites=(f"KP{1 + number}",))
        for number in range(count)
        for letter in "abcdefghij"[:each]
    ]


def never_random(seed: int = 1) -> Random:
    """Returns chance that makes no review one at random."""
    rng = Random(seed)
    rng.random = lambda: 0.99  # type: ignore[method-assign]
    return rng


def always_random(seed: int) -> Random:
    rng = Random(seed)
    rng.random = lambda: 0.0  # type: ignore[method-assign]
    return rng


def known(*answers: tuple[int, str, bool]) -> Memory:
    """Returns the memory after answers: days after the start, the item, and whether it is right."""
    memory = review_all(
        ItemAnswer(START + days * DAY, DAILY, item, right) for days, item, right in answers
    )
    assert memory is not None
    return memory


def asked_on(*items: tuple[int, str]) -> list[Asked]:
    return [Asked(START + days * DAY, DAILY, item) for days, item in items]


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.data())
def test_neighbours_have_different_objectives_and_do_not_give_each_other_away(
    seed: int, data: st.DataObject
) -> None:
    """The shipped bank always has another item."""
    learner = Learner(ItemPool.of(TOPIC, Random(seed)))
    items = [learner.day(data.draw(st.booleans())).item for _ in range(60)]
    for place, item in enumerate(items):
        lately = {each.id for each in items[max(0, place - 3) : place]}
        assert not lately & TOPIC.kept_apart_from(item.id)
    assert all(one.objective != two.objective for one, two in pairwise(items))


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.data())
def test_two_days_in_five_are_reviews_while_anything_is_new_four_if_one_can_master(
    seed: int, data: st.DataObject
) -> None:
    learner = Learner(ItemPool(objectives(12), Random(seed)))
    reviews = list[bool]()
    while len(learner.memories) < 12:
        due = [m for m in learner.memories.values() if m.due_on <= learner.today]
        most = 4 if any(m.latest_review.masters(learner.today) for m in due) else 2
        learner.day(data.draw(st.booleans()))
        reviews.append(learner.choices[-1].purpose in REVIEWS)
        assert not reviews[-1] or sum(reviews[-5:]) <= most


@settings(max_examples=10, deadline=None)
@given(SEEDS, st.data())
def test_what_was_incorrect_waits_two_days_and_what_was_correct_five(
    seed: int, data: st.DataObject
) -> None:
    learner = Learner(ItemPool(objectives(12), never_random(seed)))
    for _ in range(60):
        memories, today = dict(learner.memories), learner.today
        choice = learner.day(data.draw(st.booleans()))
        if choice.purpose in (INCORRECT, DUE):
            memory = memories[choice.item.objective]
            assert memory.incorrect == (choice.purpose is INCORRECT)
            assert (today - memory.reviewed_on).days >= (2 if memory.incorrect else 5)


def test_what_was_incorrect_comes_back_on_the_third_day_by_another_item() -> None:
    for seed in range(10):
        learner = Learner(ItemPool(objectives(6), never_random(seed)))
        first = learner.day(right=False).item
        assert learner.day().item.objective != first.objective
        again = learner.day()
        assert again.purpose is INCORRECT
        assert again.item.objective == first.objective
        assert again.item != first


def test_the_most_forgotten_of_what_is_due_comes_first() -> None:
    pool = ItemPool(objectives(4), never_random())
    memories = {
        "o0": known((0, "o0-a", True)),
        "o1": known((0, "o1-a", False)),
        "o2": known((4, "o2-a", True)),
    }
    history = LearnerHistory.of(memories, asked_on((4, "o2-a")), [NEW])
    assert pool.choose_daily(history, START + 3 * DAY)[0].objective == "o1"
    del memories["o1"]
    history = LearnerHistory.of(memories, asked_on((4, "o2-a")), [NEW])
    assert pool.choose_daily(history, START + 6 * DAY).purpose is NEW
    choice = pool.choose_daily(history, START + 7 * DAY)
    assert (choice.item.objective, choice.purpose) == ("o0", DUE)


def test_what_was_incorrect_takes_the_next_review() -> None:
    """Something else, which takes more answers than one, is more overdue."""
    memories = {
        "o0": known((0, "o0-a", False), (1, "o0-b", True)),
        "o1": known((0, "o1-a", True), (8, "o1-b", False)),
        "o2": known((9, "o2-a", True)),
    }
    assert memories["o0"].masters_from is None
    history = LearnerHistory.of(memories, asked_on((8, "o1-b"), (9, "o2-a")))
    choice = ItemPool(objectives(4), never_random()).choose_daily(history, START + 10 * DAY)
    assert (choice.item.objective, choice.purpose) == ("o1", INCORRECT)


def test_what_a_correct_answer_masters_is_asked_before_what_was_incorrect() -> None:
    memories = {
        "o0": known((0, "o0-a", False), (1, "o0-b", True)),  # the most overdue
        "o1": known((6, "o1-a", False)),
        "o2": known((4, "o2-a", True)),
        "o3": known((7, "o3-a", True)),
    }
    assert memories["o2"].masters_from == START + 11 * DAY
    pool = ItemPool(objectives(4), never_random())

    def asked(day: int) -> tuple[str, Purpose]:
        history = LearnerHistory.of(memories, asked_on((7, "o3-a")))
        choice = pool.choose_daily(history, START + day * DAY)
        return choice.item.objective, choice.purpose

    assert asked(10) == ("o1", INCORRECT)
    assert asked(11) == ("o2", DUE)


def test_all_questions_are_reviews_while_nobody_answers() -> None:
    memories = {f"o{each}": known((each, f"o{each}-a", False)) for each in range(2)}
    pool = ItemPool(objectives(4), never_random())
    history = LearnerHistory.of(memories, asked_on((1, "o1-a")), [DUE] * 4)
    assert pool.choose_daily(history, START + 3 * DAY).purpose is NEW
    assert pool.choose_daily(history, START + 4 * DAY).purpose is INCORRECT


@pytest.mark.parametrize("share", [1.0, 0.7])
def test_what_people_are_told_they_can_master_is_asked_within_days(share: float) -> None:
    waits = []
    for seed in range(10):
        learner, chance = Learner(ItemPool.of(TOPIC, Random(seed))), Random(seed)
        promised: dict[str, date] = {}
        for _ in range(60):
            objective = learner.day(chance.random() < share).item.objective
            memory = learner.memories[objective]
            on = promised.pop(objective, date.max)
            if on <= memory.reviewed_on:
                waits.append((memory.reviewed_on - on).days)
            if memory.masters_from is not None:
                promised[objective] = memory.masters_from
        waits += [(learner.today - on).days for on in promised.values() if on < learner.today]
    assert len(waits) > 10
    assert sum(each <= 3 for each in waits) >= 0.8 * len(waits)


def test_what_was_correct_rests_five_days_unless_it_is_drawn_at_random() -> None:
    learner = Learner(ItemPool.of(TOPIC, never_random(3)))
    for _ in range(90):
        before, today = dict(learner.memories), learner.today
        if (memory := before.get(learner.day().item.objective)) is not None:
            assert (today - memory.reviewed_on).days >= 5


def test_what_was_asked_in_the_last_days_comes_last_if_no_item_has_rested() -> None:
    """The first item of the objective asked yesterday but one is the oldest."""
    memories = {
        "o0": known((0, "o0-a", True), (28, "o0-b", True)),
        "o1": known((1, "o1-a", True), (10, "o1-b", True)),
        "o2": known((2, "o2-a", True), (29, "o2-b", True)),
    }
    days = (0, "o0-a"), (1, "o1-a"), (2, "o2-a"), (10, "o1-b"), (28, "o0-b"), (29, "o2-b")
    history = LearnerHistory.of(memories, asked_on(*days))
    choice = ItemPool(objectives(3, each=2), never_random()).choose_daily(history, START + 30 * DAY)
    assert (choice.item.id, choice.purpose) == ("o1-a", LONGEST_AGO)


def test_what_was_met_longest_ago_is_known_after_60_days() -> None:
    """The order of the bank does not decide."""

    def memory(day: int, *items: str) -> Memory:
        reviewed_on = START + day * DAY
        return Memory(400, 2, reviewed_on, START + 300 * DAY, False, START, reviewed_on, 5, items)

    memories = {
        "o0": memory(90, "o0-a"),
        "o1": memory(20, "o1-b", "o1-a"),
        "o2": memory(159, "o2-a", "o2-b"),
    }
    history = LearnerHistory.of(memories, asked_on((159, "o2-b")))
    pool = ItemPool([*objectives(1, each=1), *objectives(3, each=2)[2:]], never_random())
    assert pool.choose_daily(history, START + 160 * DAY).item.id == "o1-b"


def test_another_key_point_than_the_latest_comes_first() -> None:
    points = {"o0": "KP1", "o1": "KP2", "o2": "KP1"}
    pool = ItemPool(objectives(3), never_random(), points)
    memories = {"o0": known((0, "o0-a", False)), "o1": known((1, "o1-a", False))}
    history = LearnerHistory.of(memories, asked_on((8, "o2-a")), [NEW])
    assert pool.choose_daily(history, START + 9 * DAY).item.objective == "o1"


def test_a_quarter_of_the_reviews_is_drawn_from_all_objectives_met() -> None:
    memories = {f"o{each}": known((0, f"o{each}-a", each > 0)) for each in range(4)}
    history = LearnerHistory.of(memories, asked_on((1, "o3-a")), [])
    drawn = Counter[str]()
    for seed in range(800):
        pool = ItemPool(objectives(4), Random(seed))
        item, _, purpose = pool.choose_daily(history, START + 3 * DAY)
        assert purpose in (RANDOM, INCORRECT)
        drawn[item.objective if purpose is RANDOM else "incorrect"] += 1
    assert drawn["incorrect"] == pytest.approx(600, abs=60)
    assert all(drawn[f"o{each}"] == pytest.approx(67, abs=30) for each in range(3))
    assert drawn["o3"] == 0  # yesterday's


def test_a_quarter_of_the_reviews_is_random_also_for_somebody_who_practises() -> None:
    """They have seen every item in the last 60 days, and are always right."""
    reviews = list[Purpose]()
    for seed in range(4):
        learner = Learner(ItemPool(objectives(24), Random(seed)))
        for _ in range(80):
            learner.day()
            for slot in range(1, 4):
                learner.practice(slot)
        reviews += [each.purpose for each in learner.choices[30:]]
    assert NEW not in reviews
    assert reviews.count(RANDOM) / len(reviews) == pytest.approx(0.25, abs=0.1)


def test_an_item_drawn_at_random_rests_for_a_week_or_two_months_if_never_incorrect() -> None:
    for right, days, asked_again in ((False, 5, 0), (False, 9, 20), (True, 58, 0), (True, 61, 20)):
        memories = {
            "o0": known((0, "o0-a", right)),
            "o1": known((0, "o1-a", True)),
            "o2": known((days, "o2-a", True)),
        }
        asked = asked_on((0, "o0-a"), (days, "o2-a"))
        history = LearnerHistory.of(memories, asked, [])
        items = [item for item in objectives(3) if item.id in ("o0-a", "o1-a", "o1-b", "o2-a")]
        chosen = [
            ItemPool(items, always_random(seed)).choose_daily(history, START + (days + 1) * DAY)
            for seed in range(40)
        ]
        assert sum(each.item.objective == "o0" for each in chosen) == pytest.approx(
            asked_again, abs=12 if asked_again else 0
        )


def test_new_objectives_come_by_key_points_in_turn_and_else_at_random() -> None:
    points = {"o0": "KP1", "o1": "KP1", "o2": "KP2", "o3": "KP2"}
    chosen = Counter[str]()
    for seed in range(40):
        learner = Learner(ItemPool(objectives(4), never_random(seed), points))
        first, second = learner.day(None).item.objective, learner.day(None).item.objective
        assert points[first] != points[second]
        chosen[first] += 1
    assert len(chosen) == 4


def test_unanswered_objectives_come_after_new_ones_by_another_item() -> None:
    learner = Learner(ItemPool(objectives(3), Random(1)))
    items = [learner.day(None).item for _ in range(6)]
    asked = [each.objective for each in items]
    assert sorted(asked[:3]) == ["o0", "o1", "o2"]
    assert asked[3:] == asked[:3]
    assert len(set(items)) == 6


def test_forms_change_while_the_objective_has_another_form() -> None:
    items = [
        item.model_copy(update={"form": "myth"}) if item.id.endswith("a") else item
        for item in objectives(8, each=2)
    ]
    for seed in range(10):
        learner = Learner(ItemPool(items, Random(seed)))
        forms = [learner.day().item.form for _ in range(2)]
        assert forms[0] != forms[1]


def test_an_unseen_item_of_another_due_or_new_objective_comes_before_one_seen() -> None:
    """The most overdue objective has only items that were seen, more than a month ago."""
    seen = known((0, "o0-a", False), (2, "o0-b", False), (4, "o0-c", False))
    memories = {"o0": seen, "o1": known((30, "o1-a", False)), "o2": known((38, "o2-a", True))}
    history = LearnerHistory.of(memories, asked_on((38, "o2-a")), [])
    at = START + 39 * DAY
    with_new = ItemPool(objectives(4), never_random())
    assert with_new.choose_daily(history, at).item.id in {"o1-b", "o1-c"}
    memories["o1"] = known((38, "o1-a", True))
    history = LearnerHistory.of(memories, asked_on((38, "o2-a")), [])
    assert with_new.choose_daily(history, at).item.objective == "o3"
    assert ItemPool(objectives(3), never_random()).choose_daily(history, at).item.id == "o0-a"


def test_an_item_rests_for_a_month_while_anything_else_is_left() -> None:
    seen = known((0, "o0-a", False), (2, "o0-b", False), (4, "o0-c", False))
    memories = {"o0": seen, "o1": known((5, "o1-a", True)), "o2": known((6, "o2-a", True))}
    asked = asked_on((0, "o0-a"), (2, "o0-b"), (4, "o0-c"), (5, "o1-a"), (6, "o2-a"))
    pool = ItemPool(objectives(3), never_random())
    history = LearnerHistory.of(memories, asked, [])
    choice = pool.choose_daily(history, START + 8 * DAY)
    assert (choice.item.objective, choice.purpose) == ("o1", LONGEST_AGO)
    only = ItemPool([*objectives(1), *objectives(3)[6:7]], never_random())
    assert only.choose_daily(history, START + 8 * DAY).item.id == "o0-a"


@given(SEEDS, st.data())
def test_a_small_bank_repeats_nothing_the_next_day_and_asks_everything(
    seed: int, data: st.DataObject
) -> None:
    """Five objectives of one item, whatever the answers."""
    learner = Learner(ItemPool(objectives(5, each=1), Random(seed)))
    asked = [learner.day(data.draw(st.booleans())).item.id for _ in range(14)]
    assert all(one != two for one, two in pairwise(asked))
    assert len(set(asked)) == 5


def test_somebody_who_is_always_wrong_is_asked_about_every_objective() -> None:
    learner = Learner(ItemPool.of(TOPIC, Random(1)))
    asked = {learner.day(right=False).item.objective for _ in range(60)}
    assert asked == {item.objective for item in TOPIC.approved}


def practised(pool: ItemPool, history: LearnerHistory, days: int, counts: bool = True) -> Item:
    choice = pool.choose_practice(history, START + days * DAY, counts=counts)
    assert choice is not None
    assert choice.purpose is Purpose.PRACTICE
    return choice.item


def test_practice_brings_what_is_due_then_new_objectives_if_it_counts() -> None:
    pool = ItemPool(objectives(4), Random(1))
    memories = {"o0": known((0, "o0-a", False)), "o1": known((6, "o1-a", True))}
    history = LearnerHistory.of(memories, asked_on((7, "o2-a")), [])
    assert practised(pool, history, 7).id in {"o0-b", "o0-c"}
    memories["o0"] = known((6, "o0-a", True))
    history = LearnerHistory.of(memories, asked_on((7, "o2-a")), [])
    assert practised(pool, history, 7).objective == "o3"
    assert practised(pool, history, 7, counts=False).objective in {"o0", "o1"}


def test_practice_never_takes_the_last_unseen_item_of_an_objective() -> None:
    pool = ItemPool(objectives(3, each=2), Random(1))
    history, asked = LearnerHistory(), list[Asked]()
    for slot in range(1, 10):
        item = practised(pool, history, 0)
        asked.append(Asked(START, slot, item.id))
        history = LearnerHistory.of({}, asked)
    assert len({each.item_id for each in asked}) == 3
    single = ItemPool(objectives(3, each=1), Random(1))
    assert single.choose_practice(LearnerHistory(), START, counts=True) is None
    learner = Learner(single)
    learner.day()
    seen = learner.day().item
    learner.asked = learner.asked[:1]  # only the first still waits
    assert practised(single, learner.history, 2) == seen


@pytest.mark.parametrize("naming", [0, 1])
def test_what_a_recent_question_gives_away_waits_for_three_days(naming: int) -> None:
    names = [("o1-a",), ()] if naming == 0 else [(), ("o0-a",)]
    one, two = (
        make_item(f"o{each}-a", objective=f"o{each}", keep_apart=names[each]) for each in range(2)
    )
    others = [make_item("o0-b", objective="o0"), make_item("o2-a", objective="o2")]
    history = LearnerHistory.of({}, asked_on((0, one.id), (1, "o2-a")), [])
    for seed in range(20):
        pool = ItemPool([one, two, *others], Random(seed))
        assert pool.choose_daily(history, START + 2 * DAY).item != two
        later = LearnerHistory.of({}, asked_on((0, one.id), (4, "o2-a")), [])
        assert pool.choose_daily(later, START + 5 * DAY).item == two


def test_a_correction_is_not_given_away_while_anything_else_is_left() -> None:
    pool = ItemPool(objectives(2), Random(1))
    history = LearnerHistory(corrected="o0-b")
    assert pool.choose_daily(history, START).item.objective == "o1"
    history = replace(LearnerHistory.of({}, asked_on((0, "o1-a"))), corrected="o0-b")
    assert pool.choose_daily(history, START + DAY).item.objective == "o0"


def test_a_group_is_asked_everything_before_anything_is_repeated() -> None:
    """On two days a week, so that the first questions are ten months old at the end."""
    pool, asked = ItemPool(objectives(24), Random(1)), list[Asked]()
    for number in range(len(pool.items)):
        day = START + (7 * (number // 2) + 3 * (number % 2)) * DAY
        asked.append(Asked(day, DAILY, pool.choose_daily(LearnerHistory.of({}, asked), day)[0].id))
    assert len({each.item_id for each in asked}) == len(asked)


def test_practice_asks_no_objective_twice_in_a_row() -> None:
    """After 24 questions each of the bank's objectives was asked that day."""
    for right in (True, None):
        learner = Learner(ItemPool.of(TOPIC, Random(1)))
        for slot in range(1, 31):
            learner.practice(slot, right)
        asked = [TOPIC.objective_of[each.item_id] for each in learner.asked]
        assert len(asked) == 30
        assert all(one != two for one, two in pairwise(asked))


def test_an_empty_pool_is_refused() -> None:
    with pytest.raises(ValueError, match="no approved questions"):
        ItemPool([], Random(1)).choose_daily(LearnerHistory(), START)


def test_a_choice_is_an_item_with_an_order_of_its_options() -> None:
    item, order, purpose = ItemPool.of(TOPIC, Random(1)).choose_daily(LearnerHistory(), START)
    assert sorted(order) == [str(place) for place in range(len(item.options))]
    assert purpose is NEW


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
