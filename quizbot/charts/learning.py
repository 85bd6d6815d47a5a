"""Learning: how many were right at the first attempt and at later ones, by key point."""

from dataclasses import dataclass
from typing import Any

from quizbot.charts import lettering, looks
from quizbot.charts.card import LINE, Card
from quizbot.charts.figures import Figure, Table, together

_LEFT = looks.MARGIN + 6.0  # where nought is: a dot has room
_STRIP = 24  # how high the strip of a key point is
_LEAST = 96  # how wide it is at least
_AFTER = 12  # between it, the gain and the people


@dataclass(frozen=True)
class LearningWords:
    """All texts, in the reader's language; `""` leaves out the title or the subtitle.

    `point`, `first`, `later`, `gain` and `people` head the table's columns, `first` and `later`
    are in the legend, too; `too_few` stands where the shares are not told. `shares` are how 0, a
    half and all are written. `alt` tells the chart to who cannot see it.
    """

    title: str
    subtitle: str
    point: str
    first: str
    later: str
    gain: str
    people: str
    too_few: str
    shares: tuple[str, str, str]
    alt: str


@dataclass(frozen=True)
class LearningPoint:
    """A key point; `first` and `later` are shares right, 0 to 1.

    `gain` is later minus first; its text holds the interval, "+18 (9 to 27)". `people` is on how
    many it rests; its text has room for a word, "n = 34".
    """

    label: str
    first: Figure
    later: Figure
    gain: Figure
    people: Figure


@dataclass(frozen=True)
class Learning:
    """The key points, from above; where a figure is None, none of its point's is told."""

    words: LearningWords
    points: tuple[LearningPoint, ...]


def table(chart: Learning) -> Table:
    """A row for each key point."""
    words = chart.words
    return Table(
        head=(words.point, words.first, words.later, words.gain, words.people),
        rows=tuple(
            (point.label, *(figure.said for figure in _figures(point))) for point in chart.points
        ),
    )


def spec(chart: Learning) -> dict[str, Any]:
    """For each key point its label, and below it both shares on a line, the gain and the people."""
    words, card = chart.words, Card()
    card.title(words.title, words.subtitle)
    card.legend([("first", words.first), ("later", words.later)])
    card.y += 8
    right, gain = _columns(chart)
    for point in chart.points:
        card.text("label", point.label, LINE, lines=2)
        if _is_told(point):
            _strip(card, point, right, gain)
        else:
            card.too_few(words.too_few)
        card.y += 8
    if any(_is_told(point) for point in chart.points):
        _scale(card, words.shares, right)
    return card.spec(words.alt)


def _figures(point: LearningPoint) -> tuple[Figure, ...]:
    return together(point.first, point.later, point.gain, point.people)


def _is_told(point: LearningPoint) -> bool:
    return all(figure.told for figure in _figures(point))


def _columns(chart: Learning) -> tuple[float, float]:
    """Where the strips end and where the gains begin."""
    told = [point for point in chart.points if _is_told(point)]
    people = max((_people_width(point) for point in told), default=0)
    gain = max((lettering.text_width(p.gain.text, 13, bold=True) for p in told), default=0)
    start = max(looks.WIDTH - looks.MARGIN - people - _AFTER - gain, _LEFT + _LEAST + _AFTER)
    return start - _AFTER, start


def _people_width(point: LearningPoint) -> float:
    width = lettering.text_width(point.people.text, looks.SMALL)
    return min(width, looks.TEXTS["people"].limit)


def _strip(card: Card, point: LearningPoint, right: float, gain: float) -> None:
    middle = card.y + _STRIP / 2
    for share in (0, 0.5, 1):
        x = _along(share, right)
        card.stroke("grid", (x, card.y + 2), (x, card.y + _STRIP - 2))
    card.stroke("grid", (_LEFT, middle), (right, middle))
    first, later = _along(point.first.share, right), _along(point.later.share, right)
    card.stroke("gain", (first, middle), (later, middle))
    card.dot("first", first, middle)
    card.dot("later", later, middle)
    end = looks.WIDTH - looks.MARGIN
    card.say("people", point.people.text, end, middle + 0.5)
    card.say("value", point.gain.text, gain, middle + 0.5, width=end - _people_width(point) - gain)
    card.y += _STRIP


def _scale(card: Card, shares: tuple[str, str, str], right: float) -> None:
    """How much 0, a half and all are, below the strips."""
    for share, text in zip((0, 0.5, 1), shares, strict=True):
        card.say("date", text, _along(share, right), card.y)
    card.y += 8


def _along(share: float, right: float) -> float:
    return _LEFT + share * (right - _LEFT)
