"""Times of day, time zones, dates and weekdays that people type."""

import re
from datetime import date, time, timedelta
from functools import cache
from zoneinfo import available_timezones

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
    from rapidfuzz import fuzz, process  # noqa: PLC0415 -- 3 MB for typing errors

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


_DAY = r"\d{4}-\d{2}-\d{2}"
_TO = r"\s*(?:to|until|-|–|—|\.\.+|…)\s*"
_SPAN = re.compile(rf"({_DAY})(?:>({_DAY}))?", re.ASCII)
_BETWEEN = re.compile(r"[,;\n]|\band\b|\s(?=\d{4}-)", re.ASCII)
_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_WEEKDAYS = re.compile(r"([a-z]{3,9})(?:\s*(?:to|-|–|—)\s*([a-z]{3,9}))?")


def parse_day(text: str) -> date | None:
    """Returns the date of 2026-12-01 (ISO 8601) or 1.12.2026; None for anything else."""
    text = _as_iso(text.strip())
    try:
        return date.fromisoformat(text) if re.fullmatch(_DAY, text, re.ASCII) else None
    except ValueError:
        return None


def parse_spans(text: str) -> list[tuple[date, date]] | None:
    """Returns first and last days, from text such as "2026-12-24 to 2026-12-26, 2027-01-01".

    Returns None if anything else is in the text, or a last day is before its first one.
    """
    written = _as_iso(text.strip())
    joined = re.sub(rf"({_DAY}){_TO}(?={_DAY})", r"\1>", written, flags=re.ASCII)
    found = []
    for part in filter(None, map(str.strip, _BETWEEN.split(joined))):
        match = _SPAN.fullmatch(part)
        first = parse_day(match[1]) if match else None
        last = parse_day(match[2]) if match and match[2] else first
        if first is None or last is None or last < first:
            return None
        found.append((first, last))
    return found or None


def _as_iso(text: str) -> str:
    """Returns the text with dates like 1.12.2026 written as 2026-12-01."""
    return re.sub(
        r"(?<![\d.])(\d{1,2})\.(\d{1,2})\.(\d{4})(?!\d)",
        lambda match: f"{match[3]}-{int(match[2]):02}-{int(match[1]):02}",
        text,
        flags=re.ASCII,
    )


def span_length(span: tuple[date, date]) -> int:
    """Returns how many days the span has."""
    return (span[1] - span[0]).days + 1


def span_days(span: tuple[date, date]) -> list[date]:
    """Returns each day of the span; check its length before."""
    return [span[0] + timedelta(days=number) for number in range(span_length(span))]


def parse_weekdays(text: str) -> int | None:
    """Returns one bit per weekday, Monday's the lowest, from "Mon-Fri" or "Mon, Wed"; or None."""
    bits = 0
    parts = re.split(r"[,;]|\band\b", text.casefold())
    for part in filter(None, map(str.strip, parts)):
        match = _WEEKDAYS.fullmatch(part)
        first = _weekday(match[1]) if match else None
        last = _weekday(match[2]) if match and match[2] else first
        if first is None or last is None:
            return None
        for number in range((last - first) % 7 + 1):
            bits |= 1 << (first + number) % 7
    return bits or None


def _weekday(name: str) -> int | None:
    return next((number for number, each in enumerate(_DAYS) if each.startswith(name)), None)
