"""Pictures that people may share: a milestone reached, and a week.

They say the alias, the topic's title and the bot's name, and nothing else about the person's health
than how many questions were answered, and how many correctly. They are square, as most apps show
pictures.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, cos, pi, sin
from typing import Literal

from quizbot.charts import Figure, Language, render
from quizbot.charts.progress import Outcome
from quizbot.charts.theme import INNER, MARGIN, WIDTH

Emblem = Literal["days", "streak", "mastered"]

_MIDDLE = (WIDTH / 2, 128.0)  # of the rays
_INNER_RADIUS, _RAY = 96.0, 12.0
_FEWEST_RAYS, _MOST_RAYS = 24, 100


@dataclass(frozen=True)
class MilestonePicture:
    """A big number and what it counts: "30", "days". `alt` describes the picture.

    The rays around it are as many as the number says, or a multiple of it, but at most 100. The
    emblem above it is a star for `mastered` and a flame for `streak`. `learned` is what came of it:
    "28 of 30 right". `topic` is the topic's title, and `bot` the bot's name: "@quiz_bot". A text
    that is "" is left out.
    """

    language: Language
    alt: str
    number: Figure
    unit: str
    alias: str
    topic: str
    bot: str
    emblem: Emblem = "days"
    learned: str = ""

    def svg(self) -> str:
        """Draws the picture."""
        return render.picture("milestone", self, middle=_MIDDLE, rays=self._rays())

    def _rays(self) -> list[tuple[float, float, float, float]]:
        """Returns the ends of the rays, clockwise from the top: x and y, then x and y."""
        number = max(round(self.number.count), 1)
        count = min(number * ceil(_FEWEST_RAYS / number), _MOST_RAYS)
        rays = []
        for angle in (2 * pi * each / count for each in range(count)):
            (x, y), across, up = _MIDDLE, sin(angle), -cos(angle)
            inner, outer = _INNER_RADIUS, _INNER_RADIUS + _RAY
            rays.append((x + inner * across, y + inner * up, x + outer * across, y + outer * up))
        return rays


@dataclass(frozen=True)
class RecapPicture:
    """A person's week, which begins on `monday`; a day that is not in `days` had no question.

    `dates` names it: "9 to 15 March". `right` counts correct answers, `mastered` the objectives
    mastered in the week, and `gained` says which these are, or what else was gained. `topic` is the
    topic's title; `bot` is the bot's name: "@quiz_bot". A text that is "" is left out. `alt`
    describes the picture. `objectives_right`, those ever answered correctly, stands in place of
    `mastered` unless it is 0.
    """

    language: Language
    alt: str
    dates: str
    monday: date
    days: Mapping[date, Outcome]
    answered: int
    right: int
    mastered: int
    alias: str
    topic: str
    bot: str
    gained: str = ""
    objectives_right: int = 0

    def svg(self) -> str:
        """Draws a disc for each day above the three numbers."""
        names = self.language.weekdays
        dates = [self.monday + timedelta(days=number) for number in range(len(names))]
        kinds = [self.days.get(on, "no-question") for on in dates]
        pitch = INNER / len(names)
        middles = [MARGIN + (number + 0.5) * pitch for number in range(len(names))]
        days = list(zip(middles, names, kinds, strict=True))
        return render.picture("recap", self, days=days, column=INNER / 3)
