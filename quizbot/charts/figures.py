"""Numbers with their texts, and the table that says what a chart shows."""

import math
from dataclasses import dataclass

HIDDEN = "–"  # what stands in a table for a number that is not told


@dataclass(frozen=True)
class Figure:
    """A number, and how the reader's language writes it, with its unit.

    A value of None is a number that is not told, as the group is too small: it is drawn as a gap,
    never as 0, and its text is used nowhere. Raises ValueError where the value is not finite.
    """

    value: float | None
    text: str = HIDDEN

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError("a figure is a number or None")

    @property
    def told(self) -> bool:
        """Whether the number may be seen."""
        return self.value is not None

    @property
    def said(self) -> str:
        """The text, or `HIDDEN`."""
        return self.text if self.told else HIDDEN

    @property
    def count(self) -> float:
        """The value as a length to draw, at least 0."""
        return max(self.value or 0.0, 0.0)

    @property
    def share(self) -> float:
        """The value as a part of a length, 0 to 1."""
        return min(self.count, 1.0)


def together(*figures: Figure) -> tuple[Figure, ...]:
    """The figures, none of them told unless all are: one may follow from the others."""
    return figures if all(figure.told for figure in figures) else (Figure(None),) * len(figures)


@dataclass(frozen=True)
class Table:
    """What a chart shows, for whoever cannot see it: plain texts, to be escaped by the page."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
