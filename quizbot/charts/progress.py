"""The picture of progress as a Vega-Lite specification: a card on which everything has a place."""

from typing import Any

from quizbot.charts import calendar, mastery
from quizbot.charts.card import Card
from quizbot.charts.picture import ProgressPicture

_HEADING = 26  # heights
_BETWEEN = 12


def progress_chart(picture: ProgressPicture) -> dict[str, Any]:
    """The specification; it is meant to be drawn at `looks.SCALE`."""
    card = Card()
    card.title(picture.words.title, picture.words.subtitle)
    _calendar(card, picture)
    if picture.points:
        card.y += _BETWEEN
        _mastery(card, picture)
    return card.spec(picture.words.alt)


def _calendar(card: Card, picture: ProgressPicture) -> None:
    words = picture.words
    card.text("heading", words.calendar, _HEADING)
    card.boxes += calendar.days(picture, card.y)
    card.boxes.append(calendar.today(picture, card.y))
    card.texts["weekday"] += calendar.weekdays(picture, card.y)
    card.texts["month"] += calendar.months(picture, card.y)
    card.y += calendar.HEIGHT + 6
    answers = [("right", words.right), ("wrong", words.wrong), ("unanswered", words.unanswered)]
    card.legend(answers, calendar.CELL)


def _mastery(card: Card, picture: ProgressPicture) -> None:
    words = picture.words
    card.text("heading", words.points, _HEADING)
    rows = mastery.rows(picture.points, card.y)
    for row in rows:
        card.boxes += mastery.bar(row)
        card.texts["name"] += mastery.names(row)
        for kind, count in mastery.counts(row):
            card.texts[kind].append(count)
    card.y = rows[-1].top + rows[-1].height + 5
    parts = [("mastered", words.mastered), ("learning", words.learning), ("new", words.new)]
    card.legend(parts, calendar.CELL)
