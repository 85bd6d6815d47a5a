"""Two bots behind one webhook address: both answer, one sends, and one may be killed."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle
from pathlib import Path

from sqlalchemy import func, select

from db.models import Answer
from db.session import create_engine, create_sessions
from quizbot.quiz.answers import totals
from sandbox.limits import Limits, Rate
from tests.process.test_two_processes import SharedSandbox, shared_sandbox
from tests.telegram.webhook_bot import SECRET, free_port

PEOPLE = 80
FIRST = 60  # of them answer while there are two bots
# Telegram's pace, with half a second's burst for late timers: the bots must keep to it together.
STRICT = Limits(overall=Rate(30, 15), private_chat=None)


@asynccontextmanager
async def serve_proxy(*ports: int) -> AsyncIterator[tuple[str, dict[int, int]]]:
    """Serves a proxy that forwards requests to these ports in turn, skipping those that fail.

    Yields its address, and the number of requests by port. A connection carries one request.
    """
    turns, forwarded = cycle(ports), dict.fromkeys(ports, 0)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            request = head[:-2] + b"Connection: close\r\n\r\n" + body
            for _ in ports:
                port = next(turns)
                with suppress(ConnectionError):
                    there, to = await asyncio.open_connection("127.0.0.1", port)
                    to.write(request)
                    reply = await there.read()
                    to.close()
                    if reply:
                        forwarded[port] += 1
                        writer.write(reply)
                        await writer.drain()
                        break
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", forwarded


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
        assert await totals.differences(session) == []
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
            timeout=60,
        )

    await asyncio.gather(*(vote(person) for person in people))
