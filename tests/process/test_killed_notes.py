"""kill -9 while a coordinator's message goes to members: nobody gets it twice."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

from sqlalchemy import func, select, update

from db.models import Subscriber
from db.programmes import ALL_WEEKDAYS, Announcement, Enrolment, Note
from db.session import Sessions, create_engine, create_sessions
from quizbot.programmes import announcements, programme, staff
from quizbot.programmes.programme import Plan
from sandbox.client import Control
from tests.process.test_two_processes import SharedSandbox, shared_sandbox
from tests.sizes import PATIENCE

PEOPLE = 15
_BATCH = 4  # half of what a second allows
TEXT = "Lunch on Friday"


async def test_nobody_gets_a_message_twice_and_few_get_none(database: str, tmp_path: Path) -> None:
    engine = create_engine(database)
    sessions = create_sessions(engine)
    async with shared_sandbox(tmp_path) as sandbox:
        people = await sandbox.due(database, PEOPLE)
        await announce(sessions, people)
        bot = await sandbox.bot("one", database, QUIZBOT_MESSAGES_PER_SECOND="8")
        await sent_at_least(sandbox.control, PEOPLE // 3)
        await bot.kill()
        await bot.start()
        await all_gone(sessions)
        await bot.wait_until_logged("notes_sent")
        told = [await messages(sandbox, each) for each in people]
        await bot.kill()
    assert max(told) == 1
    assert sum(told) >= PEOPLE - _BATCH
    async with sessions() as session:
        recorded = (await session.scalars(select(Announcement.sent))).one()
    assert PEOPLE - 2 * _BATCH <= recorded <= sum(told)
    await engine.dispose()


async def announce(sessions: Sessions, people: list[int]) -> None:
    """A coordinator writes to these people, who have had their question."""
    now = datetime.now(UTC)
    async with sessions.begin() as session:
        await session.execute(update(Subscriber).values(next_due_at=now + timedelta(hours=20)))
        await staff.make_coordinator(session, 1, "Cora", "en", now)
        day = now.date() - timedelta(days=1)
        plan = Plan("Autumn", "b12", "UTC", day, None, time(9), ALL_WEEKDAYS)
        made = await programme.create(session, plan, 1, now)
        session.add_all(
            Enrolment(programme_id=made.id, subscriber_id=each, enrolled_on=day) for each in people
        )
        await session.flush()
        await announcements.send(session, made, 1, TEXT, now)


async def sent_at_least(control: Control, count: int) -> None:
    async def sent() -> int:
        return sum(TEXT in str(each) for each in await control.calls("sendMessage"))

    async with asyncio.timeout(PATIENCE):
        while await sent() < count:  # noqa: ASYNC110 -- nobody tells us of a call
            await asyncio.sleep(0.05)


async def all_gone(sessions: Sessions) -> None:
    """Waits until no note is left."""
    left = select(func.count()).select_from(Note)
    async with asyncio.timeout(PATIENCE):
        while True:
            async with sessions() as session:
                if not await session.scalar(left):
                    return
            await asyncio.sleep(0.1)


async def messages(sandbox: SharedSandbox, person: int) -> int:
    heard = await sandbox.control.messages(person, sandbox.bot_id)
    return sum(TEXT in str(each) for each in heard)
