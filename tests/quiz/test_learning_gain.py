"""Adaptive choosing teaches more than random choosing with as many questions."""

from random import Random

from benchmarks.learning import Learner, adaptive, at_random, known_by_day
from quizbot.quiz.asking.choosing import ItemPool
from tests.quiz.steps import TOPIC
from tests.sizes import size

LEARNERS = size("LEARNERS", in_ci=1000, elsewhere=200)


def test_on_day_90_adaptive_choosing_has_taught_more_than_random_choosing() -> None:
    """The simulated learners forget differently from what the bot assumes."""
    by_chance = known_by_day(TOPIC, at_random, LEARNERS)
    chosen = known_by_day(TOPIC, adaptive, LEARNERS)
    assert len(chosen) == len(by_chance) == 90
    assert chosen[-1] > 1.1 * by_chance[-1]


def test_a_learner_is_asked_many_different_items() -> None:
    learner = Learner(ItemPool.of(TOPIC, Random(1)), Random(2))
    learner.simulate(adaptive)
    assert len(set(learner.asked)) >= 25
