"""Mastery of a group: by key point, which shares are mastered, being learnt, and new."""

from dataclasses import dataclass
from typing import Any

from quizbot.charts import lettering, looks
from quizbot.charts.card import BAR, LINE, Card
from quizbot.charts.figures import Figure, Table, together
from quizbot.charts.mastery import BETWEEN, KINDS
from quizbot.charts.parts import shared_out


@dataclass(frozen=True)
class MasteryWords:
    """All texts, in the reader's language; `""` leaves out the title or the subtitle.

    `mastered`, `learning` and `new` are words of the legend and heads of the table's columns,
    `point` the head of the first; `too_few` stands where the shares are not told. `alt` tells
    the chart to who cannot see it.
    """

    title: str
    subtitle: str
    point: str
    mastered: str
    learning: str
    new: str
    too_few: str
    alt: str


@dataclass(frozen=True)
class MasteryPoint:
    """A key point and its three shares, 0 to 1, which sum to 1."""

    label: str
    mastered: Figure
    learning: Figure
    new: Figure


@dataclass(frozen=True)
class Mastery:
    """The key points, from above; where a share is None, none of its point's is told."""

    words: MasteryWords
    points: tuple[MasteryPoint, ...]


def table(chart: Mastery) -> Table:
    """A row for each key point."""
    words = chart.words
    return Table(
        head=(words.point, words.mastered, words.learning, words.new),
        rows=tuple(
            (point.label, *(share.said for share in _shares(point))) for point in chart.points
        ),
    )


def spec(chart: Mastery) -> dict[str, Any]:
    """For each key point its label, and below it a bar with the shares."""
    words, card = chart.words, Card()
    card.title(words.title, words.subtitle)
    card.legend([("mastered", words.mastered), ("learning", words.learning), ("new", words.new)])
    card.y += 8
    for point in chart.points:
        card.text("label", point.label, LINE, lines=2)
        card.y += 2
        if all(share.told for share in _shares(point)):
            _bar(card, _shares(point))
        else:
            card.too_few(words.too_few)
        card.y += 12
    return card.spec(words.alt)


def _shares(point: MasteryPoint) -> tuple[Figure, ...]:
    return together(point.mastered, point.learning, point.new)


def _bar(card: Card, shares: tuple[Figure, ...]) -> None:
    """The parts with their shares; nothing for a share of nought."""
    drawn = [(kind, share) for kind, share in zip(KINDS, shares, strict=True) if share.share]
    least = [lettering.text_width(share.text, looks.SMALL) + 10 for _, share in drawn]
    room = looks.INNER - BETWEEN * (len(drawn) - 1)
    left, middle = float(looks.MARGIN), card.y + BAR / 2
    widths = shared_out([share.share for _, share in drawn], least, room)
    for (kind, share), width in zip(drawn, widths, strict=True):
        card.box(kind, left, card.y, left + width, card.y + BAR)
        card.say(kind, share.text, left + width / 2, middle + 0.5, width=width)
        left += width + BETWEEN
    if not drawn:
        card.stroke("grid", (looks.MARGIN, middle), (looks.WIDTH - looks.MARGIN, middle))
    card.y += BAR
