"""Taking part: how many were asked and answered each day, and which share was correct.

The axis of days and the columns on it are those of other pictures, too.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple, TypeVar

from markupsafe import Markup

from quizbot.charts import Figure, Table, render, theme, together
from quizbot.charts.theme import BROWSER, MARGIN, WIDTH, shared_out, text_width

_WIDEST = 26.0  # a column
_LOWEST = 2.0  # a column of what is not nought
_BETWEEN = 12.0  # two names of days at least
_LONGEST_NAME = 90.0

Parts = Sequence[tuple[str, Figure]]  # from below upwards, by their kinds


@dataclass(frozen=True)
class Day:
    """A local date that can be placed; `label` is its name, short."""

    on: date
    label: str


@dataclass(frozen=True)
class CountedDay(Day):
    """A date with how many were asked, and how many answered."""

    asked: Figure
    answered: Figure


SomeDay = TypeVar("SomeDay", bound=Day)


class Bar(NamedTuple):
    """A part of a column; `y` is counted from the top of the columns."""

    kind: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Columns:
    """Columns of one height; `gaps` are where figures are suppressed, as x and width.

    `most` is the largest figure, which the scale names, and `most_height` how high it is; `unit`
    is how high one is.
    """

    height: float
    unit: float
    bars: list[Bar]
    gaps: list[tuple[float, float]]
    most: Figure | None

    @property
    def most_height(self) -> float:
        return self.most.count * self.unit if self.most else 0.0


class Axis:
    """The dates from `first` to `last`, both included, from the left to the right."""

    def __init__(
        self,
        first: date,
        last: date,
        left: float = MARGIN,
        right: float = WIDTH - MARGIN - 36,  # the words of the scale are beyond
    ) -> None:
        self.first, self.last, self.left, self.right = first, last, left, right
        self.pitch = (right - left) / max((last - first).days + 1, 1)

    def shown(self, days: Iterable[SomeDay]) -> list[SomeDay]:
        """Returns the days that are on the axis, sorted by date."""
        return sorted((d for d in days if self.first <= d.on <= self.last), key=lambda d: d.on)

    def middle(self, on: date) -> float:
        """Returns the x of a date."""
        return self.left + ((on - self.first).days + 0.5) * self.pitch

    def columns(self, days: Sequence[tuple[date, Parts]], height: float) -> Columns:
        """Returns a column for each day, or a gap; a later one covers an earlier one of its date.

        The highest column has the full height.
        """
        shown = [(on, parts) for on, parts in days if all(part.is_shown for _, part in parts)]
        figures = [figure for _, parts in shown for _, figure in parts if figure.count]
        totals = [sum(figure.count for _, figure in parts) for _, parts in shown]
        unit = height / max([*totals, 1.0])
        return Columns(
            height,
            unit,
            [bar for on, parts in shown for bar in self._column(on, parts, unit, height)],
            self.gaps({on for on, _ in days} - {on for on, _ in shown}),
            max(figures, key=lambda figure: figure.count, default=None),
        )

    def _column(self, on: date, parts: Parts, unit: float, height: float) -> Iterable[Bar]:
        drawn = [(kind, figure.count) for kind, figure in parts if figure.count]
        counts, least = [count for _, count in drawn], [_LOWEST] * len(drawn)
        heights = shared_out(counts, least, max(sum(counts) * unit, sum(least)))
        # Between columns there is a fifth of their place: a long row has no room for more.
        width, y = min(self.pitch * 0.8, _WIDEST), height
        for (kind, _), high in zip(drawn, heights, strict=True):
            y -= high
            yield Bar(kind, self.middle(on) - width / 2, y, width, high)

    def gaps(self, dates: Iterable[date]) -> list[tuple[float, float]]:
        """Returns x and width of the dates; consecutive dates are one piece."""
        day, among = timedelta(days=1), set(dates)
        starts = sorted(on for on in among if on - day not in among)
        ends = sorted(on for on in among if on + day not in among)
        return [
            (self.middle(start) - self.pitch / 2, ((end - start).days + 1) * self.pitch)
            for start, end in zip(starts, ends, strict=True)
        ]

    def names(self, days: Sequence[Day]) -> list[tuple[float, str]]:
        """Returns the names of as many days as there is room for, each with its middle."""
        for some in _choices(days):
            places = [self._name(day) for day in some]
            if all(after[0] - before[1] >= _BETWEEN for before, after in pairwise(places)):
                named = zip(places, some, strict=True)
                return [((left + right) / 2, day.label) for (left, right), day in named]
        return []

    def _name(self, day: Day) -> tuple[float, float]:
        """Returns where a name begins and ends: below its day, but not beyond the card."""
        half = min(BROWSER * text_width(day.label, "small"), _LONGEST_NAME) / 2
        edge = MARGIN / 2 + half
        middle = min(max(self.middle(day.on), edge), WIDTH - edge)
        return middle - half, middle + half


def _choices(days: Sequence[Day]) -> Iterable[Sequence[Day]]:
    """Yields fewer and fewer days: all, the first of each week, two weeks, month, quarter; one."""
    yield days
    for key in (_week, lambda on: _week(on) // 2, _month, lambda on: _month(on) // 3):
        firsts = {key(day.on): day for day in reversed(days)}
        yield sorted(firsts.values(), key=lambda day: day.on)
    yield days[:1]


def _week(on: date) -> int:
    return (on.toordinal() - 1) // 7  # the first of January 1 was a Monday


def _month(on: date) -> int:
    return on.year * 12 + on.month - 1


@dataclass(frozen=True)
class ParticipationWords:
    """All texts, in the reader's language.

    `asked`, `answered` and `correct` are words of the legend and heads of the table's columns,
    `day` the head of the first; `counts` and `accuracy` head the two rows of days; `too_few` says
    why a share is suppressed. `shares` are how 0, a half and all are written: ("0 %", "50 %",
    "100 %"). `alt` describes the chart.
    """

    title: str
    counts: str
    accuracy: str
    day: str
    asked: str
    answered: str
    correct: str
    too_few: str
    shares: tuple[str, str, str]
    alt: str


@dataclass(frozen=True)
class ParticipationDay(CountedDay):
    """The questions of one date; `correct` is the share of the answers that were, 0 to 1."""

    correct: Figure


@dataclass(frozen=True)
class Participation:
    """From `first` to `last`, both included; a date that is not in `days` had no question."""

    words: ParticipationWords
    first: date
    last: date
    days: tuple[ParticipationDay, ...]

    def table(self) -> Table:
        """Returns a row for each day that had a question."""
        words = self.words
        return Table(
            (words.day, words.asked, words.answered, words.correct),
            tuple(
                (day.label, str(day.asked), str(day.answered), str(day.correct))
                for day in Axis(self.first, self.last).shown(self.days)
            ),
        )

    def svg(self) -> Markup:
        """Draws columns of the answered before the asked, and below them the shares as a line."""
        words, axis = self.words, Axis(self.first, self.last)
        shown = axis.shown(self.days)
        suppressed = any(not (day.answered.is_shown and day.correct.is_shown) for day in shown)
        accuracy = [("share", words.correct)]
        accuracy += [("hidden", words.too_few)] if suppressed else []
        values = {
            "words": words,
            "axis": axis,
            "counts_legend": theme.legend([("asked", words.asked), ("answered", words.answered)]),
            "counts": axis.columns(asked_and_answered(shown), 96),
            "accuracy_legend": theme.legend(accuracy),
            "gaps": axis.gaps(day.on for day in shown if not day.correct.is_shown),
            "shares": [
                (axis.middle(day.on), day.correct.share) for day in shown if day.correct.is_shown
            ],
            "lines": list(_lines(axis, shown)),
            "names": axis.names(shown),
        }
        return render.chart("participation", values)


def asked_and_answered(days: Sequence[CountedDay]) -> list[tuple[date, Parts]]:
    """Returns the asked of each day, and then the answered, whose column covers a part of it."""
    columns: list[tuple[date, Parts]] = []
    for day in days:
        asked, answered = together(day.asked, day.answered)
        columns += [(day.on, [("asked", asked)]), (day.on, [("answered", answered)])]
    return columns


def _lines(
    axis: Axis, days: Sequence[ParticipationDay]
) -> Iterable[tuple[float, float, float, float]]:
    """Yields the lines between the shares of consecutive days: x and share of both ends."""
    for day, after in pairwise(days):
        follows = after.on - day.on == timedelta(days=1)
        if follows and day.correct.is_shown and after.correct.is_shown:
            yield axis.middle(day.on), day.correct.share, axis.middle(after.on), after.correct.share
