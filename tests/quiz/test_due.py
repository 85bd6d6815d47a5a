"""Local wall time becomes moments: one due moment a local date, through every change of clocks."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from quizbot.quiz.asking.question_days import (
    GRACE_PERIOD,
    date_to_serve,
    local_date,
    next_due,
    utc_moment,
)

DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)
FIRST, LAST = date(2026, 1, 1), date(2028, 12, 31)
ZONES = sorted(available_timezones())


@cache
def changes() -> list[tuple[str, date]]:
    """Every date from 2026 to 2028 on which the clocks of a zone change."""
    return [(zone, day) for zone in ZONES for day in _changes_of(ZoneInfo(zone))]


def _changes_of(zone: ZoneInfo) -> Iterator[date]:
    week = FIRST
    while week < LAST:
        if _offset(zone, week) != _offset(zone, week + 7 * DAY):
            days = (week + number * DAY for number in range(7))
            yield from (day for day in days if _offset(zone, day) != _offset(zone, day + DAY))
        week += 7 * DAY


def _offset(zone: ZoneInfo, day: date) -> timedelta | None:
    return datetime.combine(day, time(), zone).utcoffset()


zones_and_dates = st.one_of(
    st.tuples(st.sampled_from(ZONES), st.dates(FIRST, LAST)),
    st.deferred(lambda: st.sampled_from(changes())),
)
times = st.builds(time, st.integers(0, 23), st.integers(0, 59))


def minutes_of(day: date, zone: str) -> list[tuple[datetime, datetime]]:
    """Every minute that the date has in the zone: on the wall, and in UTC; in order of UTC."""
    info = ZoneInfo(zone)
    begin = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    moments = (begin + number * MINUTE for number in range(55 * 60))
    walls = ((moment.astimezone(info), moment) for moment in moments)
    return [(wall.replace(tzinfo=None), utc) for wall, utc in walls if wall.date() == day]


@settings(max_examples=150, deadline=None)
@given(zones_and_dates, times)
def test_the_due_moment_is_the_first_minute_of_the_date_at_or_after_the_time(
    place: tuple[str, date], at: time
) -> None:
    zone, day = place
    later = [minute for minute in minutes_of(day, zone) if minute[0].time() >= at]
    assume(later)  # a gap that swallows the date's end has a test of its own
    assert utc_moment(day, at, zone) == min(later)[1]


@settings(max_examples=150, deadline=None)
@given(zones_and_dates, times, st.integers(-2000, 2000), st.none() | st.integers(-3, 3))
def test_the_next_due_moment_is_the_first_after_now_on_a_date_not_served(
    place: tuple[str, date], at: time, shift: int, served: int | None
) -> None:
    zone, day = place
    now = datetime.combine(day, time(12), UTC) + shift * MINUTE
    last = None if served is None else day + served * DAY
    due = next_due(now, zone, at, last)
    assert due.at > now
    assert last is None or due.local_date > last
    assert due.at == utc_moment(due.local_date, at, zone)
    assert local_date(due.at, zone) == due.local_date
    begin = local_date(now, zone) if last is None else max(last + DAY, local_date(now, zone))
    skipped = (begin + number * DAY for number in range((due.local_date - begin).days))
    passed = [utc_moment(each, at, zone) for each in skipped]
    assert all(moment is None or moment <= now for moment in passed)


@settings(max_examples=150, deadline=None)
@given(zones_and_dates, times, st.integers(0, 72 * 60))
def test_what_is_due_is_served_for_its_date_within_the_grace_else_for_today_or_not(
    place: tuple[str, date], at: time, late: int
) -> None:
    zone, day = place
    due = next_due(datetime.combine(day, time(), UTC), zone, at, None)
    now = due.at + late * MINUTE
    served = date_to_serve(due.at, now, zone, at)
    if late * MINUTE <= GRACE_PERIOD:
        assert served == due.local_date
        return
    today = local_date(now, zone)
    todays = utc_moment(today, at, zone)
    assert served == (today if todays is not None and todays <= now else None)


@pytest.mark.parametrize(
    ("zone", "day", "at", "utc"),
    [
        ("Europe/Berlin", "2026-03-28", "02:30", "2026-03-28T01:30"),
        ("Europe/Berlin", "2026-03-29", "02:30", "2026-03-29T01:00"),  # gap: 03:00 in summer
        ("Europe/Berlin", "2026-03-29", "03:00", "2026-03-29T01:00"),
        ("Europe/Berlin", "2026-10-25", "02:30", "2026-10-25T00:30"),  # the first of two
        ("America/New_York", "2026-03-08", "02:30", "2026-03-08T07:00"),
        ("America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30"),
        ("Australia/Lord_Howe", "2026-10-04", "02:10", "2026-10-03T15:30"),  # 30 minutes
        ("Australia/Lord_Howe", "2026-04-05", "01:45", "2026-04-04T14:45"),
        ("Africa/Casablanca", "2026-02-15", "02:30", "2026-02-15T01:30"),  # Ramadan begins
        ("Africa/Casablanca", "2026-03-22", "02:30", "2026-03-22T02:00"),  # and ends
        ("Africa/Cairo", "2026-04-24", "00:00", "2026-04-23T22:00"),  # a date begins at 01:00
        ("Asia/Kathmandu", "2026-06-01", "09:00", "2026-06-01T03:15"),
        ("Pacific/Apia", "2011-12-29", "09:00", "2011-12-29T19:00"),
        ("Pacific/Apia", "2011-12-31", "09:00", "2011-12-30T19:00"),
    ],
)
def test_known_changes_of_clocks(zone: str, day: str, at: str, utc: str) -> None:
    moment = utc_moment(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_date_that_a_zone_skips_has_no_question_and_the_next_has_one() -> None:
    skipped = date(2011, 12, 30)
    assert utc_moment(skipped, time(9), "Pacific/Apia") is None
    now = datetime(2011, 12, 30, 8, tzinfo=UTC)  # 29 December there, an evening
    assert next_due(now, "Pacific/Apia", time(9), date(2011, 12, 29)).local_date == date(
        2011, 12, 31
    )


@pytest.mark.parametrize("zone", ["America/Nuuk", "America/Scoresbysund"])
def test_a_gap_at_the_end_of_a_date_leaves_the_date_its_question(zone: str) -> None:
    """There the clocks go from 23:00 to midnight: no valid minute of the date follows."""
    day = date(2026, 3, 28)
    moment = utc_moment(day, time(23, 30), zone)
    assert moment is not None
    assert local_date(moment, zone) == day


@pytest.mark.parametrize("at", [time(0), time(0, 30), time(2, 30), time(9), time(22, 59)])
@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Africa/Cairo",
        "America/Havana",
        "America/Santiago",
        "America/Nuuk",
        "Asia/Beirut",
        "Asia/Kathmandu",
    ],
)
def test_a_year_has_one_question_for_each_date(zone: str, at: time) -> None:
    now, last, served = datetime(2026, 1, 1, tzinfo=UTC), date(2026, 1, 1), []
    while last < date(2026, 12, 31):
        due = next_due(now, zone, at, last)
        now, last = due.at, due.local_date
        assert date_to_serve(due.at, now, zone, at) == due.local_date
        served.append(last)
    assert served == [date(2026, 1, 2) + number * DAY for number in range(364)]
