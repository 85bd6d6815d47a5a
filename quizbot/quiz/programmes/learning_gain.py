"""How much a programme's members have learnt, by the topic's points."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ItemReport, MasteryReport, Programme
from questions import Item, Statement, Topic
from quizbot.quiz.programmes.boards import FEWEST
from quizbot.quiz.statistics import Interval, paired_gain


@dataclass(frozen=True)
class PointGain:
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

    points: tuple[PointGain, ...]
    total: PointGain


@dataclass(frozen=True)
class PointMasteryShares:
    """Of a point's questions for all members: shares (0 to 1) mastered, being learnt, not met."""

    point: Statement | None
    mastered: float
    learning: float
    new: float


async def learning_gain(session: AsyncSession, programme: Programme, topic: Topic) -> LearningGain:
    """Of what has been reported, of every revision of a question."""
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme.id))
    reports = [row for row in rows if row.later_people >= FEWEST]
    points, shown = [], list[ItemReport]()
    for point, items in _by_point(topic, topic.items):
        ids = {item.id for item in items}
        found = [report for report in reports if report.item_id in ids]
        if found or any(item.approved for item in items):
            points.append(_gain(point, found))
            shown += found
    return LearningGain(tuple(points), _gain(None, shown))


def _by_point(topic: Topic, items: Sequence[Item]) -> Iterable[tuple[Statement | None, list[Item]]]:
    """Every point with its items, and what serves none, unless there are none."""
    for point in (*topic.key_points, None):
        if found := [item for item in items if topic.key_point_of(item) == point]:
            yield point, found


def _gain(point: Statement | None, reports: Sequence[ItemReport]) -> PointGain:
    attempts = sum(report.later for report in reports)
    if not attempts:
        return PointGain(point, None, 0, None, None, None, None)
    first = sum(report.later_first_correct for report in reports)
    later = sum(report.later_correct for report in reports)
    both = sum(report.later_both_correct for report in reports)
    return PointGain(
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
) -> tuple[PointMasteryShares, ...] | None:
    """Every point that has approved questions; None while fewer than five people are counted."""
    rows = await session.scalars(
        select(MasteryReport).where(MasteryReport.programme_id == programme.id)
    )
    reports = {row.item_id: row for row in rows}
    people = max((row.people for row in reports.values()), default=0)
    if people < FEWEST:
        return None
    shares = []
    for point, items in _by_point(topic, topic.approved):
        known = [reports[item.id] for item in items if item.id in reports]
        mastered = sum(row.mastered for row in known)
        learning = sum(row.learning for row in known)
        every = people * len(items)
        new = max(0, every - mastered - learning)
        shares.append(PointMasteryShares(point, mastered / every, learning / every, new / every))
    return tuple(shares)
