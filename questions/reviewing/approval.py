"""What an approval is: who read the item, when, and against which words of the article."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from questions.bank_file import one_line
from questions.items import NOT_THERE, Change, Item
from questions.rules import item_problems
from questions.statements import source_sha256
from questions.strict_yaml import field_name
from questions.topic import Topic


@dataclass(frozen=True)
class Check:
    """Something that only a person can judge."""

    name: str
    question: str
    short: str


# Not to be checked by code: the flaws that cost most (Haladyna, Downing & Rodriguez 2002; the last
# two are ours, since whoever takes the quiz may remember any single line of it).
CHECKS = (
    Check(
        "one best answer",
        "Would an expert choose the key at once, and no other option?",
        "one best answer",
    ),
    Check(
        "plausible distractors",
        "Could somebody who half knows the matter take each of them?",
        "distractors plausible",
    ),
    Check(
        "false distractors",
        "Is each of them false in reality, not merely unmentioned?",
        "and false",
    ),
    Check("clear", "Is there one way to read the question, in plain words?", "clear"),
    Check("evidence", "Do the marked words make the key right, with no step left out?", "evidence"),
    Check("safe to read", "Could every line be remembered by itself and do no harm?", "safe"),
)


class NotReadyError(ValueError):
    """The item cannot be approved as it is; `reasons` are sentences without a full stop."""

    def __init__(self, reasons: Iterable[str]) -> None:
        self.reasons = tuple(reasons)
        super().__init__("\n".join(self.reasons))


def waiting(topic: Topic) -> tuple[Item, ...]:
    """Drafts, and items that fell back to draft, in the bank's order."""
    return tuple(item for item in topic.items if item.status == "draft")


def was_approved(item: Item) -> bool:
    """Whether it was approved at some time, so that people may have been taught by it."""
    return item.reviewed_on is not None


def approve(
    item: Item, topic: Topic, reviewer: str, today: dt.date, blocking: Sequence[str] = ()
) -> Item:
    """The item with its approval on record.

    `blocking` are flaws that no waiver covers. Raises NotReadyError if there are any, if a text is
    unfinished, or if the evidence does not stand in the statements as they are today.
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
    """The item with its new meaning on record, see `questions.items.Change`."""
    revision = item.revision + 1
    change = Change(revision=revision, tell=tell, order_was=tuple(order_was))
    return item.model_copy(update={"revision": revision, "changes": (*item.changes, change)})


def order_in(item: Item, earlier: Item) -> tuple[int, ...]:
    """The place of each of the item's options in an earlier state of it, as `order_was` has it.

    An option with other words is taken for the one that stood in its place, if that is gone.
    """
    earlier_texts = [option.text for option in earlier.options]
    texts = [option.text for option in item.options]
    free = {place for place, text in enumerate(earlier_texts) if text not in texts}
    return tuple(
        earlier_texts.index(text)
        if text in earlier_texts
        else (place if place in free else NOT_THERE)
        for place, text in enumerate(texts)
    )
