"""A relay to a PostgreSQL server that can be blocked, as if a cable were cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy import make_url

_PORT = 5432  # in the name of the socket, whatever the server listens on


@dataclass
class Relay:
    """Forwards bytes while `open` is set; otherwise both ends hear nothing, and nothing breaks."""

    url: str
    sent: int = 0  # pieces that clients have sent, each about one round trip
    open: asyncio.Event = field(default_factory=asyncio.Event)

    async def forward(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: bool = False
    ) -> None:
        try:
            while data := await reader.read(65536):
                self.sent += client
                await self.open.wait()
                writer.write(data)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()


@asynccontextmanager
async def relayed(url: str) -> AsyncIterator[Relay]:
    """Yields a relay to the server of this URL, which listens on a Unix socket."""
    target = make_url(url)
    socket = f"{target.query['host']}/.s.PGSQL.{_PORT}"
    relay = Relay("")

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_unix_connection(socket)
        async with asyncio.TaskGroup() as group:
            group.create_task(relay.forward(reader, far_writer, client=True))
            group.create_task(relay.forward(far_reader, writer))

    server = await asyncio.start_server(accept, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    forwarded = target.set(host=host, port=port, query={})
    relay.url = forwarded.render_as_string(hide_password=False)
    relay.open.set()
    try:
        yield relay
    finally:
        relay.open.set()
        server.close()
        await server.wait_closed()
