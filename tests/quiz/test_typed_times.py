"""Time zones and times of day as people type them."""

from datetime import time
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import typed_times


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Europe/Berlin", "Europe/Berlin"),
        ("  europe/berlin ", "Europe/Berlin"),
        ("AMERICA/NEW YORK", "America/New_York"),
        ("america/argentina/buenos aires", "America/Argentina/Buenos_Aires"),
        ("utc", "UTC"),
        ("Pariss", None),
        ("Etc/GMT+5", None),
        ("../../etc/passwd", None),
        ("", None),
    ],
)
def test_a_zone_is_found_in_upper_and_lower_case(typed: str, zone: str | None) -> None:
    assert typed_times.find_zone(typed) == zone


def test_every_zone_named_after_a_place_is_found() -> None:
    places = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    assert {typed_times.find_zone(zone) for zone in places} == places


@pytest.mark.parametrize(
    ("typed", "zone"),
    [
        ("Pariss", "Europe/Paris"),
        ("europe/berln", "Europe/Berlin"),
        ("new york", "America/New_York"),
        ("Tokio", "Asia/Tokyo"),
        ("kolkatta", "Asia/Kolkata"),
        ("sao paulo", "America/Sao_Paulo"),
        ("America/Los Angles", "America/Los_Angeles"),
    ],
)
def test_a_misspelt_zone_brings_the_intended_one_as_a_suggestion(typed: str, zone: str) -> None:
    assert typed_times.suggest_zones(typed)[0] == zone


def test_text_unlike_any_zone_brings_no_suggestion() -> None:
    assert typed_times.suggest_zones("qqqqqqq") == []
    assert len(typed_times.suggest_zones("america/indiana/x", limit=3)) <= 3


def test_common_zones_and_times_are_valid() -> None:
    assert [typed_times.find_zone(zone) for zone in typed_times.COMMON_ZONES] == list(
        typed_times.COMMON_ZONES
    )
    assert [typed_times.parse_time(f"{at:%H:%M}") for at in typed_times.COMMON_TIMES] == list(
        typed_times.COMMON_TIMES
    )


@given(st.times())
def test_a_written_time_is_parsed(at: time) -> None:
    whole = at.replace(second=0, microsecond=0)
    assert typed_times.parse_time(f" {whole:%H:%M} ") == whole
    assert typed_times.parse_time(f"{whole.hour}:{whole:%M}") == whole


@pytest.mark.parametrize(
    "typed", ["", "9", "24:00", "9:60", "09:5", "-1:00", "09:00:00", "9.30", "nine", "0９:0"]
)
def test_text_that_is_no_time_is_refused(typed: str) -> None:
    assert typed_times.parse_time(typed) is None


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9", [time(9), time(21)]),
        ("9.30", [time(9, 30), time(21, 30)]),
        ("930", [time(9, 30), time(21, 30)]),
        ("9pm", [time(21)]),
        ("9 a.m.", [time(9)]),
        ("12am", [time(0)]),
        ("12pm", [time(12)]),
        ("0900", [time(9), time(21)]),
        ("18h30", [time(18, 30)]),
        ("24", []),
        ("9:75", []),
        ("soon", []),
        ("", []),
    ],
)
def test_a_time_in_another_form_brings_the_intended_ones_as_suggestions(
    typed: str, meant: list[time]
) -> None:
    assert typed_times.suggest_times(typed) == meant


@given(st.text(max_size=12) | st.from_regex(r"\d{0,4}[:. h]?\d{0,2} ?[ap]?m?", fullmatch=True))
def test_no_text_breaks_the_parsers(typed: str) -> None:
    assert len(typed_times.suggest_times(typed)) <= 2
    typed_times.parse_time(typed)
    typed_times.find_zone(typed)
