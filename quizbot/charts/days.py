"""A row of days: where each is, which of them are named, and what stands on them."""

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Protocol, TypeVar

from quizbot.charts import lettering, looks
from quizbot.charts.card import Card
from quizbot.charts.figures import Figure
from quizbot.charts.parts import shared_out

LEFT = float(looks.MARGIN)
RIGHT = looks.WIDTH - looks.MARGIN - 36.0  # the words of the scale are beyond
_WIDEST = 26.0  # a bar
_LOWEST = 2.0  # a bar of what is not nought
_BETWEEN = 12.0  # two names at least

Part = tuple[str, Figure]  # the kind of a box, and how many it stands for


class Dated(Protocol):
    """A day that can be placed; `label` is its name."""

    @property
    def on(self) -> date: ...

    @property
    def label(self) -> str: ...


class Counted(Dated, Protocol):
    """A day with how many were asked, and how many answered."""

    @property
    def asked(self) -> Figure: ...

    @property
    def answered(self) -> Figure: ...


SomeDay = TypeVar("SomeDay", bound=Dated)


class Axis:
    """The dates from `first` to `last`, both included, from the left to the right."""

    def __init__(self, first: date, last: date, left: float = LEFT, right: float = RIGHT) -> None:
        self.first, self.last, self.left, self.right = first, last, left, right
        self.pitch = (right - left) / max((last - first).days + 1, 1)
        # Between bars there is a fifth of their place: a long row has no room for more.
        self._half = min(self.pitch * 0.8, _WIDEST) / 2

    def shown(self, days: Iterable[SomeDay]) -> list[SomeDay]:
        """Those of the dates that are on the axis, in their order."""
        return sorted((d for d in days if self.first <= d.on <= self.last), key=lambda d: d.on)

    def middle(self, on: date) -> float:
        """Where a date is."""
        return self.left + ((on - self.first).days + 0.5) * self.pitch

    def stack(
        self, card: Card, on: date, parts: Sequence[Part], bottom: float, unit: float
    ) -> None:
        """A date's bar of parts from below upwards; `unit` is how high one of them is."""
        drawn = [(kind, figure.count) for kind, figure in parts if figure.count]
        counts = [count for _, count in drawn]
        least = [_LOWEST] * len(drawn)
        heights = shared_out(counts, least, max(sum(counts) * unit, sum(least)))
        x, x2 = self.middle(on) - self._half, self.middle(on) + self._half
        for (kind, _), height in zip(drawn, heights, strict=True):
            card.box(kind, x, bottom - height, x2, bottom)
            bottom -= height

    def hide(self, card: Card, dates: Sequence[date], top: float, bottom: float) -> None:
        """Hatch what is not told; dates that follow each other are one piece."""
        starts = [on for on in dates if on - timedelta(days=1) not in dates]
        ends = [on for on in dates if on + timedelta(days=1) not in dates]
        for start, end in zip(starts, ends, strict=True):
            half = self.pitch / 2
            card.hatch(self.middle(start) - half, top, self.middle(end) + half, bottom)

    def name(self, card: Card, days: Sequence[Dated], y: float) -> None:
        """The names of as many days as there is room for, level with `y`."""
        named = next((some for some in _choices(days) if self._have_room(some)), [])
        for day in named:
            left, right = self._place(day)
            card.say("date", day.label, (left + right) / 2, y)

    def _have_room(self, days: Sequence[Dated]) -> bool:
        places = [self._place(day) for day in days]
        return all(after[0] - before[1] >= _BETWEEN for before, after in pairwise(places))

    def _place(self, day: Dated) -> tuple[float, float]:
        """From where to where a name goes: below its day, but not beyond the card."""
        width = min(lettering.text_width(day.label, looks.SMALL), looks.TEXTS["date"].limit)
        middle = max(self.middle(day.on), looks.MARGIN / 2 + width / 2)
        middle = min(middle, looks.WIDTH - looks.MARGIN / 2 - width / 2)
        return middle - width / 2, middle + width / 2


def _choices(days: Sequence[Dated]) -> Iterable[list[Dated]]:
    """Ever fewer days: all, the first of each week, of each second, of each month..., the first."""
    yield list(days)
    for key in (_week, lambda on: _week(on) // 2, _month, lambda on: _month(on) // 3):
        firsts = {key(day.on): day for day in reversed(days)}
        yield sorted(firsts.values(), key=lambda day: day.on)
    yield list(days[:1])


def _week(on: date) -> int:
    return (on.toordinal() - 1) // 7  # the first of January 1 was a Monday


def _month(on: date) -> int:
    return on.year * 12 + on.month - 1


def answered(card: Card, axis: Axis, shown: Sequence[Counted], height: float) -> float:
    """Each date's bar of the answered before that of the asked, hatched where one is not told.

    The highest is as high as the panel. Returns how high one answer is.
    """
    bottom = card.y + height
    told = [day for day in shown if day.asked.told and day.answered.told]
    each = unit(height, (max(day.asked.count, day.answered.count) for day in told))
    axis.hide(card, [day.on for day in shown if day not in told], card.y, bottom)
    for day in told:
        axis.stack(card, day.on, [("asked", day.asked)], bottom, each)
        axis.stack(card, day.on, [("answered", day.answered)], bottom, each)
    return each


def unit(height: float, columns: Iterable[float]) -> float:
    """How high one is, where the highest column is as high as the panel."""
    return height / max([*columns, 1.0])


def largest(figures: Iterable[Figure]) -> Figure | None:
    """The figure that the scale names, None where there is none above nought."""
    told = [figure for figure in figures if figure.count]
    return max(told, key=lambda figure: figure.count, default=None)


def line(card: Card, y: float, text: str = "", look: str = "grid") -> None:
    """A line across the panel, and how much it is."""
    card.stroke(look, (LEFT, y), (RIGHT, y))
    if text:
        card.say("scale", text, RIGHT + 6, y)
