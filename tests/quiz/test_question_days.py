"""Which days have a question: every day, unless a programme says otherwise."""

from datetime import date, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from db.programmes import WORKDAYS, Programme
from db.session import Sessions
from quizbot.programmes import membership
from quizbot.programmes import programme as programmes_programme
from quizbot.quiz import subscription
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import EVERY_DAY, Calendar, QuestionDays
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

DAY = timedelta(days=1)
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
def test_while_programmes_are_on_they_decide(joined: list[QuestionDays], day: date) -> None:
    on = [each for each in joined if each.runs(day)]
    expected = any(each.asks(day) for each in on) if on else True
    assert Calendar(tuple(joined)).asks(day) is expected


@given(question_days, days)
def test_who_came_for_a_programme_waits_for_its_start(each: QuestionDays, day: date) -> None:
    calendar = Calendar((each,), awaited=(each,))
    expected = each.asks(day) if each.runs(day) else day > each.starts_on
    assert calendar.asks(day) is expected


def test_workdays_are_monday_to_friday() -> None:
    week = [MONDAY + n * DAY for n in range(7)]
    asked = [day for day in week if QuestionDays(MONDAY, weekdays=WORKDAYS).asks(day)]
    assert asked == week[:5]


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


async def test_a_newcomer_has_the_first_question_on_the_first_day(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=NEXT_MONDAY, weekdays=WORKDAYS)
    await join(sessions)
    await enrol(sessions, course, newcomer=True)
    await join(sessions, 2)
    await enrol(sessions, course, 2)  # played before
    async with sessions() as session:
        assert (await subscriber(session, 1)).next_due_at == DUE + 7 * DAY
        assert (await subscriber(session, 2)).next_due_at == DUE


async def test_after_the_end_there_is_a_question_every_day(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    course = await programme(sqlite_sessions, ends_on=FRIDAY, weekdays=WORKDAYS)
    await enrol(sqlite_sessions, course)
    for day in range(7):
        await send_due(sqlite_sessions, DUE + day * DAY)
    assert len(await deliveries(sqlite_sessions)) == 7


async def test_two_programmes_ask_on_the_days_of_either(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b1))
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b10_0000))
    for day in range(7):
        await send_due(sqlite_sessions, DUE + day * DAY)
    assert [each.local_date for each in await deliveries(sqlite_sessions)] == [MONDAY, SATURDAY]


@pytest.mark.parametrize("asked_on_friday", [True, False])
async def test_who_asks_on_a_day_off_gets_no_new_daily_question(
    sqlite_sessions: Sessions, asked_on_friday: bool
) -> None:
    """But the one that is open, if there is."""
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=WORKDAYS))
    if asked_on_friday:
        await send_due(sqlite_sessions, DUE + 4 * DAY)
    async with sqlite_sessions.begin() as session:
        found = await claiming.claim_today(
            session, await subscriber(session), make_pool(), DUE + 5 * DAY, REMINDER_POLICY
        )
    assert (found.local_date if found else None) == (FRIDAY if asked_on_friday else None)


async def test_a_holiday_that_is_added_late_stops_a_question_that_was_due(
    sessions: Sessions,
) -> None:
    """Even where nobody has planned anew yet: the claim looks."""
    await join(sessions)
    course = await programme(sessions)
    await enrol(sessions, course)
    tuesday = MONDAY + DAY
    await send_due(sessions, DUE)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course)
        added = await programmes_programme.add_holidays(
            session, found, tuesday, tuesday, COORDINATOR, DUE
        )
    assert added == 1
    assert await send_due(sessions, DUE + DAY) == []
    async with sessions() as session:
        assert (await subscriber(session)).next_due_at == DUE + 2 * DAY


async def test_after_a_change_of_days_members_are_planned_anew(sessions: Sessions) -> None:
    course = await programme(sessions, holidays=[MONDAY, MONDAY + DAY])
    for person in (1, 2, 3):
        await join(sessions, person)
        await enrol(sessions, course, person)
    async with sessions.begin() as session:
        found = await session.get_one(Programme, course)
        assert not await programmes_programme.remove_holiday(
            session, found, MONDAY, COORDINATOR, START
        )
        assert await programmes_programme.remove_holiday(
            session, found, MONDAY + DAY, COORDINATOR, START
        )
        assert not await programmes_programme.remove_holiday(
            session, found, SATURDAY, COORDINATOR, START
        )
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


async def test_leaving_gives_the_days_back(sqlite_sessions: Sessions) -> None:
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


async def test_a_new_time_keeps_to_the_programmes_days(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, await programme(sqlite_sessions, weekdays=0b1))
    await send_due(sqlite_sessions, DUE)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        await subscription.pause(session, person)
        await subscription.subscribe(session, new_subscriber(), DUE + DAY, Random(1))
        assert person.next_due_at == DUE + 7 * DAY


async def test_what_is_claimed_for_a_crowd_keeps_to_each_ones_days(sessions: Sessions) -> None:
    workdays = await programme(sessions, weekdays=WORKDAYS)
    for person in range(1, 7):
        await join(sessions, person)
        if person % 2:
            await enrol(sessions, workdays, person)
    async with sessions.begin() as session:  # as if nobody had looked at the days
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
