"""Options that are numbers."""

import re

# A currency sign, a number with or without thousands, and a unit.
_AMOUNT = re.compile(r"([£$€]?)\s*([-+−]?\d[\d,]*(?:\.\d+)?)\s*(\D{0,20})")


def amounts(texts: tuple[str, ...]) -> list[float] | None:
    """Returns the values if all texts are amounts in the same unit, else None."""
    matches = [_AMOUNT.fullmatch(text.strip()) for text in texts]
    found = [match for match in matches if match]
    units = {(match[1], match[3].strip().casefold()) for match in found}
    if len(found) != len(texts) or len(units) != 1:
        return None
    return [float(match[2].replace(",", "").replace("−", "-")) for match in found]
