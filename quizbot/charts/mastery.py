"""Mastery of a group: by key point, which shares are mastered, being learnt, and new."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from quizbot.charts import Figure, Table, render, theme, together
from quizbot.charts.theme import BAR, BROWSER, INNER, LINE, MARGIN, shared_out, text_width

KINDS = ("mastered", "learning", "new")
_BETWEEN = 1.5  # the parts of a bar


@dataclass(frozen=True)
class MasteryWords:
    """All texts, in the reader's language.

    `mastered`, `learning` and `new` are words of the legend and heads of the table's columns,
    `point` the head of the first; `too_few` stands where the shares are suppressed. `alt`
    describes the chart.
    """

    title: str
    point: str
    mastered: str
    learning: str
    new: str
    too_few: str
    alt: str


@dataclass(frozen=True)
class MasteryPoint:
    """A key point and its three shares, 0 to 1, which sum to 1; where one is None, all are."""

    label: str
    mastered: Figure
    learning: Figure
    new: Figure

    @property
    def shares(self) -> tuple[Figure, ...]:
        """Returns mastered, learning and new."""
        return together(self.mastered, self.learning, self.new)


@dataclass(frozen=True)
class Mastery:
    """The key points, from above."""

    words: MasteryWords
    points: tuple[MasteryPoint, ...]

    def table(self) -> Table:
        """Returns a row for each key point."""
        words = self.words
        return Table(
            (words.point, words.mastered, words.learning, words.new),
            tuple((point.label, *map(str, point.shares)) for point in self.points),
        )

    def svg(self) -> Markup:
        """Draws for each key point its label, and below it a bar with the shares."""
        rows, top = [], 0.0
        for point in self.points:
            label = theme.wrapped(point.label, "label", INNER / BROWSER, 3)
            parts = bar(point.shares, MARGIN, INNER) if point.shares[0].is_shown else None
            rows.append({"top": top, "label": label, "parts": parts})
            top += LINE * len(label) + 2 + BAR + 12
        words = zip(KINDS, (self.words.mastered, self.words.learning, self.words.new), strict=True)
        values = {
            "words": self.words,
            "legend": theme.legend(list(words)),
            "rows": rows,
            "rows_height": top,
        }
        return render.chart("mastery", values)


def bar(figures: Sequence[Figure], left: float, width: float) -> list[dict[str, Any]]:
    """Returns the parts of a bar, one for each kind that is not 0, with room for their texts."""
    shown = [(kind, each) for kind, each in zip(KINDS, figures, strict=True) if each.count]
    least = [BROWSER * text_width(each.text, f"on-{kind}") + 4 for kind, each in shown]
    room = width - _BETWEEN * (len(shown) - 1)
    widths = shared_out([each.count for _, each in shown], least, room)
    parts = []
    for (kind, each), wide in zip(shown, widths, strict=True):
        parts.append({"kind": kind, "x": left, "width": wide, "text": each.text})
        left += wide + _BETWEEN
    return parts
