"""Programmes side by side."""

from datetime import date, datetime, timedelta

import pytest
from sqlalchemy import event, update

from db.models import Purpose
from db.programmes import Programme
from db.reports import LearningReport
from db.session import Sessions
from quizbot.programmes import digest, staff
from quizbot.programmes.reports import overview
from quizbot.programmes.reports.comparison import Compared, Event, State, compare
from quizbot.programmes.reports.overview import Range
from quizbot.quiz.answers import totals
from quizbot.telegram.messages import digest as messages
from quizbot.telegram.messages.words import Languages
from tests.programmes.histories import History, at
from tests.programmes.steps import COORDINATOR, MONDAY, programme
from tests.quiz.steps import START

DAY = timedelta(days=1)


async def _compared(sessions: Sessions, now: datetime) -> dict[str, Compared]:
    async with sessions() as session:
        run = await staff.programmes_run_by(session, COORDINATOR)
        return {each.programme.name: each for each in await compare(session, run, now)}


async def test_states_days_and_next_events(sessions: Sessions) -> None:
    day = MONDAY + 2 * DAY
    await programme(sessions, name="Coming", starts_on=day + 9 * DAY)
    await programme(sessions, name="Running", ends_on=MONDAY + 20 * DAY)
    await programme(sessions, name="Open", holidays=[day, day + 2 * DAY])
    await programme(sessions, name="Ends", ends_on=day + DAY)
    await programme(sessions, name="Ended", ends_on=day - DAY, holidays=[day + DAY])
    await programme(sessions, name="Theirs", coordinator=901)
    found = await _compared(sessions, START + 2 * DAY)
    told = {
        name: (each.state, each.day, each.days, each.next_event) for name, each in found.items()
    }
    digest = (Event.DIGEST, MONDAY + 7 * DAY)
    assert told == {
        "Coming": (State.COMING, -8, None, (Event.START, day + 9 * DAY)),
        "Running": (State.RUNNING, 3, 21, digest),
        "Open": (State.RUNNING, 3, None, (Event.HOLIDAY, day + 2 * DAY)),
        "Ends": (State.RUNNING, 3, 4, (Event.LAST_DAY, day + DAY)),
        "Ended": (State.ENDED, 2, 2, digest),
    }
    assert all(each.active is None and each.gain is None for each in found.values())


async def test_what_is_next_is_the_digest_of_this_morning_and_no_far_holiday(
    sessions: Sessions,
) -> None:
    await programme(
        sessions, name="Running", ends_on=MONDAY + 58 * DAY, holidays=[MONDAY + 31 * DAY]
    )
    await programme(sessions, name="Coming", starts_on=MONDAY + 56 * DAY)
    found = await _compared(sessions, START + 7 * DAY)
    assert found["Running"].next_event == (Event.DIGEST, MONDAY + 7 * DAY)
    assert found["Coming"].next_event == (Event.START, MONDAY + 56 * DAY)
    async with sessions.begin() as session:
        await session.execute(update(Programme).values(digest_due_at=None))
    assert (await _compared(sessions, START))["Running"].next_event == (
        Event.LAST_DAY,
        MONDAY + 58 * DAY,
    )


async def test_figures_are_those_of_the_programmes_own_page(sessions: Sessions) -> None:
    history = await History.begin(sessions, 8)
    await history.hide(history.people[0])
    for day in range(10):
        answers = [0, 0, 1, None, 0, 1, 0, None if day < 7 else 0]
        await history.all_asked(day, *answers, purpose=Purpose.NEW)
    now = at(10, 12)
    async with sessions.begin() as session:
        await totals.recount_scores(session, history.people)
    await history.refresh(now)
    async with sessions.begin() as session:
        row = {"people": 8, "reviews": 60, "correct": 0.7, "expected": 0.52, "rounds": []}
        session.add(LearningReport(programme_id=history.id, cell="all", margin=0.11, **row))
    [mine] = (await _compared(sessions, now)).values()
    async with sessions() as session:
        of = await session.get_one(Programme, history.id)
        days = await overview.daily_figures(session, of)
    today = date(2026, 12, 3)
    this_week = overview.figures_of(days, Range.THIS_WEEK, of, today)
    last_week = overview.figures_of(days, Range.LAST_WEEK, of, today)
    assert mine.enrolled == 8
    assert mine.active == this_week.active == 6
    assert mine.this_week.response_rate == this_week.over.response_rate == 6 / 7
    assert mine.last_week.response_rate == last_week.response_rate == 5 / 7
    assert mine.last_week.accuracy is None  # its pools began before these two weeks
    assert mine.gain is not None
    assert round(mine.gain.gain, 2) == 0.18


@pytest.mark.parametrize(
    ("day", "hour", "so_far", "shown"),
    [(8, 12, True, Range.THIS_WEEK), (7, 7, False, Range.LAST_WEEK)],
)
async def test_the_digest_tells_the_shares_of_the_overview(
    sqlite_sessions: Sessions, day: int, hour: float, so_far: bool, shown: Range
) -> None:
    """Of days that are over; the last day's question has just come, or can still be answered."""
    history = await History.begin(sqlite_sessions, 5)
    for number in range(day):
        await history.all_asked(number, *([0] * 5 if number != 6 or so_far else [None] * 5))
    if so_far:
        await history.all_asked(day, *[None] * 5)
    now = at(day, hour)
    await history.refresh(now)
    async with sqlite_sessions.begin() as session:
        of = await history.programme(session)
        told = await digest.digest(session, of, history.topic, now, so_far=so_far)
        days = (await overview.programme_overview(session, of)).days
    on_page = overview.figures_of(days, shown, of, now.date())
    assert on_page.response_rate != on_page.over.response_rate == 1.0
    assert told.week.over == on_page.over
    answered = messages.digest_picture(Languages()["en"], told).headlines[2]
    assert answered.value == "100%"


async def test_many_programmes_take_no_more_queries_than_one(sqlite_sessions: Sessions) -> None:
    numbers = []
    for count in (1, 12):
        for _ in range(count):
            await programme(sqlite_sessions)
        async with sqlite_sessions() as session:
            run = await staff.programmes_run_by(session, COORDINATOR)
            queries: list[str] = []
            engine = (await session.connection()).engine.sync_engine
            listener = lambda *args: queries.append(args[2])  # noqa: B023, E731
            event.listen(engine, "before_cursor_execute", listener)
            await compare(session, run, START)
            event.remove(engine, "before_cursor_execute", listener)
            numbers.append(len(queries))
    assert numbers == [4, 4]
