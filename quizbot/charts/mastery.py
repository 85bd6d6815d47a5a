"""Mastery of a group: the share of objectives that are mastered, by key point."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from markupsafe import Markup

from quizbot.charts import Figure, Language, Table, render
from quizbot.charts.theme import MARGIN, WIDTH, browser_width, shared_out

KINDS = ("mastered", "right-once", "learning", "new")
_BETWEEN = 1.5  # between the parts of a bar


@dataclass(frozen=True)
class MasteryPoint:
    """A key point and the share mastered, 0 to 1."""

    label: str
    mastered: Figure

    def parts(self, width: int) -> list["Part"]:
        """Returns, of a card of that width, the part that is mastered; none if that is nothing."""
        rest = Figure(1 - self.mastered.count, "")
        every = bar((self.mastered, Figure(0), Figure(0), rest), MARGIN, width - 2 * MARGIN)
        return [part for part in every if part.kind == "mastered"]


@dataclass(frozen=True)
class Mastery:
    """A bar with the share of each key point. `alt` describes the chart."""

    language: Language
    alt: str
    points: tuple[MasteryPoint, ...]

    def table(self) -> Table:
        """Returns a row for each key point."""
        _ = self.language._
        rows = ((point.label, point.mastered) for point in self.points)
        return Table.of(rows, _("Key point"), _("Mastered"))

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart."""
        rows = [(each.label, each.mastered.is_shown, each.parts(width)) for each in self.points]
        return render.chart("mastery", self, width, rows=rows)


class Part(NamedTuple):
    """A part of a horizontal bar, with its text."""

    kind: str
    x: float
    width: float
    text: str


def bar(figures: Sequence[Figure], left: float, width: float) -> list[Part]:
    """Returns the parts of a bar, one for each kind that is not 0, wide enough for its text."""
    shown = [(kind, each) for kind, each in zip(KINDS, figures, strict=True) if each.count]
    least = [browser_width(each.text, f"on-{kind}") + 4 for kind, each in shown]
    room = width - _BETWEEN * (len(shown) - 1)
    widths = shared_out([each.count for _, each in shown], least, room)
    parts = []
    for (kind, each), wide in zip(shown, widths, strict=True):
        parts.append(Part(kind, left, wide, each.text))
        left += wide + _BETWEEN
    return parts
