"""SIGTERM during the start."""

import asyncio
from pathlib import Path

from tests.process.processes import BotProcess
from tests.sizes import PATIENCE


async def test_a_start_that_waits_for_telegram_ends_at_once_at_sigterm(tmp_path: Path) -> None:
    asked = asyncio.Event()

    async def never_answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.set()
        await reader.read()
        writer.close()

    async with await asyncio.start_server(never_answer, "127.0.0.1", 0) as telegram:
        url = f"http://127.0.0.1:{telegram.sockets[0].getsockname()[1]}"
        bot = BotProcess(url, f"sqlite:///{tmp_path / 'quizbot.sqlite3'}", tmp_path)
        await bot.start(by_command=True)
        async with asyncio.timeout(PATIENCE):
            await asked.wait()
        async with asyncio.timeout(15):  # a call that gets no answer fails after 20 seconds
            assert await bot.terminate() == 0
    assert bot.has_logged("stopped")
    assert not bot.has_logged("started")
