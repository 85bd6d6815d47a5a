"""Counts of each date's questions: live while they are open, final when the date is settled."""

from datetime import time, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from db.models import DeliveryState, Subscriber
from db.session import Sessions
from tests.programmes.histories import History, Report, at, date_of
from tests.quiz.steps import counted, send_due, vote_on

S = DeliveryState


async def test_outcomes_of_questions_are_counted(sessions: Sessions) -> None:
    history = await History.begin(sessions, 9)
    columns: list[dict[str, Any]] = [
        {"option": 0},
        {"option": 1, "reminded": True},
        {"sending_at": at(0, 9.5)},
        {"state": S.UNCONFIRMED},
        {"state": S.OFFERED},
        {"state": S.REFUSED},
        {"state": S.BLOCKED},
        {"state": S.EXPIRED, "sending_at": None},
        {"state": S.EXPIRED, "possibly_delivered": True},
    ]
    for person, each in zip(history.people, columns, strict=True):
        await history.asked(person, 0, **each)
    report = await history.report(at(0, 12))
    day = report.day(0)
    assert (day.enrolled, day.asked, day.answered) == (9, 3, 2)
    assert (day.late, day.unconfirmed, day.refused, day.not_sent) == (1, 3, 2, 1)
    assert day.reminded == 1
    assert not day.settled
    assert (report.overview.asked, report.overview.answered) == (3, 2)
    assert report.overview.response_rate == pytest.approx(2 / 3)


async def test_a_question_under_way_counts_as_not_sent_when_its_day_is_over(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 2)
    await history.asked(history.people[0], 0, state=S.CLAIMED, sending_at=None)
    await history.asked(history.people[1], 0, state=S.SENDING)
    day = (await history.report(at(0))).day(0)
    assert (day.asked, day.not_sent, day.unconfirmed) == (0, 0, 0)
    day = (await history.report(at(1, 11))).day(0)
    assert (day.asked, day.not_sent, day.unconfirmed, day.settled) == (0, 1, 1, True)


async def test_a_question_is_late_by_the_members_local_time(sqlite_sessions: Sessions) -> None:
    """At 09:00 in New York it is 14:00 UTC."""
    history = await History.begin(sqlite_sessions)
    for hour in (14, 14.1, 14.5, 13):
        person = await history.enrol(zone="America/New_York")
        await history.asked(person, 1, sending_at=at(1, hour))
    assert (await history.report(at(1, 20))).day(1).late == 1


async def test_the_question_on_joining_is_not_late(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 1)
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Subscriber).values(joined_at=at(0, 15)))
    await history.asked(history.people[0], 0, sending_at=at(0, 15))
    assert (await history.report(at(0, 20))).day(0).late == 0


async def test_an_unknown_time_zone_does_not_stop_a_report(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 2)
    await history.all_asked(0, 0, 1)
    await history.leave(history.people[0], at(1))
    async with sqlite_sessions.begin() as session:
        await session.execute(update(Subscriber).values(timezone="Mars/Olympus"))
    assert (await history.report(at(2))).day(0).answered == 2


async def test_a_date_is_settled_when_its_last_question_has_closed(sessions: Sessions) -> None:
    history = await History.begin(sessions, 5)
    await history.all_asked(0, 0, 0, 0, 1, None)
    assert not (await history.report(at(1, 9.5))).day(0).settled
    report = await history.report(at(1, 11))
    day = report.day(0)
    assert day.settled
    assert (day.answered, day.accuracy) == (4, None)
    assert report.overview.reported_until == date_of(0)


async def test_an_answered_question_keeps_no_date_open(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 11)
    await history.all_asked(0, *[0] * 6, *[1] * 5)
    assert not (await history.report(at(0, 23))).day(0).settled
    day = (await history.report(at(1, 2))).day(0)
    assert (day.settled, day.accuracy) == (True, 6 / 11)


async def test_a_date_is_not_settled_before_it_is_over_for_everybody(
    sqlite_sessions: Sessions,
) -> None:
    """Honolulu is ten hours behind UTC."""
    history = await History.begin(sqlite_sessions, 5)
    await history.enrol(zone="Pacific/Honolulu")
    await history.all_asked(0, 0, 0, 0, 1, 1, 0)
    assert not (await history.report(at(1, 9))).day(0).settled
    assert (await history.report(at(1, 12))).day(0).settled


async def test_dates_are_settled_one_after_another(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    await history.asked(history.people[0], 0, closes_at=at(3))
    await history.all_asked(1, 0, 0, 0, 0, 0)
    report = await history.report(at(2, 12))
    assert not any(day.settled for day in report.overview.days)
    report = await history.report(at(3, 12))
    assert [day.settled for day in report.overview.days] == [True, True, True, False]


async def test_after_sixty_days_a_date_is_settled_even_with_an_open_question(
    sqlite_sessions: Sessions,
) -> None:
    history = await History.begin(sqlite_sessions, 5)
    await history.asked(history.people[0], 0, closes_at=at(90))
    assert not (await history.report(at(59, 23))).day(0).settled
    assert (await history.report(at(60, 1))).day(0).settled


async def test_settled_dates_never_change(sessions: Sessions) -> None:
    history = await History.begin(sessions, 12)
    await history.all_asked(0, *[0] * 5, *[1] * 5, 2, None)
    before = await history.report(at(1, 12))
    assert before.day(0).accuracy == pytest.approx(5 / 11)
    await history.leave(history.people[0], at(1, 12))
    await history.erase(history.people[1], at(1, 12))
    await history.enrol(1)
    after = await history.report(at(1, 13))
    assert after.day(0) == before.day(0)
    assert after.overview.accuracy == before.overview.accuracy


async def test_a_long_past_is_settled_in_one_refresh(sessions: Sessions) -> None:
    history = await History.begin(sessions, 10)
    for day in range(40):
        await history.all_asked(day, *[0] * 5, *[1] * 5)
    report = await history.report(at(41, 12))
    assert report.overview.reported_until == date_of(40)
    assert len(report.overview.days) == 42
    assert all(day.accuracy == 0.5 for day in report.overview.days[:40])
    assert report.overview.accuracy == 0.5


async def test_members_count_from_joining_until_leaving(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 1)
    late = await history.enrol(2)
    for day in range(5):
        for person in history.people:
            await history.asked(person, day, option=0)
    await history.leave(history.people[0], at(3, 12))
    report = await history.report(at(4, 12))
    assert [day.enrolled for day in report.overview.days] == [1, 1, 2, 2, 1]
    assert [day.answered for day in report.overview.days] == [1, 1, 2, 2, 1]
    await history.erase(late, at(4, 12))
    report = await history.report(at(4, 13))
    assert [day.enrolled for day in report.overview.days] == [1, 1, 2, 2, 0]


async def test_only_dates_of_the_programme_are_counted(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5, ends_on=date_of(2))
    for day in range(6):
        await history.all_asked(day, 0, 0, 0, 0, 0)
    report = await history.report(at(9))
    assert [day.day for day in report.overview.days] == [date_of(0), date_of(1), date_of(2)]
    assert report.overview.reported_until == date_of(2)


async def test_before_its_start_a_programme_has_no_figures(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5, starts_on=date_of(7))
    report = await history.report(at(1))
    assert report.overview.days == ()
    assert (report.overview.response_rate, report.overview.accuracy) == (None, None)
    assert report.overview.reported_until is None


async def test_practice_is_not_counted(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 5)
    for person in history.people:
        await history.asked(person, 0, option=0, slot=1)
    assert (await history.report(at(0, 12))).day(0).asked == 0


async def test_an_answer_that_does_not_count_is_not_counted(sqlite_sessions: Sessions) -> None:
    history = await History.begin(sqlite_sessions, 1)
    await history.asked(history.people[0], 0, option=0, counted=False)
    day = (await history.report(at(0, 12))).day(0)
    assert (day.asked, day.answered) == (1, 0)


async def test_large_programmes_are_counted_only_every_few_minutes(
    sqlite_sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("quizbot.programmes.reports.refresh._SMALL", 1)
    history = await History.begin(sqlite_sessions, 101)
    person = history.people[0]
    assert (await history.report(at(0))).day(0).asked == 0
    await history.asked(person, 0, option=0)
    three_seconds = timedelta(seconds=3)
    assert (await history.report(at(0) + three_seconds - timedelta(seconds=1))).day(0).asked == 0
    assert (await history.report(at(0) + three_seconds)).day(0).asked == 1


async def test_questions_and_answers_of_the_bot_are_counted(sessions: Sessions) -> None:
    history = await History.begin(sessions, 12)
    for day in range(3):
        for asked in await send_due(sessions, at(day)):
            if (asked.chat_id + day) % 12:
                await counted(sessions, vote_on(asked, asked.chat_id % 2), at(day, 10))
    report = await history.report(at(3, 11))
    assert [(day.asked, day.answered) for day in report.overview.days[:3]] == [(12, 11)] * 3
    assert [day.settled for day in report.overview.days] == [True, True, True, False]
    assert all(day.accuracy is not None for day in report.overview.days[:3])


async def streaks(report: Report) -> list[int]:
    assert report.overview.streaks is not None
    return [band.people for band in report.overview.streaks]


async def test_broken_streaks_are_counted_as_none(sessions: Sessions) -> None:
    history = await History.begin(sessions, 6)
    alive, frozen, broken, long, none, week = history.people
    kept = {
        alive: (2, 0, date_of(9)),
        frozen: (8, 1, date_of(8)),
        broken: (8, 1, date_of(7)),
        long: (31, 2, date_of(9)),
        none: (0, 0, None),
        week: (7, 0, date_of(2)),
    }
    for day in (8, 9):
        for person in (frozen, broken):
            if kept[person][2] < date_of(day):  # type: ignore[operator]
                await history.asked(person, day)
    await history.asked(alive, 10)
    async with sessions.begin() as session:
        for person, (streak, freezes, last) in kept.items():
            member = await session.get_one(Subscriber, person)
            member.streak, member.freezes, member.last_answered_on = streak, freezes, last
    report = await history.report(at(10, 12))
    assert await streaks(report) == [2, 1, 0, 2, 0, 1]
    await history.leave(long, at(10, 12))
    assert await streaks(await history.report(at(10, 12))) == [2, 1, 0, 2, 0, 0]
    await history.leave(none, at(10, 12))
    report = await history.report(at(10, 12))
    assert report.overview.streaks is None
    assert report.overview.enrolled == 4


async def test_a_later_local_date_than_the_programmes_is_counted_where_it_has_begun(
    sqlite_sessions: Sessions,
) -> None:
    """In Auckland, Tuesday begins on Monday at 11:00 UTC."""
    history = await History.begin(sqlite_sessions, 1, question_time=time(9))
    person = await history.enrol(zone="Pacific/Auckland")
    assert len((await history.report(at(0, 21))).overview.days) == 1
    await history.asked(person, 1, claimed_at=at(0, 20), sending_at=at(0, 20))
    report = await history.report(at(0, 21))
    assert [day.asked for day in report.overview.days] == [0, 1]


async def test_a_question_before_three_weeks_of_holidays_waits_for_its_answers(
    sessions: Sessions,
) -> None:
    """It is open until the next one is due, and answers until then are reported."""
    history = await History.begin(sessions, 11)
    asked = [await history.asked(person, 0, closes_at=at(22)) for person in history.people]
    for day in (8, 9):
        await history.refresh(at(day, 12))
    for place, delivery in enumerate(asked[:10]):
        await history.answered(delivery, place % 2, at(10, 9))
    waiting = await history.report(at(20, 12))
    assert (waiting.day(0).asked, waiting.day(0).answered, waiting.day(0).settled) == (
        11,
        10,
        False,
    )
    report = await history.report(at(22, 12))
    assert report.day(0).accuracy == 0.5
    assert (report.item("apple").n, report.item("apple").difficulty) == (10, 0.5)
