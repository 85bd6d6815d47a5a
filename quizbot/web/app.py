"""The ASGI application, its security headers, compression, and static assets."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from db.session import Sessions
from db.transient_errors import fault_of, is_transient
from quizbot import version
from quizbot.charts.theme import CSS as CHARTS_CSS
from quizbot.metrics import DISK_FREE

_HEALTH_TIMEOUT = 1.5  # seconds that the database may take to answer, for /health
_READY_TIMEOUT = 3.0  # the same for /ready, and for the disk
_MIN_FREE = 100_000_000  # bytes free beside a SQLite file

_SLOW = "The database does not answer in time; check its load, its disk and the network."
_STATIC = Path(__file__).parent / "static"
_HTMX = "static/django_htmx/htmx-2.min.js"  # in the package django_htmx: see decision 19
_MEDIA_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"  # compressed already

# Telegram's web clients, which show Mini Apps in a frame.
_TELEGRAM = "https://web.telegram.org https://*.telegram.org"
_LOCAL_TELEGRAM = "http://127.0.0.1:* http://localhost:*"
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors {ancestors}"
)


@dataclass
class Readiness:
    """What /ready tells beyond /health. A fault is a sentence; empty if there is none.

    `database` is the fault of the work that fails now: a full disk shows only in what is written.
    `folder` is that of the SQLite file; None on PostgreSQL.
    """

    telegram: Callable[[], str] = lambda: ""
    database: Callable[[], str] = lambda: ""
    folder: Path | None = None
    leadership: str = ""
    webhook: str = ""  # at the leader
    min_free: int = _MIN_FREE

    def disk(self) -> str:
        """Returns the fault of the disk. It may hang, like a file server that does not answer."""
        if self.folder is None:
            return ""
        if not os.access(self.folder, os.W_OK):
            return "The folder of the database cannot be written to; check its owner and mount."
        free = shutil.disk_usage(self.folder).free
        DISK_FREE.set(free)
        return (
            ""
            if free >= self.min_free
            else f"Less than {self.min_free // 10**6} MB are free; make room."
        )


class _Check:
    """Runs a check, one at a time, and waits for it only for a while: it may hang."""

    def __init__(self, check: Callable[[], Awaitable[str]]) -> None:
        self._check = check
        self._running: asyncio.Future[str] | None = None

    async def result(self, seconds: float, otherwise: str) -> str:
        """Returns the check's result, or `otherwise` if it takes longer."""
        running = self._running
        if running is None or running.done():
            running = self._running = asyncio.ensure_future(self._check())
        # Another caller may begin the next run before this one goes on.
        done, _ = await asyncio.wait([running], timeout=seconds)
        return running.result() if done else otherwise


def create_app(
    sessions: Sessions, dashboard: ASGIApp | None = None, readiness: Readiness | None = None
) -> Starlette:
    """Serves /health, /ready and /metrics, and the dashboard on all other paths."""
    readiness = readiness or Readiness()
    database = _Check(partial(_database_fault, sessions))
    disk = _Check(partial(asyncio.to_thread, readiness.disk))

    async def metrics(_request: Request) -> Response:
        """Metrics of this process for Prometheus. Numbers only, no personal data."""
        await disk.result(_READY_TIMEOUT, "")  # sets its metric
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def health(_request: Request) -> JSONResponse:
        """200 while the database answers, else 503: proxies and process managers go by it.

        It says nothing of Telegram, so that the dashboard stays up when Telegram cannot be used.
        """
        fault = await database.result(_HEALTH_TIMEOUT, _SLOW)
        status = {"": "ok", _SLOW: "busy"}.get(fault, "no database")
        code = 503 if status == "no database" else 200
        return JSONResponse({"status": status, "version": version()}, code)

    async def ready(_request: Request) -> JSONResponse:
        """200 while everything works, else 503 with a sentence for each fault: for alerts."""
        of_database, on_disk = await asyncio.gather(
            database.result(_READY_TIMEOUT, _SLOW),
            disk.result(_READY_TIMEOUT, "The disk of the database does not answer; check it."),
        )
        told = {
            "telegram": readiness.telegram(),
            "webhook": readiness.webhook,
            "disk": on_disk,
            "leadership": readiness.leadership,
            "database": of_database or readiness.database(),
        }
        faults = {part: fault for part, fault in told.items() if fault}
        answer = {"status": "not ready" if faults else "ready", "faults": faults}
        return JSONResponse(answer | {"version": version()}, 503 if faults else 200)

    routes: list[BaseRoute] = [
        Route("/health", health),
        Route("/ready", ready),
        Route("/metrics", metrics),
    ]
    return Starlette(routes=[*routes, *([Mount("/", dashboard)] if dashboard else [])])


async def _database_fault(sessions: Sessions) -> str:
    """Returns what is wrong with the database, and what to do; empty if it answers."""
    try:
        async with sessions() as session:
            await session.execute(text("SELECT 1"))
    except (TimeoutError, PoolTimeoutError):  # all connections are in use: busy, but not a failure
        return _SLOW
    except OSError as error:  # transient unless this process lacks file descriptors
        return fault_of(error) if is_transient(error) else _SLOW
    except SQLAlchemyError as error:
        return fault_of(error)
    return ""


class ResponseHeaders:
    """Wraps an ASGI application and sets security headers on each response.

    Pages load nothing from other servers and run no inline scripts. With `local`, a Telegram on
    this machine may also show the pages in a frame. With `secure`, browsers come only by https from
    then on (RFC 6797).
    """

    def __init__(self, app: ASGIApp, *, local: bool, secure: bool) -> None:
        self._app = app
        ancestors = f"'self' {_TELEGRAM}" + (f" {_LOCAL_TELEGRAM}" if local else "")
        self._headers = {
            "Content-Security-Policy": _POLICY.format(ancestors=ancestors),
            # With no-referrer, browsers would send `Origin: null`, which check_origin refuses.
            "Referrer-Policy": "same-origin",
            "X-Content-Type-Options": "nosniff",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
            "Cache-Control": "no-store",
        } | ({"Strict-Transport-Security": "max-age=31536000"} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self._app(scope, receive, send_with_headers)


class Compression:
    """Wraps an ASGI application and compresses its answers to requests that our own pages cause.

    From the length of a compressed page, an eavesdropper can guess whether it contains a word of
    the request (BREACH, Gluck, Harris and Prado 2013). The attack needs another site that causes
    many requests; the answers to these are not compressed. The browser says which site it was
    (Fetch Metadata, which all current browsers send over https); if it does not, nothing is
    compressed.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._plain = app
        excluded = (*DEFAULT_EXCLUDED_CONTENT_TYPES, XLSX)
        self._compressed = GZipMiddleware(app, compresslevel=6, exclude_content_types=excluded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        site = Headers(scope=scope).get("sec-fetch-site") if scope["type"] == "http" else None
        app = self._compressed if site in ("same-origin", "none") else self._plain
        await app(scope, receive, send)


def asset_url(name: str) -> str:
    """Returns the path of an asset with a hash of its content: "/static/style.0a1b2c3d4e5f.css"."""
    return f"/static/{_assets()[0][name]}"


async def asset(request: Request) -> Response:
    """Serves an asset by its hashed name, cached for good: a new content has a new name."""
    name = request.path_params["name"]
    content = _assets()[1].get(name)
    if content is None:
        return Response(status_code=404)
    return Response(
        content,
        media_type=_MEDIA_TYPES[Path(name).suffix],
        headers={"Cache-Control": "public, max-age=31536000, immutable"},
    )


@cache
def _assets() -> tuple[dict[str, str], dict[str, bytes]]:
    """Returns hashed names by plain names, and contents by hashed names."""
    contents = {path.name: path.read_bytes() for path in sorted(_STATIC.iterdir())}
    contents["charts.css"] = CHARTS_CSS.read_bytes()
    contents["htmx.js"] = files("django_htmx").joinpath(_HTMX).read_bytes()
    names = {}
    for name, content in contents.items():
        stem, _, suffix = name.rpartition(".")
        names[name] = f"{stem}.{hashlib.sha256(content).hexdigest()[:12]}.{suffix}"
    return names, {names[name]: content for name, content in contents.items()}
