"""How many announcements coordinators may send, and what notes cost."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from db.models import Subscriber
from db.programmes import Coordinator, Note, Programme
from db.session import Sessions, create_sessions
from quizbot.programmes import announcements, notes, privacy, staff, welcome
from quizbot.programmes.programme import ProgrammeError
from tests.databases import until_waiting
from tests.programmes import steps
from tests.programmes.steps import COORDINATOR
from tests.quiz.steps import START, join, statements, subscriber

COLLEAGUE = 901


async def _send(sessions: Sessions, programme_id: int) -> None:
    async with sessions.begin() as session:
        of = await staff.programme_run_by(session, programme_id, COORDINATOR, lock=True)
        assert of is not None
        await announcements.send(session, of, COORDINATOR, "Hello", START)


async def test_a_coordinator_who_is_erased_and_comes_back_has_no_new_announcements(
    sessions: Sessions,
) -> None:
    programme_id = await steps.programme(sessions)
    async with sessions.begin() as session:
        await staff.make_coordinator(session, COLLEAGUE, "Lee", "en", START)
        await staff.add_coordinator(session, programme_id, COLLEAGUE)
    await join(sessions, 1)
    await steps.enrol(sessions, programme_id, 1)
    for _ in range(announcements.MOST):
        await _send(sessions, programme_id)
    async with sessions.begin() as session:
        await privacy.forget(session, COORDINATOR, START)
        await staff.make_coordinator(session, COORDINATOR, "Kim", "en", START)
        await staff.add_coordinator(session, programme_id, COORDINATOR)
    with pytest.raises(ProgrammeError, match="too-many-messages"):
        await _send(sessions, programme_id)


async def test_an_operator_stops_what_is_being_sent_at_that_moment(
    postgresql_sessions: Sessions,
) -> None:
    programme_id = await steps.programme(postgresql_sessions)
    await join(postgresql_sessions, 1)
    await steps.enrol(postgresql_sessions, programme_id, 1)

    async def stop() -> None:
        async with postgresql_sessions.begin() as session:
            known = await session.get_one(Coordinator, COORDINATOR)
            await announcements.set_stopped(session, known, 1, START, stopped=True)

    async with postgresql_sessions.begin() as session:
        of = await staff.programme_run_by(session, programme_id, COORDINATOR, lock=True)
        assert of is not None
        await announcements.send(session, of, COORDINATOR, "Hello", START)
        stopping = asyncio.create_task(stop())
        await until_waiting(session, stopping)
    await stopping
    async with postgresql_sessions() as session:
        assert await session.scalar(select(func.count()).select_from(Note)) == 0
    with pytest.raises(ProgrammeError, match="messages-stopped"):
        await _send(postgresql_sessions, programme_id)


async def test_notes_that_wait_for_questions_are_put_off_together(engine: AsyncEngine) -> None:
    sessions, people = create_sessions(engine), range(1, 21)
    programme_id = await steps.programme(sessions)
    for person in people:
        await join(sessions, person)
    await steps.enrol_all(sessions, programme_id, people)
    await _send(sessions, programme_id)
    async with sessions.begin() as session:
        await session.execute(update(Subscriber).values(next_due_at=START))
    with statements(engine) as seen:
        async with sessions.begin() as session:
            await notes.wait_for_questions(session, START)
            assert await notes.take_due(session, START, 8) == (False, [])
    assert sum("notes" in each for each in seen) <= 3
    async with sessions() as session:
        planned = select(func.min(Note.due_at), func.max(Note.due_at), func.count())
        minute = START + timedelta(minutes=1)
        assert (await session.execute(planned)).one() == (minute, minute, len(people))


async def test_nobody_is_counted_again_for_each_welcome(engine: AsyncEngine) -> None:
    sessions = create_sessions(engine)
    programme_id = await steps.programme(sessions)
    for person in (1, 2):
        await join(sessions, person)
        await steps.enrol(sessions, programme_id, person)
    async with sessions() as session:
        programme = await session.get_one(Programme, programme_id)
        start = await welcome.start(session, programme)
        with statements(engine) as seen:
            found = await welcome.of_member(session, programme, await subscriber(session, 1), start)
    assert found.others == 1
    assert not any("count(" in each for each in seen)
