"""The HTTP server: Bot API, control API and chat page on one loopback address."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.convertors import Convertor, register_url_convertor
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, Router
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import botapi, control
from sandbox.loopback import is_loopback
from sandbox.webhook import Webhooks
from sandbox.world import World

PAGE = Path(__file__).parent / "page"
# Nothing from other origins except Mini Apps, in frames.
CONTENT_POLICY = (
    "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
    "frame-src https: http://127.0.0.1:* http://localhost:*"
)
GRACE_SECONDS = 1
VERBS = ["GET", "POST"]


class _ChatId(Convertor[int]):
    """A chat id in a path; a group's is negative."""

    regex = "-?[0-9]+"

    def convert(self, value: str) -> int:
        return int(value)

    def to_string(self, value: int) -> str:
        return str(value)


register_url_convertor("chat", _ChatId())


def create_app(world: World) -> Starlette:
    """Returns the application that ``running`` serves."""
    app = Starlette(
        routes=[
            Route("/bot{token}/{method}", botapi.call_method, methods=VERBS),
            Route("/file/bot{token}/{path:path}", botapi.download),
            Mount("/sandbox", _Guard(Router(control.routes()))),
            Mount("/", _Guard(StaticFiles(directory=PAGE, html=True, check_dir=False))),
        ],
    )
    app.state.world = world
    return app


class _Guard:
    """Refuses other sites' pages (foreign Host or Origin) and forbids foreign content."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        hosts = [f"//{headers.get('host', '')}"]
        if "origin" in headers:
            hosts.append(headers["origin"])
        if not all(map(is_loopback, hosts)):
            reply = JSONResponse({"error": "the sandbox answers loopback addresses only"}, 403)
            await reply(scope, receive, send)
            return

        async def send_with_policy(message: Message) -> None:
            if message["type"] == "http.response.start":
                added = MutableHeaders(scope=message)
                added["Content-Security-Policy"] = CONTENT_POLICY
                added.setdefault("Cache-Control", "no-cache")
            await send(message)

        await self._app(scope, receive, send_with_policy)


class _Server(uvicorn.Server):
    """Runs in the caller's event loop, without signal handlers; starts and stops at once."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.stopping = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.stopping.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stops like uvicorn, without its fixed pauses: tests start and stop many servers."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.shutdown()
        if replying := set(self.server_state.tasks):
            await asyncio.wait(replying, timeout=GRACE_SECONDS)
        for connection in list(self.server_state.connections):
            connection.transport.close()
        for listener in sockets or []:
            listener.close()
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def running(world: World, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[str]:
    """Serves ``world`` in this event loop; yields its URL, like http://127.0.0.1:40123.

    Raises OSError if the port is taken.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=1024)
    # Accepted connections inherit this; without it, every reply waits 40 ms for a delayed ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = _Server(
        uvicorn.Config(
            create_app(world),
            http=botapi.Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            date_header=False,
            server_header=False,
            timeout_keep_alive=75,
        )
    )
    webhooks = Webhooks(world)
    world.webhook_changed = webhooks.changed
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    closing = asyncio.create_task(_close_polls(world))
    try:
        await server.ready.wait()
        yield f"http://{f'[{host}]' if ':' in host else host}:{listener.getsockname()[1]}"
    finally:
        closing.cancel()
        await webhooks.close()
        world.close()
        server.stopping.set()
        await serving


async def _close_polls(world: World) -> None:
    """Closes polls as real time passes; moving the clock closes polls itself."""
    while True:
        world.closing_changed.clear()
        world.close_due_polls()
        until = world.closing[0][0] if world.closing else None
        await world.clock.wait(world.closing_changed, until)
