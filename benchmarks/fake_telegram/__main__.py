"""`python -m benchmarks.fake_telegram`: serve on a free loopback port, and print the port.

Beside /bot<token>/<method> there is /bench/<command> for the benchmark itself.
"""

import asyncio
import json
import sys
from typing import Any

import uvloop

from benchmarks.fake_telegram.bot_api import BotApi
from benchmarks.fake_telegram.http import Connection, Reply
from benchmarks.fake_telegram.webhook import Webhook


class Commands:
    """The commands of a benchmark."""

    def __init__(self, api: BotApi) -> None:
        self._api = api
        self._answering: asyncio.Task[None] | None = None

    async def run(self, command: str, value: Any) -> Any:
        """Run `delay` (seconds), `webhook`, `answer` (polls, rate) or `report`."""
        match command:
            case "delay":
                self._api.delay = float(value)
            case "webhook":
                await Webhook(updates=self._api.updates, **value).open()
            case "answer":
                self._answer(**value)
            case "report":
                return self._report()
            case _:
                raise ValueError(command)
        return True

    def _answer(
        self, polls: list[tuple[str, int]] | None = None, rate: float | None = None
    ) -> None:
        generator = self._api.answers
        if self._answering is not None:
            self._answering.cancel()
            self._answering = None
        if rate is None:
            generator.answer_at_once(polls or [])
        elif polls is None:
            self._answering = asyncio.create_task(generator.answer_new_polls(rate))
        else:
            self._answering = asyncio.create_task(generator.answer_at_rate(polls, rate))

    def _report(self) -> dict[str, Any]:
        return {
            **self._api.statistics.report(),
            **self._api.updates.report(),
            "webhook": self._api.webhook,
        }


async def serve() -> None:
    """Serve until the process is ended."""
    api = BotApi()
    commands = Commands(api)
    running: set[asyncio.Task[None]] = set()

    async def run(command: str, body: bytes, reply: Reply) -> None:
        try:
            result = await commands.run(command, json.loads(body or b"null"))
            reply.send(json.dumps({"ok": True, "result": result}).encode())
        except (ValueError, TypeError, OSError) as error:
            reply.send(json.dumps({"ok": False, "description": repr(error)}).encode())

    def handle(target: bytes, body: bytes, reply: Reply) -> None:
        path = target.partition(b"?")[0]
        name = path.rpartition(b"/")[2]
        if path.startswith(b"/bench/"):
            task = asyncio.create_task(run(name.decode(), body, reply))
            running.add(task)
            task.add_done_callback(running.discard)
        else:
            api.call(name, target, body, reply)

    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handle), "127.0.0.1", 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
