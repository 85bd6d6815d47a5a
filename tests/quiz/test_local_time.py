"""What people type: aliases, time zones, times of day."""

from datetime import time
from random import Random
from zoneinfo import available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import local_time, subscription
from quizbot.quiz.subscription import AliasError


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("Otter", "Otter"),
        ("  Quiet \t Heron\n", "Quiet Heron"),
        ("Jose\u0301", "José"),  # composed
        ("<b>Otter</b> & \"Co\" 'x'", "<b>Otter</b> & \"Co\" 'x'"),  # escaped only when shown
        ("👩\u200d🔬", "👩\u200d🔬"),
        ("❤\ufe0f", "❤\ufe0f"),
        ("7", "7"),
        ("!!", "!!"),
        ("日本語", "日本語"),
        ("x" * 32, "x" * 32),
        ("{alias} %s", "{alias} %s"),
    ],
)
def test_an_alias_is_kept_as_typed_but_for_blanks(typed: str, shown: str) -> None:
    assert subscription.clean_alias(typed) == shown


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("", "empty"),
        ("   ", "empty"),
        ("\u200d", "empty"),
        ("\ufe0f\u0301", "empty"),
        ("x" * 33, "long"),
        ("Ot\u200bter", "hidden"),  # zero width space
        ("\u202eretto", "hidden"),  # turns the text around it
        ("Ot\u00adter", "hidden"),  # soft hyphen
        ("Ot\x00ter", "hidden"),
        ("Ot\ue000ter", "hidden"),  # private use
        ("\ud83e", "hidden"),  # half an emoji
        ("t.me/win", "link"),
        ("win.example", "link"),
        ("ftp://win", "link"),
        ("Otter @win", "link"),
        ("Otter (/stop", "link"),
    ],
)
def test_an_alias_that_cannot_be_used_is_refused_with_the_reason(typed: str, reason: str) -> None:
    with pytest.raises(AliasError) as refusal:
        subscription.clean_alias(typed)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("blank", ["\u3164", "\u115f", "\uffa0", "\u2800"])
def test_an_alias_of_letters_that_show_nothing_is_refused(blank: str) -> None:
    with pytest.raises(AliasError):
        subscription.clean_alias(blank)


@pytest.mark.parametrize("emoji", ["\U0001fa77", "\U0001fae8", "\U0001fabf"])
def test_an_emoji_newer_than_the_interpreter_can_be_seen(emoji: str) -> None:
    """Pink heart, shaking face, goose (Unicode 15, 2022); Python 3.11 knows Unicode 14."""
    assert subscription.clean_alias(f"{emoji} Otter") == f"{emoji} Otter"


@pytest.mark.parametrize(
    "alike",
    ["quiet heron", "QUIET HERON", "QuietHeron", "Ｑｕｉｅｔ Heron", "Qui\u200det Heron\ufe0f"],
)
def test_look_alikes_share_a_key(alike: str) -> None:
    assert subscription.alias_key(alike) == subscription.alias_key("Quiet Heron")


@pytest.mark.parametrize("trace", ["\ufe0e", "\u034f", "\u180b"])
def test_an_invisible_mark_makes_no_other_alias(trace: str) -> None:
    """Either it is refused or it is nothing to the key."""
    try:
        alias = subscription.clean_alias(f"Quiet Heron{trace}")
    except AliasError:
        return
    assert subscription.alias_key(alias) == subscription.alias_key("Quiet Heron")


def test_different_aliases_have_different_keys() -> None:
    assert subscription.alias_key("Quiet Heron") != subscription.alias_key("Quiet Herons")
    assert subscription.alias_key("👩\u200d🔬") != subscription.alias_key("👨\u200d🔬")


@given(st.text())
def test_whatever_is_accepted_fits_its_columns_and_stays(typed: str) -> None:
    try:
        alias = subscription.clean_alias(typed)
    except AliasError as refusal:
        assert refusal.reason in {"empty", "long", "hidden", "link"}  # noqa: PT017
        return
    assert 1 <= len(alias) <= 32
    assert 1 <= len(subscription.alias_key(alias)) <= 96
    assert subscription.clean_alias(alias) == alias


@given(st.integers())
def test_suggestions_are_aliases(seed: int) -> None:
    suggested = subscription.suggest_alias(Random(seed))
    assert subscription.clean_alias(suggested) == suggested


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
def test_a_zone_is_found_whatever_its_case(typed: str, zone: str | None) -> None:
    assert local_time.find_zone(typed) == zone


def test_every_zone_of_a_place_is_found() -> None:
    places = {zone for zone in available_timezones() if "/" in zone and not zone.startswith("Etc/")}
    assert {local_time.find_zone(zone) for zone in places} == places


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
def test_a_near_miss_is_met_with_the_zone_that_was_meant(typed: str, zone: str) -> None:
    assert local_time.suggest_zones(typed)[0] == zone


def test_what_is_like_no_zone_is_met_with_none() -> None:
    assert local_time.suggest_zones("qqqqqqq") == []
    assert len(local_time.suggest_zones("america/indiana/x", limit=3)) <= 3


def test_common_zones_and_times_are_valid() -> None:
    assert [local_time.find_zone(zone) for zone in local_time.COMMON_ZONES] == list(
        local_time.COMMON_ZONES
    )
    assert [local_time.parse_time(f"{at:%H:%M}") for at in local_time.COMMON_TIMES] == list(
        local_time.COMMON_TIMES
    )


@given(st.times())
def test_a_time_is_read_back(at: time) -> None:
    whole = at.replace(second=0, microsecond=0)
    assert local_time.parse_time(f" {whole:%H:%M} ") == whole
    assert local_time.parse_time(f"{whole.hour}:{whole:%M}") == whole


@pytest.mark.parametrize(
    "typed", ["", "9", "24:00", "9:60", "09:5", "-1:00", "09:00:00", "9.30", "nine", "0９:0"]
)
def test_what_is_no_time_is_refused(typed: str) -> None:
    assert local_time.parse_time(typed) is None


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
def test_a_near_miss_of_a_time_is_met_with_what_was_meant(typed: str, meant: list[time]) -> None:
    assert local_time.suggest_times(typed) == meant


@given(st.text(max_size=12) | st.from_regex(r"\d{0,4}[:. h]?\d{0,2} ?[ap]?m?", fullmatch=True))
def test_nothing_typed_breaks_the_reader(typed: str) -> None:
    assert len(local_time.suggest_times(typed)) <= 2
    local_time.parse_time(typed)
    local_time.find_zone(typed)
