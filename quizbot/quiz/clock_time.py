"""Reading a time of day that a person typed."""

import re
from datetime import time

COMMON = tuple(time(hour) for hour in (7, 8, 9, 12, 13, 18, 20, 21))

_EXACT = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NEAR = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?\s*m?\.?", re.IGNORECASE)


def parse(text: str) -> time | None:
    """A 24-hour HH:MM or H:MM; None for anything else."""
    match = _EXACT.fullmatch(text.strip())
    return time(int(match[1]), int(match[2])) if match else None


def suggestions(text: str) -> list[time]:
    """What "9", "9.30", "9pm" or "0900" may have meant, likeliest first; may be empty."""
    match = _NEAR.fullmatch(text.strip())
    if not match:
        return []
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half and 1 <= hour <= 12:
        hours = [hour % 12 + (12 if half == "p" else 0)]
    else:
        hours = [hour] if half or hour >= 12 else [hour, hour + 12]
    return [time(each, minute) for each in hours if each < 24 and minute < 60]
