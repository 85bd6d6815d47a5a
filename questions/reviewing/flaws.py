"""What linting says about one item, as far as it matters to its reviewer."""

from collections.abc import Sequence

from questions.items import Item
from questions.linting import Finding, lint
from questions.topic import Topic

# `approve` finds these by itself, and tells them with the name of the field.
_TOLD_BY_APPROVE = frozenset(("unfinished", "evidence-missing"))


def flaws_of(topic: Topic, item: Item) -> tuple[Finding, ...]:
    """All that is found in the item, blocking flaws first, waived ones last."""
    return tuple(each for each in lint(topic, item.id).findings if each.item == item.id)


def blocking(flaws: Sequence[Finding]) -> tuple[str, ...]:
    """Why the item must not be approved, one sentence each."""
    return tuple(
        f"[{flaw.rule}] {flaw.problem}; {flaw.remedy}"
        for flaw in flaws
        if flaw.blocks and flaw.rule not in _TOLD_BY_APPROVE
    )
