"""The HTTP server: uvicorn in the bot's event loop, with limits on what a client can take.

Anybody may connect. So a client that sends too much, sends or reads too slowly, or opens many
connections costs the others nothing: neither time of the event loop, nor memory, nor the file
descriptors that Telegram and the database need.
"""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from functools import partial
from http import HTTPStatus
from typing import Any

import httptools
import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from quizbot import metrics
from quizbot.logs import RefusalLog

log = structlog.get_logger(__name__)

_SHUTDOWN_TIMEOUT = 3  # seconds for requests in progress
_TICK = 1.0  # seconds between updates of the Date header

_MAX_HEADER = 8 * 1024  # bytes of a header, or of the address
_MAX_HEADERS = 32 * 1024  # bytes of all headers of a request
_PIECE = 8 * 1024  # bytes that are parsed before the limits are checked again
_MAX_PENDING_REFUSALS = 64  # connections above the limit that are refused after their request
_REFUSAL_TIMEOUT = 1.0  # seconds for a client to take a refusal
_SLOWEST_READING = 1024  # bytes a second at which a client must take an answer
_SEND_BUFFER = 64 * 1024  # bytes in the system: with more, what a client takes shows too seldom

_FILE_DESCRIPTORS = 8192  # wanted; systems often allow only 1,024 unless a process asks
_RESERVED = 640  # of these for Telegram (at most 544), the database, files and pipes

# The reason for the log and the metric, and the sentence for the client.
_REFUSALS = {
    400: ("not_http", "This is not an HTTP request."),
    408: ("too_slow", "The request did not arrive in time. Send it again."),
    414: ("long_address", "The address is too long. It may have at most 8 KB."),
    431: (
        "large_headers",
        "Headers may have at most 8 KB each and 32 KB in all. Delete this site's cookies.",
    ),
    429: ("sent_ahead", "Wait for the answer to your last request."),
    503: (
        "connections",
        "There are too many connections at the moment. Try again in a few seconds.",
    ),
}


class AddressInUseError(Exception):
    """QUIZBOT_LISTEN cannot be listened on."""


@dataclass(frozen=True)
class Limits:
    """What clients may take; times are in seconds.

    `connections` counts those of all clients together. `head_timeout` is the time from connecting,
    or from the first byte of a later request, until its headers are there; `body_timeout` is the
    time from then until its body is. A client that takes less than 1 KB
    a second of an answer is cut off after `read_timeout`.
    """

    connections: int = 512
    head_timeout: float = 10.0
    body_timeout: float = 10.0
    read_timeout: float = 30.0


def limits_of_process() -> Limits:
    """Returns the limits that leave enough file descriptors for everything else.

    Raises the process's own limit of file descriptors first, as far as the system allows.
    """
    wanted = Limits()
    descriptors = _raise_descriptor_limit()
    connections = min(wanted.connections, max(1, descriptors - _RESERVED - _MAX_PENDING_REFUSALS))
    if connections < wanted.connections:
        log.warning(
            "few_file_descriptors",
            limit=descriptors,
            connections=connections,
            advice=f"Allow the process {_FILE_DESCRIPTORS} open files (ulimit -Hn, LimitNOFILE).",
        )
    return Limits(connections)


def _raise_descriptor_limit() -> int:
    """Returns how many file descriptors the process may now have open."""
    if sys.platform == "win32":
        return _FILE_DESCRIPTORS
    import resource  # noqa: PLC0415 -- not on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    if soft != unlimited and soft < _FILE_DESCRIPTORS:
        soft = _FILE_DESCRIPTORS if hard == unlimited else min(hard, _FILE_DESCRIPTORS)
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    return _FILE_DESCRIPTORS if soft == unlimited else soft


@asynccontextmanager
async def serving(
    app: ASGIApp,
    address: tuple[str, int],
    on_listening: Callable[[int], None] = lambda _: None,
    limits: Limits | None = None,
) -> AsyncIterator[None]:
    """Serves the application while the block runs, and calls `on_listening` with the port.

    `limits` defaults to those of the process. Raises AddressInUseError.
    """
    limits = limits or limits_of_process()
    listener = _listen(address)
    on_listening(listener.getsockname()[1])
    server = _Server(
        uvicorn.Config(
            app,
            http=partial(_Connection, limits, RefusalLog()),  # type: ignore[arg-type]
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_SHUTDOWN_TIMEOUT,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.stop()
        await running
        listener.close()


class _Server(uvicorn.Server):
    """A uvicorn server that leaves signals to the application, and stops without pauses.

    If nobody is connected, it stops at once; otherwise requests in progress get a few seconds.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self.should_exit = True
        self._stopping.set()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def main_loop(self) -> None:
        while not await self.on_tick(0):  # sets the Date header
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), _TICK)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        if self.server_state.connections or self.server_state.tasks:
            await super().shutdown(sockets)
            return
        for server in self.servers:  # no lifespan.shutdown() either: lifespan is off
            server.close()


def _listen(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)  # of each connection
    try:
        listener.bind(address)
        listener.listen()
    except OSError as error:
        listener.close()
        raise AddressInUseError(
            f"QUIZBOT_LISTEN: cannot listen on {address[0]}:{address[1]} ({error.strerror}); "
            f"choose another, for example QUIZBOT_LISTEN=127.0.0.1:{min(address[1] + 1, 65535)}"
        ) from None
    return listener


class _State(Enum):
    """What a connection is receiving."""

    NOTHING = "nothing"  # no request has begun
    HEAD = "head"
    BODY = "body"
    REFUSED = "refused"  # what still arrives is not read


class _LimitError(Exception):
    """A request exceeds a limit; it is refused with this status."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class _Connection(HttpToolsProtocol):
    """A client's connection within the limits.

    The parser calls the on_* methods, and uvicorn the connection_* and *_writing methods.
    """

    def __init__(self, limits: Limits, refusals: RefusalLog, **uvicorn_options: Any) -> None:
        super().__init__(**uvicorn_options)
        self._limits = limits
        self._refusals = refusals
        self._state = _State.NOTHING
        self._is_excess = False  # more connections than allowed
        self._deadline: asyncio.TimerHandle | None = None  # for what the client sends
        self._reading: asyncio.TimerHandle | None = None  # for what the client takes
        self._headers_size = 0  # bytes of the request's headers so far
        self._unparsed = 0  # bytes since the parser last called

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        excess = len(self.connections) - self._limits.connections
        if excess > _MAX_PENDING_REFUSALS:
            self._note_refusal(503)
            transport.write(self._refusal(503))
            transport.close()
            return
        self._is_excess = excess > 0
        self._expect_within(_REFUSAL_TIMEOUT if self._is_excess else self._limits.head_timeout)

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._expect_nothing()
        self._expect_no_reading()

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._state is _State.NOTHING and self._is_idle and self._deadline is None:
            self._expect_within(self._limits.head_timeout)
        for start in range(0, len(data), _PIECE):
            if self._state is _State.REFUSED or self.transport.is_closing():
                return
            self._parse(data[start : start + _PIECE])

    def _parse(self, piece: bytes) -> None:
        self._unparsed += len(piece)
        try:
            self.parser.feed_data(piece)
            if self._unparsed > _MAX_HEADER + _PIECE:
                raise _LimitError(431)
        except httptools.HttpParserUpgrade:
            self.cycle.keep_alive = False  # there is no other protocol: this is the only request
        except httptools.HttpParserError as error:
            cause = error.__context__
            self._refuse(cause.status if isinstance(cause, _LimitError) else 400)
        except _LimitError as error:
            self._refuse(error.status)

    def on_message_begin(self) -> None:
        """Refuses a request that is sent before the last one is answered.

        The application sends each answer in one piece. So a client that waits for it, as browsers,
        proxies and Telegram do, is never refused.
        """
        if not self._is_idle:
            raise _LimitError(429)
        super().on_message_begin()
        self._state, self._headers_size = _State.HEAD, 0
        if self._deadline is None:  # sent together with the end of the last request
            self._expect_within(self._limits.head_timeout)

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._unparsed = 0
        if len(self.url) > _MAX_HEADER:
            raise _LimitError(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """Also called for trailers, which follow a body."""
        size = len(name) + len(": \r\n") + len(value)
        self._headers_size += size
        self._unparsed = 0
        if size > _MAX_HEADER or self._headers_size > _MAX_HEADERS:
            raise _LimitError(431)
        super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if self._is_excess:
            raise _LimitError(503)
        super().on_headers_complete()
        self._state = _State.BODY
        self._expect_within(self._limits.body_timeout)

    def on_body(self, body: bytes) -> None:
        self._unparsed = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._state, self._unparsed = _State.NOTHING, 0
        self._expect_nothing()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._close()

    def timeout_keep_alive_handler(self) -> None:
        self._close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        if not self.transport.is_closing():
            self._expect_no_reading()

    @property
    def _is_idle(self) -> bool:
        """Returns whether no request waits for its answer."""
        first = self.cycle is None
        return first or self.cycle.response_complete

    def _expect_within(self, seconds: float) -> None:
        self._expect_nothing()
        self._deadline = self.loop.call_later(seconds, self._on_deadline)

    def _expect_nothing(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        self._deadline = None
        if self._state is _State.REFUSED or self.transport.is_closing():
            self.transport.abort()
        elif self.flow.read_paused:  # we are the ones who do not read on
            self._expect_within(self._limits.body_timeout)
        elif self._is_excess:
            self._refuse(503)
        elif self._state is _State.NOTHING:
            self._close()
        else:
            self._refuse(408)

    def _expect_reading(self) -> None:
        """Closes the connection if the client takes too little of what is sent to it."""
        seconds, unsent = self._limits.read_timeout, self.transport.get_write_buffer_size()
        max_unsent = unsent - round(seconds * _SLOWEST_READING)

        def check() -> None:
            if self.transport.get_write_buffer_size() > max_unsent:
                self.transport.abort()
            else:
                self._expect_reading()

        self._expect_no_reading()
        self._reading = self.loop.call_later(seconds, check)

    def _expect_no_reading(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _refuse(self, status: int) -> None:
        """Reads no further, answers with the status and a sentence, and closes the connection.

        While an earlier request waits for its answer, the client would take ours for that one: it
        gets that answer and no other. Nor is there another once the answer to this one has begun.
        """
        self._note_refusal(status)
        in_body, self._state = self._state is _State.BODY, _State.REFUSED
        if in_body:
            self.cycle.disconnected = True
            self.cycle.message_event.set()
            if self.cycle.response_started:
                self._close()
                return
        elif not self._is_idle:
            self._expect_nothing()
            self.cycle.keep_alive = False
            return
        self.transport.write(self._refusal(status))
        # Closing now would make the system discard the answer if the client is still sending.
        with suppress(OSError, RuntimeError):  # the client has gone
            self.transport.write_eof()
        self._expect_within(_REFUSAL_TIMEOUT)

    def _note_refusal(self, status: int) -> None:
        reason, _ = _REFUSALS[status]
        metrics.WEB_REFUSED.labels(reason).inc()
        self._refusals.note("request_refused", reason, self.client, status=status)

    def _refusal(self, status: int) -> bytes:
        sentence = _REFUSALS[status][1].encode()
        headers = [
            *self.server_state.default_headers,
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", b"%d" % len(sentence)),
            (b"connection", b"close"),
            *([(b"retry-after", b"5")] if status == HTTPStatus.SERVICE_UNAVAILABLE else []),
        ]
        lines = b"".join(b"%b: %b\r\n" % header for header in headers)
        return STATUS_LINE[status] + lines + b"\r\n" + sentence

    def _close(self) -> None:
        """Closes the connection once what is sent has gone out."""
        self.transport.close()
        self._expect_nothing()
        self._expect_reading()
