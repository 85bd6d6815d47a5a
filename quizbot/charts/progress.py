"""A subscriber's progress, for the chat: the result of each day, and mastery by key point."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from quizbot.charts import Figure, Language, render
from quizbot.charts.mastery import Part, bar
from quizbot.charts.theme import MARGIN, WIDTH

Outcome = Literal["correct", "incorrect", "unanswered", "frozen"]

_LEFT = MARGIN + 34  # of the first week; the names of the weekdays are to its left
PITCH = (WIDTH - MARGIN - _LEFT) / 13  # from day to day, also if there are fewer weeks
_COLUMN = 138  # the width of the bars, at the right


@dataclass(frozen=True)
class Point:
    """A key point, with the number of its objectives mastered, being learned and new."""

    label: str
    mastered: int
    learning: int
    new: int

    @property
    def parts(self) -> list[Part]:
        """Returns the parts of the bar."""
        counts = (self.mastered, self.learning, self.new)
        figures = [Figure(count, str(count)) for count in counts]
        return bar(figures, WIDTH - MARGIN - _COLUMN, _COLUMN)


@dataclass(frozen=True)
class ProgressPicture:
    """The calendar ends with the week of `last_day`; a day that is not in `days` had no question.

    `alt` describes the picture. Raises ValueError unless there are 1 to 13 weeks.
    """

    language: Language
    alt: str
    subtitle: str
    last_day: date
    days: Mapping[date, Outcome]
    points: tuple[Point, ...]
    weeks: int = 13

    def __post_init__(self) -> None:
        if not 1 <= self.weeks <= 13:
            raise ValueError("a picture has room for 1 to 13 weeks")

    def svg(self) -> str:
        """Draws a calendar with a column for each week, and below it a bar for each key point."""
        return render.picture(
            "progress",
            self,
            column=_COLUMN,
            left=_LEFT,
            pitch=PITCH,
            weeks=self._weeks(),
            months=self._months(),
        )

    @property
    def _first_day(self) -> date:
        """Returns the Monday of the first week that is shown."""
        monday = self.last_day - timedelta(days=self.last_day.weekday())
        return monday - timedelta(weeks=self.weeks - 1)

    def _weeks(self) -> list[list[str]]:
        """Returns the kinds of the days' marks by week, from Monday to Sunday or the last day."""
        first, count = self._first_day, (self.last_day - self._first_day).days + 1
        dates = [first + timedelta(days=number) for number in range(count)]
        kinds = [self.days.get(on, "no-question") for on in dates]
        return [kinds[start : start + 7] for start in range(0, count, 7)]

    def _months(self) -> dict[int, str]:
        """Returns names of months by week: where one begins, and at the first if it has room."""
        sundays = [self._first_day + timedelta(weeks=week, days=6) for week in range(self.weeks)]
        starts = {week: on.month for week, on in enumerate(sundays) if on.day <= 7}
        if not any(week in starts for week in range(3)):
            starts[0] = self._first_day.month
        names = self.language.months
        return {week: names[month - 1] for week, month in sorted(starts.items())}
