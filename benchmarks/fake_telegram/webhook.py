"""Posts updates to the bot's webhook over connections that stay open, as Telegram does."""

import asyncio
from typing import cast
from urllib.parse import urlsplit

import httptools

from benchmarks.fake_telegram.updates import Updates

_RETRY = 0.2  # seconds after a status other than 2xx


class Webhook:
    """That many connections to one address; each posts one update at a time."""

    def __init__(self, url: str, secret: str, connections: int, updates: Updates) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Content-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
        ).encode()
        self._count = connections
        self._updates = updates
        self._connections: list[_Connection] = []

    async def open(self) -> None:
        """Connect, and post updates from now on."""
        loop = asyncio.get_running_loop()
        for _ in range(self._count):
            _, connection = await loop.create_connection(lambda: _Connection(self), *self._address)
            self._connections.append(connection)
        self._updates.on_new = self.post
        self.post()

    def post(self) -> None:
        """Post waiting updates over the free connections."""
        for connection in self._connections:
            if not connection.busy and not self.post_next(connection):
                return

    def post_next(self, connection: "_Connection") -> bool:
        """Post the next update on this connection; returns False if there is none."""
        update = self._updates.take()
        if update is None:
            return False
        connection.send(update, b"%s%d\r\n\r\n%s" % (self._head, len(update[1]), update[1]))
        return True

    def acknowledge(
        self, connection: "_Connection", update: tuple[int, bytes], status: int
    ) -> None:
        """Acknowledge an update, or post it again after a bad status."""
        if status // 100 == 2:
            self._updates.acknowledge()
            self.post_next(connection)
            return
        self._updates.put_back(update)
        asyncio.get_running_loop().call_later(_RETRY, self.post)


class _Connection(asyncio.Protocol):
    def __init__(self, webhook: Webhook) -> None:
        self._webhook = webhook
        self._update: tuple[int, bytes] | None = None
        self._parser = httptools.HttpResponseParser(self)

    @property
    def busy(self) -> bool:
        return self._update is not None

    def send(self, update: tuple[int, bytes], request: bytes) -> None:
        self._update = update
        self._parser = httptools.HttpResponseParser(self)
        self._transport.write(request)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        update, self._update = self._update, None
        if update is not None:
            self._webhook.acknowledge(self, update, self._parser.get_status_code())
