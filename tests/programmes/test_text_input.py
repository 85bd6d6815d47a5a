"""Text input outlives a process, and expires after a day."""

import asyncio
from datetime import timedelta

from sqlalchemy import func, select

from db.programmes import TextInput
from db.session import Sessions
from quizbot.programmes import text_input
from tests.quiz.steps import START

DAY = timedelta(days=1)
A_MOMENT = timedelta(seconds=1)


async def count(sessions: Sessions) -> int:
    async with sessions() as session:
        return await session.scalar(select(func.count(TextInput.user_id))) or 0


async def test_text_input_is_found_by_user_and_subject(sessions: Sessions) -> None:
    async with sessions.begin() as session:
        await text_input.begin(session, 1, "teams", START, step="x", answers={"programme": 2**62})
    async with sessions.begin() as session:
        assert await text_input.current_subject(session, 1, START) == "teams"
        assert await text_input.find(session, 1, "name", START) is None
        assert await text_input.find(session, 2, "teams", START) is None
        found = await text_input.find(session, 1, "teams", START)
        assert found is not None
        assert (found.step, found.answers) == ("x", {"programme": 2**62})
        text_input.set_step(found, "y", {"a": [None, "é\n"]}, START + DAY - A_MOMENT)
    later = START + 2 * DAY - 2 * A_MOMENT  # a day counts from the last step
    async with sessions.begin() as session:
        found = await text_input.find(session, 1, "teams", later)
        assert found is not None
        assert (found.step, found.answers) == ("y", {"a": [None, "é\n"]})
        assert await text_input.current_subject(session, 1, later + A_MOMENT) is None
        assert await text_input.find(session, 1, "teams", later + A_MOMENT) is None


async def test_new_text_input_replaces_the_old_and_purges_everybodys_expired_input(
    sessions: Sessions,
) -> None:
    for person in (1, 2, 3):
        async with sessions.begin() as session:
            await text_input.begin(session, person, "teams", START)
    async with sessions.begin() as session:
        await text_input.begin(session, 1, "name", START + A_MOMENT, answers={"code": "x"})
    assert await count(sessions) == 3
    async with sessions.begin() as session:
        await text_input.begin(session, 4, "teams", START + DAY)
    assert await count(sessions) == 2
    async with sessions.begin() as session:
        for person in (1, 4, 5):
            await text_input.finish(session, person)
    assert await count(sessions) == 0


async def test_two_concurrent_beginnings_leave_one_text_input(sessions: Sessions) -> None:
    async def begin(about: str) -> None:
        async with sessions.begin() as session:
            await text_input.begin(session, 1, about, START)

    await asyncio.gather(*(begin(f"about-{number}") for number in range(8)))
    assert await count(sessions) == 1
