"""The week of a programme in one picture for a chat."""

from dataclasses import dataclass

from quizbot.charts import Figure, Language, render
from quizbot.charts.days import Axis, CountedDay, asked_and_answered
from quizbot.charts.theme import INNER, MARGIN

_BETWEEN = 12  # between the two columns
_COLUMN = (INNER - _BETWEEN) / 2
_BARS = 56


@dataclass(frozen=True)
class Headline:
    """A big figure: its label, its value, and the change since the week before, or "".

    The change is beside the value, and is cut if there is no room for both.
    """

    label: str
    value: str
    change: str


@dataclass(frozen=True)
class DigestPicture:
    """The headlines, the days of the week, and the shares correct at first meetings and in reviews.

    `title` is the programme's name and `subtitle` the week. The days' labels are the weekdays,
    short; the shares are from 0 to 1, and `too_few` says why they are suppressed.
    `question` is the hardest question and `question_note` a note on it, such as "31 % right"; if
    there is none (""), that part is left out. `alt` describes the picture.
    """

    language: Language
    alt: str
    title: str
    subtitle: str
    headlines: tuple[Headline, ...]
    days: tuple[CountedDay, ...]
    first: Figure
    review: Figure
    too_few: str
    question: str
    question_note: str

    def svg(self) -> str:
        """Draws tiles with the headlines, then the days beside the gain, then the question."""
        dates = [day.on for day in self.days]
        axis = Axis(min(dates), max(dates), MARGIN, MARGIN + _COLUMN) if dates else None
        return render.picture(
            "digest",
            self,
            column=_COLUMN,
            right=MARGIN + _COLUMN + _BETWEEN,
            axis=axis,
            columns=axis.columns(asked_and_answered(self.days), _BARS) if axis else None,
        )
