"""Learning: how many were correct at the first attempt and at later ones, by key point."""

from dataclasses import dataclass

from markupsafe import Markup

from quizbot.charts import Figure, Table, render, theme, together
from quizbot.charts.theme import BROWSER, INNER, LINE, MARGIN, WIDTH, text_width

_LEFT = MARGIN + 6  # where nought is: a disc has room
_STRIP = 24  # how high the strip of a key point is
_LEAST = 96  # how wide it is at least
_BETWEEN = 12  # it, the gain and the people
_WIDEST_PEOPLE = 80


@dataclass(frozen=True)
class LearningWords:
    """All texts, in the reader's language.

    `point`, `first`, `later`, `gain` and `people` head the table's columns, `first` and `later`
    are in the legend, too; `too_few` stands where the shares are suppressed. `shares` are how 0, a
    half and all are written. `alt` describes the chart.
    """

    title: str
    point: str
    first: str
    later: str
    gain: str
    people: str
    too_few: str
    shares: tuple[str, str, str]
    alt: str


@dataclass(frozen=True)
class LearningPoint:
    """A key point; `first` and `later` are shares correct, 0 to 1; where one is None, all are.

    `gain` is later minus first; its text holds the interval, "+18 (9 to 27)". `people` is on how
    many it rests; its text has room for a word, "n = 34".
    """

    label: str
    first: Figure
    later: Figure
    gain: Figure
    people: Figure

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Returns first, later, gain and people."""
        return together(self.first, self.later, self.gain, self.people)

    @property
    def is_shown(self) -> bool:
        """Whether its figures may be seen."""
        return self.figures[0].is_shown


@dataclass(frozen=True)
class Learning:
    """The key points, from above."""

    words: LearningWords
    points: tuple[LearningPoint, ...]

    def table(self) -> Table:
        """Returns a row for each key point."""
        words = self.words
        return Table(
            (words.point, words.first, words.later, words.gain, words.people),
            tuple((point.label, *map(str, point.figures)) for point in self.points),
        )

    def svg(self) -> Markup:
        """Draws for each key point its label, and below it both shares, the gain and the people."""
        shown = [point for point in self.points if point.is_shown]
        people = max((BROWSER * text_width(each.people.text, "small") for each in shown), default=0)
        people = min(people, _WIDEST_PEOPLE)
        gain = max((BROWSER * text_width(each.gain.text, "value") for each in shown), default=0)
        start = max(WIDTH - MARGIN - people - _BETWEEN - gain, _LEFT + _LEAST + _BETWEEN)
        rows, top = [], 0.0
        for point in self.points:
            label = theme.wrapped(point.label, "label", INNER / BROWSER, 3)
            rows.append({"top": top, "label": label, "point": point})
            top += LINE * len(label) + (_STRIP if point.is_shown else theme.BAR) + 8
        legend = theme.legend([("first", self.words.first), ("later", self.words.later)])
        values = {
            "words": self.words,
            "legend": legend,
            "rows": rows,
            "rows_height": top,
            "has_scale": bool(shown),
            "left": _LEFT,
            "right": start - _BETWEEN,
            "gain_x": start,
            "gain_width": WIDTH - MARGIN - people - start,
        }
        return render.chart("learning", values)
