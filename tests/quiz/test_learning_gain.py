"""Choosing adaptively teaches more than chance, for the same number of questions."""

from random import Random

from benchmarks.learning import Learner, adaptive, at_random, known_by_day
from quizbot.quiz.asking.choosing import ItemPool
from tests.quiz.steps import TOPIC
from tests.sizes import size

LEARNERS = size("LEARNERS", in_ci=1000, elsewhere=200)


def test_on_day_90_more_is_known_than_after_the_same_number_of_random_questions() -> None:
    """The learners forget in a way that the bot does not assume."""
    by_chance = known_by_day(TOPIC, at_random, LEARNERS)
    chosen = known_by_day(TOPIC, adaptive, LEARNERS)
    assert len(chosen) == len(by_chance) == 90
    assert chosen[-1] > 1.1 * by_chance[-1]


def test_nobody_meets_hardly_anything_but_repeats() -> None:
    """Of 90 questions, a good many are different ones."""
    learner = Learner(ItemPool.of(TOPIC, Random(1)), Random(2))
    learner.simulate(adaptive)
    assert len(set(learner.asked)) >= 25
