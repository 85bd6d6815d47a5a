"""`python -m sandbox.speed` measures how many sendMessage calls a second the sandbox handles.

Server and client share the process and one core; the client writes raw HTTP, which is cheap, over a
few connections that stay open.
"""

import asyncio
import json
import sys
import time
from urllib.parse import urlsplit

from sandbox.clock import Clock
from sandbox.limits import UNLIMITED
from sandbox.people import write
from sandbox.server import running
from sandbox.world import World

CONNECTIONS = 16
SECONDS = 3.0


async def measure() -> float:
    """Returns calls a second."""
    world = World(Clock(), limits=UNLIMITED)
    bot, ana = world.add_bot(), world.add_person("Ana")
    write(world, ana, bot.id, "/start")
    body = json.dumps({"chat_id": ana.id, "text": "<b>Hello</b>", "parse_mode": "HTML"})
    request = (
        f"POST /bot{bot.token}/sendMessage HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}"
    ).encode()
    async with running(world) as url:
        port = urlsplit(url).port or 0
        began = time.perf_counter()
        until = began + SECONDS
        counts = await asyncio.gather(*(_call(port, request, until) for _ in range(CONNECTIONS)))
        return sum(counts) / (time.perf_counter() - began)


async def _call(port: int, request: bytes, until: float) -> int:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    calls = 0
    while time.perf_counter() < until:
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
        reply = await reader.readexactly(length)
        if b'"ok":true' not in reply:
            raise RuntimeError(reply.decode())
        calls += 1
    writer.close()
    await writer.wait_closed()
    return calls


if __name__ == "__main__":
    sys.stdout.write(f"{asyncio.run(measure()):,.0f} calls a second\n")
