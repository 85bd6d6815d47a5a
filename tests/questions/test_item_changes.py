"""Valid and faulty entries under `changes`."""

import pytest

from questions import Change, Item
from questions.validation import item_problems
from tests.quiz.steps import TOPIC

ITEM = TOPIC.approved[0]


def problems(revision: int, *changes: Change) -> list[str]:
    item: Item = ITEM.model_copy(update={"revision": revision, "changes": changes})
    ids = {each.id for each in TOPIC.items}
    return [
        f"{each.path[-1]}: {each.problem}" for each in item_problems(item, ids, TOPIC.statements)
    ]


@pytest.mark.parametrize(
    ("revision", "changes"),
    [
        (2, [Change(revision=2)]),
        (2, [Change(revision=2, order_was=(1, 0, 2))]),
        (2, [Change(revision=2, order_was=(3, 0, 2))]),  # one of four was dropped
        (2, [Change(revision=2, order_was=(0, 1, 9))]),  # one is new
        (3, [Change(revision=2, order_was=(3, 0, 1, 2)), Change(revision=3)]),  # then one went
    ],
)
def test_valid_changes_load(revision: int, changes: list[Change]) -> None:
    assert problems(revision, *changes) == []


@pytest.mark.parametrize(
    ("revision", "changes", "problem"),
    [
        (1, [Change(revision=2)], "revision: there was no change to revision 2"),
        (2, [Change(revision=1)], "revision: there was no change to revision 1"),
        (
            3,
            [Change(revision=3), Change(revision=2)],
            "changes: the revisions are not in ascending order",
        ),
        (2, [Change(revision=2, order_was=(0, 0, 1))], "order_was: it does not give each option"),
        (2, [Change(revision=2, order_was=(0, 1))], "order_was: it does not give each option"),
        (2, [Change(revision=2, order_was=(0, 1, 2, 3))], "order_was: it does not give each"),
        (2, [Change(revision=2, order_was=(0, 1, 5))], "order_was: it does not give each option"),
    ],
)
def test_other_words_are_reported(revision: int, changes: list[Change], problem: str) -> None:
    assert any(told.startswith(problem) for told in problems(revision, *changes))
