"""The HTTP client: connections are kept, limited and given up; nothing hangs on a bad server."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import pytest
from telegram.error import BadRequest, TimedOut

from quizbot.telegram.client.http import HttpClient, NotConnectedError
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.client.transport import Api, NotSentError, Transport
from tests.telegram.sandbox import TOKEN

SOON = 0.05  # seconds
LONG = 20.0
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n1\r\nd\r\n0\r\n\r\n"


@dataclass
class Server:
    """What a server has seen: connections, and each request's head and body."""

    url: str = ""
    connections: int = 0
    requests: list[tuple[str, bytes]] = field(default_factory=list)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def closed(self, connections: int) -> None:
        """Wait until so many connections have been closed."""
        for _ in range(connections):
            await self.ended.acquire()

    @property
    def lines(self) -> list[str]:
        return [head.splitlines()[0] for head, _ in self.requests]


@asynccontextmanager
async def serving(*replies: bytes, tls: SSLContext | None = None) -> AsyncIterator[Server]:
    """Serves these replies, one to each request, then `OK`. A reply without bytes hangs up."""
    left, server = [*replies], Server()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server.connections += 1
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                size = int(head.lower().partition("content-length: ")[2].split("\r\n")[0] or 0)
                server.requests.append((head, await reader.readexactly(size)))
                server.asked.set()
                reply = left.pop(0) if left else OK
                if not reply:
                    break
                writer.write(reply)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            server.ended.release()
            writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    port = listener.sockets[0].getsockname()[1]
    server.url = f"{'https' if tls else 'http'}://localhost:{port}"
    async with listener:
        yield server


@asynccontextmanager
async def client(
    url: str, connections: int = 4, proxy: str | None = None
) -> AsyncIterator[HttpClient]:
    http = HttpClient(url, connections, proxy)
    try:
        yield http
    finally:
        await http.close()


async def until(condition: Callable[[], bool]) -> None:
    """Let the loop run, a step at a time, until the condition holds."""
    async with asyncio.timeout(LONG):
        while not condition():  # noqa: ASYNC110 - no event tells of these moments
            await asyncio.sleep(0)


async def post(http: HttpClient, *body: bytes, patience: float = LONG) -> tuple[int, bytes]:
    reply = await http.request("POST", "/bot/sendMessage", body, patience=patience)
    return reply.status, reply.body


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Returns a file with a certificate of localhost and its key."""
    file = tmp_path_factory.mktemp("tls") / "localhost.pem"
    command = (
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 "
        f"-subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout {file} -out {file}.crt"
    )
    subprocess.run(command.split(), check=True, capture_output=True)
    file.write_text(file.read_text() + Path(f"{file}.crt").read_text())
    return file


def tls_of(certificate: Path) -> SSLContext:
    tls = SSLContext(PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(certificate)
    return tls


async def test_a_connection_is_used_again() -> None:
    async with serving() as server, client(server.url) as http:
        assert await post(http, b'{"a":1}') == (200, b"ok")
        assert await post(http) == (200, b"ok")
    assert server.connections == 1
    assert [body for _, body in server.requests] == [b'{"a":1}', b""]
    assert server.lines == ["POST /bot/sendMessage HTTP/1.1"] * 2


async def test_connections_that_are_not_needed_any_more_are_closed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as server, client(server.url) as http:
        await asyncio.gather(*(post(http) for _ in range(4)))
        monkeypatch.setattr("quizbot.telegram.client.http._KEEP_ALIVE", 0)
        assert await post(http) == (200, b"ok")
        await asyncio.wait_for(server.closed(4), LONG)
    assert server.connections == 5


async def test_there_are_never_more_connections_than_allowed() -> None:
    async with serving() as server, client(server.url, connections=2) as http:
        assert await asyncio.gather(*(post(http) for _ in range(9))) == [(200, b"ok")] * 9
    assert server.connections == 2


@pytest.mark.parametrize(
    ("reply", "status", "body"),
    [
        (CHUNKED, 200, b"abcd"),
        (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, b"ok"),
        (b"HTTP/1.1 429 No\r\nContent-Length: 0\r\n\r\n", 429, b""),
    ],
)  # fmt: skip
async def test_replies_of_each_form_are_read(reply: bytes, status: int, body: bytes) -> None:
    async with serving(reply) as server, client(server.url) as http:
        assert await post(http) == (status, body)
        assert await post(http) == (200, b"ok")
    assert server.connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok",
        OK + b"HTTP/1.1 200 OK\r\n",  # more than was asked for
    ],
)
async def test_a_connection_that_cannot_be_trusted_is_not_used_again(reply: bytes) -> None:
    async with serving(reply) as server, client(server.url) as http:
        assert await post(http) == (200, b"ok")
        assert await post(http) == (200, b"ok")
    assert server.connections == 2


async def test_a_reply_that_would_fill_the_memory_is_given_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("quizbot.telegram.client.http._LARGEST_BODY", 3)
    async with serving(CHUNKED, OK, OK) as server, client(server.url) as http:
        with pytest.raises(ConnectionError, match="more than 3 bytes"):
            await post(http)
        assert [await post(http) for _ in range(2)] == [(200, b"ok")] * 2
    assert server.connections == 2


@pytest.mark.parametrize(
    "reply", [b"", b"<html>", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"]
)
async def test_a_lost_reply_is_not_repeated(reply: bytes) -> None:
    async with serving(reply) as server, client(server.url) as http:
        with pytest.raises((ConnectionError, TimeoutError)):
            await post(http, b"once", patience=SOON)
        assert await post(http) == (200, b"ok")
    assert [body for _, body in server.requests] == [b"once", b""]


async def test_a_server_that_is_away_was_never_reached() -> None:
    async with serving() as server:
        pass
    async with client(server.url) as http:
        with pytest.raises(NotConnectedError):
            await post(http)
    transport = Transport(server.url, 1)
    await transport.initialize()
    with pytest.raises(NotSentError, match="no connection"):
        await transport.post(f"{server.url}/bot{TOKEN}/getMe")
    await transport.shutdown()


async def test_a_silent_server_is_given_up_also_in_an_upload() -> None:
    stuck = asyncio.Event()

    async def never_read(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await stuck.wait()
        writer.close()

    listener = await asyncio.start_server(never_read, "127.0.0.1", 0, limit=1024)
    async with listener, client(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}") as http:
        for body in (b"", bytes(20_000_000)):
            with pytest.raises(TimeoutError):
                await post(http, body, patience=SOON)
        stuck.set()


async def test_a_cancelled_request_leaves_no_connection_behind() -> None:
    begun = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    async with serving(begun) as server, client(server.url, connections=1) as http:
        request = asyncio.create_task(post(http))
        await server.asked.wait()
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert await post(http) == (200, b"ok")
    assert server.connections == 2


async def test_a_file_arrives_as_a_form() -> None:
    content = bytes(range(256)) * 12_000
    reply = b'{"ok":true,"result":{"message_id":1,"date":1,"chat":{"id":7,"type":"private"}}}'
    full = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(reply), reply)
    async with serving(full) as server:
        transport = Transport(server.url, 1)
        await transport.initialize()
        api = Api(TOKEN, server.url, transport, Limiter())
        await api.send_document(7, content, filename='export".json', caption="é")
        await transport.shutdown()
    ((head, body),) = server.requests
    boundary = head.partition("multipart/form-data; boundary=")[2].split("\r\n")[0].encode()
    parts = body.split(b"--" + boundary)
    assert parts[-1] == b"--\r\n"
    document = next(each for each in parts if b'name="document"' in each)
    assert b'filename="export%22.json"\r\nContent-Type: application/json' in document
    assert document.partition(b"\r\n\r\n")[2] == content + b"\r\n"
    assert any(b'name="caption"\r\n\r\n\xc3\xa9' in each for each in parts)


async def test_a_refusal_ends_an_upload() -> None:
    refusal = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 29\r\nConnection: close\r\n\r\n"

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(refusal + b'{"ok":false,"error_code":400}')
        await reader.read(1)
        await done.wait()
        writer.close()

    done = asyncio.Event()
    listener = await asyncio.start_server(refuse, "127.0.0.1", 0, limit=1024)
    async with listener:
        url = f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}"
        transport = Transport(url, 1)
        await transport.initialize()
        with pytest.raises(BadRequest):  # not at the end of the time for uploads
            async with asyncio.timeout(LONG):
                await Api(TOKEN, url, transport, Limiter()).send_document(7, bytes(20_000_000))
        done.set()
        await transport.shutdown()


async def test_an_http_proxy_gets_the_whole_address_and_its_password() -> None:
    async with serving() as proxy:
        through = proxy.url.replace("localhost", "me:p%40ss@localhost")
        async with client("http://api.example.org/", proxy=through) as http:
            assert await post(http) == (200, b"ok")
    ((head, _),) = proxy.requests
    assert head.startswith("POST http://api.example.org/bot/sendMessage HTTP/1.1\r\n")
    assert "Proxy-Authorization: Basic bWU6cEBzcw==" in head
    assert "\r\nHost: api.example.org\r\n" in head


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "ALL_PROXY"])
@pytest.mark.parametrize("proxy", ["socks5://localhost:1080", "localhost:3128"])
async def test_a_proxy_of_another_kind_is_named(
    variable: str, proxy: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, proxy)
    with pytest.raises(NotSentError, match=f"{variable} must begin with http://"):
        await Transport("https://api.example.org", 1).initialize()


async def test_a_server_on_this_machine_is_not_reached_through_a_proxy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with serving() as server, serving() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        transport = Transport(server.url, 1)
        await transport.initialize()
        assert await transport.do_request(f"{server.url}/bot/getMe", "POST") == (200, b"ok")
        await transport.shutdown()
    assert (len(server.requests), proxy.requests) == (1, [])


@pytest.mark.parametrize(
    ("reply", "sentence"),
    [
        (b"HTTP/1.1 407 Who are you\r\n\r\n", "check the user and password in HTTPS_PROXY"),
        (b"HTTP/1.1 403 No\r\n\r\n", "the proxy in HTTPS_PROXY refused with 403"),
        (b"", "the proxy in HTTPS_PROXY did not answer"),
    ],
)
async def test_a_proxy_that_refuses_is_named(
    reply: bytes, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(reply) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        transport = Transport("https://[2001:db8::1]", 1)
        await transport.initialize()
        with pytest.raises(NotSentError, match=f"no connection: .*{sentence}"):
            await transport.post(f"https://[2001:db8::1]/bot{TOKEN}/getMe")
        await transport.shutdown()
    assert proxy.lines == ["CONNECT [2001:db8::1]:443 HTTP/1.1"]


async def test_closing_also_ends_connections_that_are_being_opened(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with serving(tls=tls_of(certificate)) as server:
        http = HttpClient(server.url, 1)
        request = asyncio.create_task(post(http))
        await until(lambda: http._known_until > 0)  # then it connects
        await http.close()
        with pytest.raises(NotConnectedError):
            await request
    assert server.requests == []


async def test_tls_checks_the_certificate(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(tls=tls_of(certificate)) as server:
        async with client(server.url) as http:
            with pytest.raises(NotConnectedError, match="SSLCertVerificationError"):
                await post(http)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        async with client(server.url) as http:
            assert await post(http, bytes(3_000_000)) == (200, b"ok")
    assert len(server.requests[-1][1]) == 3_000_000


def test_a_request_can_be_cancelled_at_any_moment_while_it_connects(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On asyncio's own loop, which a bot without uvloop has."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))

    async def cancelled(url: str, steps: int) -> None:
        async with client(url) as http:
            request = asyncio.create_task(post(http))
            await until(lambda: http._known_until > 0)
            for _ in range(steps):
                await asyncio.sleep(0)
            request.cancel()
            with pytest.raises(asyncio.CancelledError):
                await request

    async def at_each_step() -> None:
        async with serving(tls=tls_of(certificate)) as server:
            for steps in range(7):
                await cancelled(server.url, steps)

    asyncio.run(at_each_step())


async def test_a_connection_that_the_server_is_closing_is_not_used(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while await reader.readuntil(b"\r\n\r\n"):
                writer.write(OK)
        writer.close()

    listener = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls_of(certificate))
    url = f"https://localhost:{listener.sockets[0].getsockname()[1]}"
    async with listener, client(url) as http:
        await post(http)
        writers[0].close()
        await until(http._idle[-1]._transport.is_closing)
        assert await post(http) == (200, b"ok")


async def test_tls_goes_through_a_proxy_tunnel(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    copying: list[asyncio.Task[None]] = []

    async def copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            target.write(data)
        target.close()

    async def tunnel(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if len(asked) == 1:
            writer.write(b"HTTP/1.1 407 Who are you\r\n\r\n")
            writer.close()
            return
        there, back = await asyncio.open_connection("localhost", int(server.url.rpartition(":")[2]))
        writer.write(b"HTTP/1.1 200 Connected\r\n\r\n")
        copying.extend(
            asyncio.create_task(copy(*ends)) for ends in ((reader, back), (there, writer))
        )

    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    async with serving(tls=tls_of(certificate)) as server:
        listener = await asyncio.start_server(tunnel, "127.0.0.1", 0)
        async with listener:
            proxy = f"http://me:secret@127.0.0.1:{listener.sockets[0].getsockname()[1]}"
            async with client(server.url, proxy=proxy) as http:
                with pytest.raises(NotConnectedError):
                    await post(http)
                assert await post(http) == (200, b"ok")
            await asyncio.gather(*copying, return_exceptions=True)
    where = server.url.removeprefix("https://")
    assert asked[1].startswith(f"CONNECT {where} HTTP/1.1\r\nHost: {where}\r\n")
    assert "Proxy-Authorization: Basic bWU6c2VjcmV0\r\n" in asked[1]
    assert "Proxy-Authorization" not in server.requests[0][0]


async def test_a_long_reply_is_no_silence() -> None:
    """The time runs from the last byte, not from the beginning."""

    async def slowly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(SOON / 2)
            writer.write(b".")
        writer.close()

    listener = await asyncio.start_server(slowly, "127.0.0.1", 0)
    async with listener, client(f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}") as http:
        assert await post(http, patience=2 * SOON) == (200, b"......")


async def test_no_reply_in_time_is_told_as_such() -> None:
    silent = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
    async with serving(silent) as server:
        transport = Transport(server.url, 1)
        await transport.initialize()
        with pytest.raises(TimedOut):
            await transport.post(f"{server.url}/bot{TOKEN}/getMe", read_timeout=SOON)
        await transport.shutdown()


async def test_a_reply_has_the_servers_time() -> None:
    now = b"Sun, 29 Nov 2026 19:00:00 GMT"
    dated = b"HTTP/1.1 200 OK\r\nDate: " + now + b"\r\nContent-Length: 0\r\n\r\n"
    async with serving(dated) as server, client(server.url) as http:
        assert (await http.request("GET", "/", patience=LONG)).date == now.decode()
