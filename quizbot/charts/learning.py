"""Learning: the shares correct at first meetings and in random reviews, in rows."""

from dataclasses import dataclass
from zlib import crc32

from markupsafe import Markup

from quizbot.charts import Figure, Language, Table, render, together
from quizbot.charts.theme import MARGIN, WIDTH, browser_width

_DISC = 6  # its radius: room for it at both ends of the scale
_BETWEEN = 12  # between the label, the gain and the people
_WIDEST_PEOPLE = 80


@dataclass(frozen=True)
class LearningPoint:
    """A row; `first` and `review` are shares correct, 0 to 1; if one is None, all are.

    `gain` is review minus first; its text includes the interval, which reaches `margin` to both
    sides: "+18 (+9 to +27)". `people` is how many people are behind it; its text: "n = 34".
    """

    label: str
    first: Figure
    review: Figure
    gain: Figure
    people: Figure
    margin: float = 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Returns between which shares correct in reviews lie, drawn around `review`."""
        return max(0.0, self.review.share - self.margin), min(1.0, self.review.share + self.margin)

    @property
    def figures(self) -> tuple[Figure, ...]:
        """Returns first, review, gain and people."""
        return together(self.first, self.review, self.gain, self.people)

    @property
    def is_shown(self) -> bool:
        """Whether its figures may be shown."""
        return self.figures[0].is_shown


@dataclass(frozen=True)
class Learning:
    """Rows with both shares, the gain and the people; `head` says what the rows are about.

    `alt` describes the chart.
    """

    language: Language
    title: str
    head: str
    alt: str
    points: tuple[LearningPoint, ...]

    def table(self) -> Table:
        """Returns the rows."""
        _ = self.language._
        return Table.of(
            ((point.label, *point.figures) for point in self.points),
            self.head,
            _("At a first meeting"),
            _("In random reviews"),
            _("Gain in points of percent (95 % interval)"),
            _("People"),
        )

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart: a scale is as wide as the card, with the gain and the people above it.

        They are beside the label, or below it on a card of the least width.
        """
        shown = [point for point in self.points if point.is_shown]
        gain = max((browser_width(each.gain.text, "value") for each in shown), default=0)
        people = max((browser_width(each.people.text, "small") for each in shown), default=0)
        people = min(people, _WIDEST_PEOPLE)
        return render.chart(
            "learning",
            self,
            width,
            part=crc32(self.title.encode(errors="replace")),  # a page has two of them
            last_shown=shown[-1] if shown else None,
            left=MARGIN + _DISC,
            right=width - MARGIN - _DISC,
            are_beside=width > WIDTH,
            gain_width=min(gain + 1, width - 2 * MARGIN - people - _BETWEEN),
            people_width=people,
            between=_BETWEEN,
        )
