"""Delivery: how each day's questions arrived, and the reminders."""

from dataclasses import dataclass
from datetime import date

from markupsafe import Markup

from quizbot.charts import Figure, Table, render, theme, together
from quizbot.charts.participation import Axis, Day, Parts

_STATES = ("in-time", "late", "unconfirmed", "blocked", "not-sent")  # from below upwards


@dataclass(frozen=True)
class DeliveryWords:
    """All texts, in the reader's language.

    `deliveries` heads the columns of the questions, `reminders` those of the reminders; they, `day`
    and the five states head the table's columns, and the states are in the legend. `too_few` says
    why a number is suppressed. `alt` describes the chart.
    """

    title: str
    deliveries: str
    day: str
    in_time: str
    late: str
    unconfirmed: str
    blocked: str
    not_sent: str
    reminders: str
    too_few: str
    alt: str

    @property
    def states(self) -> tuple[str, ...]:
        """Returns the words of the five states."""
        return self.in_time, self.late, self.unconfirmed, self.blocked, self.not_sent


@dataclass(frozen=True)
class DeliveryDay(Day):
    """The deliveries of one date, counted.

    `unconfirmed` are those that may have arrived and are offered with a button, `blocked` those
    that Telegram refused or the person blocked.
    """

    in_time: Figure
    late: Figure
    unconfirmed: Figure
    blocked: Figure
    not_sent: Figure
    reminders: Figure

    @property
    def states(self) -> Parts:
        """Returns the deliveries by state; where one is suppressed, all are."""
        figures = (self.in_time, self.late, self.unconfirmed, self.blocked, self.not_sent)
        return list(zip(_STATES, together(*figures), strict=True))


@dataclass(frozen=True)
class Delivery:
    """From `first` to `last`, both included; a date that is not in `days` had no question."""

    words: DeliveryWords
    first: date
    last: date
    days: tuple[DeliveryDay, ...]

    def table(self) -> Table:
        """Returns a row for each day that had a question."""
        words = self.words
        return Table(
            (words.day, *words.states, words.reminders),
            tuple(
                (
                    day.label,
                    *(str(figure) for _, figure in day.states),
                    str(day.reminders),
                )
                for day in Axis(self.first, self.last).shown(self.days)
            ),
        )

    def svg(self) -> Markup:
        """Draws stacked columns of the states, and columns of the reminders below them."""
        words, axis = self.words, Axis(self.first, self.last)
        shown = axis.shown(self.days)
        deliveries = axis.columns([(day.on, day.states) for day in shown], 120)
        reminders = axis.columns([(day.on, [("reminders", day.reminders)]) for day in shown], 40)
        legend = list(zip(_STATES, words.states, strict=True))
        if deliveries.gaps or reminders.gaps:
            legend.append(("hidden", words.too_few))
        values = {
            "words": words,
            "axis": axis,
            "legend": theme.legend(legend),
            "deliveries": deliveries,
            "reminders": reminders,
            "names": axis.names(shown),
        }
        return render.chart("delivery", values)
