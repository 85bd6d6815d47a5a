"""A person's progress, for the chat: how each day's question ended, and what is mastered."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Literal

from quizbot.charts import Figure, render, theme
from quizbot.charts.mastery import KINDS, bar
from quizbot.charts.theme import INNER, MARGIN, WIDTH

Outcome = Literal["correct", "incorrect", "unanswered"]

_LEFT = MARGIN + 34  # of the first week; the weekdays' names are before it
PITCH = (WIDTH - MARGIN - _LEFT) / 13  # from day to day; fewer weeks make no bigger days
_CELL = PITCH - 4
_COLUMN = 138  # how wide the bars are, at the right
_OUTCOMES = ("correct", "incorrect", "unanswered")


@dataclass(frozen=True)
class Day:
    """How the question of one local date ended."""

    on: date
    outcome: Outcome


@dataclass(frozen=True)
class Point:
    """A key point, and how many of its questions are mastered, being learnt, and still new."""

    label: str
    mastered: int
    learning: int
    new: int


@dataclass(frozen=True)
class ProgressWords:
    """All texts, in the reader's language; `calendar` and `points` are headings.

    `weekdays` are seven short names from Monday on, `months` twelve from January on. `alt`
    describes the picture.
    """

    title: str
    subtitle: str
    calendar: str
    points: str
    correct: str
    incorrect: str
    unanswered: str
    mastered: str
    learning: str
    new: str
    weekdays: tuple[str, ...]
    months: tuple[str, ...]
    alt: str


@dataclass(frozen=True)
class ProgressPicture:
    """The calendar ends with the week of `last_day`; a day that is not in `days` had no question.

    Raises ValueError where the words or the number of weeks cannot make a calendar.
    """

    words: ProgressWords
    last_day: date
    days: tuple[Day, ...]
    points: tuple[Point, ...]
    weeks: int = 13

    def __post_init__(self) -> None:
        if len(self.words.weekdays) != 7 or len(self.words.months) != 12:
            raise ValueError("a calendar needs seven weekdays and twelve months")
        if not 1 <= self.weeks <= 13:
            raise ValueError("a picture has room for 1 to 13 weeks")

    def svg(self) -> str:
        """Draws a calendar with a column a week, and below it a bar for each key point."""
        words = self.words
        answers = (words.correct, words.incorrect, words.unanswered)
        parts = (words.mastered, words.learning, words.new)
        rows, rows_height = _rows(self.points)
        values = {
            "words": words,
            "title_lines": theme.wrapped(words.title, "title", INNER, 2),
            "subtitle_lines": theme.wrapped(words.subtitle, "subtitle", INNER, 4),
            "weekdays": [(_place(row), name) for row, name in enumerate(words.weekdays)],
            "months": self._months(),
            "days": self._days(),
            "days_height": 7 * PITCH,
            "days_legend": theme.legend(list(zip(_OUTCOMES, answers, strict=True)), _CELL),
            "rows": rows,
            "rows_height": rows_height,
            "rows_legend": theme.legend(list(zip(KINDS, parts, strict=True)), _CELL),
        }
        return render.picture("progress", values)

    @property
    def _first_day(self) -> date:
        """Returns the Monday of the first week that is shown."""
        monday = self.last_day - timedelta(days=self.last_day.weekday())
        return monday - timedelta(weeks=self.weeks - 1)

    def _days(self) -> list[dict[str, Any]]:
        """Returns the mark of each date up to the last, and a ring around that one."""
        outcomes = {day.on: day.outcome for day in self.days}
        first, count = self._first_day, (self.last_day - self._first_day).days + 1
        dates = [first + timedelta(days=number) for number in range(count)]
        marks = [self._mark(outcomes.get(on, "no-question"), on) for on in dates]
        return [*marks, self._mark("today", self.last_day)]

    def _mark(self, kind: str, on: date) -> dict[str, Any]:
        """Returns the square of a date. Kinds differ in size and outline as well as in colour."""
        half, radius = {  # an outline is drawn half outside
            "incorrect": (_CELL / 2 - 1, 3),
            "no-question": (2, 2),
            "today": (PITCH / 2, 5),
        }.get(kind, (_CELL / 2, 4))
        week = (on - self._first_day).days // 7
        x, y = _LEFT + (week + 0.5) * PITCH, _place(on.weekday())
        return {"kind": kind, "x": x, "y": y, "half": half, "radius": radius}

    def _months(self) -> list[tuple[float, str]]:
        """Returns x and name of each month that begins, and of the first one if there is room."""
        sundays = [self._first_day + timedelta(weeks=week, days=6) for week in range(self.weeks)]
        starts = {week: on.month for week, on in enumerate(sundays) if on.day <= 7}
        if not any(week in starts for week in range(3)):
            starts[0] = self._first_day.month
        return [
            (_LEFT + week * PITCH + 2, self.words.months[month - 1])
            for week, month in sorted(starts.items())
        ]


def _place(weekday: int) -> float:
    """Returns the middle of a weekday's row, from the top of Monday's."""
    return (weekday + 0.5) * PITCH


def _rows(points: tuple[Point, ...]) -> tuple[list[dict[str, Any]], float]:
    """Returns a row for each key point, and the height of all rows."""
    rows, top = [], 0.0
    for point in points:
        lines = theme.wrapped(point.label, "name", INNER - _COLUMN - 12, 2)
        height = max(len(lines) * 14.5, 16) + 9
        counts = [
            Figure(count, str(count)) for count in (point.mastered, point.learning, point.new)
        ]
        parts = bar(counts, WIDTH - MARGIN - _COLUMN, _COLUMN)
        rows.append({"middle": top + height / 2, "lines": lines, "parts": parts})
        top += height
    return rows, top
