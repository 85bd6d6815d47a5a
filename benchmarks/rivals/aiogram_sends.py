# /// script
# requires-python = ">=3.11"
# dependencies = ["aiogram>=3.31,<4", "uvloop>=0.21"]
# ///
# mypy: ignore-errors
# aiogram is not installed beside the bot.
"""The same sends by aiogram, TOGETHER at once.

It wants an older pydantic than the bot, so it runs in an environment of its own:
`uv run --script benchmarks/rivals/aiogram_sends.py POLLS URL SECONDS TOGETHER`.
"""

import sys
from pathlib import Path
from typing import Any

import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InputPollOption

sys.path.insert(0, str(Path(__file__).parent))
from stopwatch import send_for, url

_TOKEN = "7000000001:a_token_of_the_stand_in_for_benchmarks"  # noqa: S105 -- opens nothing


async def main(seconds: float, together: int) -> None:
    """Only the sends: no database, nothing recorded."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(url()), limit=together)
    async with Bot(_TOKEN, session=session) as bot:

        async def send(chat_id: int, poll: dict[str, Any]) -> object:
            options = [InputPollOption(text=text) for text in poll["options"]]
            return await bot.send_poll(
                chat_id, type="quiz", is_anonymous=False, **poll | {"options": options}
            )

        await send_for(seconds, send, together)


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[3]), int(sys.argv[4])))
