"""The ASGI application and the server that runs it in the bot's own event loop."""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from db.session import Sessions
from quizbot import __version__

_HEALTH = 1.5  # seconds that the database may take to answer
_FAREWELL = 3  # seconds for requests in progress


class AddressInUseError(Exception):
    """QUIZBOT_LISTEN cannot be listened on."""


def create_app(sessions: Sessions, dashboard: ASGIApp | None = None) -> Starlette:
    """/health and /metrics; whatever else is asked for is the dashboard's."""

    async def metrics(_request: Request) -> Response:
        """What this process has done, for Prometheus. Numbers only: nothing about anybody."""
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    async def health(_request: Request) -> JSONResponse:
        """200 while the database answers, 503 otherwise: for process managers and proxies."""
        try:
            async with asyncio.timeout(_HEALTH), sessions() as session:
                await session.execute(text("SELECT 1"))
        except TimeoutError:  # all connections have work to do, which is no illness
            return JSONResponse({"status": "busy", "version": __version__})
        except (SQLAlchemyError, OSError):
            return JSONResponse({"status": "no database", "version": __version__}, 503)
        return JSONResponse({"status": "ok", "version": __version__})

    routes: list[BaseRoute] = [Route("/health", health), Route("/metrics", metrics)]
    return Starlette(routes=[*routes, *([Mount("/", dashboard)] if dashboard else [])])


@asynccontextmanager
async def serving(
    app: ASGIApp, address: tuple[str, int], tell: Callable[[int], None] = lambda _: None
) -> AsyncIterator[None]:
    """Serve the application while the block runs; `tell` hears the port that is listened on.

    Raises AddressInUseError.
    """
    listener = _listen(address)
    tell(listener.getsockname()[1])
    server = _Server(
        uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=_FAREWELL,
        )
    )
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await running
        listener.close()


class _Server(uvicorn.Server):
    """Signals are the application's business, not the server's."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _listen(address: tuple[str, int]) -> socket.socket:
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
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
