"""Shares, their intervals, and how well an item tells people apart. Pure."""

from dataclasses import dataclass
from math import sqrt

_Z = 1.959963984540054  # the standard normal's 97.5th percentile: 95 % lie within


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    low: float
    estimate: float
    high: float


def proportion(right: int, n: int) -> Interval:
    """The share of `right` among n, at least one.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    share, square = right / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    spread = _Z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At the ends the two terms are equal but for rounding.
    low = 0.0 if right == 0 else middle - spread
    high = 1.0 if right == n else middle + spread
    return Interval(low, share, high)


def paired_gain(
    n: int, first_correct: int, later_correct: int, both_correct: int
) -> Interval | None:
    """How much larger the share of right later attempts is than that of their first ones.

    Newcombe (1998), "Improved confidence intervals for the difference between binomial proportions
    based on paired data", method 10. None without pairs.
    """
    if n == 0:
        return None
    first, later = proportion(first_correct, n), proportion(later_correct, n)
    gain = later.estimate - first.estimate
    together = _correlation(n, first_correct, later_correct, both_correct)
    low = _apart(later.estimate - later.low, first.high - first.estimate, together)
    high = _apart(later.high - later.estimate, first.estimate - first.low, together)
    return Interval(gain - low, gain, gain + high)


def _apart(one: float, other: float, together: float) -> float:
    """How far a limit of a difference is from its estimate, from its parts' limits."""
    return sqrt(max(0.0, one * one - 2 * together * one * other + other * other))


def _correlation(n: int, first_correct: int, later_correct: int, both_correct: int) -> float:
    """Of the pairs' two outcomes (phi), corrected for continuity as method 10 has it."""
    first_only, later_only = first_correct - both_correct, later_correct - both_correct
    neither = n - both_correct - first_only - later_only
    product = first_correct * (n - first_correct) * later_correct * (n - later_correct)
    if product == 0:
        return 0.0
    excess = float(both_correct * neither - first_only * later_only)
    if excess > 0:
        excess = max(excess - n / 2, 0.0)
    return excess / sqrt(product)


def point_biserial(
    n: int, right: int, rest_sum: float, rest_squares: float, rest_correct: float
) -> float | None:
    """The correlation of being right on an item and the score on everything else, of n people.

    `rest_sum` and `rest_squares` are the sums of those scores and of their squares, `rest_correct`
    their sum over who was `right`. The item itself is left out of the scores: Henrysson (1963),
    "Correction of item-total correlations in item analysis". None where one of the two is the same
    for all.
    """
    spread_right = right * (n - right)
    spread_rest = n * rest_squares - rest_sum * rest_sum
    if spread_right == 0 or spread_rest <= 1e-9 * n * n:
        return None
    between = n * rest_correct - right * rest_sum
    return max(-1.0, min(1.0, between / sqrt(spread_right * spread_rest)))
