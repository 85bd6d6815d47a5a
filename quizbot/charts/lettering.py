"""Texts as they are set: how wide they are, where their lines end, and what is left out."""

import unicodedata

# Characters that say in which direction others are set (Unicode Standard Annex 9).
_TURNING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI"}


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """About how wide a text is set in `looks.FONT`: rather too much than too little."""
    return size * (1.2 if bold else 1) * sum(_width(character) for character in text)


def printable(text: str) -> str:
    """The text in one line, without what XML cannot hold or what turns its neighbours around."""
    return "".join(character for character in " ".join(text.split()) if _is_printable(character))


def _is_printable(character: str) -> bool:
    if unicodedata.category(character) in {"Cc", "Cs"} or character in "\ufffe\uffff":
        return False
    return unicodedata.bidirectional(character) not in _TURNING


def sided(text: str) -> str:
    """The text, between marks (U+200F) where it is written from the right.

    Then what stands at its end, as a full stop or an ellipsis, is at its left.
    """
    sides = (unicodedata.bidirectional(character) for character in text)
    first = next((side for side in sides if side in {"L", "R", "AL"}), "L")
    return text if first == "L" else f"\u200f{text}\u200f"


def _width(character: str) -> float:
    if unicodedata.combining(character) or unicodedata.category(character) == "Cf":
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
    rest = printable(text)
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
    taken = 0.0
    for length, character in enumerate(text):
        taken += size * _width(character)
        if taken > width:
            return max(length, 1)
    return max(len(text), 1)


def _fitting_text(text: str, size: float, width: float) -> str:
    end = _fitting(text, size, width - size)  # the ellipsis is as wide as the size
    word_end = text.rfind(" ", 0, end + 1)
    return text[: word_end if word_end > end / 2 else end].rstrip(" ,;:.–-") + "…"
