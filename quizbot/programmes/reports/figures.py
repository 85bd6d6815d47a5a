"""Shares, their intervals, and how well an item tells people apart. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import sqrt

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ItemReport, MasteryReport, Programme
from questions import Item, Statement, Topic
from quizbot.programmes.boards import MIN_GROUP_SIZE

_Z = 1.959963984540054  # the standard normal's 97.5th percentile: 95 % lie within


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    low: float
    estimate: float
    high: float


def wilson_interval(right: int, n: int) -> Interval:
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
    first, later = wilson_interval(first_correct, n), wilson_interval(later_correct, n)
    gain = later.estimate - first.estimate
    together = _phi(n, first_correct, later_correct, both_correct)
    low = _limit_distance(later.estimate - later.low, first.high - first.estimate, together)
    high = _limit_distance(later.high - later.estimate, first.estimate - first.low, together)
    return Interval(gain - low, gain, gain + high)


def _limit_distance(one: float, other: float, together: float) -> float:
    """How far a limit of a difference is from its estimate, from its parts' limits."""
    return sqrt(max(0.0, one * one - 2 * together * one * other + other * other))


def _phi(n: int, first_correct: int, later_correct: int, both_correct: int) -> float:
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


MIN_CELL_COUNT = 20  # answers, of which nothing has to be kept back


def share_correct(right: int, answers: int) -> float | None:
    """The share of right answers (0 to 1); None where it would tell what each one answered."""
    if answers < MIN_GROUP_SIZE or (answers < MIN_CELL_COUNT and right in (0, answers)):
        return None
    return right / answers


_TOO_HARD = 0.2

# Of fewer people a correlation says nothing of the item, but might tell who was right: their points
# are known: so there is none below ENOUGH. It is rounded for the same reason.
_DISCRIMINATION_DECIMALS = 2


class Flag(StrEnum):
    """Why an item should be looked at."""

    TOO_HARD = "too-hard"  # fewer than a fifth are right
    UNUSED_DISTRACTOR = "unused-distractor"  # none of twenty or more took one of the options
    NEGATIVE_DISCRIMINATION = "negative-discrimination"  # who knows more is right less often


@dataclass(frozen=True)
class ItemFigures:
    """First attempts at an item as it is asked now.

    `shares` (0 to 1) of each option taken, by its place in the bank, 0 being the key, are None
    below twenty answers. `difficulty` is the share of right answers (p); None below five, and below
    twenty where all were right or none. `discrimination` is the point-biserial correlation with
    everything else that the `paired` people answered; None below twenty.
    """

    item: Item
    revision: int
    n: int
    shares: tuple[float, ...] | None
    difficulty: float | None
    discrimination: float | None
    paired: int
    flags: tuple[Flag, ...]


async def all_item_figures(
    session: AsyncSession, programme: Programme, topic: Topic
) -> list[ItemFigures]:
    """Every approved item, and others that were asked, in the bank's order."""
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme.id))
    reports = {(row.item_id, row.item_revision): row for row in rows}
    return [
        _figures(item, reports.get((item.id, item.revision)))
        for item in topic.items
        if item.approved or (item.id, item.revision) in reports
    ]


async def item_figures(
    session: AsyncSession, programme: Programme, topic: Topic, item_id: str
) -> ItemFigures | None:
    """None if the topic has no such item."""
    item = topic.item(item_id)
    if item is None:
        return None
    return _figures(item, await session.get(ItemReport, (programme.id, item.id, item.revision)))


def _figures(item: Item, report: ItemReport | None) -> ItemFigures:
    option_counts = [0] * len(item.options)
    for place, people in enumerate(report.option_counts if report is not None else ()):
        if place < len(option_counts):
            option_counts[place] = people
    n, paired = sum(option_counts), report.paired if report is not None else 0
    shares = tuple(each / n for each in option_counts) if n >= MIN_CELL_COUNT else None
    difficulty = share_correct(option_counts[0], n)
    discrimination = _discrimination(report) if report is not None else None
    return ItemFigures(
        item=item,
        revision=item.revision,
        n=n,
        shares=shares,
        difficulty=difficulty,
        discrimination=discrimination,
        paired=paired,
        flags=_flags(difficulty, shares, discrimination),
    )


def _discrimination(report: ItemReport) -> float | None:
    if report.paired < MIN_CELL_COUNT:
        return None
    found = point_biserial(
        report.paired,
        report.paired_correct,
        report.rest_sum,
        report.rest_squares,
        report.rest_correct,
    )
    return None if found is None else round(found, _DISCRIMINATION_DECIMALS)


def _flags(
    difficulty: float | None, shares: Sequence[float] | None, discrimination: float | None
) -> tuple[Flag, ...]:
    raised = {
        Flag.TOO_HARD: difficulty is not None and difficulty < _TOO_HARD,
        Flag.UNUSED_DISTRACTOR: shares is not None and 0 in shares[1:],
        Flag.NEGATIVE_DISCRIMINATION: discrimination is not None and discrimination < 0,
    }
    return tuple(flag for flag, up in raised.items() if up)


@dataclass(frozen=True)
class KeyPointGain:
    """First attempts at a point's questions against later ones at the same.

    `people` is how many different ones there are at least; `attempts` is the number of later
    attempts, each paired with its first one. `first` and `later` are shares of right answers (0 to
    1), `gain` is later less first, `days_between` the average from first to later. Below five
    people there are no attempts to be seen, and all else is None. `point` is None for questions
    that serve none, and in a total.
    """

    point: Statement | None
    people: int | None
    attempts: int
    first: float | None
    later: float | None
    gain: Interval | None
    days_between: float | None


@dataclass(frozen=True)
class LearningGain:
    """By point, in the article's order, and the sum of those that are shown."""

    points: tuple[KeyPointGain, ...]
    total: KeyPointGain


@dataclass(frozen=True)
class KeyPointMastery:
    """Of a point's questions for all members: shares (0 to 1) mastered, being learnt, not met."""

    point: Statement | None
    mastered: float
    learning: float
    new: float


async def learning_gain(session: AsyncSession, programme: Programme, topic: Topic) -> LearningGain:
    """Of what has been reported, of every revision of a question."""
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme.id))
    reports = [row for row in rows if row.later_people >= MIN_GROUP_SIZE]
    points, shown = [], list[ItemReport]()
    for point, items in _by_key_point(topic, topic.items):
        ids = {item.id for item in items}
        found = [report for report in reports if report.item_id in ids]
        if found or any(item.approved for item in items):
            points.append(_gain(point, found))
            shown += found
    return LearningGain(tuple(points), _gain(None, shown))


def _by_key_point(
    topic: Topic, items: Sequence[Item]
) -> Iterable[tuple[Statement | None, list[Item]]]:
    """Every point with its items, and what serves none, unless there are none."""
    for point in (*topic.key_points, None):
        if found := [item for item in items if topic.key_point_of(item) == point]:
            yield point, found


def _gain(point: Statement | None, reports: Sequence[ItemReport]) -> KeyPointGain:
    attempts = sum(report.later for report in reports)
    if not attempts:
        return KeyPointGain(point, None, 0, None, None, None, None)
    first = sum(report.later_first_correct for report in reports)
    later = sum(report.later_correct for report in reports)
    both = sum(report.later_both_correct for report in reports)
    return KeyPointGain(
        point=point,
        people=max(report.later_people for report in reports),
        attempts=attempts,
        first=first / attempts,
        later=later / attempts,
        gain=paired_gain(attempts, first, later, both),
        days_between=sum(report.later_days for report in reports) / attempts,
    )


async def mastery_shares(
    session: AsyncSession, programme: Programme, topic: Topic
) -> tuple[KeyPointMastery, ...] | None:
    """Every point that has approved questions; None while fewer than five people are counted."""
    rows = await session.scalars(
        select(MasteryReport).where(MasteryReport.programme_id == programme.id)
    )
    reports = {row.item_id: row for row in rows}
    people = max((row.people for row in reports.values()), default=0)
    if people < MIN_GROUP_SIZE:
        return None
    shares = []
    for point, items in _by_key_point(topic, topic.approved):
        known = [reports[item.id] for item in items if item.id in reports]
        mastered = sum(row.mastered for row in known)
        learning = sum(row.learning for row in known)
        every = people * len(items)
        new = max(0, every - mastered - learning)
        shares.append(KeyPointMastery(point, mastered / every, learning / every, new / every))
    return tuple(shares)
