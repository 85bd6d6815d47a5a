"""Cells of CSV files that no spreadsheet runs as formulas, however it splits the lines.

Source: OWASP, "CSV Injection". Quoting is not enough: a reader that expects semicolons or tabs
splits within quoted cells of a file with commas, so `y;=2+5;` would make a cell of its own.
"""

import re

_START = r"(?<![^;\t\r\n])"  # of the cell, or what follows a character that may end one
_FORMULA = r"""(?='*[ "]*[=+\-@＝＋－＠])"""
_UNGUARDED = re.compile(_START + _FORMULA)
_GUARDED = re.compile(f"{_START}'{_FORMULA}")


def guarded(text: str) -> str:
    """Returns the text with an apostrophe before each part that would be a formula."""
    return _UNGUARDED.sub("'", text)


def unguarded(text: str) -> str:
    """Returns the text that `guarded` had."""
    return _GUARDED.sub("", text)
