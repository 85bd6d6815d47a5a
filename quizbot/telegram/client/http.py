"""HTTP/1.1 to one server, over connections that are kept alive.

It has what calls to the Bot API need and no more: a body in memory, a reply with a length or in
chunks, TLS, proxies. There are no redirects, cookies or compression (decision 13).
"""

import asyncio
import ssl
from base64 import b64encode
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from http import HTTPStatus
from socket import SOCK_STREAM
from typing import Any, NamedTuple, cast
from urllib.parse import SplitResult, unquote, urlsplit

import httptools
from aiohappyeyeballs import start_connection

_CONNECT = 10.0  # seconds, including the wait for a free connection
_KEEP_ALIVE = 15.0  # seconds; shorter than servers keep it, so that no request uses a closed one
_NAME_KEPT = 300.0  # seconds for which the addresses of a name are remembered
_NEXT_ADDRESS = 0.25  # seconds until a connection to the next address is tried too (RFC 8305)
_PIECE = 64 * 1024  # bytes that are written at once: encrypting many would block the event loop
_LARGEST_HEAD = 64 * 1024  # bytes of a proxy's reply
_LARGEST_BODY = 64 * 1024 * 1024  # bytes; a hundred updates have far fewer


class Reply(NamedTuple):
    """A reply; `date` is its Date header (RFC 9110), empty without one."""

    status: int
    body: bytes
    date: str = ""


class NotConnectedError(OSError):
    """There is no connection, so the request was certainly not sent."""


class ProxyError(OSError):
    """The proxy does not connect us; the message says what to do."""


class HttpClient:
    """Requests to the server of a URL, over at most `connections` connections.

    `proxy` is the URL of a proxy on the way.
    """

    def __init__(self, url: str, connections: int, proxy: str | None = None) -> None:
        self._origin = urlsplit(url)
        self._proxy = urlsplit(proxy) if proxy else None
        self._tls = ssl.create_default_context() if self._origin.scheme == "https" else None
        self._free = asyncio.Semaphore(connections)
        self._idle: deque[_Connection] = deque()  # the last used at the end
        self._open: set[_Connection] = set()
        self._resolving = asyncio.Lock()
        self._addresses: Sequence[Any] = ()
        self._known_until = 0.0
        self._heads: dict[str, bytes] = {}
        self._closed = False

    async def request(
        self,
        method: str,
        target: str,
        body: Sequence[bytes] = (),
        content_type: str = "application/json",
        *,
        patience: float,
    ) -> Reply:
        """Make a request; `target` is the path with its query. Returns the reply.

        Raises NotConnectedError, TimeoutError after `patience` seconds without any progress, and
        ConnectionError if the reply is lost.
        """
        size = sum(map(len, body))
        head = self._head(method, target) + (
            f"Content-Type: {content_type}\r\nContent-Length: {size}\r\n\r\n".encode()
        )
        connection = await self._acquire()
        try:
            return await connection.request(head, body, patience)
        finally:
            self._release(connection)

    async def close(self) -> None:
        """Close all connections, also those being opened; requests in progress fail."""
        self._closed = True
        for connection in self._open:
            connection.close()
        self._idle.clear()
        self._open.clear()
        await asyncio.sleep(0)  # for the event loop to close them

    def _head(self, method: str, target: str) -> bytes:
        """Returns the request line and the headers that all requests share."""
        head = self._heads.get(target)
        if head is None:
            shown = target
            lines = [f"Host: {_netloc(self._origin)}", *_credentials("Authorization", self._origin)]
            if self._proxy is not None and self._tls is None:
                shown = f"http://{_netloc(self._origin)}{target}"
                lines += _credentials("Proxy-Authorization", self._proxy)
            head = "".join(f"{each}\r\n" for each in (f"{shown} HTTP/1.1", *lines)).encode()
            if "?" not in target:  # a bot calls the same few methods over and over
                self._heads[target] = head
        return method.encode() + b" " + head

    async def _acquire(self) -> "_Connection":
        """Returns a connection that no other request uses."""
        if not self._free.locked() and (idle := self._take_idle()):
            await self._free.acquire()  # at once
            return idle
        try:
            async with asyncio.timeout(_CONNECT):
                await self._free.acquire()
                try:
                    return self._take_idle() or await self._connect()
                except BaseException:
                    self._free.release()
                    raise
        except OSError as error:  # TimeoutError is an OSError
            self._known_until = 0.0
            told = str(error) if isinstance(error, ProxyError) else type(error).__name__
            raise NotConnectedError(told) from error

    def _take_idle(self) -> "_Connection | None":
        now = asyncio.get_running_loop().time()
        while self._idle:
            connection = self._idle.pop()
            if connection.usable and now - connection.used_at < _KEEP_ALIVE:
                return connection
            self._drop(connection)
        return None

    def _release(self, connection: "_Connection") -> None:
        if connection.usable:
            self._idle.append(connection)
        else:
            self._drop(connection)
        oldest = asyncio.get_running_loop().time() - _KEEP_ALIVE
        while self._idle and self._idle[0].used_at < oldest:
            self._drop(self._idle.popleft())
        self._free.release()

    def _drop(self, connection: "_Connection") -> None:
        connection.close()
        self._open.discard(connection)

    async def _connect(self) -> "_Connection":
        loop = asyncio.get_running_loop()
        socket = await start_connection(
            await self._resolved(), happy_eyeballs_delay=_NEXT_ADDRESS, interleave=1, loop=loop
        )
        if self._proxy is not None and self._tls is not None:
            try:
                await self._open_tunnel(socket, self._proxy)
            except BaseException:
                socket.close()
                raise
        connection = await self._over(socket)
        if self._closed:
            connection.close()
            raise ConnectionAbortedError
        self._open.add(connection)
        return connection

    async def _over(self, socket: Any) -> "_Connection":
        """Returns a connection over this socket, which it closes. Raises OSError."""
        loop = asyncio.get_running_loop()
        opening = loop.create_task(
            loop.create_connection(
                _Connection,
                sock=socket,
                ssl=self._tls,
                server_hostname=self._origin.hostname if self._tls else None,
                ssl_handshake_timeout=_CONNECT if self._tls else None,
            )
        )
        try:
            _, connection = await asyncio.shield(opening)
        except asyncio.CancelledError:  # asyncio would lose one that is about to shake hands
            opening.add_done_callback(_close_opened)
            raise
        return connection

    async def _resolved(self) -> Sequence[Any]:
        """Returns the addresses of the server or the proxy. Raises OSError."""
        loop, to = asyncio.get_running_loop(), self._proxy or self._origin
        async with self._resolving:
            if loop.time() >= self._known_until:
                port = to.port or (443 if to.scheme == "https" else 80)
                self._addresses = await loop.getaddrinfo(to.hostname, port, type=SOCK_STREAM)
                self._known_until = loop.time() + _NAME_KEPT
        return self._addresses

    async def _open_tunnel(self, socket: Any, proxy: SplitResult) -> None:
        """Let the proxy connect this socket to the server. Raises OSError."""
        loop = asyncio.get_running_loop()
        server = _netloc(self._origin)
        if self._origin.port is None:
            server += ":443"
        lines = [
            f"CONNECT {server} HTTP/1.1",
            f"Host: {server}",
            *_credentials("Proxy-Authorization", proxy),
        ]
        await loop.sock_sendall(socket, "".join(f"{each}\r\n" for each in (*lines, "")).encode())
        head = b""
        while b"\r\n\r\n" not in head:  # the server speaks only after us: nothing else follows
            more = await loop.sock_recv(socket, 4096)
            if not more or len(head) > _LARGEST_HEAD:
                raise ProxyError("the proxy in HTTPS_PROXY did not answer; try another")
            head += more
        status = head.partition(b" ")[2][:3].decode("latin-1")
        if status == "407":
            raise ProxyError("check the user and password in HTTPS_PROXY")
        if status != "200":
            told = f"the proxy in HTTPS_PROXY refused with {status}"
            raise ProxyError(f"{told}; let it connect to {server}")


class _Connection(asyncio.Protocol):
    """One connection. It carries one request at a time, and none after it has failed."""

    def __init__(self) -> None:
        self.usable = True  # for another request
        self.used_at = 0.0  # when bytes were last sent or received, in the event loop's time
        self._loop = asyncio.get_running_loop()
        self._parser = httptools.HttpResponseParser(self)
        self._parts: list[bytes] = []
        self._size = 0
        self._date = b""
        self._sent = False
        self._reply: asyncio.Future[Reply] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._writable = asyncio.Event()
        self._writable.set()

    async def request(self, head: bytes, body: Sequence[bytes], patience: float) -> Reply:
        """Send these bytes and return the reply. Raises TimeoutError or ConnectionError."""
        self.usable = self._sent = False
        self._date = b""
        self.used_at = self._loop.time()
        self._reply = self._loop.create_future()
        self._timer = self._loop.call_later(patience, self._look, patience)
        try:
            await self._send(head, body)
            return await self._reply
        finally:
            self._timer.cancel()
            self._reply = None
            if not self.usable:
                self.close()

    def close(self) -> None:
        """Close it at once; a request in progress fails."""
        self.usable = False
        self._transport.abort()

    async def _send(self, head: bytes, body: Sequence[bytes]) -> None:
        size = sum(map(len, body))
        if size <= _PIECE:
            self._transport.write(b"".join((head, *body)))
        else:
            for piece in _pieces((head, *body)):
                await self._writable.wait()
                if self._reply is None or self._reply.done():  # refused or failed
                    return
                self._transport.write(piece)
                self.used_at = self._loop.time()
        self._sent = True

    def _look(self, patience: float) -> None:
        """Fail the request if nothing was sent or received for so many seconds."""
        left = self.used_at + patience - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look, patience)
        else:
            self._fail(TimeoutError("no reply in time"))
            self.close()

    def _fail(self, error: Exception) -> None:
        if self._reply is not None and not self._reply.done():
            self._reply.set_exception(error)

    # Called by the event loop.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        self.usable = False
        self._fail(ConnectionError("the connection was closed"))
        self._writable.set()

    def eof_received(self) -> None:
        self.usable = False  # at once: a TLS connection takes some time to be lost

    def pause_writing(self) -> None:
        self._writable.clear()

    def resume_writing(self) -> None:
        self._writable.set()

    def data_received(self, data: bytes) -> None:
        self.used_at = self._loop.time()
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._fail(ConnectionError(f"no HTTP ({type(error).__name__})"))
            self.close()

    # Called by the parser.

    def on_message_begin(self) -> None:
        if self._reply is None or self._reply.done():  # more than was asked for
            self.close()

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"date":
            self._date = value

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > _LARGEST_BODY:
            self._fail(ConnectionError(f"the reply has more than {_LARGEST_BODY} bytes"))
            self.close()
        else:
            self._parts.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < HTTPStatus.OK:  # the reply is still to come
            return
        body, self._parts, self._size = b"".join(self._parts), [], 0
        if self._reply is not None and not self._reply.done():
            self.usable = self._sent and self._parser.should_keep_alive()
            self._reply.set_result(Reply(status, body, self._date.decode("latin-1")))
            self._writable.set()  # a refusal ends an upload


def _close_opened(opening: "asyncio.Task[tuple[asyncio.Transport, _Connection]]") -> None:
    if not opening.cancelled() and opening.exception() is None:
        opening.result()[1].close()


def _pieces(parts: Iterable[bytes]) -> Iterator[memoryview]:
    for part in parts:
        for start in range(0, len(part), _PIECE):
            yield memoryview(part)[start : start + _PIECE]


def _netloc(url: SplitResult) -> str:
    """Returns host and port, without user and password."""
    return url.netloc.rpartition("@")[2]


def _credentials(header: str, url: SplitResult) -> list[str]:
    """Returns the header with the user and password of the URL, if it has them."""
    if url.username is None:
        return []
    user = f"{unquote(url.username)}:{unquote(url.password or '')}"
    return [f"{header}: Basic {b64encode(user.encode()).decode()}"]
