"""Answers are added up once, also by concurrent refreshes and after interruptions."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.programmes import Enrolment
from db.reports import HeldAnswer, ItemReport, ProgrammeDay
from db.session import Sessions, create_engine, create_sessions
from quizbot.programmes.reports import items, refresh
from tests.databases import until_waiting
from tests.programmes.histories import History, at, date_of
from tests.quiz.steps import TOPIC


class CutError(Exception):
    """Stands for the end of the process."""


@contextmanager
def cut_after(engine: AsyncEngine, statements: int) -> Iterator[None]:
    """Executes so many statements and raises CutError at the next one."""
    left = statements

    def count(*_arguments: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise CutError

    event.listen(engine.sync_engine, "before_cursor_execute", count)
    try:
        yield
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", count)


@pytest.fixture(autouse=True)
def a_few_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Batches so small that even a few people need several transactions."""
    monkeypatch.setattr("quizbot.programmes.members._BATCH_ROWS", 1)
    monkeypatch.setattr("quizbot.programmes.members._MIN_BATCH_SIZE", 3)


async def some_past(sessions: Sessions) -> History:
    """Three days with answers of ten people: first attempts and later ones."""
    history = await History.begin(sessions, 10)
    for day, item in enumerate(("apple", "cedar", "apple")):
        await history.all_asked(day, *[(each * 7 + day) % 4 % 3 for each in range(10)], item=item)
    for person in history.people[:3]:
        await history.asked(person, 3, "berry", 1)
    return history


async def kept(history: History) -> list[list[object]]:
    """Returns all reported and held rows of the programme."""
    async with history.sessions() as session:
        programme = await history.programme(session)
        rows: list[list[object]] = [[programme.reported_until]]
        for model in (ProgrammeDay, ItemReport, HeldAnswer):
            found = await session.scalars(select(model).where(model.programme_id == history.id))
            names = [
                each.key
                for each in model.__table__.columns
                if each.key not in ("programme_id", "delivery_id")
            ]
            rows += sorted([getattr(row, name) for name in names] for row in found)
    return rows


async def test_concurrent_refreshes_add_answers_up_once(database: str) -> None:
    engines = [create_engine(database) for _ in range(3)]
    sessions = [create_sessions(engine) for engine in engines]
    history, twin = await some_past(sessions[0]), await some_past(sessions[0])
    await twin.refresh(at(4, 12))
    for _ in range(2):
        await asyncio.gather(
            *(refresh.refresh_reports(each, history.id, TOPIC, at(4, 12)) for each in sessions)
        )
    assert await kept(history) == await kept(twin)
    for engine in engines:
        await engine.dispose()


async def test_a_refresh_interrupted_at_any_statement_adds_nothing_twice(database: str) -> None:
    engine = create_engine(database)
    sessions = create_sessions(engine)
    history, twin = await some_past(sessions), await some_past(sessions)
    await twin.refresh(at(4, 12))
    cuts = 0
    while True:
        try:
            with cut_after(engine, cuts):
                await history.refresh(at(4, 12))
            break
        except CutError:
            cuts += 1
    assert cuts > 20
    assert await kept(history) == await kept(twin)
    await engine.dispose()


async def test_another_refresh_changes_nothing(sessions: Sessions) -> None:
    history = await some_past(sessions)
    await history.refresh(at(4, 12))
    before = await kept(history)
    await history.refresh(at(4, 12))
    assert await kept(history) == before


async def test_daily_refreshes_and_a_single_one_report_the_same(sessions: Sessions) -> None:
    """Except for items: which of them are in a round depends on the rounds before."""
    history, twin = await some_past(sessions), await some_past(sessions)
    for day in range(1, 5):
        await history.refresh(at(day, 12))
    await twin.refresh(at(4, 12))
    seen, expected = await history.report(at(4, 12)), await twin.report(at(4, 12))
    assert seen.overview == expected.overview
    assert seen.learning == expected.learning


async def test_refreshing_an_unknown_programme_does_nothing(sqlite_sessions: Sessions) -> None:
    await refresh.refresh_reports(sqlite_sessions, 77, TOPIC, at(0))


async def test_an_erasure_waits_for_a_report_without_a_deadlock(
    postgresql_sessions: Sessions,
) -> None:
    """Both lock a delivery and its held answer; in different orders they would deadlock."""
    history = await History.begin(postgresql_sessions, 1)
    [person] = history.people
    delivery = await history.asked(person, 0, "apple", 1)
    await history.refresh(at(1, 12))
    async with postgresql_sessions.begin() as session:
        await items.hold(session, history.id, [])
        erasing = asyncio.create_task(history.erase(person, at(1, 12)))
        await until_waiting(session, erasing)
        await items.hold(session, history.id, [delivery])
    await erasing
    async with postgresql_sessions() as session:
        assert (await session.scalars(select(HeldAnswer))).all() == []


async def test_somebody_joins_between_two_statements_of_a_count(
    postgresql_sessions: Sessions,
) -> None:
    """The batch's members are read first, then the questions, which include the newcomer's."""
    history = await History.begin(postgresql_sessions, 3)
    for person in history.people:
        await history.asked(person, 0)
    _, newcomer, _ = history.people
    async with postgresql_sessions.begin() as session:
        await session.delete(await session.get_one(Enrolment, (history.id, newcomer)))
    async with postgresql_sessions.begin() as session:
        await session.execute(text("LOCK TABLE deliveries IN ACCESS EXCLUSIVE MODE"))
        refreshing = asyncio.create_task(history.refresh(at(0, 12)))
        await until_waiting(session, refreshing)
        session.add(
            Enrolment(programme_id=history.id, subscriber_id=newcomer, enrolled_on=date_of(0))
        )
    await refreshing
    assert (await history.report(at(0, 12), refreshed=False)).day(0).asked == 2
    assert (await history.report(at(0, 12))).day(0).asked == 3
