"""The picture of progress as a Vega-Lite specification: a card on which everything has a place."""

from typing import Any

import altair as alt

from quizbot.charts import calendar, looks, marks, mastery
from quizbot.charts.marks import Box, Text
from quizbot.charts.picture import ProgressPicture

_HEADING = 26  # heights
_LEGEND = 24
_BETWEEN = 12
_EDGE = 14.0  # above and below everything


class _Card:
    """What has been placed so far; `y` is where the next thing goes."""

    def __init__(self) -> None:
        self.y = _EDGE
        self.boxes: list[Box] = []
        self.texts: dict[str, list[Text]] = {look: [] for look in looks.TEXTS}

    def line(self, look: str, text: str, height: float) -> None:
        """A line of text from margin to margin; nothing for an empty one."""
        if text:
            self.texts[look].append(Text(text=text, x=looks.MARGIN, y=self.y + height / 2))
            self.y += height

    def legend(self, entries: list[tuple[str, str]]) -> None:
        """The mark of a kind and its word, side by side, in a second line if there is no room."""
        x, word_at = float(looks.MARGIN), calendar.CELL + 6
        for kind, word in entries:
            width = word_at + looks.text_width(word, looks.SMALL)
            if x > looks.MARGIN and x + width > looks.WIDTH - looks.MARGIN:
                x, self.y = looks.MARGIN, self.y + _LEGEND
            middle = self.y + _LEGEND / 2
            self.boxes.append(calendar.square(kind, x + calendar.CELL / 2, middle))
            self.texts["legend"].append(Text(text=word, x=x + word_at, y=middle + 0.5))
            x += width + 18
        self.y += _LEGEND

    def layers(self, height: float) -> list[alt.Chart]:
        """A layer for each look that something has, boxes below texts."""
        kinds = {kind: [box for box in self.boxes if box["kind"] == kind] for kind in looks.BOXES}
        drawn = [marks.boxes(rows, height, looks.BOXES[k]) for k, rows in kinds.items() if rows]
        said = [marks.texts(rows, height, looks.TEXTS[k]) for k, rows in self.texts.items() if rows]
        return drawn + said


def progress_chart(picture: ProgressPicture) -> dict[str, Any]:
    """The specification; it is meant to be drawn at `looks.SCALE`."""
    card = _Card()
    card.line("title", picture.words.title, 26)
    card.line("subtitle", picture.words.subtitle, 20)
    card.y += 6
    _calendar(card, picture)
    if picture.points:
        card.y += _BETWEEN
        _mastery(card, picture)
    height = round(card.y + _EDGE)
    chart = (
        alt.layer(*card.layers(height))
        .properties(
            width=looks.WIDTH,
            height=height,
            padding=0,
            background=looks.CARD,
            description=picture.words.alt,
        )
        .configure(font=looks.FONT, view=alt.ViewConfig(stroke=None))
    )
    specification: dict[str, Any] = chart.to_dict()
    return specification


def _calendar(card: _Card, picture: ProgressPicture) -> None:
    words = picture.words
    card.line("heading", words.calendar, _HEADING)
    card.boxes += calendar.days(picture, card.y)
    card.boxes.append(calendar.today(picture, card.y))
    card.texts["weekday"] += calendar.weekdays(picture, card.y)
    card.texts["month"] += calendar.months(picture, card.y)
    card.y += calendar.HEIGHT + 6
    card.legend([("right", words.right), ("wrong", words.wrong), ("unanswered", words.unanswered)])


def _mastery(card: _Card, picture: ProgressPicture) -> None:
    words = picture.words
    card.line("heading", words.points, _HEADING)
    rows = mastery.rows(picture.points, card.y)
    for row in rows:
        card.boxes += mastery.bar(row)
        card.texts["name"] += mastery.names(row)
        for kind, count in mastery.counts(row):
            card.texts[kind].append(count)
    card.y = rows[-1].top + rows[-1].height + 5
    card.legend([("mastered", words.mastered), ("learning", words.learning), ("new", words.new)])
