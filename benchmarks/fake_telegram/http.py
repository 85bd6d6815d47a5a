"""A minimal, fast HTTP/1.1 server: keep-alive and pipelining, no TLS."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Reply:
    """The reply to one request. It may be sent late; replies keep the order of the requests."""

    __slots__ = ("_connection", "payload")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.payload: bytes | None = None

    def send(self, payload: bytes) -> None:
        """Send this JSON."""
        self.payload = payload
        self._connection.flush()


# Takes the target and body of a request, and its reply.
Handler = Callable[[bytes, bytes, Reply], None]


class Connection(asyncio.Protocol):
    """The connection of one client."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._parser = httptools.HttpRequestParser(self)
        self._waiting: deque[Reply] = deque()
        self._body: list[bytes] = []
        self._target = b""
        self.closed = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.closed = True

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def flush(self) -> None:
        """Write the replies that are ready, up to the first one that is not."""
        ready = []
        while self._waiting and (payload := self._waiting[0].payload) is not None:
            self._waiting.popleft()
            ready += [_HEAD % len(payload), payload]
        if ready and not self.closed:
            self._transport.write(b"".join(ready))

    # Called by the parser.

    def on_url(self, url: bytes) -> None:
        self._target += url

    def on_body(self, body: bytes) -> None:
        self._body.append(body)

    def on_message_complete(self) -> None:
        target, body = self._target, b"".join(self._body)
        self._target, self._body = b"", []
        reply = Reply(self)
        self._waiting.append(reply)
        self._handler(target, body, reply)
