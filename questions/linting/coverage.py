"""Whether the bank asks about all that the article wants remembered, and at which level."""

from collections import Counter
from collections.abc import Iterator, Mapping

from questions.claims import Claim, ClaimKind
from questions.topic import Topic

FEWEST_ITEMS = 3
RECALL_SHARE = 1 / 3


def coverage(topic: Topic) -> Mapping[str, int]:
    """How many approved items cite each key point and each frequent question."""
    counts = Counter(cited for item in topic.approved for cited in item.cites)
    kinds = (ClaimKind.KEY_POINT, ClaimKind.FAQ)
    return {claim.id: counts[claim.id] for claim in topic.claims.values() if claim.kind in kinds}


def levels(topic: Topic) -> Mapping[str, int]:
    """How many approved items there are at each level."""
    counts = Counter(item.level for item in topic.approved)
    return {level: counts[level] for level in ("recall", "understand", "apply")}


def uncovered(topic: Topic) -> Iterator[str]:
    few = [f"{name} {count}" for name, count in coverage(topic).items() if count < FEWEST_ITEMS]
    if few:
        yield f"too few approved items, {FEWEST_ITEMS} are due for each: {', '.join(few)}"


def too_much_recall(topic: Topic) -> Iterator[str]:
    recall, total = levels(topic)["recall"], len(topic.approved)
    if recall > RECALL_SHARE * total:
        yield f"{recall} of {total} approved items {'asks' if recall == 1 else 'ask'} for recall"


def points_without_siblings(topic: Topic) -> Iterator[str]:
    if alone := [point.id for point in topic.points if not _has_siblings(topic, point)]:
        yield f"no two approved items are siblings on {', '.join(alone)}"


def _has_siblings(topic: Topic, point: Claim) -> bool:
    serving = {item.id for item in topic.approved if point.id in item.cites}
    return any(topic.siblings_of(name) & serving for name in serving)
