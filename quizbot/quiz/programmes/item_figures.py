"""What a programme's answers say about the questions themselves (classical test theory)."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from db.programmes import ItemReport, Programme
from questions import Item, Topic
from quizbot.quiz.programmes.disclosing import ENOUGH, share_right
from quizbot.quiz.statistics import point_biserial

_TOO_HARD = 0.2

# Of fewer people a correlation says nothing of the item, but might tell who was right: their points
# are known: so there is none below ENOUGH. It is rounded for the same reason.
_DECIMALS = 2


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


async def all_items(session: AsyncSession, programme: Programme, topic: Topic) -> list[ItemFigures]:
    """Every approved item, and others that were asked, in the bank's order."""
    rows = await session.scalars(select(ItemReport).where(ItemReport.programme_id == programme.id))
    reports = {(row.item_id, row.item_revision): row for row in rows}
    return [
        _figures(item, reports.get((item.id, item.revision)))
        for item in topic.items
        if item.approved or (item.id, item.revision) in reports
    ]


async def one_item(
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
    shares = tuple(each / n for each in option_counts) if n >= ENOUGH else None
    difficulty = share_right(option_counts[0], n)
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
    if report.paired < ENOUGH:
        return None
    found = point_biserial(
        report.paired,
        report.paired_correct,
        report.rest_sum,
        report.rest_squares,
        report.rest_correct,
    )
    return None if found is None else round(found, _DECIMALS)


def _flags(
    difficulty: float | None, shares: Sequence[float] | None, discrimination: float | None
) -> tuple[Flag, ...]:
    raised = {
        Flag.TOO_HARD: difficulty is not None and difficulty < _TOO_HARD,
        Flag.UNUSED_DISTRACTOR: shares is not None and 0 in shares[1:],
        Flag.NEGATIVE_DISCRIMINATION: discrimination is not None and discrimination < 0,
    }
    return tuple(flag for flag, up in raised.items() if up)
