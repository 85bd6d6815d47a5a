"""Time zones by what people call them: a city in any spelling, a country, EST, GMT+2."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global

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
MOST_OFFERED = 8

# What people write for a zone. Some are used in several parts of the world.
_ABBREVIATIONS = {
    abbreviation: zones
    for abbreviations, zones in {
        "est edt et eastern easterntime": "America/New_York",
        "cst cdt ct central centraltime": "America/Chicago",
        "mst mdt mt mountain mountaintime": "America/Denver",
        "pst pdt pt pacific pacifictime": "America/Los_Angeles",
        "gmt": "Europe/London UTC",
        "bst": "Europe/London",
        "wet west": "Europe/Lisbon",
        "cet cest mez mesz": "Europe/Berlin Europe/Paris Europe/Madrid Europe/Rome",
        "eet eest": "Europe/Athens Europe/Kyiv Europe/Helsinki Africa/Cairo",
        "msk": "Europe/Moscow",
        "trt": "Europe/Istanbul",
        "gst": "Asia/Dubai",
        "ist": "Asia/Kolkata Europe/Dublin Asia/Jerusalem",
        "pkt": "Asia/Karachi",
        "wib": "Asia/Jakarta",
        "sgt": "Asia/Singapore",
        "hkt": "Asia/Hong_Kong",
        "pht": "Asia/Manila",
        "jst": "Asia/Tokyo",
        "kst": "Asia/Seoul",
        "awst": "Australia/Perth",
        "acst acdt": "Australia/Adelaide",
        "aest aedt": "Australia/Sydney Australia/Brisbane",
        "nzst nzdt": "Pacific/Auckland",
        "sast": "Africa/Johannesburg",
        "cat": "Africa/Maputo",
        "eat": "Africa/Nairobi",
        "wat": "Africa/Lagos",
        "brt": "America/Sao_Paulo",
        "art": "America/Argentina/Buenos_Aires",
    }.items()
    for abbreviation in abbreviations.split()
}
_COUNTRIES = {
    "usa": "US",
    "us": "US",
    "america": "US",
    "uk": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "uae": "AE",
    "holland": "NL",
    "korea": "KR",
    "turkey": "TR",
    "czechrepublic": "CZ",
    "ivorycoast": "CI",
    "macedonia": "MK",
    "congo": "CD",
    "burma": "MM",
} | {
    # As their people write them, folded (folded), where that differs from English.
    name: code
    for code, names in {
        "AT": "osterreich",
        "BE": "belgie belgique belgien",
        "BG": "bulgariya българия",
        "BR": "brasil",
        "CH": "schweiz suisse svizzera",
        "CZ": "cesko ceskarepublika",
        "DE": "deutschland",
        "DK": "danmark",
        "EG": "masr مصر",
        "ES": "espana",
        "FI": "suomi",
        "GR": "ellada ελλαδα",
        "HR": "hrvatska",
        "HU": "magyarorszag",
        "IE": "eire",
        "IS": "island",
        "IT": "italia",
        "JP": "nippon nihon 日本",
        "KR": "hanguk 한국",
        "LT": "lietuva",
        "LV": "latvija",
        "MX": "mejico",
        "NL": "nederland",
        "NO": "norge",
        "PL": "polska",
        "RS": "srbija србија",
        "RU": "rossiya россия",
        "SE": "sverige",
        "SI": "slovenija",
        "SK": "slovensko",
        "TR": "turkiye",
        "UA": "ukraina украина украіна",
    }.items()
    for name in names.split()
}
_OFFSET = re.compile(r"(?:gmt|utc)?\s*([+\-−–])\s*(\d{1,2})(?:[:.]?(00|30|45))?", re.IGNORECASE)
_ABOUT_ONESELF = re.compile(r"(?:i ?.?a?m|i live|we live|i.m living)? ?(?:in|from) ", re.IGNORECASE)
_MENTIONED = re.compile(
    r"\b(?:mov(?:ed|ing) to|liv(?:e|ing) in|i.?a?m (?:now )?(?:in|from)|now in|staying in"
    r"|(?:greetings|hello|hi) from) ((?:[^\W\d]+[ -]?){1,3})",
    re.IGNORECASE,
)
_SHORTEST_TYPO = 5  # letters; shorter texts resemble everything


@cache
def known_zones() -> dict[str, str]:
    """Returns zone names by their folded form, without technical areas (Etc, SystemV, posix)."""
    return {
        name.casefold(): name
        for name in available_timezones()
        if name == "UTC" or ("/" in name and not name.startswith(("Etc/", "SystemV/", "posix/")))
    }


def find_zone(text: str, language: str = "en") -> str | None:
    """Returns the zone of a zone's name, a city or a country, or at an offset such as GMT+2.

    Places may be written in English, in their own language, or in the reader's (a code such as
    "de"). None if no place has the name, or it may mean zones whose clocks differ. The clocks of
    a zone at an offset never change.
    """
    zones = zones_meant(text.strip(), language)
    return zones[0] if len(zones) == 1 else None


def suggest_zones(text: str, language: str = "en", limit: int = MOST_OFFERED) -> Sequence[str]:
    """Returns the zones that an unclear text may mean, likeliest first; may be empty.

    Those of a country with several, of EST and the like, or of places that are spelt alike.
    """
    typed = folded(text)
    if zones := zones_meant(text.strip(), language) or _ABBREVIATIONS.get(typed, "").split():
        return zones[:limit]
    if len(typed) < _SHORTEST_TYPO or any(char.isdigit() for char in typed):
        return ()
    zones_by_name = {folded(name): name for name in known_zones().values()}
    zones_by_name |= {name: zones[-1] for name, zones in _zones_by_place().items()}
    zones_by_name |= {name: zone for zone, _, names in _cities() for name in names.split("|")}
    from rapidfuzz import fuzz, process  # noqa: PLC0415 -- 3 MB for typing errors

    names = [name for name in zones_by_name if name[:1] == typed[:1]]  # "home" is not Rome
    found = process.extract(typed, names, scorer=fuzz.ratio, limit=limit, score_cutoff=75)
    return list(dict.fromkeys(zones_by_name[name] for name, _, _ in found))[:4]


def zones_meant(typed: str, language: str) -> Sequence[str]:
    """Returns the zones that the text may mean, likeliest first."""
    if (zone := known_zones().get(typed.replace(" ", "_").casefold())) is not None:
        return (zone,)
    if (offset := _OFFSET.fullmatch(typed)) is not None:
        return _at_offset(offset)
    name = folded(_ABOUT_ONESELF.sub("", typed))
    if zones := _zones_with_city(name):
        return zones
    return tuple(dict.fromkeys((*_zones_of_country(name, language), *_zones_of_city(name))))


def zones_mentioned(text: str, language: str) -> Sequence[str]:
    """Returns the zones of the place in a sentence such as "I moved to New York last week"."""
    if (mentioned := _MENTIONED.search(text[:200])) is None:
        return ()
    typed = mentioned[1].split()
    names = (" ".join(typed[:length]) for length in range(len(typed), 0, -1))
    return next((zones for name in names if (zones := zones_meant(name, language))), ())


def place_name(zone: str) -> str:
    """Returns the zone's city, or its offset: "Lisbon", "GMT+2"."""
    if zone.startswith("Etc/GMT"):  # POSIX counts westwards
        return zone.removeprefix("Etc/").translate(str.maketrans("+-", "-+"))
    return zone.rsplit("/", 1)[-1].replace("_", " ")


def folded(text: str) -> str:
    """Returns the letters and digits, without case and accents."""
    decomposed = unicodedata.normalize("NFKD", text[:100].casefold())
    return "".join(char for char in decomposed if char.isalnum())


def _at_offset(offset: re.Match[str]) -> Sequence[str]:
    sign, hours, minutes = offset[1], int(offset[2]), int(offset[3] or 0)
    ahead = timedelta(hours=hours, minutes=minutes) * (1 if sign == "+" else -1)
    if minutes == 0:
        zone = f"Etc/GMT{'-' if sign == '+' else '+'}{hours}" if hours else "UTC"
        return (zone,) if hours <= (14 if sign == "+" else 12) else ()
    return [zone for zone in _main_zones() if _offsets(zone) == (ahead, ahead)]


def _offsets(zone: str) -> tuple[timedelta | None, timedelta | None]:
    """Returns the offsets from UTC in winter and summer: zones with the same ones agree today."""
    year = datetime.now(UTC).year
    info = ZoneInfo(zone)
    first, second = (datetime(year, month, 1, tzinfo=info).utcoffset() for month in (1, 7))
    return first, second


@cache
def _cities() -> Sequence[tuple[str, str, str]]:
    """Returns zone, country and names of each city; a | stands before and after each name."""
    lines = (Path(__file__).parent / "cities.txt").read_text(encoding="utf-8").splitlines()
    parts = (line.split(";") for line in lines if not line.startswith("#"))
    return [(zone, country, names) for zone, country, names in parts]


@cache
def _main_zones() -> Sequence[str]:
    """Returns the zones that have large cities, the one with the largest first."""
    return tuple(dict.fromkeys(zone for zone, _, _ in _cities()))


def _zones_with_city(name: str) -> Sequence[str]:
    """Returns the zone whose name ends with this city, if there is only one."""
    found = _zones_by_place().get(name, ())
    return found if len(found) == 1 else ()


@cache
def _zones_by_place() -> Mapping[str, Sequence[str]]:
    """Returns the zones of each folded place name that zones are named after."""
    found = defaultdict[str, list[str]](list)
    for zone in known_zones().values():
        found[folded(place_name(zone))].append(zone)
    return found


def _zones_of_city(name: str) -> Sequence[str]:
    """Returns the zones of the cities with this name, or that of the largest one known by it."""
    own = dict.fromkeys(zone for zone, _, names in _cities() if names.startswith(f"|{name}|"))
    others = (zone for zone, _, names in _cities() if f"|{name}|" in names)
    return tuple(own) or tuple(islice(others, 1))


def _zones_of_country(name: str, language: str) -> Sequence[str]:
    """Returns the zones of the country with this name, in English or the reader's language."""
    languages = dict.fromkeys(("en", language))
    codes = (_COUNTRIES, *map(_countries, languages))
    code = next((code for names in codes if (code := names.get(name))), "")
    return _different(get_global("territory_zones").get(code, ()))


@cache
def _countries(language: str) -> Mapping[str, str]:
    """Returns the codes of countries by their folded names in the language."""
    territories = Locale.parse(language, sep="-").territories
    return {folded(name): code for code, name in reversed(list(territories.items()))}


def _different(zones: Sequence[str]) -> Sequence[str]:
    """Returns one zone for each clock, that of the largest city first."""
    rank = {zone: place for place, zone in enumerate(_main_zones())}
    by_clock: dict[object, str] = {}
    for zone in sorted(zones, key=lambda zone: rank.get(zone, len(rank))):
        if zone.casefold() in known_zones():
            by_clock.setdefault(_offsets(zone), zone)
    return tuple(by_clock.values())
