"""Charts are drawn once as long as they show the same, and their memory is bounded."""

from typing import Any, cast

from quizbot.charts.drawing import Drawing
from quizbot.charts.kinds import Picture
from quizbot.charts.options import Options
from quizbot.programmes.reports.figures import ItemFigures
from quizbot.telegram.messages.words import Languages
from quizbot.web import charts
from quizbot.web.gallery import Gallery
from tests.quiz.stage import TOPIC


class Worker:
    """Draws a thousand bytes, and counts."""

    def __init__(self) -> None:
        self.drawn: list[Picture] = []

    async def draw(self, picture: Picture, form: str) -> bytes:
        assert form == "svg"
        self.drawn.append(picture)
        return b"x" * 1000


def _picture(n: int) -> Options:
    figures = ItemFigures(TOPIC.approved[0], 1, n, (1.0, 0.0, 0.0), 1.0, None, 0, ())
    return charts.options(Languages()["en"], figures)


async def test_the_same_is_drawn_once() -> None:
    gallery, worker = Gallery(), Worker()
    drawing = cast("Drawing", cast("Any", worker))
    first = await gallery.svg(drawing, _picture(10))
    assert await gallery.svg(drawing, _picture(10)) == first
    await gallery.svg(drawing, _picture(11))
    assert len(worker.drawn) == 2


async def test_what_was_not_looked_at_longest_makes_room() -> None:
    gallery, worker = Gallery(room=3000), Worker()
    drawing = cast("Drawing", cast("Any", worker))
    for n in (10, 11, 12, 10, 13):  # 13 takes the place of 11
        await gallery.svg(drawing, _picture(n))
    assert len(worker.drawn) == 4
    for n in (10, 12, 13):
        await gallery.svg(drawing, _picture(n))
    assert len(worker.drawn) == 4
    await gallery.svg(drawing, _picture(11))
    assert len(worker.drawn) == 5
