"""The calendar: a column a week, Monday first, and a mark a day."""

from datetime import date, timedelta

from quizbot.charts import looks
from quizbot.charts.marks import Box, Text
from quizbot.charts.picture import ProgressPicture

NAMES = 34  # what the weekdays' names take on the left
PITCH = (looks.INNER - NAMES) / 13  # from day to day; fewer weeks make no bigger days
CELL = PITCH - 4
MONTHS = 18  # the line of the months' names, above the days
HEIGHT = MONTHS + 7 * PITCH

NO_QUESTION = "no question"


def first_day(picture: ProgressPicture) -> date:
    """The Monday of the first week that is shown."""
    monday = picture.last_day - timedelta(days=picture.last_day.weekday())
    return monday - timedelta(weeks=picture.weeks - 1)


def days(picture: ProgressPicture, top: float) -> list[Box]:
    """A box for each date up to the last day; `kind` is the outcome or NO_QUESTION."""
    outcomes = {day.on: day.outcome for day in picture.days}
    first = first_day(picture)
    dates = (first + timedelta(days=n) for n in range((picture.last_day - first).days + 1))
    return [_box(picture, on, outcomes.get(on, NO_QUESTION), top) for on in dates]


def _box(picture: ProgressPicture, on: date, kind: str, top: float) -> Box:
    x, y = centre(picture, on, top)
    return square(kind, x, y)


def centre(picture: ProgressPicture, on: date, top: float) -> tuple[float, float]:
    """The middle of a date's place."""
    week = (on - first_day(picture)).days // 7
    x = looks.MARGIN + NAMES + (week + 0.5) * PITCH
    return x, top + MONTHS + (on.weekday() + 0.5) * PITCH


def square(kind: str, x: float, y: float) -> Box:
    """The mark of a kind of day around a middle: it differs in size and outline, too."""
    # An outline is drawn half outside.
    half = {"wrong": CELL / 2 - 1, NO_QUESTION: 2}.get(kind, CELL / 2)
    return Box(kind=kind, x=x - half, y=y - half, x2=x + half, y2=y + half)


def today(picture: ProgressPicture, top: float) -> Box:
    """A ring around the last day."""
    x, y = centre(picture, picture.last_day, top)
    half = PITCH / 2
    return Box(kind="today", x=x - half, y=y - half, x2=x + half, y2=y + half)


def weekdays(picture: ProgressPicture, top: float) -> list[Text]:
    """The weekdays' names, at the left."""
    return [
        Text(text=name, x=looks.MARGIN, y=top + MONTHS + (row + 0.5) * PITCH)
        for row, name in enumerate(picture.words.weekdays)
    ]


def months(picture: ProgressPicture, top: float) -> list[Text]:
    """A month's name above the week with its first day; above the first week if there is room."""
    first = first_day(picture)
    starts = {
        week: monday.month
        for week in range(picture.weeks)
        if (monday := first + timedelta(weeks=week) + timedelta(days=6)).day <= 7
    }
    if not any(week in starts for week in range(3)):
        starts[0] = first.month
    left = looks.MARGIN + NAMES
    return [
        Text(text=picture.words.months[month - 1], x=left + week * PITCH + 2, y=top + MONTHS / 2)
        for week, month in sorted(starts.items())
    ]
