"""Time zones by the places and abbreviations that people type."""

from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import places


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("  europe/berlin ", "Europe/Berlin"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("new york", "America/New_York"),
        ("sao paulo", "America/Sao_Paulo"),
        ("Munich", "Europe/Berlin"),
        ("München", "Europe/Berlin"),
        ("Москва", "Europe/Moscow"),
        ("大阪", "Asia/Tokyo"),
        ("Bangalore", "Asia/Kolkata"),
        ("Bengaluru", "Asia/Kolkata"),
        ("california", "America/Los_Angeles"),
        ("Japan", "Asia/Tokyo"),
        ("Nigeria", "Africa/Lagos"),
        ("UK", "Europe/London"),
        ("Germany", "Europe/Berlin"),
        ("GMT+2", "Etc/GMT-2"),
        ("utc -5", "Etc/GMT+5"),
        ("+0", "UTC"),
        ("UTC+5:45", "Asia/Kathmandu"),
        ("Pariss", None),
        ("Portugal", None),
        ("EST", None),
        ("Hyderabad", None),
        ("GMT+15", None),
        ("Etc/GMT+5", None),
        ("../../etc/passwd", None),
        ("|", None),
        ("", None),
    ],
)
def test_a_place_brings_its_zone_if_that_is_clear(typed: str, zone: str | None) -> None:
    assert places.find_zone(typed) == zone


def test_countries_may_be_written_in_the_readers_language_or_their_own() -> None:
    assert places.find_zone("Autriche", "fr") == "Europe/Vienna"
    assert places.suggest_zones("Україна") == places.suggest_zones("Ukraine")
    assert places.suggest_zones("Brasil") == places.suggest_zones("Brazil")
    assert places.find_zone("Österreich", "de") == "Europe/Vienna"
    assert places.find_zone("Autriche") is None
    assert places.find_zone("Austria", "de") == "Europe/Vienna"


def test_every_zone_named_after_a_place_is_found() -> None:
    zones = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    assert {places.find_zone(zone) for zone in zones} == zones


@pytest.mark.parametrize(
    ("typed", "zones"),
    [
        ("Portugal", ["Europe/Lisbon", "Atlantic/Azores"]),
        ("EST", ["America/New_York"]),
        ("gmt", ["Europe/London", "UTC"]),
        ("IST", ["Asia/Kolkata", "Europe/Dublin", "Asia/Jerusalem"]),
        ("Hyderabad", ["Asia/Kolkata", "Asia/Karachi"]),
        ("Georgia", ["Asia/Tbilisi", "America/New_York"]),
    ],
)
def test_an_unclear_place_brings_all_that_it_may_mean(typed: str, zones: list[str]) -> None:
    assert list(places.suggest_zones(typed)) == zones


def test_a_large_country_offers_its_zones_with_the_largest_city_first() -> None:
    offered = places.suggest_zones("USA")
    assert offered[:2] == ("America/New_York", "America/Los_Angeles")
    assert len(offered) == places.MOST_OFFERED


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Pariss", "Europe/Paris"),
        ("europe/berln", "Europe/Berlin"),
        ("kolkatta", "Asia/Kolkata"),
        ("America/Los Angles", "America/Los_Angeles"),
        ("barcelna", "Europe/Madrid"),
    ],
)
def test_a_misspelt_place_brings_the_intended_zone(typed: str, zone: str) -> None:
    assert zone in places.suggest_zones(typed)


def test_text_unlike_any_place_brings_no_suggestion() -> None:
    assert not places.suggest_zones("qqqqqqq")
    assert not places.suggest_zones("xx")
    assert not places.suggest_zones("home")


@pytest.mark.parametrize("typed", ["I live in Lisbon", "i'm in Lisbon", "im from lisbon"])
def test_a_place_may_stand_in_a_sentence(typed: str) -> None:
    assert places.find_zone(typed) == "Europe/Lisbon"


def test_common_zones_are_found_and_have_names() -> None:
    assert [places.find_zone(zone) for zone in places.COMMON_ZONES] == list(places.COMMON_ZONES)
    assert places.place_name("America/New_York") == "New York"
    assert places.place_name("Etc/GMT-2") == "GMT+2"
    assert places.place_name("UTC") == "UTC"


@given(st.text(max_size=12) | st.from_regex(r"(gmt|utc)?[+-]\d{1,3}(:\d\d)?", fullmatch=True))
def test_no_text_breaks_the_search(typed: str) -> None:
    assert places.find_zone(typed) in {None, "UTC", *available_timezones()}
    assert len(places.suggest_zones(typed)) <= places.MOST_OFFERED


@pytest.mark.parametrize(
    ("text", "zone"),
    [
        ("I moved to New York last week", "America/New_York"),
        ("hello, we are living in Berlin now!", "Europe/Berlin"),
        ("I'm in Tokyo", "Asia/Tokyo"),
        ("greetings from Kenya", "Africa/Nairobi"),
        ("I'm in bed", None),
        ("I'm in a meeting", None),
        ("Berlin is nice", None),
    ],
)
def test_a_place_is_found_inside_a_sentence(text: str, zone: str | None) -> None:
    assert next(iter(places.zones_mentioned(text, "en")), None) == zone
