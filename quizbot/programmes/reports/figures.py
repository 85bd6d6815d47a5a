"""The figures of items and key points, with intervals and correlations, for coordinators.

They are made from what the reports have added up, and suppressed where they are about too few
people or answers (see disclosure_control).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from math import atanh, sqrt, tanh
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import Programme
from db.reports import ItemReport, MasteryReport
from questions import Item, Statement, Topic
from quizbot.programmes.disclosure_control import (
    ALL_ITEMS,
    MIN_CELL_COUNT,
    MIN_GROUP_SIZE,
    may_be_told,
    pool_names,
    share_correct,
)

_Z = 1.959963984540054  # the standard normal's 97.5th percentile: 95 % lie within
# University of Washington, Office of Educational Assessment, "Understanding item analyses".
_EASY = 0.85  # at least
_HARD = 0.5  # at most
_UNUSED = 0.05  # Haladyna and Downing (1993), on functioning distractors
# A correlation of fewer people could reveal, together with everybody's points, who was correct.
_MIN_PAIRED = 100  # people


@dataclass(frozen=True)
class Interval:
    """An estimate and its 95 % confidence interval."""

    low: float
    estimate: float
    high: float


def wilson_interval(correct: int, n: int) -> Interval:
    """Returns the share of `correct` among n, which is at least 1.

    Wilson (1927), "Probable inference, the law of succession, and statistical inference".
    """
    share, square = correct / n, _Z * _Z
    middle = (share + square / (2 * n)) / (1 + square / n)
    spread = _Z * sqrt(share * (1 - share) / n + square / (4 * n * n)) / (1 + square / n)
    # At 0 and 1 the two terms are equal except for rounding.
    low = 0.0 if correct == 0 else middle - spread
    high = 1.0 if correct == n else middle + spread
    return Interval(low, share, high)


def point_biserial(
    n: int, correct: int, rest_sum: float, rest_squares: float, rest_correct: float
) -> float | None:
    """Returns the correlation over n people of a correct answer with the score on all other items.

    `rest_sum` and `rest_squares` are the sums of those scores and of their squares, `rest_correct`
    is their sum over the `correct` people. The item itself is not in the scores: Henrysson (1963),
    "Correction of item-total correlations in item analysis". None if either has no variance.
    """
    spread_correct = correct * (n - correct)
    spread_rest = n * rest_squares - rest_sum * rest_sum
    if spread_correct == 0 or spread_rest <= 1e-9 * n * n:
        return None
    between = n * rest_correct - correct * rest_sum
    return max(-1.0, min(1.0, between / sqrt(spread_correct * spread_rest)))


def correlation_interval(found: float, n: int) -> Interval:
    """Returns the interval of a correlation of n people, at least four, by Fisher's z.

    Fisher (1921), "On the probable error of a coefficient of correlation".
    """
    if abs(found) == 1:
        return Interval(found, found, found)
    spread = _Z / sqrt(n - 3)
    return Interval(tanh(atanh(found) - spread), found, tanh(atanh(found) + spread))


class Verdict(StrEnum):
    """What first attempts say about an item, in one word."""

    UNTOLD = "untold"
    UNSURE = "unsure"  # the interval of the share correct leaves it open
    MISLEADING = "misleading"  # who knows more is correct less often
    TOO_HARD = "too-hard"  # fewer are correct than by guessing
    HARD = "hard"
    MIXED = "mixed"
    EASY = "easy"

    @property
    def may_be_unclear(self) -> bool:
        """Returns whether the item may be wrong or unclear."""
        return self in (Verdict.MISLEADING, Verdict.TOO_HARD)


def verdict(share: Interval | None, options: int, *, misleads: bool) -> Verdict:
    """Returns what is most urgent to know about an item with so many options.

    `share` is that of correct answers, None if it is not told. Each verdict holds for its whole
    interval. An item that misleads may have a wrong key or an ambiguous stem; a share below that of
    guessing (one of the options) points to the same or to a common error: both are to be checked.
    The other limits are those of the University of Washington (see _EASY and _HARD).
    """
    if share is None:
        return Verdict.UNTOLD
    if misleads:
        return Verdict.MISLEADING
    if share.high < 1 / options:
        return Verdict.TOO_HARD
    if share.high <= _HARD:
        return Verdict.HARD
    if share.low >= _EASY:
        return Verdict.EASY
    return Verdict.MIXED if share.low > _HARD else Verdict.UNSURE


@dataclass(frozen=True)
class ItemFigures:
    """First attempts at the present revision of an item.

    `difficulty` (p) is the share of correct answers; None unless five people were correct and five
    were not. Then `pooled` is that of all items of its objective or key point, or of all items, if
    it is pooled with these; `pool` is the name of that (pool_names). `option_counts` in the bank's
    order, the key first, are None below twenty answers; those of distractors are rounded down to a
    multiple of five. The item `misleads` if whoever knows more is correct less often: never told
    below a hundred people who have other answers.
    """

    item: Item
    revision: int
    n: int
    option_counts: tuple[int, ...] | None
    difficulty: float | None
    pooled: float | None
    misleads: bool
    pool: str | None = None

    @property
    def verdict(self) -> Verdict:
        share = None
        if self.difficulty is not None:
            share = wilson_interval(round(self.difficulty * self.n), self.n)
        return verdict(share, len(self.item.options), misleads=self.misleads)

    @property
    def has_unused_option(self) -> bool:
        """Returns whether fewer than 5 % chose one of the distractors."""
        most = [count + MIN_GROUP_SIZE - 1 for count in (self.option_counts or ())[1:]]
        return min(most, default=self.n) < _UNUSED * self.n

    @property
    def needs_a_look(self) -> bool:
        """Returns whether the item may be wrong or unclear, or an option of it useless."""
        return self.verdict.may_be_unclear or self.has_unused_option


async def all_item_figures(
    session: AsyncSession, programme: Programme, topic: Topic
) -> list[ItemFigures]:
    """Returns every approved item, and others that were asked, in the bank's order."""
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme.id))
    reports = {(row.item_id, row.item_revision): row for row in rows}
    pooled = _pooled_shares(topic, reports.values())
    return [
        _figures(item, reports.get((item.id, item.revision)), pooled.get(item.id))
        for item in topic.items
        if item.approved or (item.id, item.revision) in reports
    ]


def told_before(programme: Programme) -> datetime:
    """Returns the moment (UTC) at which the last day ended that the figures of items are about.

    As long as they are about none, that is the beginning of the first day.
    """
    until = programme.items_reported_until
    day = programme.starts_on if until is None else until + timedelta(days=1)
    return datetime.combine(day, time(), ZoneInfo(programme.timezone)).astimezone(UTC)


async def item_figures(
    session: AsyncSession, programme: Programme, topic: Topic, item_id: str
) -> ItemFigures | None:
    """Returns the item's figures; None if the topic has no such item."""
    item = topic.item(item_id)
    if item is None:
        return None
    every = await all_item_figures(session, programme, topic)
    return next((each for each in every if each.item == item), _figures(item, None, None))


_Pooled = tuple[str, float]  # the name of a pool, and its share correct


def _pooled_shares(topic: Topic, reports: Iterable[ItemReport]) -> dict[str, _Pooled]:
    """Returns for each item the smallest pool that its answers may be in.

    A pool includes the answers told for its items and for smaller pools, so it is a sum of these.
    """
    pools = {item.id: pool_names(topic, item.id) for item in topic.items}
    above = {names[level]: names[level:] for names in pools.values() for level in range(3)}
    sums, pooled = defaultdict[str, list[int]](lambda: [0, 0]), set[str]()
    for report in reports:
        correct, n = sum(report.option_counts[:1]), sum(report.option_counts)
        if may_be_told(correct, n - correct):
            pooled.update([report.item_id] if report.item_revision == 0 else [])
            for name in (pools | above).get(report.item_id, (ALL_ITEMS,)):
                sums[name][0] += correct
                sums[name][1] += n
    shares = {name: correct / n for name, (correct, n) in sums.items() if name in pooled}
    return {
        item_id: next((name, shares[name]) for name in names if name in shares)
        for item_id, names in pools.items()
        if not shares.keys().isdisjoint(names)
    }


def _figures(item: Item, report: ItemReport | None, pooled: _Pooled | None) -> ItemFigures:
    counts = report.option_counts if report is not None else []
    counts = [*counts, *[0] * len(item.options)][: len(item.options)]
    n = sum(counts)
    difficulty = share_correct(counts[0], n)
    told = None
    if difficulty is not None and n >= MIN_CELL_COUNT:
        told = (counts[0], *(each - each % MIN_GROUP_SIZE for each in counts[1:]))
    pool, share = pooled if pooled and difficulty is None else (None, None)
    return ItemFigures(
        item=item,
        revision=item.revision,
        n=n,
        option_counts=told,
        difficulty=difficulty,
        pooled=share,
        misleads=report is not None and _misleads(report),
        pool=pool,
    )


def _misleads(report: ItemReport) -> bool:
    """Returns whether discrimination, the point-biserial correlation, is clearly below 0."""
    n = report.paired
    if n < _MIN_PAIRED or not may_be_told(report.paired_correct, n - report.paired_correct):
        return False
    sums = report.rest_sum, report.rest_squares, report.rest_correct
    found = point_biserial(n, report.paired_correct, *sums)
    return found is not None and correlation_interval(found, n).high < 0


@dataclass(frozen=True)
class MasteryShares:
    """The share (0 to 1) of the objectives that are mastered, over all members.

    Of some key points, or None for items without: more than one where they are pooled. How many
    have met an objective is not told: a newcomer alone may have met something new.
    """

    key_points: tuple[Statement | None, ...]
    mastered: float


def by_key_point(
    topic: Topic, items: Sequence[Item]
) -> Iterable[tuple[Statement | None, list[Item]]]:
    """Yields every key point that has items, with these, and last None with all other items."""
    for key_point in (*topic.key_points, None):
        if found := [item for item in items if topic.key_point_of(item) == key_point]:
            yield key_point, found


async def mastery_shares(
    session: AsyncSession, programme: Programme, topic: Topic
) -> tuple[MasteryShares, ...] | None:
    """Returns every key point with approved items, pooled with the next ones where necessary.

    There is an objective in each pool that five people have mastered and five have not. None if
    there is no such objective.
    """
    rows = await session.scalars(
        select(MasteryReport).where(MasteryReport.programme_id == programme.id)
    )
    reports = {row.objective_id: row for row in rows}
    pools, key_points, objectives = list[_MasteryPool](), list[Statement | None](), list[str]()
    for key_point, items in by_key_point(topic, topic.approved):
        key_points = [*key_points, key_point]
        objectives += dict.fromkeys(item.objective for item in items)
        counted = [reports[each] for each in objectives if each in reports]
        if any(may_be_told(row.mastered, row.people - row.mastered) for row in counted):
            pools.append((key_points, objectives))
            key_points, objectives = [], []
    if not pools:
        return None
    last = pools.pop()
    pools.append(([*last[0], *key_points], [*last[1], *objectives]))
    return tuple(_mastery(*pool, reports) for pool in pools)


_MasteryPool = tuple[list[Statement | None], list[str]]


def _mastery(
    key_points: Sequence[Statement | None],
    objectives: Sequence[str],
    reports: Mapping[str, MasteryReport],
) -> MasteryShares:
    counted = [reports[each] for each in objectives if each in reports]
    total = max(row.people for row in counted) * len(objectives)
    return MasteryShares(tuple(key_points), sum(row.mastered for row in counted) / total)
