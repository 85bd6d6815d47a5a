"""The week of a programme in one picture for a chat."""

from dataclasses import dataclass
from typing import Any

from quizbot.charts import Figure, render, theme, together
from quizbot.charts.participation import Axis, CountedDay, asked_and_answered
from quizbot.charts.theme import INNER, MARGIN, text_width

_BETWEEN = 12  # two columns
_COLUMN = (INNER - _BETWEEN) / 2
_BARS = 56
_LEAST = 40.0  # pixels for a word


@dataclass(frozen=True)
class DigestWords:
    """All texts, in the reader's language.

    `title` is the programme's name and `subtitle` the week. `answered` heads the columns of the
    days. `gain` heads the line from `first` to `later`, `hardest` the question. `too_few` stands
    where the gain is suppressed. `alt` describes the picture.
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
class DigestPicture:
    """The headlines, the days of the week, and the shares correct at first and later attempts.

    The days' labels are the weekdays, short; the shares are from 0 to 1.
    `question` is the hardest question and `question_note` a note on it, such as "31 % right";
    without a question ("") that part is left out.
    """

    words: DigestWords
    headlines: tuple[Headline, ...]
    days: tuple[CountedDay, ...]
    first: Figure
    later: Figure
    question: str
    question_note: str

    def svg(self) -> str:
        """Draws tiles with the headlines, then the days beside the gain, then the question."""
        words = self.words
        values = {
            "words": words,
            "title_lines": theme.wrapped(words.title, "title", INNER, 2),
            "subtitle_lines": theme.wrapped(words.subtitle, "subtitle", INNER, 4),
            "column": _COLUMN,
            "right": MARGIN + _COLUMN + _BETWEEN,
            "tiles": [
                (each, max(_COLUMN - 28 - text_width(each.value, "headline"), 0))
                for each in self.headlines
            ],
            "days_heading": theme.wrapped(words.answered, "heading", _COLUMN, 2),
            "days": self._days() if self.days else None,
            "gain_heading": theme.wrapped(words.gain, "heading", _COLUMN, 2),
            "gain": self._gain(),
            "too_few": theme.wrapped(words.too_few, "small", _COLUMN, 3),
            "question": theme.wrapped(self.question, "label", INNER, 3),
            "note": self.question_note,
        }
        return render.picture("digest", values)

    def _days(self) -> dict[str, Any]:
        """Returns a column of the answered before the asked for each day, with its number."""
        dates = [day.on for day in self.days]
        axis = Axis(min(dates), max(dates), MARGIN, MARGIN + _COLUMN)
        shown = axis.shown(self.days)
        columns = axis.columns(asked_and_answered(shown), _BARS)
        numbers = []
        for day in shown:
            asked, answered = together(day.asked, day.answered)
            high = max(asked.count, answered.count) * columns.unit if asked.is_shown else _BARS
            numbers.append((axis.middle(day.on), _BARS - high - 9, str(answered), day.label))
        return {"axis": axis, "columns": columns, "numbers": numbers}

    def _gain(self) -> list[tuple[str, str, str, float]]:
        """Returns kind, word, share and the room for the word, for both attempts."""
        first, later = together(self.first, self.later)
        if not first.is_shown:
            return []
        return [
            (kind, word, figure.text, max(_COLUMN - 26 - text_width(figure.text, "gain"), _LEAST))
            for kind, word, figure in (
                ("first", self.words.first, first),
                ("later", self.words.later, later),
            )
        ]
