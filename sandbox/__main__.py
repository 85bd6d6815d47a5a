"""`python -m sandbox`: a local Telegram, with the quiz bot in it unless told otherwise."""

import argparse
import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sandbox.clock import Clock
from sandbox.server import running
from sandbox.world import World

PEOPLE = ("Ana", "Ben", "Chloé")
_PORTS = range(8081, 8100)


def main() -> None:
    arguments = _arguments()
    try:
        asyncio.run(_run(arguments))
    except (OSError, OverflowError) as error:
        sys.exit(f"The sandbox cannot listen ({error}); choose another port with --port.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m sandbox", description=__doc__)
    parser.add_argument("--port", type=int, help="where the chat page is (default: 8081 or next)")
    parser.add_argument("--serve-only", action="store_true", help="no bot: only the local Telegram")
    parser.add_argument("--seed", type=int, default=0, help="makes faults repeatable")
    return parser.parse_args()


async def _run(arguments: argparse.Namespace) -> None:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    world = World(Clock(), seed=arguments.seed)
    bot = world.add_bot(username="health_quiz_bot", first_name="Health quiz")
    for name in PEOPLE:
        world.add_person(name, language_code="en")
    async with _served(world, arguments.port) as url:
        if arguments.serve_only:
            _say(f"Bot API: {url}\nToken: {bot.token}\nChat page: {url}/")
            await stop.wait()
            return
        # Only here do the two meet: the bot does not know the sandbox.
        from sandbox.quizbot import FAULTS, quizbot_running  # noqa: PLC0415

        try:
            async with quizbot_running(world, bot.token, url):
                _say(f"\n  Chat with the bot at {url}/\n  Stop with Ctrl+C; nothing is kept.\n")
                await stop.wait()
        except FAULTS as fault:
            sys.exit(str(fault))


@asynccontextmanager
async def _served(world: World, port: int | None) -> AsyncIterator[str]:
    """Serves on the given port, or on the first free one."""
    for candidate in [port] if port is not None else _PORTS:
        try:
            async with running(world, port=candidate) as url:
                yield url
                return
        except OSError:
            if candidate == (_PORTS[-1] if port is None else port):
                raise


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
