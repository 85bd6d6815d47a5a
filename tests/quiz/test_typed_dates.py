"""Dates and weekdays as people type them."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import typed_times
from tests.hostile import check_fast, long_text

D = date


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", D(2026, 12, 1)),
        (" 2026-12-01\n", D(2026, 12, 1)),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("2026-12-1", None),
        ("20261201", None),
        ("2026-W49-2", None),
        ("٢٠٢٦-١٢-٠١", None),
        ("01.12.2026", D(2026, 12, 1)),
        ("1.12.2026", D(2026, 12, 1)),
        ("12.1.26", None),
        ("1.12.20261", None),
        ("", None),
    ],
)
def test_a_date_is_year_month_day_or_has_dots(text: str, meant: date | None) -> None:
    assert typed_times.parse_day(text) == meant


CHRISTMAS = (D(2026, 12, 24), D(2026, 12, 26))
NEW_YEAR = (D(2027, 1, 1), D(2027, 1, 1))


@pytest.mark.parametrize(
    "text",
    [
        "2026-12-24 to 2026-12-26, 2027-01-01",
        "2026-12-24 - 2026-12-26; 2027-01-01",
        "2026-12-24–2026-12-26\n2027-01-01",
        "2026-12-24 until 2026-12-26 and 2027-01-01",
        "2026-12-24 to 2026-12-26 2027-01-01",
        "  2026-12-24to2026-12-26 ,, 2027-01-01, ",
        "2026-12-24 … 2026-12-26, 2027-01-01 to 2027-01-01",
        "24.12.2026-26.12.2026, 1.1.2027",
    ],
)
def test_spans_are_written_in_many_ways(text: str) -> None:
    assert typed_times.parse_spans(text) == [CHRISTMAS, NEW_YEAR]


@pytest.mark.parametrize(
    "text",
    [
        "",
        ",",
        "Christmas",
        "2026-12-24, Christmas",
        "2026-12-26 to 2026-12-24",
        "2026-12-24 to",
        "to 2026-12-24",
        "2026-12-24 or 2026-12-26",
        "2026-13-01",
        "2026-12-24 to 2026-12-99",
    ],
)
def test_text_with_anything_but_dates_is_refused(text: str) -> None:
    assert typed_times.parse_spans(text) is None


@pytest.mark.parametrize(
    ("text", "bits"),
    [
        ("Mon-Fri", 0b001_1111),
        ("mon, WED and fri", 0b001_0101),
        ("Monday to Wednesday; sunday", 0b100_0111),
        ("sat - mon", 0b110_0001),
        ("thurs", 0b000_1000),
        ("Mon-Sun", 0b111_1111),
        ("Mo", None),
        ("Montag", None),
        ("Mon Wed", None),
        ("every day", None),
        ("-", None),
        ("", None),
    ],
)
def test_weekdays_are_names_and_spans(text: str, bits: int | None) -> None:
    assert typed_times.parse_weekdays(text) == bits


@given(st.text() | st.text("0123456789- to,\n", max_size=60))
def test_any_text_is_parsed_or_refused(text: str) -> None:
    typed_times.parse_day(text)
    typed_times.parse_weekdays(text)
    for first, last in typed_times.parse_spans(text) or ():
        assert first <= last


def test_a_span_has_each_of_its_days() -> None:
    assert typed_times.span_length(CHRISTMAS) == 3
    assert typed_times.span_days(CHRISTMAS) == [D(2026, 12, day) for day in (24, 25, 26)]
    assert typed_times.span_length((date.min, date.max)) > 3_000_000


@pytest.mark.parametrize(
    "unit", [" ", " \t", "\n", ", ", " to ", "2026-12-24 ", "1.1.2027 - ", "and "]
)
@pytest.mark.parametrize("read", [typed_times.parse_spans, typed_times.parse_weekdays])
def test_a_hostile_text_takes_no_longer_than_its_length(
    read: Callable[[str], object], unit: str
) -> None:
    check_fast(read, long_text(unit, "2026-12-24", "x"))
