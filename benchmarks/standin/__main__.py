"""`python -m benchmarks.standin`: serve on a free loopback port, and print that port.

Beside /bot<token>/<method> there is /bench/<order> for whoever runs the benchmark.
"""

import asyncio
import json
import sys
from typing import Any

import uvloop

from benchmarks.standin.http import Connection, Reply
from benchmarks.standin.telegram import Telegram
from benchmarks.standin.webhook import Webhook


class Bench:
    """The orders of a benchmark."""

    def __init__(self, telegram: Telegram) -> None:
        self._telegram = telegram
        self._voting: asyncio.Task[None] | None = None
        self._webhook: Webhook | None = None

    async def obey(self, order: str, given: Any) -> Any:
        """`delay` (seconds), `webhook`, `votes` ({ballots, rate}) or `report`."""
        match order:
            case "delay":
                self._telegram.delay = float(given)
            case "webhook":
                await self._open_webhook(**given)
            case "votes":
                self._vote(**given)
            case "report":
                return self._report()
            case _:
                raise ValueError(order)
        return True

    async def _open_webhook(self, url: str, secret: str, connections: int) -> None:
        self._webhook = Webhook(url, secret, connections, self._telegram.updates)
        await self._webhook.open()

    def _vote(
        self, ballots: list[tuple[str, int]] | None = None, rate: float | None = None
    ) -> None:
        voters = self._telegram.voters
        if self._voting is not None:
            self._voting.cancel()
            self._voting = None
        if rate is None:
            voters.cast(ballots or [])
        elif ballots is None:
            self._voting = asyncio.create_task(voters.vote_on_polls(rate))
        else:
            self._voting = asyncio.create_task(voters.vote_on(ballots, rate))

    def _report(self) -> dict[str, Any]:
        telegram = self._telegram
        refused = self._webhook.refused if self._webhook else 0
        return {
            **telegram.tally.report(),
            **telegram.updates.report(),
            "webhook": telegram.webhook,
            "refused": refused,
        }


async def serve() -> None:
    """Until the process is ended."""
    telegram = Telegram()
    bench = Bench(telegram)
    orders: set[asyncio.Task[None]] = set()

    async def obey(order: str, body: bytes, reply: Reply) -> None:
        try:
            result = await bench.obey(order, json.loads(body or b"null"))
            reply.send(json.dumps({"ok": True, "result": result}).encode())
        except (ValueError, TypeError, OSError) as error:
            reply.send(json.dumps({"ok": False, "description": repr(error)}).encode())

    def handle(target: bytes, body: bytes, reply: Reply) -> None:
        path = target.partition(b"?")[0]
        name = path.rpartition(b"/")[2]
        if path.startswith(b"/bench/"):
            task = asyncio.create_task(obey(name.decode(), body, reply))
            orders.add(task)
            task.add_done_callback(orders.discard)
        else:
            telegram.call(name, target, body, reply)

    server = await asyncio.get_running_loop().create_server(
        lambda: Connection(handle), "127.0.0.1", 0, backlog=1024
    )
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve())
