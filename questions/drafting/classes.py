"""What cells of a table are alike enough to be offered beside each other."""

import re

# "about 50 %", "17 to 19 °C", "1,5 mg": a number or a range, and its unit.
_NUMBER = re.compile(r"\d[\d.,\s]*(?:(?:[–—-]|\bto\b)\s*\d[\d.,\s]*)?")
_ROUGHLY = re.compile(
    r"^(?:(?:about|around|roughly|nearly|almost|over|under|up to|at least|at most|more than|"
    r"less than|[<>≤≥~≈±])\s*)+",
    re.IGNORECASE,
)
_UNIT_WORDS = 4
# "It is easy" answers for one thing, "They are easy" for several; "Easy" for any.
_OPENINGS = ("it", "they", "there", "he", "she", "yes", "no")
# The longer of two phrases is at most so many times as long, or has so many letters more.
_LONGER = 1.6
_LETTERS = 6


def same_class(cell: str, other: str) -> bool:
    """Whether both are numbers of one unit, or phrases alike in opening and length."""
    units = _unit(cell), _unit(other)
    if units != (None, None):
        return units[0] == units[1]
    shorter, longer = sorted((len(cell), len(other)))
    return _opening(cell) == _opening(other) and (
        longer <= _LONGER * shorter or longer - shorter <= _LETTERS
    )


def _unit(cell: str) -> str | None:
    """What is counted ("" for a bare number); None where the cell is no number."""
    text = _ROUGHLY.sub("", cell.strip().rstrip("."))
    found = _NUMBER.match(text)
    unit = text[found.end() :].strip() if found else ""
    return unit.casefold() if found and len(unit.split()) <= _UNIT_WORDS else None


def _opening(cell: str) -> str:
    first = re.split(r"[^\w’']+", cell.casefold(), maxsplit=1)[0].split("'")[0].split("’")[0]
    return first if first in _OPENINGS else ""
