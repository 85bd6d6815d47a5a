"""Pictures and charts: SVG templates, filled with plain values and the words of a language.

A chart's `svg()` is inline in a page, beside its `table()`. A picture's `svg()` is for a chat:
`render.Rasteriser` turns it into a PNG. All styles are in `templates/charts.css`.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol, Self

SUPPRESSED = "–"  # the text of a suppressed figure in a table


class Language(Protocol):
    """The reader's language, as `quizbot.telegram.messages.words.Words` knows it."""

    def _(self, english: str) -> str: ...

    def ngettext(self, one: str, many: str, count: int) -> str: ...

    def number(self, value: int) -> str: ...

    def percent(self, share: float) -> str: ...

    @property
    def weekdays(self) -> tuple[str, ...]: ...

    @property
    def months(self) -> tuple[str, ...]: ...


@dataclass(frozen=True)
class Figure:
    """A number, and its text with the unit, in the reader's language.

    A value of None is suppressed because the group is too small: it is drawn as a gap, never as 0,
    and its text is not used. Raises ValueError if the value is not finite.
    """

    value: float | None
    text: str = SUPPRESSED

    def __post_init__(self) -> None:
        if self.value is not None and not math.isfinite(self.value):
            raise ValueError("a figure is a number or None")

    @property
    def is_shown(self) -> bool:
        """Whether the number may be shown."""
        return self.value is not None

    def __str__(self) -> str:
        """Returns the text, or `SUPPRESSED` if the number is suppressed."""
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
    """Returns the figures, all suppressed if one is, as the others might reveal it."""
    if all(figure.is_shown for figure in figures):
        return figures
    return (Figure(None),) * len(figures)


@dataclass(frozen=True)
class Table:
    """The figures of a chart as texts, for people who cannot see it. The page escapes them."""

    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, rows: Iterable[Iterable[object]], *head: str) -> Self:
        """Returns a table of these texts and figures; `head` has the column headings."""
        return cls(head, tuple(tuple(map(str, row)) for row in rows))
