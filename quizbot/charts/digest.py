"""The week of a programme in one picture for a chat."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from quizbot.charts import days, lettering, looks
from quizbot.charts.card import Card
from quizbot.charts.days import Axis
from quizbot.charts.figures import Figure

_BETWEEN = 12.0  # two columns, and two parts above one another
_COLUMN = (looks.INNER - _BETWEEN) / 2
_RIGHT = looks.MARGIN + _COLUMN + _BETWEEN  # where the right column begins
_TILE = 60.0  # heights
_BARS = 56.0
_HEADING = 20.0
_LEAST = 40.0  # pixels for a word


@dataclass(frozen=True)
class DigestWords:
    """All texts, in the reader's language; `""` leaves out what it would say.

    `title` is the programme's name and `subtitle` the week. `answered` heads the bars of the
    days. `gain` heads the line from `first` to `later`, `hardest` the question. `too_few` stands
    where the gain is not told. `alt` tells the picture to who cannot see it.
    """

    title: str
    subtitle: str
    answered: str
    gain: str
    first: str
    later: str
    too_few: str
    hardest: str
    alt: str


@dataclass(frozen=True)
class Headline:
    """A big figure: what it is, its value, and the change since the week before ("" without).

    The change stands beside the value: it is cut where there is no room for both.
    """

    label: str
    value: str
    change: str


@dataclass(frozen=True)
class DigestDay:
    """How many were asked and answered on one local date; `label` is the weekday, short."""

    on: date
    label: str
    asked: Figure
    answered: Figure


@dataclass(frozen=True)
class Digest:
    """The headlines, the days of the week, the shares right at first and later attempts (0 to 1).

    `question` is the hardest question and `question_note` what is said of it, as "31 % right";
    without a question ("") that part is left out.
    """

    words: DigestWords
    headlines: tuple[Headline, ...]
    days: tuple[DigestDay, ...]
    first: Figure
    later: Figure
    question: str
    question_note: str


def spec(digest: Digest) -> dict[str, Any]:
    """Tiles with the headlines; below them the days beside the gain, and the hardest question."""
    words, card = digest.words, Card()
    card.title(words.title, words.subtitle)
    for number, headline in enumerate(digest.headlines):
        _tile(card, headline, looks.MARGIN if number % 2 == 0 else _RIGHT)
        if number % 2 or number == len(digest.headlines) - 1:
            card.y += _TILE + 8
    card.y += 8
    top = card.y
    _days(card, digest)
    bottom, card.y = card.y, top
    _gain(card, digest)
    card.y = max(card.y, bottom)
    if digest.question:
        card.y += _BETWEEN
        card.text("heading", words.hardest, _HEADING)
        card.y += 2
        card.text("label", digest.question, 17, lines=3)
        card.text("hidden", digest.question_note, 18)
    return card.spec(words.alt)


def _tile(card: Card, headline: Headline, left: float) -> None:
    """Label above, value below it, the change beside the value."""
    right = left + _COLUMN
    card.box("tile", left, card.y, right, card.y + _TILE)
    card.say("tile label", headline.label, left + 10, card.y + 16)
    card.say("tile value", headline.value, left + 10, card.y + 41)
    room = _COLUMN - 28 - lettering.text_width(headline.value, 24, bold=True)
    if room > 0:
        card.say("tile change", headline.change, right - 10, card.y + 43, width=room)


def _days(card: Card, digest: Digest) -> None:
    """The left column: for each day a bar of the answered within the asked, and its number."""
    card.text("heading", digest.words.answered, _HEADING, lines=2, width=_COLUMN)
    if not digest.days:
        return
    dates = [day.on for day in digest.days]
    axis = Axis(min(dates), max(dates), looks.MARGIN, looks.MARGIN + _COLUMN)
    shown = axis.shown(digest.days)
    card.y += 18
    bottom = card.y + _BARS
    unit = days.answered(card, axis, shown, _BARS)
    for day in shown:
        told = day.asked.told and day.answered.told
        high = max(day.asked.count, day.answered.count) * unit if told else _BARS
        card.say("day", day.answered.said, axis.middle(day.on), bottom - high - 9)
        card.say("day", day.label, axis.middle(day.on), bottom + 11)
    card.y = bottom + 20


def _gain(card: Card, digest: Digest) -> None:
    """The right column: both shares below one another."""
    words = digest.words
    card.text("heading", words.gain, _HEADING, lines=2, x=_RIGHT, width=_COLUMN)
    if not (digest.first.told and digest.later.told):
        card.y += 8
        card.text("hidden", words.too_few, 18, lines=3, x=_RIGHT, width=_COLUMN)
        return
    card.y += 24
    for look, word, figure in (
        ("first", words.first, digest.first),
        ("later", words.later, digest.later),
    ):
        card.dot(look, _RIGHT + 6, card.y)
        room = _COLUMN - 26 - lettering.text_width(figure.text, 18, bold=True)
        card.say("part", word, _RIGHT + 20, card.y, width=max(room, _LEAST))
        card.say("gain", figure.text, looks.WIDTH - looks.MARGIN, card.y)
        card.y += 34
    card.y -= 14
