"""The evening reminder: when it is due, who gets it, and that nobody gets two."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Delivery, DeliveryState, Subscriber, SubscriberState
from db.session import Sessions, create_sessions
from quizbot.quiz import subscription
from quizbot.quiz.asking import claiming
from quizbot.quiz.asking.question_days import utc_moment
from quizbot.quiz.delivery import reminders
from quizbot.quiz.delivery.reminders import DueReminders, ReminderPolicy, Unanswered
from tests.databases import on_sqlite
from tests.quiz.steps import (
    DUE,
    START,
    answer,
    join,
    make_pool,
    send_due,
    statements,
    subscriber,
    vote_on,
)
from tests.sizes import PATIENCE

MONDAY = date(2026, 11, 23)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
USUAL = ReminderPolicy()
SEVEN = DUE + 10 * HOUR  # 19:00 in UTC


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def plan(sessions: Sessions, at: datetime | None = SEVEN, *people: int) -> None:
    """Plans the reminders of these people, or of everybody, at that moment."""
    async with sessions.begin() as session:
        chosen = Subscriber.id.in_(people) if people else Subscriber.id.is_not(None)
        await session.execute(update(Subscriber).where(chosen).values(remind_at=at))


async def planned(sessions: Sessions, person: int = 1) -> datetime | None:
    async with sessions() as session:
        return (await subscriber(session, person)).remind_at


async def asked(sessions: Sessions, *people: int) -> None:
    """Sends these people the day's question, and plans their reminders at seven."""
    for person in people or (1,):
        await join(sessions, person)
    await send_due(sessions, DUE)
    await plan(sessions)


async def take(
    sessions: Sessions, now: datetime = SEVEN, limit: int = 100, evening: ReminderPolicy = USUAL
) -> DueReminders:
    async with sessions.begin() as session:
        return await reminders.take_due(session, now, limit, evening)


def chats(taken: DueReminders) -> list[int]:
    return [each.chat_id for each in taken.unanswered]


def taken_and_reminded(due: DueReminders) -> tuple[int, list[int]]:
    return len(due.lease.ids), chats(due)


@pytest.mark.parametrize(
    ("zone", "asked_at", "expected"),
    [
        ("UTC", "2026-11-23T09:00", "2026-11-23T19:00"),
        ("UTC", "2026-11-23T00:00", "2026-11-23T19:00"),
        ("UTC", "2026-11-23T17:00", "2026-11-23T19:00"),
        ("UTC", "2026-11-23T18:30", "2026-11-23T20:30"),
        ("UTC", "2026-11-23T19:59", "2026-11-23T21:59"),
        ("UTC", "2026-11-23T20:00", None),  # would be at 22:00, in the quiet hours
        ("UTC", "2026-11-23T23:30", None),  # would be tomorrow
        ("UTC", "2026-11-24T00:20", None),  # Monday's question, after midnight
        ("Asia/Kathmandu", "2026-11-23T03:15", "2026-11-23T13:15"),
        ("Asia/Kathmandu", "2026-11-23T12:45", "2026-11-23T14:45"),  # asked at 18:30
        ("Pacific/Kiritimati", "2026-11-22T20:00", "2026-11-23T05:00"),
        ("America/New_York", "2026-11-23T14:00", "2026-11-24T00:00"),
    ],
)
def test_a_reminder_is_due_in_the_evening_two_hours_after_the_question_or_later(
    zone: str, asked_at: str, expected: str | None
) -> None:
    due = reminders.reminder_due_at(MONDAY, zone, utc(asked_at), USUAL)
    assert due == (utc(expected) if expected else None)


@pytest.mark.parametrize(
    ("zone", "day", "at", "expected"),
    [
        ("Europe/Berlin", "2026-03-29", time(2, 30), "2026-03-29T01:00"),  # skipped: 03:00
        ("Europe/Berlin", "2026-10-25", time(2, 30), "2026-10-25T00:30"),  # twice: the first
        ("Europe/Berlin", "2026-03-28", time(19), "2026-03-28T18:00"),
        ("Europe/Berlin", "2026-03-29", time(19), "2026-03-29T17:00"),
        ("Pacific/Apia", "2011-12-30", time(19), None),  # a date that Samoa skipped
    ],
)
def test_a_reminder_keeps_its_local_time_over_a_change_of_clocks(
    zone: str, day: str, at: time, expected: str | None
) -> None:
    evening = ReminderPolicy(at, quiet_from=time(0), quiet_until=time(0))
    midnight = utc(day) - 12 * HOUR
    due = reminders.reminder_due_at(date.fromisoformat(day), zone, midnight, evening)
    assert due == (utc(expected) if expected else None)


TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


@given(
    st.sampled_from(sorted(available_timezones())),
    st.dates(date(2020, 1, 1), date(2030, 1, 1)),
    TIMES,
    st.builds(ReminderPolicy, TIMES, TIMES, TIMES),
)
def test_no_reminder_is_due_in_the_quiet_hours_or_on_another_date(
    zone: str, day: date, at: time, evening: ReminderPolicy
) -> None:
    asked_at = utc_moment(day, at, zone)
    due = reminders.reminder_due_at(day, zone, asked_at, evening) if asked_at else None
    if asked_at is None or due is None:
        return
    there = due.astimezone(ZoneInfo(zone))
    assert there.date() == day
    assert not evening.is_quiet(there.time())
    assert due - asked_at >= 2 * HOUR


@pytest.mark.parametrize(
    ("quiet_from", "quiet_until", "quiet", "loud"),
    [
        (22, 8, (22, 23, 0, 7), (8, 12, 21)),
        (1, 6, (1, 5), (0, 6, 23)),
        (0, 0, (), (0, 12, 23)),
        (9, 9, (), (8, 9, 10)),
    ],
)
def test_quiet_hours_may_span_midnight(
    quiet_from: int, quiet_until: int, quiet: tuple[int, ...], loud: tuple[int, ...]
) -> None:
    evening = ReminderPolicy(quiet_from=time(quiet_from), quiet_until=time(quiet_until))
    assert all(evening.is_quiet(time(hour)) for hour in quiet)
    assert not any(evening.is_quiet(time(hour)) for hour in loud)


@pytest.mark.parametrize(
    ("question", "told"), [(9, time(19)), (17, time(19)), (18, time(20)), (20, None), (23, None)]
)
def test_the_usual_time_of_a_reminder_follows_the_question(
    question: int, told: time | None
) -> None:
    person = Subscriber(timezone="Asia/Kathmandu", question_time=time(question))
    assert reminders.usual_reminder_time(person, DUE, USUAL) == told


@on_sqlite
async def test_an_unanswered_question_brings_one_reminder(sessions: Sessions) -> None:
    await asked(sessions)
    assert taken_and_reminded(await take(sessions, SEVEN - MINUTE)) == (0, [])
    [question] = await deliveries_of(sessions, 1)
    due = await take(sessions)
    expected = Unanswered(1, "en", "UTC", question.message_id, question.closes_at, streak=0)
    assert due.unanswered == [expected]
    assert [each.reminded for each in await deliveries_of(sessions, 1)] == [True]
    assert await planned(sessions) is None
    assert taken_and_reminded(await take(sessions)) == (0, [])
    assert taken_and_reminded(await take(sessions, SEVEN + HOUR)) == (0, [])


async def test_three_unanswered_questions_end_reminders_until_an_answer(sessions: Sessions) -> None:
    await join(sessions)
    evenings = []
    for day in range(17):
        [question] = await send_due(sessions, DUE + day * DAY)
        evenings.append(await planned(sessions) is not None)
        if day in (1, 5):
            await answer(sessions, vote_on(question), DUE + day * DAY)
    expected = [0, 1, 2, 3, 4, 6, 7, 8]  # the first of three in a row is the day after an answer
    assert [day for day, reminds in enumerate(evenings) if reminds] == expected


async def deliveries_of(sessions: Sessions, person: int) -> list[Delivery]:
    async with sessions() as session:
        query = select(Delivery).where(Delivery.subscriber_id == person).order_by(Delivery.id)
        return list(await session.scalars(query))


@on_sqlite
async def test_only_those_without_an_answer_are_reminded(sessions: Sessions) -> None:
    for person in range(1, 7):
        await join(sessions, person)
    for question in await send_due(sessions, DUE):
        if question.chat_id % 2:
            await answer(sessions, vote_on(question, option=question.chat_id % 3 % 2), DUE)
    await plan(sessions)
    taken = await take(sessions)
    assert taken_and_reminded(taken) == (6, [2, 4, 6])


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("state", SubscriberState.PAUSED),
        ("state", SubscriberState.STOPPED),
        ("state", SubscriberState.BLOCKED),
        ("reminders", False),
        ("timezone", "Old/Town"),  # a zone that the machine does not know
    ],
)
async def test_only_active_subscribers_with_reminders_on_are_reminded(
    sessions: Sessions, field: str, value: object
) -> None:
    await asked(sessions, 1, 2)
    async with sessions.begin() as session:
        setattr(await subscriber(session), field, value)
    taken = await take(sessions)
    assert taken_and_reminded(taken) == (2, [2])
    assert await planned(sessions) is None


@pytest.mark.parametrize(
    "state", [each for each in DeliveryState if each is not DeliveryState.SENT]
)
async def test_only_a_question_that_arrived_brings_a_reminder(
    sqlite_sessions: Sessions, state: DeliveryState
) -> None:
    await asked(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Delivery).values(state=state))
    assert chats(await take(sqlite_sessions)) == []


async def test_practice_brings_no_reminder(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions)
    [question] = await send_due(sqlite_sessions, DUE)
    await answer(sqlite_sessions, vote_on(question), DUE)
    async with sqlite_sessions.begin() as session:
        person = await subscriber(session)
        practice = await claiming.claim_practice(session, person, make_pool(), DUE)
        practice.state, practice.sending_at = DeliveryState.SENT, DUE
    await plan(sqlite_sessions)
    assert chats(await take(sqlite_sessions)) == []


async def test_yesterdays_open_question_brings_no_reminder_today(sqlite_sessions: Sessions) -> None:
    await join(sqlite_sessions, at=time(21))
    await send_due(sqlite_sessions, DUE + 12 * HOUR)
    next_day = SEVEN + 24 * HOUR  # it is still open then
    await plan(sqlite_sessions, next_day)
    assert chats(await take(sqlite_sessions, next_day)) == []


@pytest.mark.parametrize(("minutes", "reminded"), [(29, []), (30, [1])])
async def test_a_question_about_to_close_brings_no_reminder(
    sqlite_sessions: Sessions, minutes: int, reminded: list[int]
) -> None:
    await asked(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Delivery).values(closes_at=SEVEN + minutes * MINUTE))
    assert chats(await take(sqlite_sessions)) == reminded


@pytest.mark.parametrize(("minutes", "reminded"), [(59, []), (60, [1])])
async def test_no_reminder_comes_soon_after_a_late_question(
    sqlite_sessions: Sessions, minutes: int, reminded: list[int]
) -> None:
    await asked(sqlite_sessions)
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Delivery).values(sending_at=SEVEN - minutes * MINUTE))
    assert chats(await take(sqlite_sessions)) == reminded


@pytest.mark.parametrize(
    ("due", "now", "reminded"),
    [
        ("19:00", "21:00", [1]),
        ("19:00", "21:01", []),  # two hours late
        ("21:30", "21:59", [1]),
        ("21:30", "22:00", []),  # the quiet hours have begun
        ("06:30", "07:59", []),
        ("06:30", "08:00", [1]),
    ],
)
async def test_after_an_outage_no_reminder_comes_too_late_or_in_the_quiet_hours(
    sqlite_sessions: Sessions, due: str, now: str, reminded: list[int]
) -> None:
    await join(sqlite_sessions, at=time(0, 30), now=START - 8 * HOUR)
    await send_due(sqlite_sessions, START - 7 * HOUR)
    await plan(sqlite_sessions, utc(f"2026-11-23T{due}"))
    taken = await take(sqlite_sessions, utc(f"2026-11-23T{now}"))
    assert taken_and_reminded(taken) == (1, reminded)


async def test_the_longest_due_come_first_in_batches(sessions: Sessions) -> None:
    await asked(sessions, 1, 2, 3, 4, 5)
    for person, minutes in ((4, 30), (2, 20), (5, 10)):
        await plan(sessions, SEVEN - minutes * MINUTE, person)
    batches = [await take(sessions, limit=2) for _ in range(4)]
    assert [len(batch.lease.ids) for batch in batches] == [2, 2, 1, 0]
    assert chats(batches[0]) == [4, 2]
    assert chats(batches[1])[0] == 5
    assert sorted(chats(batches[1]) + chats(batches[2])) == [1, 3, 5]


@on_sqlite
async def test_reminders_that_were_taken_without_a_commit_are_taken_again(
    sessions: Sessions,
) -> None:
    await asked(sessions)
    async with sessions() as session:
        assert chats(await reminders.take_due(session, SEVEN, 10, USUAL)) == [1]
    assert chats(await take(sessions)) == [1]


async def test_concurrent_processes_remind_nobody_twice(sessions: Sessions) -> None:
    await asked(sessions, *range(1, 13))
    taken = await asyncio.gather(*(take(sessions, limit=4) for _ in range(6)))
    taken.append(await take(sessions))
    assert sorted(chat for each in taken for chat in chats(each)) == list(range(1, 13))


async def test_taking_reminders_skips_a_locked_subscriber(postgresql_sessions: Sessions) -> None:
    """Their answer is being recorded; the next time it is there."""
    await join(postgresql_sessions, 1)
    await join(postgresql_sessions, 2)
    first, _ = await send_due(postgresql_sessions, DUE)
    await plan(postgresql_sessions)
    async with postgresql_sessions.begin() as session:
        await subscription.find(
            session, first.chat_id
        )  # locks the row, as recording an answer does
        taken = await asyncio.wait_for(take(postgresql_sessions), PATIENCE)
        assert (len(taken.lease.ids), len(chats(taken))) == (1, 1)
        assert first.chat_id not in chats(taken)
    await answer(postgresql_sessions, vote_on(first), SEVEN)
    assert taken_and_reminded(await take(postgresql_sessions)) == (1, [])


async def test_a_batch_of_reminders_takes_as_many_queries_as_one(engine: AsyncEngine) -> None:
    sessions, counts = create_sessions(engine), []
    await asked(sessions, *range(1, 32))
    for limit in (1, 30):
        with statements(engine) as seen:
            assert len(chats(await take(sessions, limit=limit))) == limit
        counts.append(len(seen))
    assert counts[0] == counts[1] <= 5


@on_sqlite
async def test_a_reminder_that_was_not_sent_is_taken_again_a_minute_later(
    sessions: Sessions,
) -> None:
    await asked(sessions, 1, 2, 3)
    due = await take(sessions)
    tomorrow = SEVEN + 24 * HOUR
    await plan(sessions, tomorrow, 2)  # planned again meanwhile
    async with sessions.begin() as session:
        await reminders.release(session, due.lease.only([1, 2]), SEVEN)
    reminded = [(await deliveries_of(sessions, person))[-1].reminded for person in (1, 2, 3)]
    assert reminded == [False, False, True]
    assert [await planned(sessions, person) for person in (1, 2, 3)] == [
        SEVEN + MINUTE,
        tomorrow,
        None,
    ]
    assert chats(await take(sessions, SEVEN + MINUTE)) == [1]


@on_sqlite
async def test_switching_reminders_off_and_on_neither_loses_nor_repeats_one(
    sessions: Sessions,
) -> None:
    async def switch(*, on: bool) -> None:
        async with sessions.begin() as session:
            reminders.set_reminders(await subscriber(session), on=on)

    await asked(sessions)
    await switch(on=False)
    await switch(on=True)
    assert chats(await take(sessions)) == [1]
    await switch(on=False)
    await switch(on=True)
    assert chats(await take(sessions, SEVEN + HOUR)) == []


async def moved(sessions: Sessions, zone: str, now: datetime) -> datetime | None:
    async with sessions.begin() as session:
        person = await subscriber(session)
        await subscription.set_timezone(session, person, zone, now)
        await reminders.move_reminder(session, person, now, USUAL)
    return await planned(sessions)


@on_sqlite
async def test_a_change_of_zone_moves_the_reminder(sessions: Sessions) -> None:
    await asked(sessions)
    noon = DUE + 3 * HOUR
    assert await moved(sessions, "America/New_York", noon) == utc("2026-11-24T00:00")
    assert await moved(sessions, "Europe/Athens", noon) == utc("2026-11-23T17:00")
    assert await moved(sessions, "UTC", noon) == SEVEN
    assert chats(await take(sessions)) == [1]


@on_sqlite
async def test_after_a_move_east_no_reminder_comes_at_night(sessions: Sessions) -> None:
    await asked(sessions)
    assert (
        await moved(sessions, "Asia/Tokyo", DUE + 4 * HOUR) == SEVEN
    )  # 22:00 in Tokyo now, 04:00 at SEVEN
    assert taken_and_reminded(await take(sessions)) == (1, [])


@on_sqlite
async def test_nobody_is_reminded_again_in_another_zone(sessions: Sessions) -> None:
    await asked(sessions)
    assert chats(await take(sessions)) == [1]
    assert await moved(sessions, "America/New_York", SEVEN + MINUTE) is None
