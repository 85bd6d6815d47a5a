"""Charts by day: participation and delivery, with a column of counts for each day.

The digest uses the same columns.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby, pairwise
from operator import attrgetter
from typing import Generic, NamedTuple, TypeVar

from markupsafe import Markup

from quizbot.charts import Figure, Language, Table, render, together
from quizbot.charts.theme import MARGIN, WIDTH, browser_width, shared_out

_WIDEST = 26.0  # a column
_LOWEST = 2.0  # the height of a column that is not 0
_BETWEEN = 12.0  # at least, between the names of two days
_LONGEST_NAME = 90.0
_SCALE = 46.0  # room for the labels of the scale: "100%" in the font of any browser
_COUNTS, _STATES, _REMINDERS = 96, 120, 40  # the heights of columns

STATES = ("in-time", "late", "unconfirmed", "blocked", "not-sent")  # from below upwards

Parts = Sequence[tuple[str, Figure]]  # from below upwards, by their kinds


@dataclass(frozen=True)
class Day:
    """A local date on the axis; `label` is its short name."""

    on: date
    label: str


@dataclass(frozen=True)
class CountedDay(Day):
    """A date, with the number of people asked and the number who answered."""

    asked: Figure
    answered: Figure


SomeDay = TypeVar("SomeDay", bound=Day)


@dataclass(frozen=True)
class DayChart(Generic[SomeDay]):
    """From `first` to `last`, both included; a date that is not in `days` had no question.

    `alt` describes the chart.
    """

    language: Language
    alt: str
    first: date
    last: date
    days: tuple[SomeDay, ...]

    def axis(self, width: int) -> "Axis":
        """Returns the horizontal axis of a card of that width."""
        return Axis(self.first, self.last, right=width - MARGIN - _SCALE)

    @property
    def shown(self) -> list[SomeDay]:
        """Returns the days that are on the axis, sorted by date."""
        return sorted(
            (d for d in self.days if self.first <= d.on <= self.last), key=attrgetter("on")
        )


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

    `unit` is the height of a count of 1. `most` is the count of the highest column, 0 without any:
    it labels the scale.
    """

    height: float
    unit: float
    bars: list[Bar]
    gaps: list[tuple[float, float]]
    most: int


@dataclass(frozen=True)
class Axis:
    """The horizontal axis, with the dates from `first` to `last`, both included."""

    first: date
    last: date
    left: float = MARGIN
    right: float = WIDTH - MARGIN - _SCALE

    @cached_property
    def pitch(self) -> float:
        """Returns the distance from a date to the next."""
        return (self.right - self.left) / max((self.last - self.first).days + 1, 1)

    def middle(self, on: date) -> float:
        """Returns the x of a date."""
        return self.left + ((on - self.first).days + 0.5) * self.pitch

    def columns(self, days: Sequence[tuple[date, Parts]], height: float) -> Columns:
        """Returns a column for each day, or a gap; a later one covers an earlier one of its date.

        The highest column has the full height.
        """
        shown = [(on, parts) for on, parts in days if all(part.is_shown for _, part in parts)]
        totals = [sum(figure.count for _, figure in parts) for _, parts in shown]
        most = max(totals, default=0)
        unit = height / max(most, 1)
        return Columns(
            height,
            unit,
            [bar for on, parts in shown for bar in self._column(on, parts, unit, height)],
            self.gaps({on for on, _ in days} - {on for on, _ in shown}),
            round(most),
        )

    def _column(self, on: date, parts: Parts, unit: float, height: float) -> Iterable[Bar]:
        drawn = [(kind, figure.count) for kind, figure in parts if figure.count]
        counts, least = [count for _, count in drawn], [_LOWEST] * len(drawn)
        heights = shared_out(counts, least, max(sum(counts) * unit, sum(least)))
        # A fifth of the pitch is left between columns: many days have no room for more.
        width, y = min(self.pitch * 0.8, _WIDEST), height
        for (kind, _), high in zip(drawn, heights, strict=True):
            y -= high
            yield Bar(kind, self.middle(on) - width / 2, y, width, high)

    def gaps(self, dates: Iterable[date]) -> list[tuple[float, float]]:
        """Returns the x and width of each gap; consecutive dates are one gap."""
        day, among = timedelta(days=1), set(dates)
        starts = sorted(on for on in among if on - day not in among)
        ends = sorted(on for on in among if on + day not in among)
        return [
            (self.middle(start) - self.pitch / 2, ((end - start).days + 1) * self.pitch)
            for start, end in zip(starts, ends, strict=True)
        ]

    def names(self, days: Sequence[Day]) -> list[tuple[float, str]]:
        """Returns the names of as many days as fit, each after the x of its middle."""
        for some in _choices(days):
            places = [self._name(day) for day in some]
            if all(after[0] - before[1] >= _BETWEEN for before, after in pairwise(places)):
                named = zip(places, some, strict=True)
                return [((left + right) / 2, day.label) for (left, right), day in named]
        return []

    def _name(self, day: Day) -> tuple[float, float]:
        """Returns the x where a name begins and ends: below its day, but not left of the axis."""
        half = min(browser_width(day.label, "small"), _LONGEST_NAME) / 2
        end = self.right + _SCALE + MARGIN / 2
        middle = min(max(self.middle(day.on), self.left + half), end - half)
        return middle - half, middle + half


def _choices(days: Sequence[Day]) -> Iterable[Sequence[Day]]:
    """Yields fewer and fewer days: all, the first of each week, two weeks, month, quarter; one.

    Two weeks are counted from the first. A period that is cut off may begin just before the next
    one: then its first day is left out.
    """
    yield days
    start = _week(days[0].on) if days else 0
    keys = _week, lambda on: (_week(on) - start) // 2, _month, lambda on: _month(on) // 3
    for key in keys:
        firsts = list({key(day.on): day for day in reversed(days)}.values())[::-1]
        yield firsts
        if len(firsts) > 2 and firsts[1].on - firsts[0].on < firsts[2].on - firsts[1].on:
            yield firsts[1:]
    yield days[:1]


def _week(on: date) -> int:
    return (on.toordinal() - 1) // 7  # the first of January 1 was a Monday


def _month(on: date) -> int:
    return on.year * 12 + on.month - 1


def asked_and_answered(days: Iterable[CountedDay]) -> list[tuple[date, Parts]]:
    """Returns two columns for each day: those asked, and on top of it those who answered."""
    columns: list[tuple[date, Parts]] = []
    for day in days:
        asked, answered = together(day.asked, day.answered)
        columns += [(day.on, [("asked", asked)]), (day.on, [("answered", answered)])]
    return columns


@dataclass(frozen=True)
class ParticipationDay(CountedDay):
    """The questions of one date; `correct` is the share of correct answers in its week, 0 to 1."""

    correct: Figure


class Week(NamedTuple):
    """The days of a week that had a question; `x` is the middle between the first and the last.

    `label` is the name of the first one.
    """

    number: int
    label: str
    x: float
    dates: list[date]
    correct: Figure


@dataclass(frozen=True)
class Participation(DayChart[ParticipationDay]):
    """Columns of those who answered before those asked, by day; below, correct shares of weeks."""

    @property
    def lone_week(self) -> Week | None:
        """Returns the only one of several weeks whose share is known: too little for a line."""
        weeks = self.weeks(self.axis(WIDTH))
        told = [week for week in weeks if week.correct.is_shown]
        return told[0] if len(told) == 1 and len(weeks) > 1 else None

    def weeks(self, axis: Axis) -> list[Week]:
        """Returns the weeks that had a question; the share is that of their last day."""
        weeks = []
        for number, group in groupby(self.shown, key=lambda day: _week(day.on)):
            days = list(group)
            dates = [days[0].on + timedelta(n) for n in range((days[-1].on - days[0].on).days + 1)]
            middle = (axis.middle(dates[0]) + axis.middle(dates[-1])) / 2
            weeks.append(Week(number, days[0].label, middle, dates, days[-1].correct))
        return weeks

    def table(self) -> Table:
        """Returns a row for each day that had a question."""
        _ = self.language._
        rows = ((day.label, day.asked, day.answered, day.correct) for day in self.shown)
        return Table.of(rows, _("Day"), _("Asked"), _("Answered"), _("Right in the week"))

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart."""
        axis = self.axis(width)
        counts = axis.columns(asked_and_answered(self.shown), _COUNTS)
        return render.chart(
            "participation", self, width, counts=counts, axis=axis, weeks=self.weeks(axis)
        )


@dataclass(frozen=True)
class DeliveryDay(Day):
    """The number of deliveries of one date, by state.

    `unconfirmed` ones may have arrived and are offered with a button. `blocked` ones were refused
    by Telegram, or the subscriber has blocked the bot.
    """

    in_time: Figure
    late: Figure
    unconfirmed: Figure
    blocked: Figure
    not_sent: Figure
    reminders: Figure

    @property
    def states(self) -> Parts:
        """Returns the deliveries by state; if one is suppressed, all are."""
        figures = (self.in_time, self.late, self.unconfirmed, self.blocked, self.not_sent)
        return list(zip(STATES, together(*figures), strict=True))


@dataclass(frozen=True)
class Delivery(DayChart[DeliveryDay]):
    """Stacked columns of what did not arrive in time, and columns of the reminders below them."""

    def table(self) -> Table:
        """Returns a row for each day that had a question."""
        states = [word for _, word in self.legend]
        rows = (
            (day.label, *(figure for _, figure in day.states), day.reminders) for day in self.shown
        )
        return Table.of(rows, self.language._("Day"), *states, self.language._("Reminders"))

    @property
    def legend(self) -> list[tuple[str, str]]:
        """Returns the states with their words."""
        _ = self.language._
        words = (_("In time"), _("Late"), _("Unconfirmed"), _("Blocked"), _("Not sent"))
        return list(zip(STATES, words, strict=True))

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart."""
        axis, shown = self.axis(width), self.shown
        reminders = [(day.on, [("reminders", day.reminders)]) for day in shown]
        return render.chart(
            "delivery",
            self,
            width,
            axis=axis,
            deliveries=axis.columns([(day.on, day.states[1:]) for day in shown], _STATES),
            reminders=axis.columns(reminders, _REMINDERS),
        )
