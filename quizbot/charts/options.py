"""One question: which share of the answers took each option."""

from dataclasses import dataclass
from typing import Any

from quizbot.charts import lettering, looks
from quizbot.charts.card import BAR, LINE, Card
from quizbot.charts.figures import HIDDEN, Figure, Table

_KEY = "✓"  # in the table
_LEFT = looks.MARGIN + 20.0  # of labels and bars; the tick is before them
_LEAST = 120  # how wide the bar of all is at least
_WIDEST = 80  # the text of a share
_AFTER = 8  # between bar, share and count


@dataclass(frozen=True)
class OptionsWords:
    """All texts, in the reader's language; `""` leaves out the title or the subtitle.

    `option`, `share` and `count` head the table's columns; `key` the column of the right option,
    and it is the legend's word for it as `other` is for the rest. `too_few` is said where the
    shares are not told. `alt` tells the chart to who cannot see it.
    """

    title: str
    subtitle: str
    option: str
    share: str
    count: str
    key: str
    other: str
    too_few: str
    alt: str


@dataclass(frozen=True)
class Option:
    """An option, which share of the answers took it, 0 to 1, how many, and whether it is right."""

    label: str
    share: Figure
    count: Figure
    key: bool


@dataclass(frozen=True)
class Options:
    """The options in the order of the bank; where one share or count is None, none is told."""

    words: OptionsWords
    options: tuple[Option, ...]


def table(chart: Options) -> Table:
    """A row for each option."""
    words, told = chart.words, _is_told(chart)
    return Table(
        head=(words.option, words.share, words.count, words.key),
        rows=tuple(
            (
                option.label,
                option.share.said if told else HIDDEN,
                option.count.said if told else HIDDEN,
                _KEY if option.key else "",
            )
            for option in chart.options
        ),
    )


def spec(chart: Options) -> dict[str, Any]:
    """For each option its label, and below it a bar with share and count."""
    words, card = chart.words, Card()
    card.title(words.title, words.subtitle)
    told, whole = _is_told(chart), _whole(chart)
    shown = [("key", words.key), ("other", words.other)]
    card.legend(shown if told else [("hidden", words.too_few)])
    card.y += 8
    for option in chart.options:
        _label(card, option)
        card.y += 2
        if told:
            _bar(card, option, whole)
        else:
            card.say("count", HIDDEN, _LEFT, card.y + BAR / 2)
        card.y += BAR + 12
    return card.spec(words.alt)


def _is_told(chart: Options) -> bool:
    return all(option.share.told and option.count.told for option in chart.options)


def _whole(chart: Options) -> float:
    """How long the bar of all is, so that share and count have room after it."""
    texts = max(
        (_share_width(o) + lettering.text_width(o.count.text, 13) for o in chart.options), default=0
    )
    return max(looks.WIDTH - looks.MARGIN - 2 * _AFTER - texts - _LEFT, _LEAST)


def _share_width(option: Option) -> float:
    return min(lettering.text_width(option.share.text, 13, bold=True), _WIDEST)


def _label(card: Card, option: Option) -> None:
    if option.key:
        card.tick(looks.MARGIN, card.y + LINE / 2)
    look, width = "label of key" if option.key else "label", looks.WIDTH - looks.MARGIN - _LEFT
    card.text(look, option.label, LINE, lines=3, x=_LEFT, width=width)


def _bar(card: Card, option: Option, whole: float) -> None:
    """Bar, share and count, side by side."""
    end, middle = _LEFT + whole * option.share.share, card.y + BAR / 2 + 0.5
    card.stroke("base", (_LEFT, card.y - 1), (_LEFT, card.y + BAR + 1))
    card.box("key" if option.key else "other", _LEFT, card.y, end, card.y + BAR)
    card.say("value", option.share.text, end + _AFTER, middle, width=_WIDEST)
    count = end + 2 * _AFTER + _share_width(option)
    card.say("count", option.count.text, count, middle, width=looks.WIDTH - count)
