"""What the Monday question tells about the week before."""

from datetime import date, timedelta
from itertools import pairwise

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import ObjectiveMemory
from db.programmes import Enrolment, ProgrammeScore, ScoreKind
from db.session import Sessions, create_sessions
from quizbot.programmes import membership
from quizbot.programmes.recaps import Gains, Recap, Recaps, WeekPlace, recaps
from quizbot.quiz.answers.memory import Memory
from quizbot.quiz.answers.progress import DayResult
from tests.programmes.steps import MONDAY, enrol, programme, team
from tests.quiz.steps import DUE, OBJECTIVE_OF, answer, counted, join, send_due, statements, vote_on

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


async def recap_of(sessions: Sessions, *people: int) -> dict[int, Recap]:
    async with sessions() as session:
        return await Recaps(OBJECTIVE_OF).of(session, people, MONDAY, DUE + WEEK)


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
                await answer(sessions, vote_on(asked, 1 if day in (3, 7) else 0), DUE + day * DAY)
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
    assert len(recap.results) == recap.answered
    assert [correct for _, correct in recap.results].count(True) == recap.correct


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
        2: None,  # 3rd of 4
        3: WeekPlace(name, 1, 4, None),
        4: None,
        5: None,
        6: None,  # the last
    }


async def test_a_better_place_in_the_month_is_told_instead(sqlite_sessions: Sessions) -> None:
    sessions = sqlite_sessions
    course = await programme(sessions, starts_on=MONDAY - WEEK)
    for person in (1, 2, 3):
        await join(sessions, person)
        await enrol(sessions, course, person)
    await answer_three_days(sessions)
    async with sessions.begin() as session:
        await session.execute(delete(ProgrammeScore))
        for person, month in ((1, 90), (2, 100), (3, 10)):
            row = {"programme_id": course, "kind": ScoreKind.MONTH, "since": MONDAY.replace(day=1)}
            row |= {"subscriber_id": person, "points": month, "answered": 9}
            await session.execute(insert(ProgrammeScore).values(row))
    await scores(sessions, course, (1, 50, 0), (2, 40, 0), (3, 10, 0))
    found = await recap_of(sessions, 1, 2, 3)
    name = "Autumn of 2026"
    assert {who: each.place for who, each in found.items()} == {
        1: WeekPlace(name, 1, 3),
        2: WeekPlace(name, 1, 3, is_month=True),
        3: None,
    }


async def test_a_team_is_told_its_place_if_that_is_good(sessions: Sessions) -> None:
    course = await programme(sessions, starts_on=MONDAY - WEEK)
    teams = [await team(sessions, course, name) for name in ("Hares", "Owls", "Small")]
    for person in range(1, 12):
        await join(sessions, person)
        await enrol(sessions, course, person, team_id=teams[(person - 1) // 5].id)
    await answer_three_days(sessions)
    async with sessions.begin() as session:
        await session.execute(delete(ProgrammeScore))
    await scores(sessions, course, *((person, 20 - person, 0) for person in range(1, 12)))
    found = await recap_of(sessions, 1, 6, 11)
    places = {
        who: each.team and (each.team.team.name, each.team.rank) for who, each in found.items()
    }
    assert places == {1: ("Hares", 1), 6: None, 11: None}


async def test_nobody_is_first_of_one(sessions: Sessions) -> None:
    course = await programme(sessions)
    await join(sessions)
    await enrol(sessions, course)
    await answer_three_days(sessions)
    assert (await recap_of(sessions, 1))[1].place is None


async def test_a_batch_costs_three_statements_and_a_programme_two_more(engine: AsyncEngine) -> None:
    sessions, cached = create_sessions(engine), Recaps(OBJECTIVE_OF)
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
    assert costs == [5, 3]  # the boards of the week and of the month are kept


async def test_a_week_names_what_was_gained_as_its_answers_tell(sessions: Sessions) -> None:
    """Person 1 is always right, person 2 first wrong about each objective, then right."""
    await join(sessions)
    await join(sessions, 2)
    known = set[str]()
    told: dict[int, list[Gains]] = {1: [], 2: []}
    later: dict[int, list[Gains]] = {1: [], 2: []}
    for day in range(43):
        now = DUE + day * DAY
        if day and day % 7 == 0:
            async with sessions() as session:
                week = await Recaps(OBJECTIVE_OF).of(session, [1, 2], now.date() - WEEK, now)
                for who, recap in week.items():
                    told[who].append(recap.gains)
        for asked in await send_due(sessions, now):
            objective = OBJECTIVE_OF[asked.item_id]
            wrong = asked.chat_id == 2 and objective not in known
            known |= {objective} if wrong else set()
            await answer(sessions, vote_on(asked, 1 if wrong else 0), now)
    async with sessions() as session:
        for number in range(6):
            args = session, [1, 2], MONDAY + number * WEEK, OBJECTIVE_OF
            for who, recap in (await recaps(*args, from_answers=True)).items():
                later[who].append(recap.gains)
    assert told == later  # the picture, which somebody may ask for weeks later, says the same
    always, half = told[1], told[2]
    assert always[0].met
    assert not {*always[0].met} & {*always[1].met}
    assert [each.made_up for each in always] == [[]] * 6
    mastered = [objective for each in always for objective in each.mastered]
    assert mastered
    assert len(mastered) == len({*mastered})  # each once
    nearly = [each.nearly for each in always]
    assert any(a and a in mastered and a != b for a, b in pairwise(nearly))
    assert sum(len(each.made_up) for each in half) >= 3
    assert all(not each.mastered for each in half[:2])
