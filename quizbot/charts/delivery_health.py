"""Delivery health: what became of each day's questions, and the reminders."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from quizbot.charts import days
from quizbot.charts.card import Card
from quizbot.charts.days import Axis, Part
from quizbot.charts.figures import Figure, Table, together

_STATES = ("in_time", "late", "unconfirmed", "refused", "unsent")  # from below upwards
_HEADING = 26  # heights
_DELIVERIES = 120.0
_REMINDERS = 40.0


@dataclass(frozen=True)
class HealthWords:
    """All texts, in the reader's language; `""` leaves out the title or the subtitle.

    `deliveries` heads the panel of the questions, `reminders` that of the reminders and their
    column; `day` and the five states are the other heads, and the states the legend. `too_few`
    says why a number is not told. `alt` tells the chart to who cannot see it.
    """

    title: str
    subtitle: str
    deliveries: str
    day: str
    in_time: str
    late: str
    unconfirmed: str
    refused: str
    unsent: str
    reminders: str
    too_few: str
    alt: str


@dataclass(frozen=True)
class HealthDay:
    """The deliveries of one local date, counted; `label` is the date, short.

    `unconfirmed` are those that may not have arrived and are offered, `refused` those that
    Telegram refused or the person blocked.
    """

    on: date
    label: str
    in_time: Figure
    late: Figure
    unconfirmed: Figure
    refused: Figure
    unsent: Figure
    reminders: Figure


@dataclass(frozen=True)
class DeliveryHealth:
    """From `first` to `last`, both included; a date that is not in `days` had no question.

    Where a state of a day is None, none of that day's is told.
    """

    words: HealthWords
    first: date
    last: date
    days: tuple[HealthDay, ...]


def table(chart: DeliveryHealth) -> Table:
    """A row for each day that had a question."""
    words = chart.words
    return Table(
        head=(words.day, *_words(words), words.reminders),
        rows=tuple(
            (day.label, *(figure.said for _, figure in [*_states(day), *_reminders(day)]))
            for day in Axis(chart.first, chart.last).shown(chart.days)
        ),
    )


def spec(chart: DeliveryHealth) -> dict[str, Any]:
    """Two panels above one another: stacked bars of the states, and bars of the reminders."""
    words, card, axis = chart.words, Card(), Axis(chart.first, chart.last)
    shown = axis.shown(chart.days)
    card.title(words.title, words.subtitle)
    card.text("heading", words.deliveries, _HEADING)
    _legend(card, words, shown)
    card.y += 10
    _panel(card, axis, [(day.on, _states(day)) for day in shown], _DELIVERIES)
    card.y += 12
    card.text("heading", words.reminders, _HEADING)
    card.y += 8
    _panel(card, axis, [(day.on, _reminders(day)) for day in shown], _REMINDERS)
    card.y += 14
    axis.name(card, shown, card.y)
    card.y += 6
    return card.spec(words.alt)


def _words(words: HealthWords) -> tuple[str, ...]:
    return words.in_time, words.late, words.unconfirmed, words.refused, words.unsent


def _states(day: HealthDay) -> list[Part]:
    states = together(day.in_time, day.late, day.unconfirmed, day.refused, day.unsent)
    return list(zip(_STATES, states, strict=True))


def _reminders(day: HealthDay) -> list[Part]:
    return [("reminders", day.reminders)]


def _legend(card: Card, words: HealthWords, shown: Sequence[HealthDay]) -> None:
    entries = list(zip(_STATES, _words(words), strict=True))
    if not all(part.told for day in shown for _, part in [*_states(day), *_reminders(day)]):
        entries.append(("hidden", words.too_few))
    card.legend(entries)


def _panel(
    card: Card, axis: Axis, columns: Sequence[tuple[date, list[Part]]], height: float
) -> None:
    top, bottom = card.y, card.y + height
    hidden = [on for on, parts in columns if not all(figure.told for _, figure in parts)]
    axis.hide(card, hidden, top, bottom)
    unit = days.unit(height, (sum(figure.count for _, figure in parts) for _, parts in columns))
    if most := days.largest(figure for _, parts in columns for _, figure in parts):
        days.line(card, bottom - most.count * unit, most.text)
    for on, parts in columns:
        axis.stack(card, on, parts, bottom, unit)
    days.line(card, bottom, look="base")
    card.y = bottom
