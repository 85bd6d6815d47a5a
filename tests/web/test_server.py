"""The HTTP server against clients that send too much, too slowly, or open too many connections."""

import asyncio
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Receive, Scope, Send

from quizbot.web.server import AddressInUseError, Limits, limits_of_process, serving
from tests.sizes import PATIENCE
from tests.telegram.conftest import START
from tests.telegram.sandbox import open_sandbox
from tests.telegram.webhook_bot import free_port

KB = 1024
GET = b"GET / HTTP/1.1\r\nHost: quiz\r\n"
POST = b"POST / HTTP/1.1\r\nHost: quiz\r\n"


@dataclass
class App:
    """Reads a request's body and answers 200.

    `/early` answers first, `/large` with 20 MB in pieces, and `/whole` with 6 MB in one.
    """

    answered: list[str] = field(default_factory=list)
    broken_off: asyncio.Event = field(default_factory=asyncio.Event)
    may_answer: asyncio.Event = field(default_factory=asyncio.Event)
    began: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        self.began.set()
        await self.may_answer.wait()
        try:
            if scope["path"] != "/early":
                await request.body()
        except ClientDisconnect:
            self.broken_off.set()
            return
        self.answered.append(scope["path"])
        answer = _ANSWERS.get(scope["path"], lambda: Response(b"fine"))
        await answer()(scope, receive, send)
        self.ended.set()


async def _large() -> AsyncIterator[bytes]:
    for _ in range(200):
        yield b"x" * 100_000


_ANSWERS: dict[str, Callable[[], Response]] = {
    "/large": lambda: StreamingResponse(_large()),
    "/whole": lambda: Response(b"x" * 6_000_000),
}


@dataclass
class Client:
    """A connection to the server."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, data: bytes) -> None:
        self.writer.write(data)

    async def answer(self) -> tuple[int, str]:
        """Returns the status and the content of the next answer."""
        async with asyncio.timeout(PATIENCE):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().lower()
            length = int(head.partition("content-length: ")[2].partition("\r\n")[0])
            content = await self.reader.readexactly(length)
        return int(head.split()[1]), content.decode()

    async def close(self) -> None:
        self.writer.close()
        with suppress(ConnectionError):
            await self.writer.wait_closed()

    async def rest(self) -> bytes:
        """Returns all that still comes, until the server closes the connection."""
        async with asyncio.timeout(PATIENCE):
            return await self.reader.read()


@dataclass
class Served:
    """The app on a port of this machine."""

    app: App
    port: int = 0
    clients: list[Client] = field(default_factory=list)

    async def client(self, first: bytes = b"") -> Client:
        client = Client(*await asyncio.open_connection("127.0.0.1", self.port))
        client.send(first)
        self.clients.append(client)
        return client

    async def answer_to(self, request: bytes) -> tuple[int, str]:
        client = await self.client(request)
        answer = await client.answer()
        await client.close()
        return answer


@asynccontextmanager
async def served(limits: Limits | None = None) -> AsyncIterator[Served]:
    here = Served(App())
    here.app.may_answer.set()

    def listens_on(port: int) -> None:
        here.port = port

    async with serving(here.app, ("127.0.0.1", 0), listens_on, limits):
        try:
            yield here
        finally:
            await asyncio.gather(*(client.close() for client in here.clients))


@pytest.fixture
async def server() -> AsyncIterator[Served]:
    async with served() as here:
        yield here


def header(size: int, name: str = "X") -> bytes:
    """Returns a header line of this many bytes, with its end."""
    return f"{name}: ".encode() + b"v" * (size - len(name) - 4) + b"\r\n"


async def test_headers_within_the_limits_reach_the_application(server: Served) -> None:
    client = await server.client()
    for _ in range(2):  # the limits are those of one request
        client.send(GET + header(8 * KB) * 3 + header(7 * KB) + b"\r\n")
        assert await client.answer() == (200, "fine")


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (431, GET + header(8 * KB + 1) + b"\r\n"),
        (431, GET + header(8 * KB) * 4 + b"\r\n"),
        (431, GET + b"A: b\r\n" * 6000 + b"\r\n"),
        (431, GET + b"X: " + b"v" * 30 * KB),  # and no end
        (431, GET + b"X" * 30 * KB),
        (431, GET + b'Cookie: quizbot="' + b"\\" * 60 * KB + b'"\r\n\r\n'),
        (431, POST + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX: " + b"v" * 30 * KB),  # a trailer
        (431, POST + b"Transfer-Encoding: chunked\r\n\r\n1;" + b"v" * 30 * KB),
        (414, b"GET /" + b"a" * 8 * KB + b" HTTP/1.1\r\n\r\n"),
        (414, b"GET /" + b"a" * 30 * KB),
        (400, b"no request\r\n\r\n"),
        (400, b"GET /\xff HTTP/1.1\r\n\r\n"),
        (400, b"CONNECT quiz:443 HTTP/1.1\r\n\r\n"),
    ],
)
async def test_what_exceeds_a_limit_is_refused_with_a_sentence(
    server: Served, status: int, request_: bytes
) -> None:
    for pieces in ([request_], [request_[:700], request_[700:]]):
        client = await server.client()
        for piece in pieces:
            client.send(piece)
            await asyncio.sleep(0)
        refused, sentence = await client.answer()
        assert (refused, sentence[-1]) == (status, ".")
        assert await client.rest() == b""
    assert server.app.answered == []
    assert await server.answer_to(GET + b"\r\n") == (200, "fine")


async def test_a_refused_client_that_goes_on_sending_is_cut_off(server: Served) -> None:
    client = await server.client(GET + header(9 * KB) + b"Y")
    assert (await client.answer())[0] == 431
    async with asyncio.timeout(PATIENCE):
        with suppress(ConnectionError):
            while True:
                client.send(b"v" * KB)
                await client.writer.drain()
                await asyncio.sleep(0.05)


async def test_an_upgrade_to_another_protocol_is_answered_as_a_request(server: Served) -> None:
    client = await server.client(GET + b"Connection: upgrade\r\nUpgrade: websocket\r\n\r\n\x81\x05")
    assert await client.answer() == (200, "fine")
    assert await client.rest() == b""


@pytest.mark.parametrize("earlier", [0, 1])
async def test_a_head_has_its_time(earlier: int) -> None:
    """Also one that follows an answered request."""
    async with served(Limits(head_timeout=0.1)) as server:
        client = await server.client()
        for _ in range(earlier):
            client.send(GET + b"\r\n")
            assert await client.answer() == (200, "fine")
        client.send(GET)
        assert (await client.answer())[0] == 408
        assert await client.rest() == b""


@pytest.mark.parametrize("sent", [b"", b"\r\n"])
async def test_a_client_that_sends_no_request_is_cut_off_silently(sent: bytes) -> None:
    """An empty line is none."""
    async with served(Limits(head_timeout=0.1)) as server:
        client = await server.client(sent)
        assert await client.rest() == b""


async def test_sending_a_head_slowly_gains_no_time() -> None:
    async with served(Limits(head_timeout=0.2)) as server:
        client, sent = await server.client(GET), 0
        answer = asyncio.create_task(client.answer())
        while not answer.done() and sent < 100:
            client.send(b"A: b\r\n")
            sent += 1
            await asyncio.sleep(0.02)
        assert (await answer)[0] == 408


async def test_a_body_has_its_time_and_the_application_learns_that_it_does_not_come() -> None:
    async with served(Limits(body_timeout=0.1)) as server:
        client = await server.client(POST + b"Content-Length: 9\r\n\r\nhalf")
        assert (await client.answer())[0] == 408
        assert await client.rest() == b""
        async with asyncio.timeout(PATIENCE):
            await server.app.broken_off.wait()
    assert server.app.answered == []


async def test_a_body_that_comes_after_the_answer_has_its_time_too() -> None:
    async with served(Limits(body_timeout=0.1)) as server:
        client = await server.client(b"POST /early HTTP/1.1\r\nContent-Length: 9\r\n\r\n")
        assert await client.answer() == (200, "fine")
        assert await client.rest() == b""


async def test_a_slow_answer_is_not_the_clients_fault() -> None:
    async with served(Limits(head_timeout=0.05, body_timeout=0.05)) as server:
        server.app.may_answer.clear()
        client = await server.client(POST + b"Content-Length: 4\r\n\r\nbody")
        await asyncio.sleep(0.15)
        server.app.may_answer.set()
        assert await client.answer() == (200, "fine")


@pytest.mark.parametrize("behind", [b"no request\r\n\r\n", GET, (GET + b"\r\n") * 500])
async def test_a_request_sent_before_the_answer_to_another_gets_none(behind: bytes) -> None:
    """The other one does."""
    async with served(Limits(head_timeout=0.05)) as server:
        server.app.may_answer.clear()
        client = await server.client(GET + b"\r\n" + behind)
        await asyncio.sleep(0.15)
        server.app.may_answer.set()
        assert await client.answer() == (200, "fine")
        assert await client.rest() == b""
    assert server.app.answered == ["/"]


@pytest.mark.parametrize(
    "request_",
    [
        b"GET /large HTTP/1.1\r\n\r\n",
        b"GET /whole HTTP/1.1\r\n\r\n",
        b"GET /whole HTTP/1.0\r\n\r\n",
    ],
)
async def test_a_client_that_does_not_read_is_cut_off(request_: bytes) -> None:
    async with served(Limits(connections=1, read_timeout=0.1)) as server:
        await server.client(request_)
        async with asyncio.timeout(PATIENCE):
            await server.app.began.wait()
            while (await server.answer_to(GET + b"\r\n"))[0] != 200:
                pass  # the first takes the only place


async def test_a_client_that_reads_slowly_gets_all() -> None:
    """Also when the connection is closed after the answer, or while it is under way."""

    async def size_of_answer(connection: bytes, then: bytes = b"") -> int:
        request = b"GET /whole HTTP/1.1\r\nConnection: " + connection + b"\r\n\r\n"
        client, size = await slow.client(request), 0
        await client.reader.readuntil(b"\r\n\r\n")
        client.send(then)
        while piece := await client.reader.read(32 * KB):
            size += len(piece)
            await asyncio.sleep(0.01)
        return size

    async with served(Limits(head_timeout=0.05, read_timeout=1)) as slow:
        # The empty line is the beginning of a request that does not come.
        closed, kept = size_of_answer(b"close"), size_of_answer(b"keep-alive", b"\r\n")
        assert set(await asyncio.gather(closed, kept)) == {6_000_000}


async def test_above_the_most_connections_the_rest_is_told_so() -> None:
    async with served(Limits(connections=3)) as server:
        open_ones = [await server.client(GET) for _ in range(3)]
        silent = await server.client()
        status, sentence = await server.answer_to(GET + b"\r\n")
        assert status == 503
        assert "Try again" in sentence
        assert (await silent.answer())[0] == 503
        open_ones[0].send(b"\r\n")  # those within the limit are served
        assert await open_ones[0].answer() == (200, "fine")
        await asyncio.gather(*(client.close() for client in server.clients))
        statuses = [(await server.answer_to(GET + b"\r\n"))[0] for _ in range(30)]
        assert statuses[-1] == 200


async def test_each_connection_of_a_flood_is_told() -> None:
    async with served(Limits(connections=3)) as server:
        flood = [await server.client() for _ in range(80)]
        for client in flood[3:]:
            assert (await client.answer())[0] == 503
            assert await client.rest() == b""


async def test_a_bot_that_half_open_connections_flood_goes_on(
    sqlite_database: str, tmp_path: Path
) -> None:
    port = free_port()
    async with (
        open_sandbox(sqlite_database, tmp_path, START) as sandbox,
        sandbox.bot(listen=f"127.0.0.1:{port}"),
    ):
        web = Served(App(), port)
        flood = [await web.client(GET) for _ in range(600)]
        ana = await sandbox.subscriber()
        await ana.says("/quiz")
        await ana.votes(await ana.gets_question())
        await ana.hears("Right!")
        assert (await flood[-1].answer())[0] == 503
        await asyncio.gather(*(client.close() for client in flood))


async def test_a_request_in_progress_at_the_stop_is_answered() -> None:
    app, ports = App(), list[int]()
    async with serving(app, ("127.0.0.1", 0), ports.append, Limits()):
        server = Served(app, ports[0])
        client, idle = await server.client(GET + b"\r\n"), await server.client()
        await app.began.wait()
        asyncio.get_running_loop().call_later(0.05, app.may_answer.set)
    assert app.answered == ["/"]
    assert await client.answer() == (200, "fine")
    assert await client.rest() == await idle.rest() == b""
    await asyncio.gather(client.close(), idle.close())


async def test_an_address_in_use_is_an_error_that_suggests_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AddressInUseError) as refusal:
            async with serving(App(), ("127.0.0.1", port)):
                pass
    sentence = str(refusal.value)
    assert sentence.startswith(f"QUIZBOT_LISTEN: cannot listen on 127.0.0.1:{port} (")
    assert f"QUIZBOT_LISTEN=127.0.0.1:{port + 1}" in sentence


async def test_the_address_is_free_again_afterwards() -> None:
    async with served() as server:
        port = server.port
    async with serving(App(), ("127.0.0.1", port)):
        pass
    with socket.create_server(("127.0.0.1", port)):
        pass


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limits")
def test_the_start_raises_the_limit_of_file_descriptors() -> None:
    import resource  # noqa: PLC0415

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, before[1]))
    try:
        limits = limits_of_process()
        after = resource.getrlimit(resource.RLIMIT_NOFILE)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert after == (min(8192, before[1]), before[1])
    # The limit from before would leave 320.
    assert limits.connections == min(512, after[0] - 704)


@pytest.mark.skipif(sys.platform == "win32", reason="it has no such limits")
@pytest.mark.parametrize(("allowed", "connections"), [(4096, 512), (1024, 320), (256, 1)])
def test_where_the_system_allows_few_descriptors_the_web_gets_fewer(
    allowed: int, connections: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Telegram and the database keep theirs."""
    import resource  # noqa: PLC0415

    monkeypatch.setattr(resource, "getrlimit", lambda _: (allowed, allowed))
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)
    assert limits_of_process().connections == connections
