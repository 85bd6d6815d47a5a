"""Dates and weekdays as people type them."""

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.quiz import typed_times
from tests.hostile import check_fast, long_text

D = date


MONDAY = D(2026, 11, 30)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2026-12-01", D(2026, 12, 1)),
        (" 2026-12-01\n", D(2026, 12, 1)),
        ("01.12.2026", D(2026, 12, 1)),
        ("1.12.2026", D(2026, 12, 1)),
        ("24.12.", D(2026, 12, 24)),
        ("30 Nov", MONDAY),
        ("30 Nov 2026", MONDAY),
        ("Monday, 30 Nov", MONDAY),
        ("Monday, 30 November", MONDAY),
        ("Mon 30 Nov 2026.", MONDAY),
        ("November 30th, 2026", MONDAY),
        ("30 november 2027", D(2027, 11, 30)),
        ("29 Nov", D(2027, 11, 29)),
        ("the 3rd of December", D(2026, 12, 3)),
        ("1. Dezember", None),
        ("by 1 Sept", D(2027, 9, 1)),
        ("29 February", D(2028, 2, 29)),
        ("Monday", D(2026, 12, 7)),
        ("next Monday", D(2026, 12, 7)),
        ("Friday", D(2026, 12, 4)),
        ("until next fri", D(2026, 12, 4)),
        ("today", MONDAY),
        ("tomorrow", D(2026, 12, 1)),
        ("Tuesday, 30 Nov", None),
        ("31 February", None),
        ("2026-02-30", None),
        ("0000-01-01", None),
        ("2026-12-1", None),
        ("20261201", None),
        ("2026-W49-2", None),
        ("٢٠٢٦-١٢-٠١", None),
        ("12.1.26", None),
        ("1.12.20261", None),
        ("24-26 Dec", None),
        ("24", None),
        ("month", None),
        ("3 decent", None),
        ("m", None),
        ("", None),
    ],
)
def test_a_date_is_read_as_the_bot_writes_it_and_in_other_ways(
    text: str, meant: date | None
) -> None:
    assert typed_times.parse_day(text, MONDAY) == meant


def test_a_date_without_a_year_is_the_next_one_of_a_programme_that_begins_later() -> None:
    begins = D(2027, 1, 4)
    assert typed_times.parse_day("24 Dec", MONDAY, begins) == D(2027, 12, 24)
    assert typed_times.parse_day("Friday", MONDAY, begins) == D(2027, 1, 8)
    assert typed_times.parse_day("24 Dec 2026", MONDAY, begins) == D(2026, 12, 24)
    assert typed_times.parse_day("tomorrow", MONDAY, begins) == D(2026, 12, 1)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("5 weeks", 35),
        ("five weeks.", 35),
        ("for a week", 7),
        ("10 days", 10),
        ("2 months", 60),
        ("0 weeks", None),
        ("5", None),
        ("weekend", None),
    ],
)
def test_a_length_is_in_days_weeks_or_months(text: str, days: int | None) -> None:
    length = typed_times.parse_length(text)
    assert (length.days if length else None) == days


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
        "24 Dec 2026 – 26 Dec 2026, 1 Jan 2027",
        "24-26 Dec, 1 January",
        "Dec 24 - 26 and Jan 1st",
        "24., 25. and 26.12., 1.1.",
        "24 to 25, 26 Dec 2026 1 Jan",
        "Thursday, 24 Dec to Saturday, 26 Dec; Friday, 1 Jan 2027",
    ],
)
def test_spans_are_written_in_many_ways(text: str) -> None:
    spans = typed_times.parse_spans(text, MONDAY) or []
    days = [day for span in spans for day in typed_times.span_days(span)]
    assert days == [day for span in (CHRISTMAS, NEW_YEAR) for day in typed_times.span_days(span)]


def test_a_span_over_the_new_year_needs_no_years() -> None:
    assert typed_times.parse_spans("30 Dec - 2 Jan", MONDAY) == [(D(2026, 12, 30), D(2027, 1, 2))]


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
        "24",
        "24 Dec - 26 Dec - 28 Dec",
        "24 Dec - , 26 Dec",
        "Friday, 24 Dec",
    ],
)
def test_text_with_anything_but_dates_is_refused(text: str) -> None:
    assert typed_times.parse_spans(text, MONDAY) is None


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


WORDS = "24 31 1. 2026 2027-01-01 dec feb monday tomorrow next to - , and th 9999 week".split()


@given(
    st.text()
    | st.text("0123456789- to,\n", max_size=60)
    | st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
)
def test_any_text_is_parsed_or_refused(text: str) -> None:
    typed_times.parse_day(text, MONDAY)
    typed_times.parse_weekdays(text)
    typed_times.parse_length(text)
    for first, last in typed_times.parse_spans(text, MONDAY) or ():
        assert first <= last


def test_a_span_has_each_of_its_days() -> None:
    assert typed_times.span_length(CHRISTMAS) == 3
    assert typed_times.span_days(CHRISTMAS) == [D(2026, 12, day) for day in (24, 25, 26)]
    assert typed_times.span_length((date.min, date.max)) > 3_000_000


def read_spans(text: str) -> object:
    return typed_times.parse_spans(text, MONDAY)


@pytest.mark.parametrize(
    "unit",
    [" ", " \t", "\n", ", ", " to ", "2026-12-24 ", "1.1.2027 - ", "and ", "mon ", "1 dec ", "1,"],
)
@pytest.mark.parametrize("read", [read_spans, typed_times.parse_weekdays])
def test_a_hostile_text_takes_no_longer_than_its_length(
    read: Callable[[str], object], unit: str
) -> None:
    check_fast(read, long_text(unit, "2026-12-24", "x"))
    check_fast(read, long_text(unit, "2026-12-24 "))
