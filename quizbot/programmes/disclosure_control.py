"""What may be shown of a group without revealing what one of its members answered.

The boards reveal who was wrong on which day. So a share of correct answers is told only where at
least MIN_GROUP_SIZE people were correct and as many were not; otherwise it is pooled with its
neighbours (form_blocks). Members who hide are in no figure (docs/privacy.md).
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol, Self, TypeVar

from sqlalchemy import ColumnElement

from db.programmes import Enrolment
from questions import Topic
from quizbot.programmes import definitions

MIN_GROUP_SIZE = 5  # people
MIN_CELL_COUNT = 20  # answers, for options and correlations
ALL_ITEMS = "all:"


def visible_enrolments(programme_id: int) -> tuple[ColumnElement[bool], ...]:
    """Returns the conditions for enrolments that may be in figures: current and not hidden."""
    return definitions.enrolled(programme_id), Enrolment.hidden.is_(False)


def may_be_told(correct: int, others: int) -> bool:
    """Returns whether so many people on either side hide each of them."""
    return min(correct, others) >= MIN_GROUP_SIZE


def share_correct(correct: int, answers: int) -> float | None:
    """Returns the share of correct answers (0 to 1); None if it would reveal single answers.

    Each answer is another person's.
    """
    return correct / answers if may_be_told(correct, answers - correct) else None


class Cell(Protocol):
    """Answers that are added up together."""

    @property
    def may_be_told(self) -> bool: ...
    @property
    def size(self) -> int: ...
    def __add__(self, other: Self, /) -> Self: ...


Key = TypeVar("Key")
SomeCell = TypeVar("SomeCell", bound=Cell)


def form_blocks(
    cells: Mapping[Key, SomeCell], levels: Sequence[Callable[[Key], Key | None]]
) -> tuple[dict[Key, SomeCell], list[SomeCell]]:
    """Returns the cells that may be told now, and those that wait.

    A level names the neighbours that a cell is pooled with, None if it waits instead. What waits
    could be found by subtracting from the members' points what is told, so the rule holds for it
    as well: if need be, the smallest block waits with it.
    """
    blocks: dict[Key, SomeCell] = {}
    waiting = dict(cells)
    for level in levels:
        pools = defaultdict[Key, list[Key]](list)
        for key in waiting:
            if (pool := level(key)) is not None:
                pools[pool].append(key)
        for pool, keys in pools.items():
            together = sum_of(waiting[key] for key in keys)
            if together.may_be_told:
                blocks[pool] = together
                waiting = {key: cell for key, cell in waiting.items() if key not in keys}
    left = list(waiting.values())
    if left and blocks and not sum_of(left).may_be_told:
        left.append(blocks.pop(min(blocks, key=lambda key: blocks[key].size)))
    return blocks, left


def sum_of(cells: Iterable[SomeCell]) -> SomeCell:
    """Returns the sum of at least one cell."""
    first, *others = cells
    for other in others:
        first = first + other
    return first


def pool_names(topic: Topic, item_id: str) -> tuple[str, str, str]:
    """Returns the pools that an item can be in: its objective's, its key point's, and that of all.

    No item's id has a colon.
    """
    item = topic.item(item_id)
    if item is None:
        return ALL_ITEMS, ALL_ITEMS, ALL_ITEMS
    key_point = topic.key_point_of(item)
    name = f"point:{key_point.id if key_point else ''}"
    return f"objective:{item.objective}", name, ALL_ITEMS
