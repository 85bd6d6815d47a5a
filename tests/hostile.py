"""Hostile texts: long ones that a careless pattern reads over and over."""

from collections.abc import Callable
from contextlib import suppress
from time import process_time

_LENGTH = 100_000  # characters
_SECONDS = 0.1  # of processor time


def long_text(unit: str, before: str = "", after: str = "", share: float = 1) -> str:
    """Returns the unit repeated to 100,000 characters, or a share of them, between the others."""
    return before + unit * int(share * _LENGTH / len(unit)) + after


def check_fast(read: Callable[[str], object], text: str) -> None:
    """Fails if reading the text takes long. Reading may refuse it with a ValueError."""
    begun = process_time()
    with suppress(ValueError):
        read(text)
    assert process_time() - begun < _SECONDS
