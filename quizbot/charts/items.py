"""An item: the share of answers that chose each option."""

from dataclasses import dataclass

from markupsafe import Markup

from quizbot.charts import Figure, Language, Table, render, together
from quizbot.charts.theme import MARGIN, WIDTH, browser_width

_KEY = "✓"  # in the table; the chart draws a tick, because not every font has the character
_LEFT = MARGIN + 20  # of labels and bars; the tick is to their left
_LEAST = 96  # the least length of a bar for a share of 1
_WIDEST = 80  # the text of a share
_BETWEEN = 8  # bar, share and count


@dataclass(frozen=True)
class Option:
    """An option, with the share (0 to 1) and the number of answers that chose it.

    If they are told as spans, these are the least, and `most` is the largest share it may be.
    """

    label: str
    share: Figure
    count: Figure
    is_key: bool
    most: float | None = None

    @property
    def share_width(self) -> float:
        """Returns how wide the text of the share may be on a page."""
        return min(browser_width(self.share.text, "value"), _WIDEST)


@dataclass(frozen=True)
class Options:
    """The options in the order of the bank, each with a bar, its share and its count.

    If one share or count is None, all are suppressed, and `too_few` says why. `alt` describes the
    chart.
    """

    language: Language
    alt: str
    too_few: str
    options: tuple[Option, ...]

    def table(self) -> Table:
        """Returns a row for each option."""
        _ = self.language._
        figures = together(*(each for o in self.options for each in (o.share, o.count)))
        rows = (
            (option.label, share, count, _KEY if option.is_key else "")
            for option, share, count in zip(self.options, figures[::2], figures[1::2], strict=True)
        )
        return Table.of(rows, _("Option"), _("Share"), _("Answers"), _("Right answer"))

    def svg(self, width: int = WIDTH) -> Markup:
        """Draws the chart. A bar for a share of 1 leaves room for the share and count after it."""
        texts = (o.share_width + browser_width(o.count.text, "count") for o in self.options)
        whole = width - MARGIN - 2 * _BETWEEN - max(texts, default=0) - _LEFT
        return render.chart(
            "items",
            self,
            width,
            is_shown=all(o.share.is_shown and o.count.is_shown for o in self.options),
            left=_LEFT,
            whole=max(whole, _LEAST),
            between=_BETWEEN,
            widest=_WIDEST,
        )
