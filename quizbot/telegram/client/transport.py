"""python-telegram-bot's network layer and Bot, made fast.

Its own network layer (HTTPX) slows down with many requests in flight; see docs/performance.md.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import urlsplit
from uuid import uuid4

from telegram.error import InvalidToken, NetworkError, TimedOut
from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData

from quizbot import metrics
from quizbot.settings import is_loopback
from quizbot.telegram.client.http import HttpClient, NotConnectedError
from quizbot.telegram.client.limiter import Limiter, Priority

_READ = 20.0  # seconds without a byte
_QUOTED = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # in a form (HTML, 4.10.21.8)
_UPLOAD = 60.0  # seconds for a reply to a request with a file
ATTACHED = "picture"  # the name of a call's file, for attach://

REFUSED_ADVICE = (
    "Telegram refuses the token, so nothing is sent or received: set a new QUIZBOT_TOKEN from "
    "@BotFather, and restart."
)
CONFLICT_ADVICE = (
    "Another process receives this bot's updates, by polling or by a webhook set elsewhere: stop "
    "it, or give one of the two its own token. A restart of this bot removes the webhook. Of "
    "several processes on one database, the one that has lost the leadership stops by itself."
)
_CONFLICT_SECONDS = 60.0  # that a conflict counts: two pollers meet again within about 30 s


class NotSentError(NetworkError):
    """The request certainly did not reach Telegram and can be repeated."""


# By the error that a caller gets.
_KINDS = {NotSentError: "no_connection", TimedOut: "no_reply", NetworkError: "reply_lost"}


@dataclass(frozen=True, slots=True)
class _JsonParameters:
    """Stands in for a RequestData, which would make an object of each plain JSON value."""

    parameters: Mapping[str, Any]
    png: bytes | None = None

    @property
    def contains_files(self) -> bool:
        return self.png is not None

    @property
    def json_parameters(self) -> dict[str, str]:
        return {
            name: value if isinstance(value, str) else json.dumps(value)
            for name, value in self.parameters.items()
        }

    @property
    def multipart_data(self) -> dict[str, tuple[str, bytes | None, str]]:
        return {ATTACHED: ("quiz.png", self.png, "image/png")}


class Transport(BaseRequest):
    """Requests over at most `connections` connections that are kept alive.

    Raises NotSentError, TimedOut, or NetworkError if the reply was lost. None of them contains the
    URL, which contains the token. Once Telegram has refused the token, `token_refused` is set, and
    every request raises InvalidToken without being sent.
    """

    def __init__(self, api_url: str, connections: int) -> None:
        parts = urlsplit(api_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._connections = connections
        self._http: HttpClient | None = None
        self._fault = ""  # of the last request
        self._conflict_at = float("-inf")  # by time.monotonic
        self.server_date = ""  # of the latest reply, as HTTP writes it (RFC 9110, Date)
        self.token_refused = asyncio.Event()

    @property
    def fault(self) -> str:
        """Returns what is wrong as of the last request, and what to do; empty if nothing is."""
        if self.token_refused.is_set():
            return REFUSED_ADVICE
        if time.monotonic() - self._conflict_at < _CONFLICT_SECONDS:
            return CONFLICT_ADVICE
        return self._fault

    @property
    def read_timeout(self) -> float:
        return _READ

    async def initialize(self) -> None:
        """Open the client, once for all who share it."""
        if self._http is None:
            self._http = HttpClient(self._origin, self._connections, _proxy_for(self._origin))

    async def shutdown(self) -> None:
        http, self._http = self._http, None
        if http is not None:
            await http.close()

    async def do_request(
        self,
        url: str,
        method: str,
        request_data: RequestData | None = None,
        read_timeout: Any = BaseRequest.DEFAULT_NONE,
        write_timeout: Any = BaseRequest.DEFAULT_NONE,
        connect_timeout: Any = BaseRequest.DEFAULT_NONE,
        pool_timeout: Any = BaseRequest.DEFAULT_NONE,
    ) -> tuple[int, bytes]:
        """Make a request. Returns HTTP status and body."""
        if self._http is None:
            raise RuntimeError("the transport is not open")
        if self.token_refused.is_set():
            raise InvalidToken
        body: Sequence[bytes] = ()
        content_type, patience = "application/json", _READ
        if request_data is not None and request_data.contains_files:
            (body, content_type), patience = _form(request_data), _UPLOAD
        elif request_data is not None:
            body = [json.dumps(request_data.parameters).encode()]
        if isinstance(read_timeout, int | float):
            patience = read_timeout
        target, began = url.removeprefix(self._origin), time.perf_counter()
        try:
            status, reply, self.server_date = await self._http.request(
                method, target, body, content_type, patience=patience
            )
        except OSError as error:  # a TimeoutError, too
            self._fault = "Telegram cannot be reached; check the network."
            failure = _network_error(error)
            metrics.TELEGRAM_ERRORS.labels(_KINDS[type(failure)]).inc()
            raise failure from error
        if "?" not in url:  # a long poll waits for updates
            metrics.TELEGRAM_SECONDS.observe(time.perf_counter() - began)
        self._note(status, reply)
        return status, reply

    def _note(self, status: int, reply: bytes) -> None:
        """Note what a reply says about Telegram and about us."""
        self._fault, kind = "", "refused"
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            self._fault = f"Telegram has a fault of its own ({status}); wait until it is over."
            kind = "server_error"
        elif status == HTTPStatus.CONFLICT:  # to getUpdates only
            self._conflict_at, kind = time.monotonic(), "conflict"
        if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.TOO_MANY_REQUESTS:
            metrics.TELEGRAM_ERRORS.labels(kind).inc()
        if status == HTTPStatus.UNAUTHORIZED and b'"error_code"' in reply:  # Telegram's, no proxy's
            self.token_refused.set()


def _network_error(error: OSError) -> NetworkError:
    if isinstance(error, NotConnectedError):
        return NotSentError(f"no connection: {error}")
    if isinstance(error, TimeoutError):
        return TimedOut("no reply in time")
    return NetworkError(f"the reply was lost ({type(error).__name__})")


def _form(request_data: RequestData) -> tuple[list[bytes], str]:
    """Returns the data as multipart/form-data, which files need (Bot API, "Sending files").

    It comes with its content type. Files are not copied.
    """
    boundary = uuid4().hex
    body: list[bytes] = []

    def add(disposition: str, content: bytes, content_type: str = "") -> None:
        head = (
            f"--{boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{content_type}\r\n"
        )
        body.extend((head.encode(), content, b"\r\n"))

    for name, value in request_data.json_parameters.items():
        add(f'name="{name}"', value.encode())
    for name, (filename, file, mime_type) in request_data.multipart_data.items():
        content = file if isinstance(file, bytes) else file.read()
        quoted = filename.translate(_QUOTED)
        add(f'name="{name}"; filename="{quoted}"', content, f"Content-Type: {mime_type}\r\n")
    body.append(f"--{boundary}--\r\n".encode())
    return body, f"multipart/form-data; boundary={boundary}"


def _proxy_for(api_url: str) -> str | None:
    """Returns the environment's proxy for this URL (HTTPS_PROXY, NO_PROXY and so on).

    None without one, and for a server on this machine, which no other may ask for. Looked up once,
    at the start. Raises NotSentError for a proxy of another kind.
    """
    parts = urlsplit(api_url)
    if is_loopback(api_url) or urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = urllib.request.getproxies()
    kind = parts.scheme if proxies.get(parts.scheme) else "all"
    proxy = proxies.get(kind)
    if proxy and not proxy.startswith("http://"):
        raise NotSentError(f"the proxy in {kind.upper()}_PROXY must begin with http://")
    return proxy


class Api(ExtBot[Priority]):
    """python-telegram-bot's Bot, and fast calls that bypass its parameter and result objects.

    Building these objects takes longer than sending. Errors are still python-telegram-bot's.
    """

    def __init__(self, token: str, api_url: str, transport: Transport, limiter: Limiter) -> None:
        super().__init__(
            token,
            f"{api_url}/bot",
            f"{api_url}/file/bot",
            request=transport,
            get_updates_request=transport,
            rate_limiter=limiter,
        )
        self._limiter = limiter
        self._transport = transport

    @property
    def transport(self) -> Transport:
        """Returns the transport, which knows whether Telegram can be used."""
        return self._transport

    async def call(
        self,
        method: str,
        priority: Priority = Priority.REPLY,
        png: bytes | None = None,
        **parameters: Any,
    ) -> Any:
        """Make the call in its turn. Returns the result as plain JSON values.

        Parameters are plain JSON values too; None is left out. A small PNG goes along as
        attach://picture. Raises telegram.error.TelegramError.
        """
        data = {name: value for name, value in parameters.items() if value is not None}
        return await self._limiter.process_request(
            self._call, (method, data, png), {}, method, data, priority
        )

    async def _call(self, method: str, data: dict[str, Any], png: bytes | None) -> Any:
        parameters = cast("RequestData", _JsonParameters(data, png))
        timeout = BaseRequest.DEFAULT_NONE if png is None else _READ
        return await self.request.post(f"{self.base_url}/{method}", parameters, timeout)
