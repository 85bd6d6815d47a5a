"""A length shared out among the parts of a bar."""

from collections.abc import Sequence


def shared_out(values: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """The room by the values, but no part less than its least, as far as there is room for all."""
    total = sum(values) or 1
    low = [length * min(room / (sum(least) or 1), 1) for length in least]
    raised = [max(room * value / total, length) for value, length in zip(values, low, strict=True)]
    # What the small parts get beyond their share, the others give by how much they can spare.
    spare = [width - length for width, length in zip(raised, low, strict=True)]
    over = sum(raised) - room
    if over <= 0 or not sum(spare):
        return raised
    return [width - over * free / sum(spare) for width, free in zip(raised, spare, strict=True)]
