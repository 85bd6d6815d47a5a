"""Learning: the shares correct at first meetings and in random reviews, in rows."""

from dataclasses import dataclass
from zlib import crc32

from markupsafe import Markup

from quizbot.charts import SUPPRESSED, Figure, Language, Table, render, together
from quizbot.charts.theme import MARGIN, WIDTH, browser_width

_DISC = 6  # its radius: room for it at both ends of the scale
_BETWEEN = 12  # between the label, the gain and the people
_WIDEST_PEOPLE = 110


@dataclass(frozen=True)
class LearningPoint:
    """A row; `first` and `review` are shares correct, 0 to 1; if one is None, all are.

    `gain` is review minus first, "+18", or says that it cannot be told; `bounds` is the text of its
    interval, "+9 to +27", which reaches `margin` to both sides. `people` is how many are behind it.
    """

    label: str
    first: Figure
    review: Figure
    gain: Figure
    people: Figure
    bounds: str = ""
    margin: float = 0.0
    is_told: bool = True

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

    @property
    def gain_drawn(self) -> str:
        """Returns the gain with its interval, which is only drawn where the gain is not told."""
        return f"{self.gain} ({self.bounds})" if self.is_told else str(self.gain)


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
        rows = []
        for point in self.points:
            first, review, gain, people = point.figures
            told = gain if point.is_told else SUPPRESSED
            bounds = point.bounds if point.is_shown else SUPPRESSED
            rows.append((point.label, first, review, told, bounds, people))
        return Table.of(
            rows,
            self.head,
            _("First meeting"),
            _("Random reviews"),
            _("Gain"),
            _("95% interval"),
            _("People"),
        )

    def people(self, point: LearningPoint) -> str:
        """Returns how many people are behind a row: "34 people"."""
        return self.language.ngettext("{count} person", "{count} people", int(point.people.count))

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart: a scale is as wide as the card, with the gain and the people above it.

        They are beside the label, or below it on a card of the least width.
        """
        shown = [point for point in self.points if point.is_shown]
        gain = max((browser_width(each.gain_drawn, "value") for each in shown), default=0)
        people = max((browser_width(self.people(each), "small") for each in shown), default=0)
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
