"""An item: which share of the answers took each option."""

from dataclasses import dataclass

from markupsafe import Markup

from quizbot.charts import SUPPRESSED, Figure, Table, render, theme
from quizbot.charts.theme import BAR, BROWSER, LINE, MARGIN, WIDTH, text_width

_KEY = "✓"  # in the table; the chart has a tick of lines, as not every font has the character
_LEFT = MARGIN + 20  # of labels and bars; the tick is before them
_LEAST = 96  # the bar of all is at least as long
_WIDEST = 80  # the text of a share
_BETWEEN = 8  # bar, share and count


@dataclass(frozen=True)
class OptionsWords:
    """All texts, in the reader's language.

    `option`, `share` and `count` head the table's columns; `key` the column of the key, and it is
    the legend's word for it as `other` is for the rest. `too_few` is shown where the shares are
    suppressed. `alt` describes the chart.
    """

    title: str
    option: str
    share: str
    count: str
    key: str
    other: str
    too_few: str
    alt: str


@dataclass(frozen=True)
class Option:
    """An option, the share of the answers that took it, 0 to 1, and how many did."""

    label: str
    share: Figure
    count: Figure
    is_key: bool


@dataclass(frozen=True)
class Options:
    """The options in the order of the bank; where one share or count is None, all are."""

    words: OptionsWords
    options: tuple[Option, ...]

    @property
    def is_shown(self) -> bool:
        """Whether the shares may be seen."""
        return all(each.share.is_shown and each.count.is_shown for each in self.options)

    def table(self) -> Table:
        """Returns a row for each option."""
        words, shown = self.words, self.is_shown
        return Table(
            (words.option, words.share, words.count, words.key),
            tuple(
                (
                    each.label,
                    str(each.share) if shown else SUPPRESSED,
                    str(each.count) if shown else SUPPRESSED,
                    _KEY if each.is_key else "",
                )
                for each in self.options
            ),
        )

    def svg(self) -> Markup:
        """Draws for each option its label, and below it a bar with share and count."""
        words, shown, whole = self.words, self.is_shown, self._whole()
        rows, top = [], 0.0
        for option in self.options:
            style = "key-label" if option.is_key else "label"
            label = theme.wrapped(option.label, style, (WIDTH - MARGIN - _LEFT) / BROWSER, 3)
            end = _LEFT + whole * option.share.share
            count_x = end + 2 * _BETWEEN + _share_width(option)
            rows.append(
                {
                    "top": top,
                    "style": style,
                    "label": label,
                    "option": option,
                    "end": end,
                    "count_x": count_x,
                }
            )
            top += LINE * len(label) + 2 + BAR + 12
        kinds = [("key", words.key), ("other", words.other)]
        values = {
            "words": words,
            "legend": theme.legend(kinds if shown else [("hidden", words.too_few)]),
            "is_shown": shown,
            "rows": rows,
            "rows_height": top,
            "left": _LEFT,
            "widest_share": _WIDEST,
        }
        return render.chart("items", values)

    def _whole(self) -> float:
        """Returns how long the bar of all answers is, so that share and count fit after it."""
        texts = (
            _share_width(each) + BROWSER * text_width(each.count.text, "count")
            for each in self.options
        )
        return max(WIDTH - MARGIN - 2 * _BETWEEN - max(texts, default=0) - _LEFT, _LEAST)


def _share_width(option: Option) -> float:
    return min(BROWSER * text_width(option.share.text, "value"), _WIDEST)
