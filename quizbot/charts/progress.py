"""A subscriber's progress, for the chat: the result of each day, and mastery by key point."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, NamedTuple

from quizbot.charts import Figure, Language, render
from quizbot.charts.mastery import KINDS, Part, bar
from quizbot.charts.theme import MARGIN, WIDTH

Outcome = Literal["correct", "incorrect", "unanswered", "frozen"]

MOST_WEEKS = 13  # in a picture; they have a column each
MOST_ROWS = 5  # so many weeks have a row each, with the days of the month
_LEFT = MARGIN + 36  # of the first column; the names of weekdays or months are to its left
_MOST_PIPS = 8  # a key point with more objectives has a bar in their place
_PIP, _PIP_PITCH = 14.0, 17.0


class Cell(NamedTuple):
    """A day of the calendar: its kind, the middle of its mark, and its day of the month or ""."""

    kind: str
    x: float
    y: float
    text: str


class Label(NamedTuple):
    """The name of a weekday or a month; y is its middle."""

    x: float
    y: float
    text: str


@dataclass(frozen=True)
class Calendar:
    """Where the days are, from the top of the calendar on; `size` is the width of a mark."""

    size: float
    height: float
    cells: list[Cell]
    weekdays: list[Label]
    months: list[Label]


@dataclass(frozen=True)
class Point:
    """A key point, with the number of its objectives mastered, being learned and new.

    `right_once` of those being learned have been correct before.
    """

    label: str
    mastered: int
    learning: int
    new: int
    right_once: int = 0

    @property
    def objectives(self) -> int:
        """Returns the number of all of them."""
        return self.mastered + self.learning + self.new

    def parts(self, left: float) -> list[Part]:
        """Returns a pip for each objective, or the parts of a bar if they are too many."""
        asked = self.learning - self.right_once
        counts = (self.mastered, self.right_once, asked, self.new)
        if self.objectives > _MOST_PIPS:
            figures = [Figure(count, str(count)) for count in counts]
            return bar(figures, left, WIDTH - MARGIN - left)
        kinds = [kind for kind, count in zip(KINDS, counts, strict=True) for _ in range(count)]
        return [
            Part(kind, left + number * _PIP_PITCH, _PIP, "") for number, kind in enumerate(kinds)
        ]


@dataclass(frozen=True)
class ProgressPicture:
    """The calendar ends with the week of `last_day`; a day without an answer is blank.

    Up to 5 weeks have a row each; more weeks have a column each, the last 13 of them.
    `streak` is beside a flame: "12 days". `mastered` is above the key points, "9 of 24 lessons
    mastered", and `more` below them. A text that is "" is left out. `alt` describes the picture.
    Raises ValueError unless there is a week.
    """

    language: Language
    alt: str
    subtitle: str
    last_day: date
    days: Mapping[date, Outcome]
    points: tuple[Point, ...]
    weeks: int = MOST_WEEKS
    streak: str = ""
    mastered: str = ""
    more: str = ""

    def __post_init__(self) -> None:
        if self.weeks < 1:
            raise ValueError("a calendar has a week or more")

    def svg(self) -> str:
        """Draws a calendar, and below it the objectives of each key point."""
        in_rows = self.weeks <= MOST_ROWS
        most = max((point.objectives for point in self.points), default=0)
        pips_width = min(most, _MOST_PIPS) * _PIP_PITCH - (_PIP_PITCH - _PIP)
        return render.picture(
            "progress",
            self,
            calendar=self._in_rows() if in_rows else self._in_columns(),
            kinds={"correct", "incorrect", *self.days.values()},
            left=WIDTH - MARGIN - pips_width,
        )

    def _in_rows(self) -> Calendar:
        """Returns a row for each week, as in a calendar on the wall."""
        across, down, top = (WIDTH - MARGIN - _LEFT) / 7, 39.0, 22.0
        dates = self._dates(self.weeks)
        middle = {
            on: (_LEFT + (day + 0.5) * across, top + (week + 0.5) * down)
            for week, days in enumerate(dates)
            for day, on in enumerate(days)
        }
        cells = [Cell(self._kind(on), *middle[on], str(on.day)) for on in middle]
        names = [
            Label(middle[on][0], top - 12, name)
            for on, name in zip(dates[0], self.language.weekdays, strict=True)
        ]
        # The month of a Monday, beside its number: "Nov 2". The first of a month may be a Sunday.
        months = [
            Label(MARGIN, middle[days[0]][1], self._month(days[0]))
            for days in dates
            if days is dates[0] or days[0].day <= 7
        ]
        return Calendar(34, top + len(dates) * down, cells, names, months)

    def _in_columns(self) -> Calendar:
        """Returns a column for each week, with room for 13."""
        pitch, top = (WIDTH - MARGIN - _LEFT) / MOST_WEEKS, 20.0
        dates = self._dates(min(self.weeks, MOST_WEEKS))
        cells = [
            Cell(self._kind(on), _LEFT + (week + 0.5) * pitch, top + (day + 0.5) * pitch, "")
            for week, days in enumerate(dates)
            for day, on in enumerate(days)
            if on <= self.last_day
        ]
        names = [
            Label(MARGIN, top + (day + 0.5) * pitch, name)
            for day, name in enumerate(self.language.weekdays)
            if day % 2 == 0
        ]
        starts = {week: days[-1] for week, days in enumerate(dates) if days[-1].day <= 7}
        if not any(week in starts for week in range(3)):  # the first month has room
            starts[0] = dates[0][0]
        months = [
            Label(_LEFT + week * pitch + 1, top - 11, self._month(on))
            for week, on in sorted(starts.items())
        ]
        return Calendar(pitch - 3.5, top + 7 * pitch, cells, names, months)

    def _dates(self, weeks: int) -> list[list[date]]:
        """Returns the dates of the last weeks, from Monday to Sunday."""
        monday = self.last_day - timedelta(days=self.last_day.weekday())
        mondays = [monday - timedelta(weeks=weeks - 1 - number) for number in range(weeks)]
        return [[monday + timedelta(days=day) for day in range(7)] for monday in mondays]

    def _kind(self, on: date) -> str:
        kind = self.days.get(on, "unanswered")
        if kind != "unanswered":
            return kind
        return "open" if on == self.last_day else "no-question"

    def _month(self, on: date) -> str:
        return self.language.months[on.month - 1]
