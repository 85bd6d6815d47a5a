"""Lengths, text styles, and the width of texts in the packaged fonts.

Lengths are in pixels of a card that is 360 wide. Colours and sizes are in `templates/charts.css`,
which a page links and a picture for a chat includes; the sizes of texts are read from there.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import uharfbuzz as hb


WIDTH = 360
PAGE_WIDTHS = (WIDTH, 480, 680, 960)  # of a chart on a page, which shows the one that fits its card
SCALE = 3  # pixels of a PNG to one of the card, but no side of it is longer than that:
LONGEST_SIDE = 1920  # Telegram makes photos of 1280 of longer ones, too
MARGIN = 18
INNER = WIDTH - 2 * MARGIN
BAR = 20  # the height of a horizontal bar
LINE = 18  # from a label's line to its next
FAMILY = "Noto Sans"
UNKNOWN = "Noto Sans, sans-serif"  # the family of characters that no packaged font has
CSS = Path(__file__).parent / "templates" / "charts.css"

# How many times wider regular and bold texts may be in the font of a browser. DejaVu Sans, which
# Linux systems use in place of others, is up to 1.12 and 1.24 times as wide.
_REGULAR_STRETCH, _BOLD_STRETCH = 1.2, 1.3
_EMOJI = "Noto Emoji"
_LONGEST = 200  # characters that are measured to find where to cut a line
_FLAGS = {chr(code) for code in range(0x1F1E6, 0x1F200)}  # letters that in pairs are a flag
_USUAL = 0.6  # the width of a character that no packaged font has, in ems
# Characters that set the direction of others (Unicode Standard Annex 9).
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


class TextStyle(NamedTuple):
    """The size of the letters in pixels, and whether they are bold."""

    size: float
    bold: bool


@cache
def text_styles() -> dict[str, TextStyle]:
    """Returns the styles by their classes in the style sheet."""
    rules = r"\.chart \.([\w-]+) \{[^}]*font-size: ([\d.]+)px; font-weight: (\d+)"
    return {
        name: TextStyle(float(size), weight == "700")
        for name, size, weight in re.findall(rules, CSS.read_text(encoding="utf-8"))
    }


class LegendEntry(NamedTuple):
    """A kind and its word; `x` is where its mark begins, `row` the number of its line."""

    kind: str
    word: str
    x: float
    row: int


def legend(
    words: Sequence[tuple[str, str]], mark: float, stretch: float, card_width: float = WIDTH
) -> list[LegendEntry]:
    """Places kinds with their words side by side, in as many lines as necessary.

    `mark` is the size of a mark; texts may be wider than measured by the factor `stretch`.
    """
    x, row = float(MARGIN), 0
    placed = []
    for kind, word in words:
        width = mark + 6 + stretch * text_width(word, "legend")
        if x > MARGIN and x + width > card_width - MARGIN:
            x, row = MARGIN, row + 1
        placed.append(LegendEntry(kind, word, x, row))
        x += width + 18
    return placed


def shared_out(values: Sequence[float], least: Sequence[float], room: float) -> list[float]:
    """Returns `room` divided in proportion to the values, but at least `least` for each.

    If there is no room for all of `least`, it is divided in proportion to them.
    """
    total = sum(values) or 1
    low = [length * min(room / (sum(least) or 1), 1) for length in least]
    raised = [max(room * value / total, length) for value, length in zip(values, low, strict=True)]
    # The others give up what small parts get beyond their share, each by how much it can spare.
    spare = [width - length for width, length in zip(raised, low, strict=True)]
    over = sum(raised) - room
    if over <= 0 or not sum(spare):
        return raised
    return [width - over * free / sum(spare) for width, free in zip(raised, spare, strict=True)]


def printable(text: str) -> str:
    """Returns the text on one line, without characters that XML forbids or that set directions."""
    return "".join(filter(_is_printable, " ".join(text.split())))


def _is_printable(character: str) -> bool:
    if unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff":
        return False
    return unicodedata.bidirectional(character) not in _TURNING


def is_right_to_left(text: str) -> bool:
    """Returns whether the first letter that has a direction is written from the right."""
    sides = (unicodedata.bidirectional(character) for character in text)
    return next((side for side in sides if side in {"L", "R", "AL"}), "L") != "L"


def text_width(text: str, style: str) -> float:
    """Returns the width of a text in pixels, an upper bound: kerning and ligatures are ignored."""
    return sum(_advances(text, style))


def stretch(style: str) -> float:
    """Returns the factor by which a text may be wider in the font of a browser: bold ones more."""
    return _BOLD_STRETCH if text_styles()[style].bold else _REGULAR_STRETCH


def browser_width(text: str, style: str) -> float:
    """Returns the most room in pixels that a text may take on a page."""
    return stretch(style) * text_width(text, style)


def wrapped(text: str, style: str, width: float, lines: int) -> list[str]:
    """Returns the text in at most `lines` lines; an ellipsis replaces what does not fit."""
    done: list[str] = []
    rest = printable(text)
    while rest and len(done) < lines:
        fits = _fitting(rest, style, width)
        if fits < len(rest) and len(done) == lines - 1:
            return [*done, elided(rest, style, width)]
        # Between words if possible; inside a word if that is too long for a line.
        cut = fits if fits == len(rest) else rest.rfind(" ", 0, fits + 1)
        cut = cut if cut > 0 else fits
        done.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return done


def elided(text: str, style: str, width: float) -> str:
    """Returns the text, cut with an ellipsis if it is wider than `width`."""
    text = printable(text[:_LONGEST])
    if _fitting(text, style, width) == len(text):
        return text
    end = _fitting(text, style, width - text_width("…", style))
    word_end = text.rfind(" ", 0, end + 1)
    return text[: word_end if word_end > end / 2 else end].rstrip(" ,;:.–-") + "…"


def _fitting(text: str, style: str, width: float) -> int:
    """Returns how many characters fit, at least one."""
    taken = 0.0
    for length, advance in enumerate(_advances(text, style)):
        taken += advance
        if taken > width:
            return max(length, 1)
    return len(text)


def _advances(text: str, style: str) -> Iterator[float]:
    """Yields the width of each character. Only the first of a combined emoji has one."""
    size, bold = text_styles()[style]
    before = ""
    for character in text:
        ends_flag = before in _FLAGS and character in _FLAGS
        if before == "\u200d" or ends_flag or "\U0001f3fb" <= character <= "\U0001f3ff":
            yield 0
            before = ""
        else:
            yield size * _advance(character, bold=bold)
            before = character


class Font:
    """A packaged font. All are variable, with weights from 400 to 700."""

    def __init__(self, path: Path) -> None:
        self.path = path
        name = path.name.partition("[")[0]
        self.family = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)  # NotoSansHebrew[wght].ttf

    def has(self, character: str) -> bool:
        """Returns whether it has the character."""
        return self._weights[0].get_nominal_glyph(ord(character)) is not None

    def advance(self, character: str, *, bold: bool) -> float:
        """Returns the width of a character that it has, in ems."""
        font = self._weights[bold]
        glyph = font.get_nominal_glyph(ord(character))
        return float(font.get_glyph_h_advance(glyph) / font.face.upem)

    @cached_property
    def _weights(self) -> tuple["hb.Font", "hb.Font"]:
        """Returns the regular and the bold font."""
        import uharfbuzz as hb  # noqa: PLC0415 -- 2 MB that only pictures need

        face = hb.Face(hb.Blob.from_file_path(self.path))
        regular, bold = hb.Font(face), hb.Font(face)
        regular.set_variations({"wght": 400})
        bold.set_variations({"wght": 700})
        return regular, bold


@cache
def fonts() -> tuple[Font, ...]:
    """Returns the packaged fonts: Noto Sans, the emoji, and those of other scripts."""
    paths = Path(str(files("manimgx_fonts"))).glob("*.ttf")
    every = [Font(path) for path in sorted(paths) if "Italic" not in path.name]
    order = {FAMILY: 0, _EMOJI: 1}
    return tuple(sorted(every, key=lambda font: order.get(font.family, 2)))


@lru_cache(8192)
def family_of(character: str, before: str = "") -> str:
    """Returns the family for a character that follows one of the family `before`, or `UNKNOWN`.

    A font also sets the spaces between its words, except the emoji font, whose space is wide.
    """
    if before and _has_no_width(character):
        return before
    families = {font.family: font for font in fonts()}
    if before in families and before != _EMOJI and families[before].has(character):
        return before
    font = _font_of(character)
    return font.family if font else UNKNOWN


@lru_cache(8192)
def _font_of(character: str) -> Font | None:
    """Returns the first font that has the character."""
    return next((font for font in fonts() if font.has(character)), None)


def _has_no_width(character: str) -> bool:
    return unicodedata.category(character) in {"Mn", "Me", "Cf"}


@lru_cache(8192)
def _advance(character: str, *, bold: bool) -> float:
    if _has_no_width(character):
        return 0
    font = _font_of(character)
    if font is None:
        return 1.0 if unicodedata.east_asian_width(character) in "WF" else _USUAL
    return font.advance(character, bold=bold)
