"""Members' points in a programme, from the day of joining, between its start and end."""

from datetime import date, datetime, timedelta

from sqlalchemy import select

from db.programmes import Programme, ProgrammeScore, ScoreKind
from db.session import Sessions
from quizbot.programmes import membership, privacy
from quizbot.quiz.answers import totals
from tests.programmes import steps
from tests.programmes.steps import MONDAY, enrol, programme
from tests.quiz.steps import DUE, OBJECTIVE_OF, START, answer, join, send_due, subscriber, vote_on

DAY = timedelta(days=1)


async def answered(sessions: Sessions, *days: int, option: int = 0) -> None:
    """Everybody is asked, and answers, on these days after the first one."""
    for day in days:
        for asked in await send_due(sessions, DUE + day * DAY):
            await answer(sessions, vote_on(asked, option), DUE + day * DAY)


async def scores(
    sessions: Sessions, course: int, person: int = 1
) -> dict[tuple[ScoreKind, date], tuple[int, int]]:
    async with sessions() as session:
        rows = await session.scalars(
            select(ProgrammeScore).where(
                ProgrammeScore.programme_id == course, ProgrammeScore.subscriber_id == person
            )
        )
        return {(row.kind, row.since): (row.points, row.answered) for row in rows}


async def sound(sessions: Sessions) -> bool:
    async with sessions() as session:
        return await totals.differences(session, OBJECTIVE_OF) == []


async def test_points_are_added_up_by_week_month_and_programme(sessions: Sessions) -> None:
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    await answered(sessions, 0, 1, option=0)
    await answered(sessions, 8, option=1)  # 1 December, of the second week
    assert await scores(sessions, course) == {
        (ScoreKind.WEEK, MONDAY): (20, 2),
        (ScoreKind.WEEK, MONDAY + 7 * DAY): (2, 1),
        (ScoreKind.MONTH, date(2026, 11, 1)): (20, 2),
        (ScoreKind.MONTH, date(2026, 12, 1)): (2, 1),
        (ScoreKind.PROGRAMME, MONDAY): (22, 3),
    }
    assert await sound(sessions)


async def test_what_was_answered_before_joining_does_not_count(sessions: Sessions) -> None:
    course = await programme(sessions)
    await join(sessions)
    await answered(sessions, 0, 1)
    await enrol(sessions, course, now=DUE + DAY + DAY / 24)
    expected = (10, 1)  # of the day of joining, whose question was answered already
    assert (await scores(sessions, course))[ScoreKind.PROGRAMME, MONDAY] == expected
    assert await sound(sessions)


async def test_nothing_counts_before_the_start_or_after_the_end(sessions: Sessions) -> None:
    start, end = MONDAY + 2 * DAY, MONDAY + 3 * DAY
    course = await programme(sessions, starts_on=start, ends_on=end)
    await join(sessions)
    await enrol(sessions, course)
    await answered(sessions, *range(6))
    assert (await scores(sessions, course))[ScoreKind.PROGRAMME, start] == (20, 2)
    assert await sound(sessions)


async def test_an_answer_counts_for_every_programme_of_its_member(sessions: Sessions) -> None:
    first, second = await programme(sessions), await programme(sessions, weekdays=0b111)
    for person in (1, 2):
        await join(sessions, person)
        await enrol(sessions, first, person)
    await enrol(sessions, second, 1)
    await answered(sessions, 0)
    assert (await scores(sessions, first, 1))[ScoreKind.PROGRAMME, MONDAY] == (10, 1)
    assert (await scores(sessions, second, 1))[ScoreKind.PROGRAMME, MONDAY] == (10, 1)
    assert (await scores(sessions, first, 2))[ScoreKind.PROGRAMME, MONDAY] == (10, 1)
    assert await scores(sessions, second, 2) == {}


async def test_leaving_removes_the_points_and_undoing_it_restores_them(
    sessions: Sessions,
) -> None:
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    await answered(sessions, 0, 1)
    await leave(sessions, course, DUE + DAY)
    assert await scores(sessions, course) == {}
    assert await sound(sessions)
    await enrol(sessions, course, now=DUE + DAY)
    assert (await scores(sessions, course))[ScoreKind.PROGRAMME, MONDAY] == (20, 2)
    assert await sound(sessions)


async def test_members_who_come_back_on_a_later_day_start_from_zero(sessions: Sessions) -> None:
    """Answers from before leaving and from the time away do not count."""
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    await answered(sessions, 0)
    await leave(sessions, course, DUE)
    await answered(sessions, 1, 2)
    await enrol(sessions, course, now=START + 3 * DAY)
    assert await scores(sessions, course) == {}
    await answered(sessions, 3)
    assert (await scores(sessions, course))[ScoreKind.PROGRAMME, MONDAY] == (10, 1)
    assert await sound(sessions)


async def leave(sessions: Sessions, course: int, now: datetime) -> None:
    async with sessions.begin() as session:
        part = await membership.find(session, 1, course)
        assert part is not None
        await membership.leave(session, await subscriber(session), part, now)
        assert await membership.find(session, 1, course) is None


async def test_the_day_of_joining_is_the_members_local_date(sessions: Sessions) -> None:
    """Answers after joining count in zones ahead of the programme's and behind it."""
    for person, zone, of_programme in (
        (1, "America/Los_Angeles", "Pacific/Auckland"),
        (2, "Pacific/Auckland", "America/Los_Angeles"),
    ):
        course = await programme(sessions, timezone=of_programme, starts_on=MONDAY - 7 * DAY)
        await join(sessions, person, zone=zone)
        due = await due_at(sessions, person)
        before, after = due + DAY / 24, due + DAY + DAY / 24
        for now in (before, after):
            for asked in await send_due(sessions, now):
                await answer(sessions, vote_on(asked), now)
            if now == before:
                await enrol(sessions, course, person, now=now)
        kept = await scores(sessions, course, person)
        assert kept[ScoreKind.PROGRAMME, MONDAY - 7 * DAY] == (20, 2)  # of the day, and the next
        assert await sound(sessions)


async def due_at(sessions: Sessions, person: int) -> datetime:
    async with sessions() as session:
        due = (await subscriber(session, person)).next_due_at
    assert due is not None
    return due


async def test_ending_a_programme_removes_points_for_later_dates(sessions: Sessions) -> None:
    """In Auckland it is Tuesday already when the programme in Los Angeles ends on Monday."""
    course = await programme(sessions, timezone="America/Los_Angeles")
    await join(sessions, zone="Pacific/Auckland")
    await enrol(sessions, course)
    tuesday = datetime(2026, 11, 23, 20, 30, tzinfo=START.tzinfo)
    for asked in await send_due(sessions, tuesday):
        await answer(sessions, vote_on(asked), tuesday)
    assert (await scores(sessions, course))[ScoreKind.PROGRAMME, MONDAY] == (10, 1)
    for last_day, expected in ((MONDAY, {}), (MONDAY + 9 * DAY, {(10, 1)})):
        async with sessions.begin() as session:
            found = await session.get_one(Programme, course)
            await steps.change(session, found, tuesday, ends_on=last_day)
        await membership.replan_members(sessions, course, tuesday)
        assert set((await scores(sessions, course)).values()) == set(expected)
        assert await sound(sessions)


async def test_erasing_one_leaves_the_totals_of_the_others(sessions: Sessions) -> None:
    course = await programme(sessions)
    for person in (1, 2):
        await join(sessions, person)
        await enrol(sessions, course, person)
    await answered(sessions, 0, 1)
    before = await scores(sessions, course, 2)
    async with sessions.begin() as session:
        await privacy.forget(session, 1, DUE + DAY)
    assert await scores(sessions, course, 1) == {}
    assert await scores(sessions, course, 2) == before
    assert await sound(sessions)


async def test_a_wrong_score_is_found_and_repaired(sqlite_sessions: Sessions) -> None:
    course = await programme(sqlite_sessions)
    await join(sqlite_sessions)
    await enrol(sqlite_sessions, course, now=START)
    await answered(sqlite_sessions, 0)
    async with sqlite_sessions.begin() as session:
        for row in await session.scalars(select(ProgrammeScore)):
            row.points += 1
    async with sqlite_sessions() as session:
        [found] = await totals.differences(session, OBJECTIVE_OF)
        assert found.startswith("programme scores differ")
    async with sqlite_sessions.begin() as session:
        await totals.rebuild(session, OBJECTIVE_OF)
    assert await sound(sqlite_sessions)
