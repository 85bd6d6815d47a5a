# /// script
# requires-python = ">=3.11"
# dependencies = ["aiogram>=3.31,<4", "uvloop>=0.21"]
# ///
# mypy: ignore-errors
# aiogram is not installed beside the bot.
"""Sends polls by aiogram, CONCURRENCY at once.

aiogram needs an older pydantic than the bot, so it runs in an environment of its own:
`uv run --script benchmarks/libraries/aiogram_sender.py POLLS URL SECONDS CONCURRENCY`.
"""

import sys
from typing import Any

import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InputPollOption
from send_loop import TOKEN, send_for, url  # beside this script


async def main(seconds: float, concurrency: int) -> None:
    """Send, without a database."""
    session = AiohttpSession(api=TelegramAPIServer.from_base(url()), limit=concurrency)
    async with Bot(TOKEN, session=session) as bot:

        async def send(chat_id: int, poll: dict[str, Any]) -> object:
            options = [InputPollOption(text=text) for text in poll["options"]]
            return await bot.send_poll(
                chat_id, type="quiz", is_anonymous=False, **poll | {"options": options}
            )

        await send_for(seconds, send, concurrency)


if __name__ == "__main__":
    uvloop.run(main(float(sys.argv[3]), int(sys.argv[4])))
