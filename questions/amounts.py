"""Options that have an order of their own: numbers, and letters that name parts of a picture."""

import re

# A currency sign, a number with or without thousands, and a unit.
_AMOUNT = re.compile(r"([£$€]?)\s*([-+−]?\d[\d,]*(?:\.\d+)?)\s*(\D{0,20})")
_LETTERED = re.compile(r"(.* |)([A-Z])")  # "Bar B"


def amounts(texts: tuple[str, ...]) -> list[float] | None:
    """Returns the values if all texts are amounts in the same unit, else None.

    The same words before different letters count as amounts, too: "Bar A", "Bar B", "Bar C".
    """
    return _numbers(texts) or _letters(texts)


def _numbers(texts: tuple[str, ...]) -> list[float] | None:
    matches = [_AMOUNT.fullmatch(text.strip()) for text in texts]
    found = [match for match in matches if match]
    units = {(match[1], match[3].strip().casefold()) for match in found}
    if len(found) != len(texts) or len(units) != 1:
        return None
    return [float(match[2].replace(",", "").replace("−", "-")) for match in found]


def _letters(texts: tuple[str, ...]) -> list[float] | None:
    matches = [_LETTERED.fullmatch(text.strip()) for text in texts]
    found = [match for match in matches if match]
    if len(found) != len(texts) or len({match[1] for match in found}) != 1:
        return None
    return [float(ord(match[2])) for match in found]
