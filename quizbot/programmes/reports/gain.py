"""The learning gain: random reviews against first meetings, with an interval.

Only pure functions: `learning` decides which figures are published, and when.

The model is linear: at a first meeting, a member is correct with a probability that is the sum of
an effect of the member, one of the item's revision, and one of the week. It is fitted to the first
meetings alone, by least squares. The gain is the share correct in random reviews less what the fit
expects of the same members, items and weeks at a first meeting. Every review weighs the same, and
nothing is assumed of how the gain differs between them: Borusyak, Jaravel and Spiess (2024),
"Revisiting event-study designs: robust and efficient estimation". Members are compared with
themselves, so it does not matter who leaves.

A member's answers depend on each other, so the interval comes from the sums of the residuals of
each member: Liang and Zeger (1986), "Longitudinal data analysis using generalized linear models".
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from math import sqrt
from statistics import NormalDist, mean
from typing import NamedTuple

# Items and weeks are fitted as if each had so many more answers, all as expected. So an item with
# few first meetings, or a week without any, counts as an average one.
_PRIOR_ANSWERS = 5

# An interval with 0 inside says that there is no gain to speak of if it is not wider than this.
_NARROW = 0.1  # on either side

_Z = NormalDist().inv_cdf(0.975)


class Attempt(NamedTuple):
    """A first meeting with an objective, or a random review, which counts in one or more cells."""

    item: Hashable  # with its revision
    week: int
    correct: bool
    cells: tuple[str, ...] = ()


@dataclass
class Person:
    """A member's first meetings, at least one, and their random reviews."""

    firsts: list[Attempt] = field(default_factory=list)
    reviews: list[Attempt] = field(default_factory=list)


@dataclass(frozen=True)
class Gain:
    """The gain of a cell: `correct` less `expected`, both shares (0 to 1) of its reviews.

    `margin` is half the width of its 95 % interval, 1 at most. `until` is the last day of the
    weeks that it is about, None before it is published.
    """

    people: int
    reviews: int
    correct: float
    expected: float
    margin: float
    until: date | None = None

    @property
    def gain(self) -> float:
        return self.correct - self.expected

    @property
    def low(self) -> float:
        return max(-1.0, self.gain - self.margin)

    @property
    def high(self) -> float:
        return min(1.0, self.gain + self.margin)

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out that there is no gain."""
        return self.low > 0 or self.high < 0

    @property
    def is_too_early(self) -> bool:
        """Whether the interval is too wide to tell a gain from none."""
        return not self.is_clear and self.margin > _NARROW


def estimate_gains(people: Sequence[Person]) -> dict[str, Gain]:
    """Returns the gain of every cell that has reviews."""
    fit = _Fit()
    for person in people:
        fit.add(person)
    fit.solve()
    return fit.gains(people)


_Sparse = dict[int, float]  # by column


class _Fit:
    """Least squares with an effect for each item and week, members' own levels removed.

    Subtracting each member's averages is the same as an effect for each member (Frisch and Waugh
    1933, "Partial time regressions as compared with individual trends").
    """

    def __init__(self) -> None:
        self._columns: dict[tuple[str, Hashable], int] = {}
        self._normal: defaultdict[int, _Sparse] = defaultdict(lambda: defaultdict(float))
        self._moments: _Sparse = defaultdict(float)
        self._targets: dict[str, _Sparse] = {}
        self._counts: dict[str, int] = {}

    def add(self, person: Person) -> None:
        """Add a person's first meetings to the fit, and their reviews to what it is for."""
        level, usual = self._usual(person)
        for each in person.firsts:
            item, week = self._places(each)
            for one, other in ((item, item), (item, week), (week, item), (week, week)):
                self._normal[one][other] += 1
            self._moments[item] += each.correct - level
            self._moments[week] += each.correct - level
        n = len(person.firsts)
        for one, share in usual.items():
            row = self._normal[one]
            for other, another in usual.items():
                row[other] -= n * share * another
        for each in person.reviews:
            for cell in each.cells:
                self._counts[cell] = self._counts.get(cell, 0) + 1
                target = self._targets.setdefault(cell, defaultdict(float))
                for place in self._places(each):
                    target[place] += 1
                for place, share in usual.items():
                    target[place] -= share

    def _places(self, attempt: Attempt) -> tuple[int, int]:
        columns = self._columns
        return (
            columns.setdefault(("item", attempt.item), len(columns)),
            columns.setdefault(("week", attempt.week), len(columns)),
        )

    def _usual(self, person: Person) -> tuple[float, _Sparse]:
        """Returns the share correct at first meetings, and the shares of the items and weeks."""
        n, usual = len(person.firsts), defaultdict[int, float](float)
        for each in person.firsts:
            for place in self._places(each):
                usual[place] += 1 / n
        return mean(each.correct for each in person.firsts), usual

    def solve(self) -> None:
        """Compute the effects, and how each cell depends on the first meetings."""
        size = len(self._columns)
        matrix = [
            [
                self._normal[row].get(column, 0.0) + _PRIOR_ANSWERS * (row == column)
                for column in range(size)
            ]
            for row in range(size)
        ]
        cells = list(self._targets)
        right = [self._moments, *(self._targets[cell] for cell in cells)]
        solved = _solved(matrix, [[each.get(row, 0.0) for each in right] for row in range(size)])
        self._effects = [row[0] for row in solved]
        self._weights = {
            cell: [row[place] / self._counts[cell] for row in solved]
            for place, cell in enumerate(cells, start=1)
        }

    def gains(self, people: Iterable[Person]) -> dict[str, Gain]:
        """Returns the gain of every cell."""
        sums: dict[str, list[_Sum]] = {cell: [] for cell in self._counts}
        for person in people:
            level, usual = self._usual(person)
            own = level - sum(self._effects[place] * share for place, share in usual.items())
            residuals = _Sparse()
            for each in person.firsts:
                residual = each.correct - own - self._effect(each)
                for place in self._places(each):
                    residuals[place] = residuals.get(place, 0.0) + residual
            for cell, weights in self._weights.items():
                reviews = [each for each in person.reviews if cell in each.cells]
                sums[cell].append(
                    _Sum(
                        len(reviews),
                        sum(each.correct for each in reviews),
                        sum(own + self._effect(each) for each in reviews),
                        sum(weights[place] * each for place, each in residuals.items()),
                    )
                )
        return {cell: _gain(each) for cell, each in sums.items()}

    def _effect(self, attempt: Attempt) -> float:
        item, week = self._places(attempt)
        return self._effects[item] + self._effects[week]


class _Sum(NamedTuple):
    """A person's reviews in a cell; `influence` is how their first meetings move the gain."""

    reviews: int
    correct: int
    expected: float
    influence: float


def _gain(sums: Sequence[_Sum]) -> Gain:
    n = sum(each.reviews for each in sums)
    correct, expected = (sum(each.correct for each in sums), sum(each.expected for each in sums))
    return Gain(
        people=sum(each.reviews > 0 for each in sums),
        reviews=n,
        correct=correct / n,
        expected=expected / n,
        margin=_margin(n, (correct - expected) / n, sums),
    )


def _margin(n: int, gain: float, sums: Sequence[_Sum]) -> float:
    """Returns half the interval's width; `n` is the number of reviews.

    A person's weight in the residuals is corrected as in a jackknife. The quantile is Student's,
    with as many degrees of freedom as there would be if all had the same number of reviews, less
    one: Carter, Schnepel and Steigerwald (2017), "Asymptotic behavior of a t-test robust to cluster
    heterogeneity".
    """
    freedom = n * n / sum(each.reviews**2 for each in sums) - 1
    if freedom < 1:
        return 1.0
    scores = [
        ((each.correct - each.expected - gain * each.reviews) / n - each.influence)
        / (1 - each.reviews / n)
        for each in sums
    ]
    return min(1.0, student_quantile(freedom) * sqrt(sum(score * score for score in scores)))


def student_quantile(freedom: float) -> float:
    """Returns the 97.5th percentile of Student's t, to two decimals from three degrees on.

    Abramowitz and Stegun (1964), "Handbook of mathematical functions", 26.7.5.
    """
    z = _Z
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * freedom**4)
    )


def _solved(matrix: list[list[float]], right: list[list[float]]) -> list[list[float]]:
    """Returns X of matrix X = right; the matrix is positive definite, so no pivoting is needed."""
    size = len(matrix)
    rows = [[*left, *values] for left, values in zip(matrix, right, strict=True)]
    for pivot in range(size):
        head = rows[pivot]
        for row in range(pivot + 1, size):
            factor = rows[row][pivot] / head[pivot]
            if factor:
                rows[row] = [a - factor * b for a, b in zip(rows[row], head, strict=True)]
    for pivot in reversed(range(size)):
        head = rows[pivot]
        values = [value / head[pivot] for value in head[size:]]
        rows[pivot] = [*head[:size], *values]
        for row in range(pivot):
            factor = rows[row][pivot]
            if factor:
                rows[row][size:] = [
                    a - factor * b for a, b in zip(rows[row][size:], values, strict=True)
                ]
    return [row[size:] for row in rows]
