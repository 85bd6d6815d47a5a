"""The key points: a name and a bar of questions mastered, being learnt and new."""

from dataclasses import dataclass

from quizbot.charts import lettering, looks
from quizbot.charts.marks import Box, Text
from quizbot.charts.parts import shared_out
from quizbot.charts.picture import Point

SIZE = 12.5  # of a key point's name
LINE = 14.5
BAR = 18
GAP = 9  # between the names of two points
COLUMN = 138  # how wide the bars are, at the right
BETWEEN = 1.5  # the parts of a bar
NAME = looks.INNER - COLUMN - 12

KINDS = ("mastered", "learning", "new")


@dataclass(frozen=True)
class Row:
    """A key point at its place; `top` and `height` are in pixels."""

    point: Point
    lines: list[str]
    top: float
    height: float

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def rows(points: tuple[Point, ...], top: float) -> list[Row]:
    """The key points from there on downwards; a long name takes two lines."""
    placed: list[Row] = []
    for point in points:
        lines = lettering.wrapped(point.label, SIZE, NAME, 2)
        height = max(len(lines) * LINE, BAR - 2) + GAP
        placed.append(Row(point, lines, top, height))
        top += height
    return placed


def names(row: Row) -> list[Text]:
    """The lines of a key point's name, level with its bar."""
    first = row.middle - (len(row.lines) - 1) * LINE / 2
    return [
        Text(text=line, x=looks.MARGIN, y=first + number * LINE)
        for number, line in enumerate(row.lines)
    ]


def bar(row: Row) -> list[Box]:
    """The parts of a bar, as wide as their counts; nothing for a count of nought."""
    counts = (row.point.mastered, row.point.learning, row.point.new)
    left: float = looks.WIDTH - looks.MARGIN - COLUMN
    top, parts = row.middle - BAR / 2, list[Box]()
    for kind, width in zip(KINDS, widths(counts), strict=True):
        if width:
            parts.append(Box(kind=kind, x=left, y=top, x2=left + width, y2=top + BAR))
            left += width + BETWEEN
    return parts


def counts(row: Row) -> list[tuple[str, Text]]:
    """The count in the middle of each part of the bar, with the part's kind."""
    numbers = {"mastered": row.point.mastered, "learning": row.point.learning, "new": row.point.new}
    return [
        (
            part["kind"],
            Text(
                text=str(numbers[part["kind"]]), x=(part["x"] + part["x2"]) / 2, y=row.middle + 0.5
            ),
        )
        for part in bar(row)
    ]


def widths(counts: tuple[int, ...]) -> list[float]:
    """A bar shared out by the counts, so that each number that is not nought has room."""
    least = [
        lettering.text_width(str(count), looks.SMALL) + 10 if count else 0.0 for count in counts
    ]
    room = COLUMN - BETWEEN * (len([count for count in counts if count]) - 1)
    return shared_out(counts, least, room)
