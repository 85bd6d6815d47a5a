"""Pictures and charts: SVG templates, filled with plain values and the words of a language.

A chart's `svg()` stands inline in a page, beside its `table()`. A picture's `svg()` is for a chat:
`render.Rasteriser` makes a PNG of it. How everything looks is in `templates/charts.css`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

SUPPRESSED = "–"  # what stands in a table for a suppressed figure


class Language(Protocol):
    """The reader's language, as `quizbot.telegram.messages.words.Words` knows it."""

    def _(self, english: str) -> str: ...

    def percent(self, share: float) -> str: ...

    @property
    def weekdays(self) -> tuple[str, ...]: ...

    @property
    def months(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Figure:
    """A number, and how the reader's language writes it, with its unit.

    A value of None is suppressed, as the group is too small: it is drawn as a gap, never as 0, and
    its text is used nowhere. Raises ValueError where the value is not finite.
    """

    value: float | None
    text: str = SUPPRESSED

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError("a figure is a number or None")

    @property
    def is_shown(self) -> bool:
        """Whether the number may be seen."""
        return self.value is not None

    def __str__(self) -> str:
        """Returns the text, or `SUPPRESSED` in place of one that may not be seen."""
        return self.text if self.is_shown else SUPPRESSED

    @property
    def count(self) -> float:
        """Returns the value as a length to draw, at least 0."""
        return max(self.value or 0.0, 0.0)

    @property
    def share(self) -> float:
        """Returns the value as a part of a length, 0 to 1."""
        return min(self.count, 1.0)


def together(*figures: Figure) -> tuple[Figure, ...]:
    """Returns the figures, all suppressed if one is, which might follow from the others."""
    if all(figure.is_shown for figure in figures):
        return figures
    return (Figure(None),) * len(figures)


@dataclass(frozen=True)
class Table:
    """What a chart shows, for people who cannot see it: plain texts, which the page escapes."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, rows: Iterable[Iterable[object]], *head: str) -> Self:
        """Returns the table of texts and figures, with these heads of its columns."""
        return cls(head, tuple(tuple(map(str, row)) for row in rows))
