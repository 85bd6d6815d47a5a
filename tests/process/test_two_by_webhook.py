"""Two bots behind one webhook address: both answer, one sends, and one may be killed."""

import asyncio
from pathlib import Path

from sqlalchemy import func, select

from db.models import Answer
from db.session import create_engine, create_sessions
from quizbot.quiz.answers import totals
from sandbox.limits import Limits, Rate
from tests.process.proxy import serve_proxy
from tests.process.test_two_processes import SharedSandbox, shared_sandbox
from tests.quiz.steps import OBJECTIVE_OF
from tests.sizes import PATIENCE
from tests.telegram.webhook_bot import SECRET, free_port

PEOPLE = 80
FIRST = 60  # of them answer while there are two bots
# Telegram's pace, with most of a second's burst for the late timers of a busy machine: the bots
# must keep to it together. At a pace of their own each, their 80 cards would still be too many.
STRICT = Limits(overall=Rate(30, 25), private_chat=None)


async def test_both_answer_one_sends_and_one_may_be_killed(
    postgresql_database: str, tmp_path: Path
) -> None:
    ports = free_port(), free_port()
    async with (
        shared_sandbox(tmp_path, STRICT) as sandbox,
        serve_proxy(*ports) as (address, forwarded),
    ):
        bots = [
            await sandbox.bot(
                f"bot-{port}",
                postgresql_database,
                QUIZBOT_LISTEN=f"127.0.0.1:{port}",
                QUIZBOT_WEBHOOK_URL=address,
                QUIZBOT_WEBHOOK_SECRET=SECRET,
            )
            for port in ports
        ]
        for bot in bots:
            await bot.wait_until_started()
        people = await sandbox.due(postgresql_database, PEOPLE)
        await sandbox.get_their_question(people)
        await _vote(sandbox, people[:FIRST])
        assert all(forwarded.values()), forwarded  # both bots have answered
        await bots[0].kill()
        await _vote(sandbox, people[FIRST:])
        later = await sandbox.due(postgresql_database, 5)
        await sandbox.get_their_question(later)  # whichever was the leader
        assert not any(bot.has_logged("told_to_wait") for bot in bots)
        assert await bots[1].terminate() == 0
        assert [await sandbox.questions(person) for person in people + later] == [1] * (PEOPLE + 5)
    engine = create_engine(postgresql_database)
    async with create_sessions(engine)() as session:
        assert await session.scalar(select(func.count()).select_from(Answer)) == PEOPLE
        assert await totals.differences(session, OBJECTIVE_OF) == []
    await engine.dispose()


async def _vote(sandbox: SharedSandbox, people: list[int]) -> None:
    """Everybody votes at once and waits for the answer card."""

    async def vote(person: int) -> None:
        messages = await sandbox.control.messages(person, sandbox.bot_id)
        question = next(message for message in messages if "poll" in message)
        await sandbox.control.vote(person, sandbox.bot_id, question["message_id"], [0])
        await sandbox.control.wait_for(
            person,
            sandbox.bot_id,
            lambda message: "points" in message.get("text", ""),
            timeout=PATIENCE,
        )

    await asyncio.gather(*(vote(person) for person in people))
