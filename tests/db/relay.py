"""A way to a PostgreSQL server that can be blocked: what a cut cable is to both ends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import make_url

_PORT = 5432  # in the name of the socket, whatever the server listens on


@dataclass
class Relay:
    """Bytes go to and fro while `open` is set; otherwise nothing is heard and nothing breaks."""

    url: str
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def relayed(url: str) -> AsyncIterator[Relay]:
    """A relay to the server of this URL, which listens on a Unix socket."""
    target = make_url(url)
    socket = f"{target.query['host']}/.s.PGSQL.{_PORT}"
    relay = Relay("")

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(socket)
        async with asyncio.TaskGroup() as group:
            group.create_task(relay.pass_on(reader, far_writer))
            group.create_task(relay.pass_on(far_reader, writer))

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    there = target.set(host=host, port=port, query={})
    relay.url = there.render_as_string(hide_password=False)
    relay.open.set()
    try:
        yield relay
    finally:
        relay.open.set()
        server.close()
        await server.wait_closed()
