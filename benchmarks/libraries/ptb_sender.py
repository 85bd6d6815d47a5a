"""Sends polls by python-telegram-bot, as people use it.

`python -m benchmarks.libraries.ptb_sender POLLS URL SECONDS MODE`. MODE is `loop` (one after
another, all defaults), `gather` (64 at once, with a rate limiter that never waits) or `limited` (64
at once, with the rate limiter's defaults).
"""

import asyncio
import sys
from typing import Any

from telegram.ext import AIORateLimiter, ApplicationBuilder

from benchmarks.libraries.send_loop import TOKEN, send_for, url

_NEVER_WAITS = {"overall_max_rate": 1_000_000, "overall_time_period": 1}


async def main(seconds: float, mode: str) -> None:
    """Send, without a database."""
    builder: Any = ApplicationBuilder().token(TOKEN).base_url(f"{url()}/bot").updater(None)
    if mode == "gather":
        builder = builder.rate_limiter(AIORateLimiter(**_NEVER_WAITS))
        builder = builder.connection_pool_size(64).pool_timeout(60)
    elif mode == "limited":
        builder = builder.rate_limiter(AIORateLimiter())
        builder = builder.connection_pool_size(64).pool_timeout(60)
    async with builder.build() as application:

        async def send(chat_id: int, poll: dict[str, Any]) -> object:
            return await application.bot.send_poll(chat_id, type="quiz", is_anonymous=False, **poll)

        await send_for(seconds, send, 1 if mode == "loop" else 64)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[3]), sys.argv[4]))
