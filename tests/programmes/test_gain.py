"""The estimate of the gain agrees with slower ways to compute it, and is right on average."""

from math import sqrt
from random import Random
from statistics import mean

import pytest

from quizbot.programmes.reports.gain import Attempt, Gain, Person, estimate_gains, student_quantile

ITEMS = 8
CELL = ("all",)


def people(rng: Random, count: int, gain: float = 0.0, *, weak_leave: bool = False) -> list[Person]:
    """Returns people who differ in what they know, with reviews in later weeks than first meetings.

    Of the weaker half, one in two has left before the second week, if they leave.
    """
    return [_person(rng, gain, weak_leave=weak_leave) for _ in range(count)]


def _person(rng: Random, gain: float, *, weak_leave: bool) -> Person:
    knows, person = rng.uniform(0.3, 0.7), Person()
    leaves = weak_leave and knows < 0.5 and rng.random() < 0.5
    for number in range(10 if leaves else 24):
        item, week = rng.randrange(ITEMS), number // 6
        is_review = number >= 4 and rng.random() < number / 24
        chance = knows + 0.02 * (item - ITEMS / 2) + 0.02 * week + gain * is_review
        attempt = Attempt(item, week, rng.random() < chance, CELL if is_review else ())
        (person.reviews if is_review else person.firsts).append(attempt)
    return person


def estimated(of: list[Person]) -> Gain:
    return estimate_gains(of)["all"]


@pytest.mark.parametrize(("gain", "weak_leave"), [(0.0, False), (0.0, True), (0.15, True)])
def test_the_gain_is_right_on_average_and_its_interval_holds_it(
    gain: float, *, weak_leave: bool
) -> None:
    """`python -m benchmarks gain` does this with the bot's own choices."""
    rng, programmes = Random(7), 40
    found = [estimated(people(rng, 25, gain, weak_leave=weak_leave)) for _ in range(programmes)]
    width = mean(each.margin for each in found)
    assert mean(each.gain for each in found) == pytest.approx(
        gain, abs=3 * width / 2 / sqrt(programmes)
    )
    assert mean(each.low <= gain <= each.high for each in found) >= 0.85
    assert width < 0.15


def test_the_interval_is_that_of_leaving_out_one_person_after_the_other() -> None:
    """The jackknife over people is the slow way to the same interval."""
    group = people(Random(3), 24, 0.1)
    full = estimated(group)
    others = [estimated(group[:place] + group[place + 1 :]).gain for place in range(24)]
    spread = sqrt(23 / 24 * sum((each - mean(others)) ** 2 for each in others))
    assert full.margin / student_quantile(22) == pytest.approx(spread, rel=0.05)


def test_one_person_many_times_is_one_person() -> None:
    """Answers of the same person tell less than those of as many people."""
    group = people(Random(5), 30)
    thrice = [Person(3 * each.firsts, 3 * each.reviews) for each in group]
    assert estimated(thrice).margin == pytest.approx(estimated(group).margin, rel=0.2)


def test_harder_items_in_reviews_are_no_loss() -> None:
    """The one item is always right, the other never; reviews are mostly of the latter."""
    firsts = [Attempt("easy", 0, correct=True), Attempt("hard", 0, correct=False)] * 30
    reviews = [Attempt("hard", 0, False, CELL)] * 3 + [Attempt("easy", 0, True, CELL)]
    found = estimated([Person(firsts, reviews) for _ in range(10)])
    assert found.correct == 0.25
    assert found.expected == pytest.approx(0.25, abs=0.02)


def test_weeks_in_which_everything_is_easier_are_no_gain() -> None:
    def attempts(week: int, correct: int, cells: tuple[str, ...] = ()) -> list[Attempt]:
        return [Attempt("item", week, place < correct, cells) for place in range(10)]

    firsts = attempts(0, 3) + attempts(1, 7)
    found = estimated([Person(firsts, attempts(1, 7, CELL)) for _ in range(30)])
    assert found.gain == pytest.approx(0, abs=0.02)


def test_all_reviews_of_one_person_tell_nothing() -> None:
    one, other = people(Random(1), 2)
    alone = estimated([one, Person(other.firsts)])
    assert (alone.people, alone.margin, alone.is_too_early) == (1, 1.0, True)
    assert (alone.low, alone.high) == (-1 if alone.gain < 0 else alone.low, min(1, alone.high))


@pytest.mark.parametrize(
    ("freedom", "quantile"), [(3, 3.182), (5, 2.571), (10, 2.228), (30, 2.042), (1e9, 1.960)]
)
def test_students_quantiles_are_those_of_the_tables(freedom: float, quantile: float) -> None:
    assert student_quantile(freedom) == pytest.approx(quantile, abs=0.01)
