"""Choosing by objectives teaches more than a random order with as many questions."""

import pytest

from benchmarks.learning import (
    OBJECTIVES,
    adaptive,
    at_random,
    bias,
    gained_by_day,
    shuffled,
    simulate,
    unseen_share,
)
from db.models import Purpose
from tests.sizes import IN_CI, size

LEARNERS = size("LEARNERS", in_ci=1000, elsewhere=25)


def test_on_day_90_learners_have_gained_more_than_in_a_random_order() -> None:
    """They forget differently from what the bot assumes, and know half of it beforehand."""
    gained = gained_by_day(simulate(adaptive, LEARNERS))
    assert len(gained) == 90
    for other in (at_random, shuffled):
        assert gained[-1] > 1.2 * gained_by_day(simulate(other, LEARNERS))[-1]


def test_somebody_who_is_always_right_meets_no_item_twice_in_60_days() -> None:
    [*learners] = simulate(adaptive, 10, right=1.0)
    assert not [day for each in learners for day in each.repeats if day < 60]


@pytest.mark.parametrize("known", [0, OBJECTIVES // 2, OBJECTIVES - 4])
def test_random_reviews_tell_the_gain_however_much_is_known_beforehand(known: int) -> None:
    learners = simulate(adaptive, 300 if IN_CI else 20, known=known, draws=4)
    assert abs(bias(learners, Purpose.RANDOM)) < (0.003 if IN_CI else 0.006)


def test_somebody_who_is_often_wrong_meets_mostly_unseen_items() -> None:
    assert unseen_share(simulate(adaptive, 10, right=0.7)) >= 0.9
