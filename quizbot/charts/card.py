"""A card on which everything has a place, from above downwards, and its specification."""

from typing import Any

from quizbot.charts import lettering, looks, marks
from quizbot.charts.marks import Box, Dot, Stroke, Text

LINE = 17  # from a label's line to its next
BAR = 20  # how high a bar is that lies
_LEGEND = 24  # heights
_TITLE = 26
_SUBTITLE = 18
_EDGE = 14.0  # above and below everything
_HATCH = 5.0  # from line to line


class Card:
    """What has been placed so far; `y` is where the next thing goes."""

    def __init__(self) -> None:
        self.y = _EDGE
        self.boxes: list[Box] = []
        self.texts: dict[str, list[Text]] = {look: [] for look in looks.TEXTS}
        self.strokes: dict[str, list[Stroke]] = {look: [] for look in looks.STROKES}
        self.dots: dict[str, list[Dot]] = {look: [] for look in looks.DOTS}

    def title(self, title: str, subtitle: str) -> None:
        """What the card is about; nothing for what is empty."""
        self.text("title", title, _TITLE, lines=2)
        self.text("subtitle", subtitle, _SUBTITLE, lines=4)
        if title or subtitle:
            self.y += 8

    def text(
        self,
        look: str,
        text: str,
        height: float,
        *,
        lines: int = 1,
        x: float = looks.MARGIN,
        width: float = looks.INNER,
    ) -> None:
        """A text in at most so many lines of that height; nothing for an empty one."""
        for line in lettering.wrapped(text, looks.TEXTS[look].size, width, lines):
            self.say(look, line, x, self.y + height / 2)
            self.y += height

    def say(self, look: str, text: str, x: float, y: float, width: float | None = None) -> None:
        """A line of text at a place, and at most so wide."""
        if width is not None:
            text = "".join(lettering.wrapped(text, looks.TEXTS[look].size, width, 1))
        self.texts[look].append(Text(text=text, x=x, y=y))

    def box(self, kind: str, x: float, y: float, x2: float, y2: float) -> None:
        """A rectangle; one without an area is left out."""
        if x2 > x and y2 > y:
            self.boxes.append(Box(kind=kind, x=x, y=y, x2=x2, y2=y2))

    def stroke(self, look: str, start: tuple[float, float], end: tuple[float, float]) -> None:
        """A line from one place to another."""
        self.strokes[look].append(Stroke(x=start[0], y=start[1], x2=end[0], y2=end[1]))

    def dot(self, look: str, x: float, y: float) -> None:
        """A disc around a place."""
        self.dots[look].append(Dot(x=x, y=y))

    def hatch(self, x: float, y: float, x2: float, y2: float) -> None:
        """Where a number is not told."""
        self.box("hidden", x, y, x2, y2)
        width, height = x2 - x, y2 - y
        for number in range(1, int((width + height) / _HATCH) + 1):
            along = number * _HATCH  # on a line all points have the same x - left + y - top
            if along < width + height:
                self.stroke(
                    "hatch",
                    (x + min(along, width), y + max(along - width, 0)),
                    (x + max(along - height, 0), y + min(along, height)),
                )

    def too_few(self, words: str) -> None:
        """In place of a bar that is not told."""
        middle = self.y + BAR / 2
        self.hatch(looks.MARGIN, self.y, looks.MARGIN + 36, self.y + BAR)
        self.say("hidden", words, looks.MARGIN + 44, middle + 0.5, width=looks.INNER - 44)
        self.y += BAR

    def tick(self, x: float, y: float) -> None:
        """A tick of 11 by 9 pixels, drawn as not every font has the character."""
        self.stroke("tick", (x, y), (x + 4, y + 4))
        self.stroke("tick", (x + 4, y + 4), (x + 11, y - 5))

    def legend(self, entries: list[tuple[str, str]], size: float = 12) -> None:
        """The mark of a kind and its word, side by side, in a second line if there is no room."""
        x, word_at = float(looks.MARGIN), size + 6
        for kind, word in entries:
            width = word_at + lettering.text_width(word, looks.SMALL)
            if x > looks.MARGIN and x + width > looks.WIDTH - looks.MARGIN:
                x, self.y = looks.MARGIN, self.y + _LEGEND
            middle = self.y + _LEGEND / 2
            self._example(kind, x + size / 2, middle, size / 2)
            self.say("legend", word, x + word_at, middle + 0.5)
            x += width + 18
        self.y += _LEGEND

    def spec(self, alt: str) -> dict[str, Any]:
        """The specification of the card; `alt` says what is on it."""
        height = round(self.y + _EDGE)
        return {
            "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
            "description": lettering.printable(alt),
            "width": looks.WIDTH,
            "height": height,
            "padding": 0,
            "autosize": "none",
            "background": looks.CARD,
            # Nobody reads the marks of an image one by one: who cannot see it gets `alt`.
            "config": {"font": looks.FONT, "view": {"stroke": None}, "aria": False},
            "layer": self._layers(height),
        }

    def _example(self, kind: str, x: float, y: float, half: float) -> None:
        """The mark of a kind around a middle."""
        if kind in looks.DOTS:
            self.dot(kind, x, y)
        elif kind == "hidden":
            self.hatch(x - half, y - half, x + half, y + half)
        else:
            # An outline is drawn half outside.
            half -= 1 if looks.BOXES[kind].outline else 0
            self.box(kind, x - half, y - half, x + half, y + half)

    def _layers(self, height: float) -> list[marks.Layer]:
        """A layer for each look that something has: the grid, boxes, lines, dots, texts."""
        kinds = {kind: [box for box in self.boxes if box["kind"] == kind] for kind in looks.BOXES}
        grid, lines = self.strokes["grid"], self.strokes | {"grid": []}
        return [
            *([marks.strokes(grid, height, looks.STROKES["grid"])] if grid else []),
            *(marks.boxes(rows, height, looks.BOXES[k]) for k, rows in kinds.items() if rows),
            *(marks.strokes(rows, height, looks.STROKES[k]) for k, rows in lines.items() if rows),
            *(marks.dots(rows, height, looks.DOTS[k]) for k, rows in self.dots.items() if rows),
            *(marks.texts(rows, height, looks.TEXTS[k]) for k, rows in self.texts.items() if rows),
        ]
