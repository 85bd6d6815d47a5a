"""Question days and due times: one question a local date, through every change of clocks."""

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from random import Random
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from db.programmes import WORKDAYS, Programme
from db.session import Sessions
from quizbot.programmes import membership
from quizbot.programmes import programme as programmes
from quizbot.quiz import subscription
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import (
    EVERY_DAY,
    GRACE_PERIOD,
    Calendar,
    QuestionDays,
    date_to_serve,
    local_date,
    next_due,
    utc_moment,
)
from tests.programmes.steps import COORDINATOR, enrol, programme
from tests.quiz.steps import (
    DUE,
    REMINDER_POLICY,
    START,
    answer,
    begin,
    deliveries,
    join,
    make_pool,
    new_subscriber,
    send_due,
    subscriber,
    vote_on,
)
from tests.sizes import size

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
    """Returns every minute of the date in the zone: local and in UTC, in order of UTC."""
    info = ZoneInfo(zone)
    begin = datetime.combine(day, time(), UTC) - timedelta(hours=15)
    moments = (begin + number * MINUTE for number in range(55 * 60))
    walls = ((moment.astimezone(info), moment) for moment in moments)
    return [(wall.replace(tzinfo=None), utc) for wall, utc in walls if wall.date() == day]


@settings(max_examples=size("QUESTION_DAYS", in_ci=150, elsewhere=30))
@given(zones_and_dates, times)
def test_a_question_is_due_at_the_first_minute_of_the_date_not_before_the_time(
    place: tuple[str, date], at: time
) -> None:
    zone, day = place
    later = [minute for minute in minutes_of(day, zone) if minute[0].time() >= at]
    assume(later)  # a gap at the end of the date has a test of its own
    assert utc_moment(day, at, zone) == min(later)[1]


@settings(max_examples=size("QUESTION_DAYS", in_ci=150, elsewhere=30))
@given(zones_and_dates, times, st.integers(-2000, 2000), st.none() | st.integers(-3, 3))
def test_the_next_question_is_due_at_the_first_moment_on_a_date_without_one(
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


@settings(max_examples=size("QUESTION_DAYS", in_ci=150, elsewhere=30))
@given(zones_and_dates, times, st.integers(0, 72 * 60))
def test_a_late_question_is_for_its_date_within_the_grace_period_else_for_today_or_lost(
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
def test_due_times_on_known_changes_of_clocks(zone: str, day: str, at: str, utc: str) -> None:
    moment = utc_moment(date.fromisoformat(day), time.fromisoformat(at), zone)
    assert moment == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_date_that_a_zone_skips_has_no_question_and_the_next_has_one() -> None:
    skipped = date(2011, 12, 30)
    assert utc_moment(skipped, time(9), "Pacific/Apia") is None
    now = datetime(2011, 12, 30, 8, tzinfo=UTC)  # the evening of 29 December there
    assert next_due(now, "Pacific/Apia", time(9), date(2011, 12, 29)).local_date == date(
        2011, 12, 31
    )


@pytest.mark.parametrize("zone", ["America/Nuuk", "America/Scoresbysund"])
def test_a_date_with_a_gap_at_its_end_has_a_question(zone: str) -> None:
    """The clocks go from 23:00 to midnight: no valid minute of the date follows 23:30."""
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


MONDAY = date(2026, 11, 23)
FRIDAY, SATURDAY, NEXT_MONDAY = MONDAY + 4 * DAY, MONDAY + 5 * DAY, MONDAY + 7 * DAY

days = st.dates(MONDAY, MONDAY + 40 * DAY)
question_days = st.builds(
    lambda start, length, weekdays, holidays: QuestionDays(
        start, start + length * DAY, weekdays, frozenset(holidays)
    ),
    days,
    st.integers(0, 20),
    st.integers(1, 127),
    st.sets(days, max_size=5),
)


@given(days)
def test_without_a_programme_every_day_has_a_question(day: date) -> None:
    assert EVERY_DAY.asks(day)


@given(st.lists(question_days, max_size=3), days)
def test_running_programmes_decide_which_days_have_a_question(
    joined: list[QuestionDays], day: date
) -> None:
    on = [each for each in joined if each.runs(day)]
    expected = any(each.asks(day) for each in on) if on else True
    assert Calendar(tuple(joined)).asks(day) is expected


@given(question_days, days)
def test_a_new_member_waits_for_the_start_of_the_programme(each: QuestionDays, day: date) -> None:
    calendar = Calendar((each,), awaited=(each,))
    expected = each.asks(day) if each.runs(day) else day > each.starts_on
    assert calendar.asks(day) is expected


def test_workdays_are_monday_to_friday() -> None:
    week = [MONDAY + n * DAY for n in range(7)]
    asked = [day for day in week if QuestionDays(MONDAY, weekdays=WORKDAYS).asks(day)]
    assert asked == week[:5]


@given(
    question_days,
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 127)), max_size=5).map(sorted),
)
def test_answers_count_by_the_weekdays_of_their_time(
    now: QuestionDays, new: list[tuple[int, int]]
) -> None:
    """On the day of a change and the next, both the earlier and the new weekdays hold."""
    held = [(date.min, date.max, now.weekdays)]  # from, until, weekdays
    for number, weekdays in new:
        today = MONDAY + number * DAY
        held[-1] = (held[-1][0], today + DAY, held[-1][2])
        held.append((today, date.max, weekdays))
        earlier = now.earlier_after(weekdays, today)
        programme = Programme(
            starts_on=now.starts_on,
            ends_on=now.ends_on,
            weekdays=weekdays,
            earlier_days=json.loads(json.dumps(earlier)),
        )
        now = QuestionDays.of(programme, now.holidays)
    for day in (MONDAY + number * DAY for number in range(-1, 45)):
        on_weekday = any(
            bits >> day.weekday() & 1 for first, last, bits in held if first <= day <= last
        )
        assert now.counts(day) is (now.runs(day) and on_weekday and day not in now.holidays)


async def test_fridays_question_stays_open_over_the_weekend(sessions: Sessions) -> None:
    await join(sessions)
    await enrol(sessions, await programme(sessions, weekdays=WORKDAYS))
    for day in range(8):
        await send_due(sessions, DUE + day * DAY)
    asked = await deliveries(sessions)
    dates = [each.local_date for each in asked]
    assert dates == [*(MONDAY + n * DAY for n in range(5)), NEXT_MONDAY]
    friday = next(each for each in asked if each.local_date == FRIDAY)
    assert friday.closes_at == DUE + 7 * DAY


async def test_a_streak_survives_weekends_and_holidays(sessions: Sessions) -> None:
    await join(sessions)
    holidays = [MONDAY + n * DAY for n in (7, 8)]
    await enrol(sessions, await programme(sessions, weekdays=WORKDAYS, holidays=holidays))
    reached = []
    for day in range(12):
        for asked in await send_due(sessions, DUE + day * DAY):
            outcome = await answer(sessions, vote_on(asked), DUE + day * DAY)
            assert not isinstance(outcome, str)
            reached.append(outcome.totals.streak)
    assert reached == list(range(1, 9))


async def test_a_new_subscriber_has_the_first_question_on_the_first_day_of_the_programme(
    sessions: Sessions,
) -> None:
    course = await programme(sessions, starts_on=NEXT_MONDAY, weekdays=WORKDAYS)
    await join(sessions)
    await enrol(sessions, course, newcomer=True)
    await join(sessions, 2)
    await enrol(sessions, course, 2)  # a subscriber before
    async with sessions() as session:
        assert (await subscriber(session, 1)).next_due_at == DUE + 7 * DAY
        assert (await subscriber(session, 2)).next_due_at == DUE


async def test_after_the_end_of_a_programme_every_day_has_a_question(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    course = await programme(sqlite_sessions, ends_on=FRIDAY, weekdays=WORKDAYS)
    await enrol(sqlite_sessions, course)
    for day in range(7):
        await send_due(sqlite_sessions, DUE + day * DAY)
    assert len(await deliveries(sqlite_sessions)) == 7


async def test_members_of_two_programmes_are_asked_on_the_days_of_both(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b1))
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b10_0000))
    for day in range(7):
        await send_due(sqlite_sessions, DUE + day * DAY)
    assert [each.local_date for each in await deliveries(sqlite_sessions)] == [MONDAY, SATURDAY]


@pytest.mark.parametrize("asked_on_friday", [True, False])
async def test_a_request_on_a_day_off_brings_no_new_daily_question(
    sqlite_sessions: Sessions, asked_on_friday: bool
) -> None:
    """It brings the one that is still open, if any."""
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=WORKDAYS))
    if asked_on_friday:
        await send_due(sqlite_sessions, DUE + 4 * DAY)
    async with sqlite_sessions.begin() as session:
        found = await claiming.claim_today(
            session, await subscriber(session), make_pool(), DUE + 5 * DAY, REMINDER_POLICY
        )
    assert (found.local_date if found else None) == (FRIDAY if asked_on_friday else None)


async def test_a_holiday_added_late_cancels_a_planned_question(
    sessions: Sessions,
) -> None:
    """Even before the members are planned again: claiming checks the day."""
    await join(sessions)
    course = await programme(sessions)
    await enrol(sessions, course)
    tuesday = MONDAY + DAY
    await send_due(sessions, DUE)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course)
        added = await programmes.add_holidays(session, found, tuesday, tuesday, COORDINATOR, DUE)
    assert added == 1
    assert await send_due(sessions, DUE + DAY) == []
    async with sessions() as session:
        assert (await subscriber(session)).next_due_at == DUE + 2 * DAY


async def test_after_a_change_of_days_members_are_planned_again(sessions: Sessions) -> None:
    course = await programme(sessions, holidays=[MONDAY, MONDAY + DAY])
    for person in (1, 2, 3):
        await join(sessions, person)
        await enrol(sessions, course, person)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course)
        assert not await programmes.remove_holiday(session, found, MONDAY, COORDINATOR, START)
        assert await programmes.remove_holiday(session, found, MONDAY + DAY, COORDINATOR, START)
        assert not await programmes.remove_holiday(session, found, SATURDAY, COORDINATOR, START)
    after: int | None = 0
    steps = 0
    while after is not None:
        async with sessions.begin() as session:
            after = await membership.replan_batch(session, course, START, after, limit=2)
        steps += 1
    assert steps == 3
    async with sessions() as session:
        due = [(await subscriber(session, person)).next_due_at for person in (1, 2, 3)]
    assert due == [DUE + DAY] * 3


async def test_after_leaving_every_day_has_a_question(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    course = await programme(sqlite_sessions, weekdays=0b100_0000)  # Sundays
    await enrol(sqlite_sessions, course)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        assert person.next_due_at == DUE + 6 * DAY
        part = await membership.find(session, 1, course)
        assert part is not None
        await membership.leave(session, person, part, START)
        assert person.next_due_at == DUE


async def test_a_return_after_a_pause_keeps_to_the_days_of_the_programme(
    sqlite_sessions: Sessions,
) -> None:
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b1))
    await send_due(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await subscription.pause(session, person)
        await subscription.subscribe(session, new_subscriber(), DUE + DAY, Random(1))
        assert person.next_due_at == DUE + 7 * DAY


async def test_a_batch_of_claims_keeps_to_the_days_of_each_subscriber(sessions: Sessions) -> None:
    workdays = await programme(sessions, weekdays=WORKDAYS)
    for person in range(1, 7):
        await join(sessions, person)
        if person % 2:
            await enrol(sessions, workdays, person)
    async with sessions.begin() as session:  # as if planned without regard to the days
        for person in range(1, 7):
            (await subscriber(session, person)).next_due_at = DUE + 5 * DAY
    async with sessions.begin() as session:
        assert (
            await claiming.claim_due(session, make_pool(), DUE + 5 * DAY, 50, REMINDER_POLICY) == 6
        )
    asked = {each.chat_id for each in await begin(sessions, DUE + 5 * DAY)}
    assert asked == {2, 4, 6}
    async with sessions() as session:
        assert (await subscriber(session, 1)).next_due_at == DUE + 7 * DAY
