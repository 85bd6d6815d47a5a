"""Answers are added up once, whoever else is at it, and wherever it stops and begins again."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event, select, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db.programmes import HeldAnswer, ItemReport, ProgrammeDay
from db.session import Sessions, create_engine, create_sessions
from quizbot.programmes.reports import items, refresh
from tests.programmes.histories import History, at


class CutError(Exception):
    """The process ends here."""


@contextmanager
def cut_after(engine: AsyncEngine, statements: int) -> Iterator[None]:
    """The database is told so many things, and the next one never leaves."""
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
    """So that even these few people are gone through in several transactions."""
    monkeypatch.setattr("quizbot.programmes.members._BATCH_ROWS", 1)
    monkeypatch.setattr("quizbot.programmes.members._MIN_BATCH_SIZE", 3)


async def some_past(sessions: Sessions) -> History:
    """Three days of ten people's answers, the first attempts and a second one."""
    history = await History.begin(sessions, 10)
    for day, item in enumerate(("apple", "cedar", "apple")):
        await history.all_asked(day, *[(each * 7 + day) % 4 % 3 for each in range(10)], item=item)
    for person in history.people[:3]:
        await history.asked(person, 3, "berry", 1)
    return history


async def kept(history: History) -> list[list[object]]:
    """All that is reported, and held, of the programme."""
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


async def test_two_processes_at_once_add_up_once(database: str) -> None:
    engines = [create_engine(database) for _ in range(3)]
    sessions = [create_sessions(engine) for engine in engines]
    history, twin = await some_past(sessions[0]), await some_past(sessions[0])
    await twin.freshen(at(4, 12))
    for _ in range(2):
        await asyncio.gather(
            *(refresh.refresh_reports(each, history.id, at(4, 12)) for each in sessions)
        )
    assert await kept(history) == await kept(twin)
    for engine in engines:
        await engine.dispose()


async def test_wherever_it_is_cut_short_nothing_is_added_twice(database: str) -> None:
    engine = create_engine(database)
    sessions = create_sessions(engine)
    history, twin = await some_past(sessions), await some_past(sessions)
    await twin.freshen(at(4, 12))
    cuts = 0
    while True:
        try:
            with cut_after(engine, cuts):
                await history.freshen(at(4, 12))
            break
        except CutError:
            cuts += 1
    assert cuts > 20
    assert await kept(history) == await kept(twin)
    await engine.dispose()


async def test_looking_again_changes_nothing(sessions: Sessions) -> None:
    history = await some_past(sessions)
    await history.freshen(at(4, 12))
    before = await kept(history)
    await history.freshen(at(4, 12))
    assert await kept(history) == before


async def test_it_is_all_the_same_whether_one_looks_every_day_or_once(sessions: Sessions) -> None:
    """But for what items are measured against: all that was answered by then."""
    history, twin = await some_past(sessions), await some_past(sessions)
    for day in range(1, 5):
        await history.freshen(at(day, 12))
    await twin.freshen(at(4, 12))
    seen, expected = await history.report(at(4, 12)), await twin.report(at(4, 12))
    assert seen.overview == expected.overview
    assert seen.learning == expected.learning
    assert [each.difficulty for each in seen.items] == [each.difficulty for each in expected.items]


async def test_what_is_no_programme_is_no_matter(sqlite_sessions: Sessions) -> None:
    await refresh.refresh_reports(sqlite_sessions, 77, at(0))


async def test_an_erasure_waits_for_a_report_and_not_the_report_for_it(
    postgresql_database: str,
) -> None:
    """Each wants a delivery and what is held of it: in another order both would wait for ever."""
    engine = create_engine(postgresql_database)
    sessions = create_sessions(engine)
    history = await History.begin(sessions, 1)
    [person] = history.people
    delivery = await history.asked(person, 0, "apple", 1)
    await history.freshen(at(1, 12))
    async with sessions.begin() as session:
        await items.hold(session, history.id, [])
        erasing = asyncio.create_task(history.erase(person, at(1, 12)))
        async with engine.connect() as other:
            waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
            while not await other.scalar(waiting):
                pass
        await items.hold(session, history.id, [delivery])
    await erasing
    async with sessions() as session:
        assert (await session.scalars(select(HeldAnswer))).all() == []
    await engine.dispose()
