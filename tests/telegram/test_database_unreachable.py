"""The database becomes unreachable while people vote."""

import asyncio
from pathlib import Path

import asyncpg
from sqlalchemy import make_url
from structlog.testing import capture_logs

from tests.sizes import PATIENCE
from tests.telegram.conftest import START
from tests.telegram.sandbox import open_sandbox

# The vote fails, or the bot gives up the leadership first and the vote waits at Telegram.
UNREACHABLE = ("database_unreachable", "leadership_lost")


async def test_a_vote_waits_for_the_database_and_counts(
    postgresql: str, postgresql_database: str, tmp_path: Path
) -> None:
    name = make_url(postgresql_database).database
    server = await asyncpg.connect(postgresql)
    async with open_sandbox(postgresql_database, tmp_path, START) as sandbox, sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/quiz")
        question = await ana.gets_question()

        with capture_logs() as lines:
            await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false')
            await server.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name
            )
            await ana.votes(question)
            async with asyncio.timeout(PATIENCE):
                while not any(line["event"] in UNREACHABLE for line in lines):
                    await sandbox.control.now()
            assert (await sandbox.control.pending(sandbox.bot_id))["pending"] > 0

            await server.execute(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
            await ana.hears("Right!")
        assert await sandbox.totals_are_right()
    await server.close()
