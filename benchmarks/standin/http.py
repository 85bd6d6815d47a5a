"""HTTP/1.1 with as little between wire and answer as possible: keep-alive, pipelining, no TLS."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import cast

import httptools

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"


class Reply:
    """The answer to one request: given now or later, written in the order of the requests."""

    __slots__ = ("_connection", "payload")

    def __init__(self, connection: "Connection") -> None:
        self._connection = connection
        self.payload: bytes | None = None

    def send(self, payload: bytes) -> None:
        """Answer with this JSON."""
        self.payload = payload
        self._connection.flush()

    @property
    def lost(self) -> bool:
        """Whether nobody is there any more to hear it."""
        return self._connection.closed


Handler = Callable[[bytes, bytes, Reply], None]
"""Takes a request's target and body, and sees to its reply."""


class Connection(asyncio.Protocol):
    """One client's connection."""

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
        """Write what is ready, as far as nothing before it is still to come."""
        ready = []
        while self._waiting and (payload := self._waiting[0].payload) is not None:
            self._waiting.popleft()
            ready += [_HEAD % len(payload), payload]
        if ready and not self.closed:
            self._transport.write(b"".join(ready))

    # What the parser calls.

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
