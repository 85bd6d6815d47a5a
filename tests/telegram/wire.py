"""A connection between the bot and Telegram that can be cut."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Self
from urllib.parse import urlsplit


@dataclass
class Wire:
    """Forwards bytes both ways until it is cut; then it refuses connections."""

    host: str
    port: int
    _server: asyncio.Server | None = None
    _ends: list[asyncio.StreamWriter] = field(default_factory=list)
    _copying: set[asyncio.Task[None]] = field(default_factory=set)

    @classmethod
    @asynccontextmanager
    async def to(cls, url: str) -> AsyncIterator[Self]:
        """Opens a wire to that address."""
        target = urlsplit(url)
        wire = cls(target.hostname or "", target.port or 0)
        wire._server = await asyncio.start_server(wire._connected, "127.0.0.1", 0)
        try:
            yield wire
        finally:
            wire.cut()
            await asyncio.gather(*wire._copying, return_exceptions=True)
            for end in wire._ends:
                with suppress(ConnectionError):
                    await end.wait_closed()

    @property
    def url(self) -> str:
        assert self._server is not None
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def cut(self) -> None:
        assert self._server is not None
        self._server.close()
        for end in self._ends:
            end.transport.abort()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(self.host, self.port)
        self._ends += [writer, back]
        if self._server is None or not self._server.is_serving():  # cut meanwhile
            self.cut()
            return
        for source, target in ((reader, back), (there, writer)):
            task = asyncio.create_task(_copy(source, target))
            self._copying.add(task)


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await source.read(65536):
            target.write(data)
            await target.drain()
    target.close()
