"""Measures and colours of a picture, and how wide a text is.

Lengths are in the pixels of a phone 360 wide; `SCALE` of the picture's go to each. Colours are
told apart by lightness as well as by hue, and by shape where they are answers, so that no eye
needs the hue.
"""

import unicodedata
from dataclasses import dataclass

WIDTH = 360
SCALE = 3
MARGIN = 18
INNER = WIDTH - 2 * MARGIN

FONT = "Liberation Sans, sans-serif"  # vl-convert brings it along; the rest is the machine's
SMALL = 12  # of counts, words of legends, and all that is smaller than a key point

CARD = "#FFFFFF"
INK = "#1B2733"
QUIET = "#52616F"
BLUE = "#0B5CAD"
PALE_BLUE = "#9CCBF2"
ORANGE = "#D9660A"
PALE_ORANGE = "#FFF1E3"
GREY = "#C3CBD4"
PALE_GREY = "#E6EAEE"


@dataclass(frozen=True)
class BoxLook:
    """How a rectangle looks; the outline is 2 pixels wide, half of it outside."""

    fill: str
    outline: str | None = None
    radius: float = 4


@dataclass(frozen=True)
class TextLook:
    """How a line of text looks; `limit` is how wide it may be."""

    size: float = SMALL
    colour: str = INK
    bold: bool = False
    centred: bool = False
    limit: float = INNER


# By what a box stands for.
BOXES = {
    "right": BoxLook(BLUE),
    "wrong": BoxLook(PALE_ORANGE, ORANGE, 3),
    "unanswered": BoxLook(GREY),
    "no question": BoxLook(GREY, None, 2),
    "mastered": BoxLook(BLUE),
    "learning": BoxLook(PALE_BLUE),
    "new": BoxLook(PALE_GREY),
    "today": BoxLook("transparent", INK, 5),
}
TEXTS = {
    "title": TextLook(20, bold=True),
    "subtitle": TextLook(13, QUIET),
    "heading": TextLook(14, bold=True),
    "month": TextLook(SMALL, QUIET, limit=60),
    "weekday": TextLook(SMALL, QUIET, limit=30),
    "legend": TextLook(SMALL, limit=INNER - 24),
    "name": TextLook(12.5, limit=174),
    "mastered": TextLook(SMALL, CARD, bold=True, centred=True),
    "learning": TextLook(SMALL, INK, bold=True, centred=True),
    "new": TextLook(SMALL, QUIET, bold=True, centred=True),
}


def text_width(text: str, size: float) -> float:
    """About how wide a text is set in FONT: rather too much than too little."""
    return size * sum(_width(character) for character in text)


def _width(character: str) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return 1.05
    if character in "iljftrI.,:;'|!()[] -":
        return 0.33
    if character in "mwMWЖШЩЮжшщюмфыΩω@%—":
        return 0.95
    return 0.72 if character.isupper() else 0.57


def wrapped(text: str, size: float, width: float, lines: int) -> list[str]:
    """The text in at most so many lines of that width; what has no room ends in an ellipsis."""
    done: list[str] = []
    rest = " ".join(text.split())
    while rest and len(done) < lines:
        fits = _fitting(rest, size, width)
        if fits < len(rest) and len(done) == lines - 1:
            return [*done, _fitting_text(rest, size, width)]
        # Between words where that is possible, amid a word that is too long for a line.
        cut = fits if fits == len(rest) else (rest.rfind(" ", 0, fits + 1) if " " in rest else -1)
        cut = cut if cut > 0 else fits
        done.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return done


def _fitting(text: str, size: float, width: float) -> int:
    """How many of the first characters fit; at least one."""
    for length in range(len(text), 1, -1):
        if text_width(text[:length], size) <= width:
            return length
    return 1


def _fitting_text(text: str, size: float, width: float) -> str:
    end = _fitting(text, size, width - size)  # the ellipsis is as wide as the size
    word_end = text.rfind(" ", 0, end + 1)
    return text[: word_end if word_end > end / 2 else end].rstrip(" ,;:.–-") + "…"
