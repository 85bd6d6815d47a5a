"""HTTP to the Bot API, on aiohttp.

python-telegram-bot's own layer (HTTPX) slows down with many requests in flight; see
docs/performance.md for figures.
"""

import asyncio
import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from io import BytesIO
from typing import Any, cast
from urllib.parse import urlsplit

import aiohttp
from telegram.error import InvalidToken, NetworkError, TimedOut
from telegram.ext import ExtBot
from telegram.request import BaseRequest, RequestData
from yarl import URL

from quizbot import metrics
from quizbot.telegram.client.limiter import Limiter, Priority

_CONNECT = 10.0  # seconds, including the wait for a free connection
_READ = 20.0  # seconds without a byte
_UPLOAD = 60.0  # seconds for a reply to a request with a file
_KEEP_ALIVE = 15.0  # seconds; shorter than servers keep it, so that no request uses a closed one
_JSON = {"Content-Type": "application/json"}

REFUSED_ADVICE = (
    "Telegram refuses the token, so nothing is sent or received: set a new QUIZBOT_TOKEN from "
    "@BotFather, and restart."
)


class NotSentError(NetworkError):
    """The request certainly did not reach Telegram and can be repeated."""


# By the error that a caller gets.
_KINDS = {NotSentError: "no_connection", TimedOut: "no_reply", NetworkError: "reply_lost"}


@dataclass(frozen=True, slots=True)
class _JsonParameters:
    """Stands in for a RequestData, which would make an object of each plain JSON value."""

    parameters: Mapping[str, Any]
    contains_files: bool = False


class Transport(BaseRequest):
    """Requests over at most `connections` connections that are kept alive.

    Raises NotSentError, TimedOut, or NetworkError if the reply was lost. None of them contains the
    URL, which contains the token. Once Telegram has refused the token, `token_refused` is set, and
    every request raises InvalidToken without being sent.
    """

    def __init__(self, api_url: str, connections: int) -> None:
        self._proxy = _proxy_for(api_url)
        self._connections = connections
        self._session: aiohttp.ClientSession | None = None
        self._urls: dict[str, URL] = {}
        self._reached = True
        self.date = ""  # of the last reply, by Telegram's clock (RFC 9110, Date)
        self.token_refused = asyncio.Event()

    @property
    def fault(self) -> str:
        """Returns what is wrong as of the last request, and what to do; empty if nothing is."""
        if self.token_refused.is_set():
            return REFUSED_ADVICE
        return "" if self._reached else "Telegram cannot be reached; check the network."

    @property
    def read_timeout(self) -> float:
        return _READ

    async def initialize(self) -> None:
        """Open the session, once for all who share it."""
        if self._session is None:
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    limit=self._connections, keepalive_timeout=_KEEP_ALIVE, ttl_dns_cache=300
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=_timeout(_CONNECT, _READ),
            )

    async def shutdown(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()

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
        if self._session is None:
            raise RuntimeError("the transport is not open")
        if self.token_refused.is_set():
            raise InvalidToken
        sent: dict[str, Any] = {}
        if request_data is not None and request_data.contains_files:
            sent = {"data": _form(request_data), "timeout": _timeout(_CONNECT, _UPLOAD)}
        elif request_data is not None:
            body = json.dumps(request_data.parameters).encode()
            sent = {"data": body, "headers": _JSON}
        if isinstance(read_timeout, int | float):
            sent["timeout"] = _timeout(_CONNECT, read_timeout)
        began = time.perf_counter()
        try:
            async with self._session.request(
                method, self._url(url), proxy=self._proxy, **sent
            ) as response:
                status, body = response.status, await response.read()
                self.date = response.headers.get("Date", "")
        except (aiohttp.ClientError, TimeoutError) as error:
            self._reached = False
            failure = _network_error(error)
            metrics.TELEGRAM_ERRORS.labels(_KINDS[type(failure)]).inc()
            raise failure from error
        if "?" not in url:  # a long poll waits for updates
            metrics.TELEGRAM_SECONDS.observe(time.perf_counter() - began)
        self._reached = status < HTTPStatus.INTERNAL_SERVER_ERROR
        if status >= HTTPStatus.BAD_REQUEST and status != HTTPStatus.TOO_MANY_REQUESTS:
            metrics.TELEGRAM_ERRORS.labels("refused" if self._reached else "server_error").inc()
        if status == HTTPStatus.UNAUTHORIZED and b'"error_code"' in body:  # Telegram's, no proxy's
            self.token_refused.set()
        return status, body

    def _url(self, url: str) -> URL:
        """Returns the parsed URL, cached: a bot calls the same few URLs over and over."""
        if "?" in url:
            return URL(url, encoded=True)
        if url not in self._urls:
            self._urls[url] = URL(url, encoded=True)
        return self._urls[url]


def _network_error(error: aiohttp.ClientError | TimeoutError) -> NetworkError:
    if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
        return NotSentError(f"no connection ({type(error).__name__})")
    if isinstance(error, TimeoutError):
        return TimedOut("no reply in time")
    return NetworkError(f"the reply was lost ({type(error).__name__})")


def _timeout(connect: float, read: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=None, connect=connect, sock_connect=connect, sock_read=read)


class _Stream(BytesIO):
    """Bytes that leave in pieces, as many megabytes at once would block the event loop.

    aiohttp asks for the buffer, to learn its length; BytesIO would copy it (20 ms for 45 MB).
    """

    def getbuffer(self) -> memoryview:
        return memoryview(self.getvalue())


def _form(request_data: RequestData) -> aiohttp.FormData:
    """Returns the data as multipart/form-data, which files need (Bot API, "Sending files")."""
    form = aiohttp.FormData()
    for name, value in request_data.json_parameters.items():
        form.add_field(name, value)
    for name, (filename, content, mime_type) in request_data.multipart_data.items():
        stream = _Stream(content) if isinstance(content, bytes) else content
        form.add_field(name, stream, filename=filename, content_type=mime_type)
    return form


def _proxy_for(api_url: str) -> str | None:
    """Returns the environment's proxy for this URL (HTTPS_PROXY, NO_PROXY and so on).

    Looked up once: aiohttp would search the environment at each request.
    """
    parts = urlsplit(api_url)
    if urllib.request.proxy_bypass(parts.netloc.rpartition("@")[2]):
        return None
    proxies = urllib.request.getproxies()
    return proxies.get(parts.scheme) or proxies.get("all")


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
        self, method: str, priority: Priority = Priority.REPLY, **parameters: Any
    ) -> Any:
        """Make the call in its turn. Returns the result as plain JSON values.

        Parameters are plain JSON values too; None is left out. Raises
        telegram.error.TelegramError.
        """
        data = {name: value for name, value in parameters.items() if value is not None}
        return await self._limiter.process_request(
            self._call, (method, data), {}, method, data, priority
        )

    async def _call(self, method: str, data: dict[str, Any]) -> Any:
        parameters = cast("RequestData", _JsonParameters(data))
        return await self.request.post(f"{self.base_url}/{method}", parameters)
