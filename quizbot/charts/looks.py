"""Measures and colours of a picture.

Lengths are in the pixels of a phone 360 wide; `SCALE` of the picture's go to each. Colours are
told apart by lightness as well as by hue, and by shape where they are answers, so that no eye
needs the hue.
"""

from dataclasses import dataclass
from typing import Literal

WIDTH = 360
SCALE = 3
MARGIN = 18
INNER = WIDTH - 2 * MARGIN

# vl-convert brings the first along; Arimo, Arial and Helvetica are as wide, and a browser has one
# of them or sets what it has.
FONT = "Liberation Sans, Arimo, Arial, Helvetica, sans-serif"
SMALL = 12  # of counts, words of legends, and all that is smaller than a key point

CARD = "#FFFFFF"
INK = "#1B2733"
QUIET = "#52616F"
BLUE = "#0B5CAD"
PALE_BLUE = "#9CCBF2"
ORANGE = "#D9660A"
PALE_ORANGE = "#FFF1E3"
DARK_GREY = "#94A0AC"
GREY = "#C3CBD4"
PALE_GREY = "#E6EAEE"
PALEST = "#F3F5F7"


@dataclass(frozen=True)
class BoxLook:
    """How a rectangle looks; the outline is 2 pixels wide, half of it outside."""

    fill: str
    outline: str | None = None
    radius: float = 4


@dataclass(frozen=True)
class StrokeLook:
    """How a straight line looks."""

    colour: str
    width: float = 1


@dataclass(frozen=True)
class DotLook:
    """How a round mark looks; `size` is how wide it is without its outline."""

    fill: str
    outline: str
    size: float
    line: float = 2


@dataclass(frozen=True)
class TextLook:
    """How a line of text looks; `limit` is how wide it may be."""

    size: float = SMALL
    colour: str = INK
    bold: bool = False
    align: Literal["left", "center", "right"] = "left"
    limit: float = INNER


# By what a mark stands for; among boxes as among lines, the later lie on the earlier.
BOXES = {
    "hidden": BoxLook(PALEST, radius=0),
    "tile": BoxLook(PALEST, radius=8),
    "right": BoxLook(BLUE),
    "wrong": BoxLook(PALE_ORANGE, ORANGE, 3),
    "unanswered": BoxLook(GREY),
    "no question": BoxLook(GREY, None, 2),
    "mastered": BoxLook(BLUE),
    "learning": BoxLook(PALE_BLUE),
    "new": BoxLook(PALE_GREY),
    "today": BoxLook("transparent", INK, 5),
    "asked": BoxLook(GREY, radius=0),
    "answered": BoxLook(BLUE, radius=0),
    "in_time": BoxLook(BLUE, radius=0),
    "late": BoxLook(PALE_BLUE, radius=0),
    "unconfirmed": BoxLook(ORANGE, radius=0),
    "refused": BoxLook(DARK_GREY, radius=0),
    "unsent": BoxLook(INK, radius=0),
    "reminders": BoxLook(QUIET, radius=0),
    "key": BoxLook(BLUE, radius=3),
    "other": BoxLook(GREY, radius=3),
}
STROKES = {
    "grid": StrokeLook(PALE_GREY),
    "hatch": StrokeLook(GREY),
    "base": StrokeLook(QUIET),
    "gain": StrokeLook(GREY, 4),
    "accuracy": StrokeLook(ORANGE, 2),
    "tick": StrokeLook(BLUE, 2.5),
}
DOTS = {
    "accuracy": DotLook(CARD, ORANGE, 5),
    "accuracy, many": DotLook(ORANGE, ORANGE, 2, line=1),
    "first": DotLook(CARD, ORANGE, 11, line=2.5),
    "later": DotLook(BLUE, CARD, 10, line=1),
}
TEXTS = {
    "title": TextLook(20, bold=True),
    "subtitle": TextLook(13, QUIET),
    "heading": TextLook(14, bold=True),
    "month": TextLook(SMALL, QUIET, limit=60),
    "weekday": TextLook(SMALL, QUIET, limit=30),
    "legend": TextLook(SMALL, limit=INNER - 24),
    "name": TextLook(12.5, limit=174),
    "mastered": TextLook(SMALL, CARD, bold=True, align="center"),
    "learning": TextLook(SMALL, INK, bold=True, align="center"),
    "new": TextLook(SMALL, QUIET, bold=True, align="center"),
    "label": TextLook(13),
    "label of key": TextLook(13, bold=True),
    "scale": TextLook(SMALL, QUIET, limit=48),
    "date": TextLook(SMALL, QUIET, align="center", limit=90),
    "hidden": TextLook(SMALL, QUIET),
    "value": TextLook(13, bold=True),
    "count": TextLook(13, QUIET),
    "people": TextLook(SMALL, QUIET, align="right", limit=80),
    "tile label": TextLook(SMALL, QUIET, limit=140),
    "tile value": TextLook(24, bold=True, limit=140),
    "tile change": TextLook(SMALL, QUIET, align="right", limit=80),
    "day": TextLook(SMALL, QUIET, align="center", limit=30),
    "part": TextLook(14, bold=True, limit=150),
    "gain": TextLook(18, bold=True, align="right", limit=80),
}
