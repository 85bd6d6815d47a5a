"""Posting updates to the bot's webhook over connections that stay open, as Telegram does."""

import asyncio
from typing import cast
from urllib.parse import urlsplit

import httptools

from benchmarks.standin.updates import Updates

_RETRY = 0.2  # seconds after an answer other than 2xx


class Webhook:
    """`connections` lines to one address; each posts an update at a time."""

    def __init__(self, url: str, secret: str, connections: int, updates: Updates) -> None:
        parts = urlsplit(url)
        self._address = parts.hostname or "", parts.port or 80
        self._head = (
            f"POST {parts.path or '/'} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            "Content-Type: application/json\r\n"
            f"X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
        ).encode()
        self._connections = connections
        self._updates = updates
        self._lines: list[_Line] = []
        self.refused = 0

    async def open(self) -> None:
        """Connect, and post from now on."""
        loop = asyncio.get_running_loop()
        for _ in range(self._connections):
            _, line = await loop.create_connection(lambda: _Line(self), *self._address)
            self._lines.append(line)
        self._updates.posted = self.post
        self.post()

    def close(self) -> None:
        self._updates.posted = None
        for line in self._lines:
            line.close()

    def post(self) -> None:
        """Give what waits to the lines that are free."""
        for line in self._lines:
            if not line.busy and not self.next_for(line):
                return

    def next_for(self, line: "_Line") -> bool:
        """Post the next update on this line; False if there is none."""
        update = self._updates.take()
        if update is None:
            return False
        line.send(update, b"%s%d\r\n\r\n%s" % (self._head, len(update[1]), update[1]))
        return True

    def answered(self, line: "_Line", update: tuple[int, bytes], status: int) -> None:
        """An update has been taken, or comes again."""
        if status // 100 == 2:
            self._updates.acknowledge_one()
            self.next_for(line)
            return
        self.refused += 1
        self._updates.put_back(update)
        asyncio.get_running_loop().call_later(_RETRY, self.post)


class _Line(asyncio.Protocol):
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

    def close(self) -> None:
        self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        update, self._update = self._update, None
        if update is not None:
            self._webhook.answered(self, update, self._parser.get_status_code())
