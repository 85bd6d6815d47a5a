"""Finding the IANA time zone that a person means."""

import re
from functools import cache
from zoneinfo import available_timezones

from rapidfuzz import fuzz, process

# One well-known city for most offsets, in their order: enough to start from with one tap.
COMMON = (
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


_SHORTEST = 4
_NAME = re.compile(r"[^\W\d][^\d+]*")


@cache
def known() -> dict[str, str]:
    """Zone names by their folded form. Technical areas (Etc, SystemV, posix) are left out."""
    return {
        name.casefold(): name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "posix/")))
    }


def find(text: str) -> str | None:
    """The zone with this name or of this city, whatever the case, with blanks for underscores.

    None if there is none, or more than one city of that name.
    """
    wanted = text.strip().replace(" ", "_").casefold()
    cities = [name for folded, name in known().items() if folded.endswith("/" + wanted)]
    return known().get(wanted) or (cities[0] if len(cities) == 1 else None)


def suggestions(text: str, limit: int = 4) -> list[str]:
    """Zones whose area/city or city alone looks like the text, best first; may be empty."""
    wanted = text.strip().replace(" ", "_").casefold()
    if len(wanted) < _SHORTEST or not _NAME.fullmatch(wanted):
        return []  # "EST" or "UTC+2" look like no city, though some city looks like them
    choices = {folded: folded if "/" in wanted else folded.rsplit("/", 1)[-1] for folded in known()}
    found = process.extract(wanted, choices, scorer=fuzz.ratio, limit=limit, score_cutoff=70)
    return [known()[folded] for _, _, folded in found]
