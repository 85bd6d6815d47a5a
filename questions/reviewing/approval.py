"""Approvals: who read the item, when, and against which words of the article."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from questions.bank_file import one_line
from questions.items import NEW_OPTION, Change, Item
from questions.linting import Finding, lint
from questions.statements import source_sha256
from questions.strict_yaml import field_name
from questions.topic import Topic
from questions.validation import item_problems


@dataclass(frozen=True)
class Check:
    """A question that only a person can answer."""

    name: str
    question: str
    short: str


# The costliest flaws that code cannot check (Haladyna, Downing & Rodriguez 2002; the last two are
# ours: people may remember any single line of a quiz).
CHECKS = (
    Check(
        "one best answer",
        "Would an expert choose the key at once, and no other option?",
        "one best answer",
    ),
    Check(
        "plausible distractors",
        "Would somebody with half the knowledge choose each of them?",
        "distractors plausible",
    ),
    Check(
        "false distractors",
        "Is each of them false in reality, not merely unmentioned?",
        "and false",
    ),
    Check("clear", "Is there one way to read the question, in plain words?", "clear"),
    Check(
        "evidence", "Do the marked words make the key correct, with no step left out?", "evidence"
    ),
    Check("safe to read", "Is every line harmless if it is remembered by itself?", "safe"),
)


class NotReadyError(ValueError):
    """The item cannot be approved yet; `reasons` are sentences without a full stop."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


def waiting(topic: Topic) -> tuple[Item, ...]:
    """Returns drafts, and items that fell back to draft, in the order of the bank."""
    return tuple(item for item in topic.items if item.status == "draft")


def was_approved(item: Item) -> bool:
    """Returns whether the item has ever been approved, so that people may have learned from it."""
    return item.reviewed_on is not None


def approve(
    item: Item, topic: Topic, reviewer: str, today: dt.date, blocking: Sequence[str] = ()
) -> Item:
    """Returns the item with the record of its approval.

    `blocking` are flaws without a waiver. Raises NotReadyError if there are any, if a text is
    unfinished, or if evidence is not in the statements as they are now.
    """
    name = one_line(reviewer)
    if not name:
        raise NotReadyError(["nobody is named as the reviewer"])
    approved = item.model_copy(
        update={
            "status": "approved",
            "reviewed_by": name,
            "reviewed_on": today,
            "source_sha256": source_sha256(topic.cited(item)),
        }
    )
    ids = {other.id for other in topic.items}
    problems = [
        f"{field_name(problem.path)}: {problem.problem}; {problem.remedy}"
        for problem in item_problems(approved, ids, topic.statements)
    ]
    if blocking or problems:
        raise NotReadyError([*blocking, *problems])
    return approved


def next_revision(item: Item, tell: str | None = None, order_was: Sequence[int] = ()) -> Item:
    """Returns the item with the next revision; see `questions.items.Change`."""
    revision = item.revision + 1
    change = Change(revision=revision, tell=tell, order_was=tuple(order_was))
    return item.model_copy(update={"revision": revision, "changes": (*item.changes, change)})


def order_in(item: Item, earlier: Item) -> tuple[int, ...]:
    """Returns the index of each option in `earlier`, as in `Change.order_was`.

    A reworded option counts as the one previously in its place, if that one is gone.
    """
    earlier_texts = [option.text for option in earlier.options]
    texts = [option.text for option in item.options]
    free = {place for place, text in enumerate(earlier_texts) if text not in texts}
    return tuple(
        earlier_texts.index(text)
        if text in earlier_texts
        else (place if place in free else NEW_OPTION)
        for place, text in enumerate(texts)
    )


# `approve` reports these, with the name of the field.
_REPORTED_BY_APPROVE = frozenset(("unfinished", "evidence-missing"))


def flaws_of(topic: Topic, item: Item) -> tuple[Finding, ...]:
    """Returns all findings about the item, blocking ones first, waived ones last."""
    return tuple(each for each in lint(topic, item.id).findings if each.item == item.id)


def blocking(flaws: Sequence[Finding]) -> tuple[str, ...]:
    """Returns a sentence for each flaw that keeps the item from being approved."""
    return tuple(
        f"[{flaw.rule}] {flaw.problem}; {flaw.remedy}"
        for flaw in flaws
        if flaw.blocks and flaw.rule not in _REPORTED_BY_APPROVE
    )
