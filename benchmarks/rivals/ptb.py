"""`python -m benchmarks.rivals.ptb POLLS URL SECONDS WAY`: python-telegram-bot as people use it.

WAY is `loop` (one send after another, all defaults), `gather` (64 at once, its rate limiter set so
high that it never waits) or `limited` (the same with the rate limiter's defaults).
"""

import asyncio
import sys
from typing import Any

from telegram.ext import AIORateLimiter, ApplicationBuilder

from benchmarks.rivals.stopwatch import send_for, url

_TOKEN = "7000000001:a_token_of_the_stand_in_for_benchmarks"  # noqa: S105 -- opens nothing
_NEVER_WAITS = {"overall_max_rate": 1_000_000, "overall_time_period": 1}


async def main(seconds: float, way: str) -> None:
    """Only the sends: no database, nothing recorded."""
    builder: Any = ApplicationBuilder().token(_TOKEN).base_url(f"{url()}/bot").updater(None)
    if way == "gather":
        builder = builder.rate_limiter(AIORateLimiter(**_NEVER_WAITS))
        builder = builder.connection_pool_size(64).pool_timeout(60)
    elif way == "limited":
        builder = builder.rate_limiter(AIORateLimiter())
        builder = builder.connection_pool_size(64).pool_timeout(60)
    async with builder.build() as application:

        async def send(chat_id: int, poll: dict[str, Any]) -> object:
            return await application.bot.send_poll(chat_id, type="quiz", is_anonymous=False, **poll)

        await send_for(seconds, send, 1 if way == "loop" else 64)


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[3]), sys.argv[4]))
