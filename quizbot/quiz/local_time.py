"""The time zone and the time of day that somebody means by what they typed."""

import re
from datetime import time
from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

# One well-known city for most UTC offsets, in their order, offered as buttons.
COMMON_ZONES = (
    "America/Los_Angeles",
    "America/Chicago",
    "America/New_York",
    "America/Sao_Paulo",
    "Europe/London",
    "Europe/Paris",
    "Africa/Lagos",
    "Europe/Athens",
    "Asia/Dubai",
    "Asia/Kolkata",
    "Asia/Singapore",
    "Australia/Sydney",
)

_MIN_LENGTH = 4
_ZONE_NAME = re.compile(r"[^\W\d][^\d+]*")


@cache
def known_zones() -> dict[str, str]:
    """Returns zone names by their folded form, without technical areas (Etc, SystemV, posix)."""
    return {
        name.casefold(): name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "posix/")))
    }


def find_zone(text: str) -> str | None:
    """Returns the zone with this name or city, in any case, with spaces for underscores.

    None if there is none, or more than one city with that name.
    """
    wanted = text.strip().replace(" ", "_").casefold()
    cities = [name for folded, name in known_zones().items() if folded.endswith("/" + wanted)]
    return known_zones().get(wanted) or (cities[0] if len(cities) == 1 else None)


def suggest_zones(text: str, limit: int = 4) -> list[str]:
    """Returns zones whose area/city or city looks like the text, best first; may be empty."""
    wanted = text.strip().replace(" ", "_").casefold()
    if len(wanted) < _MIN_LENGTH or not _ZONE_NAME.fullmatch(wanted):
        return []  # "EST" and "UTC+2" resemble some city, but do not mean it
    choices = {
        folded: folded if "/" in wanted else folded.rsplit("/", 1)[-1] for folded in known_zones()
    }
    found = process.extract(wanted, choices, scorer=fuzz.ratio, limit=limit, score_cutoff=70)
    return [known_zones()[folded] for _, _, folded in found]


COMMON_TIMES = tuple(time(hour) for hour in (7, 8, 9, 12, 13, 18, 20, 21))

_EXACT_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")
_NEAR_TIME = re.compile(r"(\d{1,2})(?:[:.h ]?(\d{2}))?\s*([ap])?\.?\s*m?\.?", re.IGNORECASE)


def parse_time(text: str) -> time | None:
    """Returns the time of a 24-hour HH:MM or H:MM; None for anything else."""
    match = _EXACT_TIME.fullmatch(text.strip())
    return time(int(match[1]), int(match[2])) if match else None


def suggest_times(text: str) -> list[time]:
    """Returns what "9", "9.30", "9pm" or "0900" may mean, most likely first; may be empty."""
    match = _NEAR_TIME.fullmatch(text.strip())
    if not match:
        return []
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half and 1 <= hour <= 12:
        hours = [hour % 12 + (12 if half == "p" else 0)]
    else:
        hours = [hour] if half or hour >= 12 else [hour, hour + 12]
    return [time(each, minute) for each in hours if each < 24 and minute < 60]
