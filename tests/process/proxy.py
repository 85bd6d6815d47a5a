"""A proxy before several bots, as a load balancer stands before them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import cycle


@asynccontextmanager
async def serve_proxy(*ports: int) -> AsyncIterator[tuple[str, dict[int, int]]]:
    """Serves a proxy that forwards requests to these ports in turn, skipping those that fail.

    Yields its address, and the number of requests by port. A connection carries one request.
    """
    turns, forwarded = cycle(ports), dict.fromkeys(ports, 0)

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
            body = await reader.readexactly(int(length))
            request = head[:-2] + b"Connection: close\r\n\r\n" + body
            for _ in ports:
                port = next(turns)
                with suppress(ConnectionError):
                    there, to = await asyncio.open_connection("127.0.0.1", port)
                    to.write(request)
                    reply = await there.read()
                    to.close()
                    if reply:
                        forwarded[port] += 1
                        writer.write(reply)
                        await writer.drain()
                        break
        writer.close()

    server = await asyncio.start_server(pass_on, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook", forwarded
