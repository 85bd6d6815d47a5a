"""A process sends only within the share of the pace that it has."""

import asyncio
from typing import Any

from sqlalchemy import func, select

from db.pace_shares import LOCK
from db.session import Sessions
from quizbot.telegram.client.limiter import Limiter, Priority, pace
from quizbot.telegram.jobs.shared_pace import SharedPace
from tests.databases import until_waiting


async def send(limiter: Limiter, chat: int) -> None:
    async def call() -> bool:
        return True

    data: dict[str, Any] = {"chat_id": chat}
    await limiter.process_request(call, (), {}, "sendMessage", data, Priority.REPLY)


async def test_nothing_is_sent_before_a_share_is_claimed(postgresql_sessions: Sessions) -> None:
    limiter = Limiter(pace(30))
    shared = SharedPace(postgresql_sessions, limiter)

    async def start_and_send() -> None:
        async with shared.open(lambda: 5.0):
            await send(limiter, 7)

    async with postgresql_sessions.begin() as other:
        await other.execute(select(func.pg_advisory_xact_lock(LOCK)))
        starting = asyncio.create_task(start_and_send())
        await until_waiting(other, starting)
        sending = asyncio.create_task(send(limiter, 8))
        await asyncio.sleep(0)
        assert not sending.done()
    await asyncio.gather(starting, sending)


async def test_without_an_answer_of_the_database_the_share_ends(
    postgresql_sessions: Sessions,
) -> None:
    limiter = Limiter(pace(30))
    shared = SharedPace(postgresql_sessions, limiter)
    await shared.claim()
    await send(limiter, 7)
    shared._use(0)  # as the timer does at the end of the lease
    sending = asyncio.create_task(send(limiter, 8))
    await asyncio.sleep(0)
    assert not sending.done()
    await shared.claim()
    await sending
