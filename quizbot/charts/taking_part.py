"""Taking part: how many were asked and answered each day, and which share was right."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from quizbot.charts import days
from quizbot.charts.card import Card
from quizbot.charts.days import Axis
from quizbot.charts.figures import Figure, Table

_HEADING = 26  # heights
_COUNTS = 96.0
_ACCURACY = 84.0
_ROOMY = 8  # pixels to a day from which on its dot is a ring


@dataclass(frozen=True)
class TakingPartWords:
    """All texts, in the reader's language; `""` leaves out the title or the subtitle.

    `asked`, `answered` and `right` are words of the legend and heads of the table's columns,
    `day` the head of the first; `counts` and `accuracy` head the two panels; `too_few` says why
    a share is not told. `shares` are how 0, a half and all are written: ("0 %", "50 %", "100 %").
    `alt` tells the chart to who cannot see it.
    """

    title: str
    subtitle: str
    counts: str
    accuracy: str
    day: str
    asked: str
    answered: str
    right: str
    too_few: str
    shares: tuple[str, str, str]
    alt: str


@dataclass(frozen=True)
class TakingPartDay:
    """The questions of one local date; `label` is the date, short, and `right` a share, 0 to 1."""

    on: date
    label: str
    asked: Figure
    answered: Figure
    right: Figure


@dataclass(frozen=True)
class TakingPart:
    """From `first` to `last`, both included; a date that is not in `days` had no question."""

    words: TakingPartWords
    first: date
    last: date
    days: tuple[TakingPartDay, ...]


def table(chart: TakingPart) -> Table:
    """A row for each day that had a question."""
    words = chart.words
    return Table(
        head=(words.day, words.asked, words.answered, words.right),
        rows=tuple(
            (day.label, day.asked.said, day.answered.said, day.right.said)
            for day in Axis(chart.first, chart.last).shown(chart.days)
        ),
    )


def spec(chart: TakingPart) -> dict[str, Any]:
    """Two panels above one another: bars of the answered within the asked, and the shares right."""
    words, card, axis = chart.words, Card(), Axis(chart.first, chart.last)
    shown = axis.shown(chart.days)
    card.title(words.title, words.subtitle)
    card.text("heading", words.counts, _HEADING)
    card.legend([("asked", words.asked), ("answered", words.answered)])
    card.y += 10
    _counts(card, axis, shown)
    card.y += 12
    card.text("heading", words.accuracy, _HEADING)
    too_few = any(not figure.told for day in shown for figure in (day.answered, day.right))
    card.legend([("accuracy", words.right), *([("hidden", words.too_few)] if too_few else [])])
    card.y += 10
    _accuracy(card, axis, shown, words.shares)
    card.y += 14
    axis.name(card, shown, card.y)
    card.y += 6
    return card.spec(words.alt)


def _counts(card: Card, axis: Axis, shown: Sequence[TakingPartDay]) -> None:
    bottom = card.y + _COUNTS
    unit = days.answered(card, axis, shown, _COUNTS)
    if most := days.largest(day.asked for day in shown if day.answered.told):
        days.line(card, bottom - most.count * unit, most.text)
    days.line(card, bottom, look="base")
    card.y = bottom


def _accuracy(
    card: Card, axis: Axis, shown: Sequence[TakingPartDay], shares: Sequence[str]
) -> None:
    top, bottom = card.y, card.y + _ACCURACY
    axis.hide(card, [day.on for day in shown if not day.right.told], top, bottom)
    for share, text in zip((0, 0.5, 1), shares, strict=True):
        days.line(card, bottom - share * _ACCURACY, text, "grid" if share else "base")
    told = [day for day in shown if day.right.told]
    places = [(axis.middle(day.on), bottom - day.right.share * _ACCURACY) for day in told]
    for (day, start), (after, end) in pairwise(zip(told, places, strict=True)):
        if after.on - day.on == timedelta(days=1):
            card.stroke("accuracy", start, end)
    for place in places:
        card.dot("accuracy" if axis.pitch >= _ROOMY else "accuracy, many", *place)
    card.y = bottom
