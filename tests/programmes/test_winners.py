"""Who shares the first place, and whom the draw picks."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import update

from db.programmes import WORKDAYS, Enrolment, Programme
from db.session import Sessions
from quizbot.programmes import boards, winners
from quizbot.programmes.boards import Period, SharedFirst
from quizbot.telegram.messages.boards import shared_first
from quizbot.telegram.messages.words import Languages
from tests.programmes.steps import MONDAY, programme
from tests.programmes.test_boards import member

SUNDAY = MONDAY + timedelta(days=6)
FRIDAY = datetime.combine(MONDAY + timedelta(days=4), time(12), UTC)


async def shared(
    sessions: Sessions, course: int, now: datetime, period: Period = Period.WEEK
) -> SharedFirst | None:
    """Returns who shares the first place, without when the draw comes."""
    found = await _shared(sessions, course, now, period)
    return found and replace(found, draw=None)


async def told(sessions: Sessions, course: int, now: datetime, period: Period = Period.WEEK) -> str:
    """Returns what the line says about the draw, without who shares first place."""
    found = await _shared(sessions, course, now, period)
    board = boards.MemberBoard(period, None, (), (), 2, None, False, shared=found)
    return shared_first(Languages()["en"], board).partition(". ")[2]


async def _shared(
    sessions: Sessions, course: int, now: datetime, period: Period
) -> SharedFirst | None:
    async with sessions() as session:
        found = await session.get_one(Programme, course)
        day = now.date() if period is Period.PROGRAMME else MONDAY
        board = await boards.member_board(session, found, period, day)
        return (await winners.with_shared_first(session, found, board, day, now)).shared


async def settle(sessions: Sessions, course: int, day: date) -> None:
    async with sessions.begin() as session:
        (await session.get_one(Programme, course)).reported_until = day


async def alias(sessions: Sessions, course: int, person: int) -> str:
    async with sessions() as session:
        return await boards.name_of(session, course, person)


async def test_first_place_is_shared_by_those_with_all_questions_right(sessions: Sessions) -> None:
    course = await programme(sessions, weekdays=WORKDAYS, holidays=[MONDAY])
    for points in (40, 40, 40, 32):
        await member(sessions, course, points)
    assert await shared(sessions, course, FRIDAY) == SharedFirst(3, 40, all_right=4)
    before = FRIDAY.replace(hour=8)  # Friday's question is still to come
    assert await shared(sessions, course, before) == SharedFirst(3, 40)
    await member(sessions, course, 42)
    assert await shared(sessions, course, FRIDAY) is None


async def test_the_draw_waits_until_nobody_can_answer_and_then_stays(sessions: Sessions) -> None:
    course = await programme(sessions)
    people = [await member(sessions, course, 50) for _ in range(5)]
    monday = datetime.combine(MONDAY + timedelta(days=7), time(12), UTC)
    await settle(sessions, course, SUNDAY - timedelta(days=1))
    assert await shared(sessions, course, monday) == SharedFirst(5, 50)
    late = await shared(sessions, course, monday + timedelta(days=3))
    await settle(sessions, course, SUNDAY)
    drawn = await shared(sessions, course, monday)
    assert drawn == late
    assert drawn is not None
    names = {await alias(sessions, course, each): each for each in people}
    assert drawn.drawn in names
    others = [person for name, person in names.items() if name != drawn.drawn]
    await _hide(sessions, others[:2])
    still = await shared(sessions, course, monday)
    assert still is not None
    assert (still.people, still.drawn) == (3, drawn.drawn)
    await _hide(sessions, [names[drawn.drawn]])
    after = await shared(sessions, course, monday)
    assert after is not None
    assert after.drawn in {await alias(sessions, course, each) for each in others[2:]}


async def test_until_the_draw_it_is_told_when_it_comes(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions, weekdays=WORKDAYS)
    for _ in range(2):
        await member(sqlite_sessions, course, 42)
    picks = "If there is one prize, a draw picks one of them"
    assert await told(sqlite_sessions, course, FRIDAY) == f"{picks} once the week is over."
    month = await told(sqlite_sessions, course, FRIDAY, Period.MONTH)
    assert month == f"{picks} once the month is over."
    assert await told(sqlite_sessions, course, FRIDAY, Period.PROGRAMME) == ""  # it has no end
    assert await told(sqlite_sessions, course, FRIDAY, Period.ALL_TIME) == ""
    monday = datetime.combine(MONDAY + timedelta(days=7), time(8), UTC)
    closing = "after Friday's question has closed, today at 09:00."
    assert await told(sqlite_sessions, course, monday) == f"{picks} {closing}"
    elsewhere = monday + timedelta(hours=2)  # where it is not nine yet, it is still open
    assert await told(sqlite_sessions, course, elsewhere) == f"{picks} by Thursday."


async def test_the_draw_of_a_whole_programme_is_told(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions, ends_on=SUNDAY)
    for _ in range(2):
        await member(sqlite_sessions, course, 42)
    running = await told(sqlite_sessions, course, FRIDAY, Period.PROGRAMME)
    assert running.endswith("one of them once the programme is over.")
    async with sqlite_sessions() as session:
        found = await session.get_one(Programme, course)
        board = await boards.member_board(session, found, Period.PROGRAMME, SUNDAY)
        monday = datetime.combine(SUNDAY + timedelta(days=1), time(8), UTC)
        board = await winners.with_shared_first(session, found, board, SUNDAY, monday)
    ended = shared_first(Languages()["en"], board)
    assert ended.endswith("after Sunday's question has closed, today at 09:00.")


async def _hide(sessions: Sessions, people: list[int]) -> None:
    async with sessions.begin() as session:
        mine = Enrolment.subscriber_id.in_(people)
        await session.execute(update(Enrolment).where(mine).values(hidden=True))


async def test_each_week_has_a_draw_of_its_own(sqlite_sessions: Sessions) -> None:
    drawn = set()
    for number in range(12):
        course = await programme(sqlite_sessions, name=f"Programme {number}")
        people = [await member(sqlite_sessions, course, 70) for _ in range(3)]
        await settle(sqlite_sessions, course, SUNDAY)
        found = await shared(sqlite_sessions, course, FRIDAY + timedelta(days=5))
        assert found is not None
        assert found.all_right == 7
        names = [await alias(sqlite_sessions, course, each) for each in people]
        assert found.drawn is not None
        drawn.add(names.index(found.drawn))
    assert drawn == {0, 1, 2}


async def test_the_whole_programme_is_drawn_after_its_end(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions, ends_on=SUNDAY)
    for _ in range(2):
        await member(sqlite_sessions, course, 60)
    await settle(sqlite_sessions, course, SUNDAY - timedelta(days=1))
    running = await shared(sqlite_sessions, course, FRIDAY, Period.PROGRAMME)
    assert running == SharedFirst(2, 60)
    await settle(sqlite_sessions, course, SUNDAY)
    ended = await shared(sqlite_sessions, course, FRIDAY, Period.PROGRAMME)
    assert ended is not None
    assert ended.drawn is not None
    assert await shared(sqlite_sessions, course, FRIDAY, Period.ALL_TIME) == SharedFirst(2, 120)
