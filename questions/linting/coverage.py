"""How well the bank covers statements and objectives, and at which levels it asks."""

from collections import Counter
from collections.abc import Iterator, Mapping

from questions.statements import StatementKind
from questions.topic import Topic

# For each key point, question and objective; also the fewest forms of an objective.
FEWEST_ITEMS = 3
RECALL_SHARE = 1 / 3


def coverage(topic: Topic) -> Mapping[str, int]:
    """Returns how many approved items cite each key point and each frequently asked question."""
    counts = Counter(cited for item in topic.approved for cited in item.cites)
    kinds = (StatementKind.KEY_POINT, StatementKind.FAQ)
    return {
        statement.id: counts[statement.id]
        for statement in topic.statements.values()
        if statement.kind in kinds
    }


def objectives(topic: Topic) -> Mapping[str, int]:
    """Returns how many approved items each objective has, in the order of the bank."""
    return {name: len(topic.items_of(name)) for name in topic.objectives}


def levels(topic: Topic) -> Mapping[str, int]:
    """Returns how many approved items there are at each level."""
    counts = Counter(item.level for item in topic.approved)
    return {level: counts[level] for level in ("recall", "understand", "apply")}


def uncovered(topic: Topic) -> Iterator[str]:
    few = [f"{name} {count}" for name, count in coverage(topic).items() if count < FEWEST_ITEMS]
    if few:
        yield f"too few approved items, each needs {FEWEST_ITEMS}: {', '.join(few)}"


def unserved(topic: Topic) -> Iterator[str]:
    """Yields the objectives with too few approved items, and those with items too alike in form."""
    few, monotonous = [], []
    for name, count in objectives(topic).items():
        forms = sorted({item.form for item in topic.items_of(name)})
        if count < FEWEST_ITEMS:
            few.append(f"{name} {count}")
        elif len(forms) < FEWEST_ITEMS:
            monotonous.append(f"{name} ({', '.join(forms)})")
    if few:
        yield f"too few approved items, each objective needs {FEWEST_ITEMS}: {', '.join(few)}"
    if monotonous:
        yield f"too few forms, each objective needs {FEWEST_ITEMS}: {', '.join(monotonous)}"


def too_much_recall(topic: Topic) -> Iterator[str]:
    recall, total = levels(topic)["recall"], len(topic.approved)
    if recall > RECALL_SHARE * total:
        yield f"{recall} of {total} approved items {'asks' if recall == 1 else 'ask'} for recall"
