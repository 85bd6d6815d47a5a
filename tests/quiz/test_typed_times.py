"""Times of day and pauses as people type them."""

from datetime import date, time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import typed_times

MONDAY = date(2026, 11, 23)
TUESDAY = date(2026, 11, 24)


def test_common_times_are_read() -> None:
    assert [typed_times.parse_time(f"{at:%H:%M}") for at in typed_times.COMMON_TIMES] == list(
        typed_times.COMMON_TIMES
    )


@given(st.times())
def test_a_written_time_is_parsed(at: time) -> None:
    whole = at.replace(second=0, microsecond=0)
    for written in (
        f" {whole:%H:%M} ",
        f"{whole.hour}:{whole:%M}",
        f"{whole:%H%M}",
        f"{whole:%I:%M %p}",
    ):
        assert typed_times.parse_time(written) == whole


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("9", time(9)),
        ("9.30", time(9, 30)),
        ("930", time(9, 30)),
        ("9am", time(9)),
        ("9 a.m.", time(9)),
        ("7.30pm", time(19, 30)),
        ("at 9 PM", time(21)),
        ("12am", time(0)),
        ("12pm", time(12)),
        ("0730", time(7, 30)),
        ("19h", time(19)),
        ("18h30", time(18, 30)),
        ("9 o'clock", time(9)),
        ("Noon", time(12)),
        ("midnight", time(0)),
        ("nine", time(9)),
        ("seven thirty", time(7, 30)),
        ("half past seven", time(7, 30)),
        ("Half past 7 pm", time(19, 30)),
        ("quarter to eight", time(7, 45)),
        ("quarter past 12", time(12, 15)),
        ("7 in the morning", time(7)),
        ("seven in the evening", time(19)),
        ("8 at night", time(20)),
    ],
)
def test_a_time_may_be_written_in_many_ways(typed: str, meant: time) -> None:
    assert typed_times.parse_time(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "24:00",
        "9:60",
        "09:5",
        "-1:00",
        "09:00:00",
        "half past noon",
        "quarter to 0",
        "0９:0",
        "9:75",
        "24",
        "soon",
    ],
)
def test_text_that_is_no_time_is_refused(typed: str) -> None:
    assert typed_times.parse_time(typed) is None


@pytest.mark.parametrize(
    ("typed", "end"),
    [
        ("3 days", date(2026, 11, 27)),
        ("for 3 days", date(2026, 11, 27)),
        ("3d", date(2026, 11, 27)),
        ("a week", date(2026, 12, 1)),
        ("week", date(2026, 12, 1)),
        ("two weeks", date(2026, 12, 8)),
        ("1 month", date(2026, 12, 24)),
        ("until tomorrow", TUESDAY),
        ("tomorrow", date(2026, 11, 25)),
        ("until Monday", date(2026, 11, 30)),
        ("until Wed", date(2026, 11, 25)),
        ("till next friday", date(2026, 11, 27)),
        ("until 3 December", date(2026, 12, 3)),
        ("until Dec 3rd", date(2026, 12, 3)),
        ("until 1 January.", date(2027, 1, 1)),
        ("2026-12-05", date(2026, 12, 5)),
        ("until 5.12.2026", date(2026, 12, 5)),
        ("", None),
        ("0 days", None),
        ("until 2026-11-23", None),
        ("500 days", None),
        ("until 31 February", None),
        ("until m", None),
        ("please", None),
    ],
)
def test_a_pause_ends_on_the_day_that_is_named(typed: str, end: date | None) -> None:
    """On a Monday whose question has come: a pause of some days begins with Tuesday's."""
    assert typed_times.parse_pause(typed, MONDAY, TUESDAY) == end


@given(st.text(max_size=12) | st.from_regex(r"\d{0,4}[:. h]?\d{0,2} ?[ap]?m?", fullmatch=True))
def test_no_text_breaks_the_parsers(typed: str) -> None:
    typed_times.parse_time(typed)
    typed_times.parse_pause(typed, MONDAY, TUESDAY)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("change my time to 8 in the evening please", time(20)),
        ("can you send it at 7:30?", time(7, 30)),
        ("Half past seven would be better.", time(7, 30)),
        ("could you ask me at noon, please", time(12)),
        ("please send at 6", time(6)),
        ("make it to 9", time(9)),
        ("question 5 is wrong", None),
        ("send me one", None),
        ("send me 2 a day", None),
        ("", None),
    ],
)
def test_a_time_is_found_inside_a_sentence(text: str, meant: time | None) -> None:
    assert typed_times.find_time(text) == meant


@given(st.text())
def test_any_sentence_is_searched_for_a_time(text: str) -> None:
    typed_times.find_time(text)
