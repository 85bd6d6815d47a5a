"""Intervals and correlations agree with their definitions and with published examples."""

from math import inf, sqrt
from statistics import correlation

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from quizbot.programmes.reports.figures import point_biserial, wilson_interval

Z = 1.959963984540054


def score_limits(correct: int, n: int) -> tuple[float, float]:
    """Returns the limits at which the score test just accepts a share, by bisection."""
    share = correct / n

    def accepted(p: float) -> bool:
        spread = sqrt(p * (1 - p) / n)
        return abs(share - p) <= (Z * spread if spread else 0.0)

    def limit(out: float) -> float:
        inside = share
        if accepted(out):
            return out
        for _ in range(60):
            middle = (inside + out) / 2
            inside, out = (middle, out) if accepted(middle) else (inside, middle)
        return inside

    return limit(0.0), limit(1.0)


@given(st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_a_share_s_interval_is_what_the_score_test_accepts(share: tuple[int, int]) -> None:
    found = wilson_interval(*share)
    assert (found.low, found.high) == pytest.approx(score_limits(*share), abs=1e-9)
    assert 0 <= found.low <= found.estimate <= found.high <= 1


@pytest.mark.parametrize(
    ("correct", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)],
)
def test_published_intervals_of_shares(correct: int, n: int, low: float, high: float) -> None:
    """Newcombe (1998), "Two-sided confidence intervals for the single proportion"."""
    found = wilson_interval(correct, n)
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


scores = st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=60)


@given(scores)
def test_discrimination_is_the_correlation_of_being_right_and_the_rest(
    people: list[tuple[bool, float]],
) -> None:
    corrects, rests = [float(correct) for correct, _ in people], [rest for _, rest in people]
    assume(0 < sum(corrects) < len(people))
    assume(max(rests) - min(rests) > 0.01)
    found = point_biserial(
        len(people),
        int(sum(corrects)),
        sum(rests),
        sum(rest * rest for rest in rests),
        sum(rest for correct, rest in people if correct),
    )
    assert found == pytest.approx(correlation(corrects, rests), abs=1e-6)


@pytest.mark.parametrize(
    "people",
    [
        [],
        [(True, 0.5)],
        [(True, 0.1), (True, 0.7), (True, 0.4)],
        [(True, 0.3), (False, 0.3), (True, 0.3)],
    ],
)
def test_without_variance_there_is_no_correlation(people: list[tuple[bool, float]]) -> None:
    assert (
        point_biserial(
            len(people),
            sum(correct for correct, _ in people),
            sum(rest for _, rest in people),
            sum(rest * rest for _, rest in people),
            sum(rest for correct, rest in people if correct),
        )
        is None
    )


def test_the_interval_of_a_share_narrows_with_more_people() -> None:
    widths = [wilson_interval(n // 2, n) for n in (10, 100, 1000)]
    last = inf
    for each in widths:
        assert each.high - each.low < last
        last = each.high - each.low
