"""What a picture of progress shows, in simple values that travel to the worker as JSON."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

Outcome = Literal["right", "wrong", "unanswered"]


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
class Words:
    """All texts, in the reader's language; `""` leaves out the subtitle or a heading.

    `weekdays` are seven short names from Monday on, `months` twelve short ones from January on.
    `alt` tells the picture to who cannot see it.
    """

    title: str
    subtitle: str
    calendar: str
    points: str
    right: str
    wrong: str
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

    words: Words
    last_day: date
    days: tuple[Day, ...]
    points: tuple[Point, ...]
    weeks: int = 13

    def __post_init__(self) -> None:
        if len(self.words.weekdays) != 7 or len(self.words.months) != 12:
            raise ValueError("a calendar needs seven weekdays and twelve months")
        if not 1 <= self.weeks <= 13:
            raise ValueError("a picture has room for 1 to 13 weeks")
