"""What the Monday question tells about the week before."""

from datetime import date, timedelta

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import ObjectiveMemory
from db.programmes import Enrolment, ProgrammeScore, ScoreKind
from db.session import Sessions, create_sessions
from quizbot.programmes import membership
from quizbot.programmes.recaps import Recap, Recaps, WeekPlace, mastered_in
from quizbot.quiz.answers.memory import Memory
from quizbot.quiz.answers.progress import DayResult
from tests.programmes.steps import MONDAY, enrol, programme
from tests.quiz.steps import DUE, OBJECTIVE_OF, answer, counted, join, send_due, statements, vote_on

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


async def recap_of(sessions: Sessions, *people: int) -> dict[int, Recap]:
    async with sessions() as session:
        return await Recaps().of(session, people, MONDAY, DUE + WEEK)


async def scores(sessions: Sessions, course: int, *points: tuple[int, int, int]) -> None:
    """Stores each person's points in the week of the recap, and in the week before."""
    rows = [
        {"programme_id": course, "kind": ScoreKind.WEEK, "since": since, "subscriber_id": person}
        | {"points": sum_, "answered": 1}
        for person, week, before in points
        for since, sum_ in ((MONDAY, week), (MONDAY - WEEK, before))
        if sum_
    ]
    async with sessions.begin() as session:
        await session.execute(insert(ProgrammeScore), rows)


async def answer_three_days(sessions: Sessions) -> None:
    for day in range(3):
        for asked in await send_due(sessions, DUE + day * DAY):
            await counted(sessions, vote_on(asked), DUE + day * DAY)


async def remember(sessions: Sessions, stability: float, first: date | None) -> None:
    """Stores another memory of person 1: of this stability, first correct on that day."""
    async with sessions.begin() as session:
        number = await session.scalar(select(func.count()).select_from(ObjectiveMemory))
        memory = Memory(stability, 3.0, MONDAY, MONDAY, False, first, first and MONDAY, 2, ())
        values = {**vars(memory), "seen": "a"}
        session.add(ObjectiveMemory(subscriber_id=1, objective_id=f"more-{number}", **values))


async def test_a_week_counts_its_days_and_what_is_known_now(sessions: Sessions) -> None:
    await join(sessions)
    await join(sessions, 2)  # silent
    await join(sessions, 3)  # answers on the first day alone
    for day in range(9):
        for asked in await send_due(sessions, DUE + day * DAY):
            if asked.chat_id == 1 and day not in (2, 8):
                await answer(sessions, vote_on(asked, 1 if day == 3 else 0), DUE + day * DAY)
            elif asked.chat_id == 3 and day == 0:
                await answer(sessions, vote_on(asked), DUE)
    await remember(sessions, 30.0, MONDAY - 9 * DAY)
    for stability, first in ((30.0, MONDAY), (30.0, None), (3.0, MONDAY - 9 * DAY)):
        await remember(sessions, stability, first)
    found = await recap_of(sessions, 1, 2, 3)
    assert [*found] == [1]  # not who answered nothing, nor who answered once
    recap = found[1]
    assert (len(recap.days), recap.answered, recap.correct) == (7, 6, 5)
    assert min(recap.days) == MONDAY
    assert recap.days[MONDAY + 2 * DAY] is DayResult.UNANSWERED
    assert (recap.mastered, recap.place) == (1, None)
    async with sessions() as session:
        met = select(func.count()).where(ObjectiveMemory.subscriber_id == 1)
        assert recap.met == await session.scalar(met)


async def test_a_week_that_has_hardly_begun_is_not_told(sqlite_sessions: Sessions) -> None:
    """Who joined on Saturday had two questions, on Friday three."""
    for person, first in ((1, 5), (2, 4)):
        await join(sqlite_sessions, person, now=DUE + (first - 1) * DAY + DAY / 2)
    for day in range(4, 8):
        for asked in await send_due(sqlite_sessions, DUE + day * DAY):
            await answer(sqlite_sessions, vote_on(asked), DUE + day * DAY)
    assert [*await recap_of(sqlite_sessions, 1, 2)] == [2]


async def test_members_are_told_their_place_and_the_one_before(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY - WEEK)
    for person in range(1, 7):
        await join(sessions, person)
        await enrol(sessions, course, person)
    await answer_three_days(sessions)
    async with sessions.begin() as session:
        await session.execute(delete(ProgrammeScore))
        membership.set_hidden(await session.get_one(Enrolment, (course, 5)), hidden=True)
        (await session.get_one(Enrolment, (course, 6))).enrolled_on = MONDAY + 4 * DAY
    await scores(sessions, course, (1, 50, 20), (2, 40, 30), (3, 50, 0), (4, 0, 9), (5, 90, 90))
    await scores(sessions, course, (6, 10, 0))
    found = await recap_of(sessions, 1, 2, 3, 4, 5, 6)
    name = "Autumn of 2026"
    assert {who: each.place for who, each in found.items()} == {
        1: WeekPlace(name, 1, 4, 2),
        2: WeekPlace(name, 3, 4, 1),
        3: WeekPlace(name, 1, 4, None),
        4: None,
        5: None,
        6: None,  # since Friday
    }


async def test_nobody_is_first_of_one(sessions: Sessions) -> None:
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    await answer_three_days(sessions)
    assert (await recap_of(sessions, 1))[1].place is None


async def test_a_batch_costs_three_statements_and_a_programme_two_more(engine: AsyncEngine) -> None:
    sessions, cached = create_sessions(engine), Recaps()
    course = await programme(sessions)
    for person in range(1, 5):
        await join(sessions, person)
        await enrol(sessions, course, person)
    await answer_three_days(sessions)
    costs = []
    for people in ((1, 2, 3), (4,)):
        with statements(engine) as seen:
            async with sessions() as session:
                await cached.of(session, people, MONDAY, DUE + WEEK)
        costs.append(len([each for each in seen if each.startswith("SELECT")]))
    assert costs == [4, 3]


async def test_what_was_mastered_in_a_week_is_found_from_the_answers(
    sqlite_sessions: Sessions,
) -> None:
    sessions = sqlite_sessions
    await join(sessions)
    for day in range(42):
        [asked] = await send_due(sessions, DUE + day * DAY)
        await answer(sessions, vote_on(asked), DUE + day * DAY)
    async with sessions() as session:
        weeks = [await mastered_in(session, 1, MONDAY + n * WEEK, OBJECTIVE_OF) for n in range(6)]
        last = (await Recaps().of(session, [1], MONDAY + 5 * WEEK, DUE))[1]
    assert weeks[0] == 0
    assert sum(weeks) == last.mastered > 0
