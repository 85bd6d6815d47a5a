"""/health and /ready over real HTTP, and who may frame the pages."""

import asyncio
import socket
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import asyncpg
import httpx
import pytest
from sqlalchemy import make_url, text

from db.session import Sessions, create_engine, create_sessions
from db.transient_errors import Outage
from quizbot import version
from quizbot.metrics import DISK_FREE
from quizbot.settings import load
from quizbot.web import app
from quizbot.web.app import Readiness, create_app
from quizbot.web.routes import dashboard_app
from quizbot.web.server import serving
from quizbot.web.sessions import Address
from tests.db.relay import relayed
from tests.processes import without_file_descriptors
from tests.programmes.steps import COORDINATOR, programme
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN
from tests.telegram.test_metrics import value
from tests.web.site import PUBLIC, Site, found

LOCAL_TELEGRAM, TELEGRAM = "http://127.0.0.1:8081", "https://api.telegram.org"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def client_of(
    sessions: Sessions, readiness: Readiness | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the app, which is served from the block's first line on."""
    port = free_port()
    async with (
        serving(create_app(sessions, readiness=readiness), ("127.0.0.1", port)),
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE
        ) as client,
    ):
        yield client


async def test_health_is_good_while_the_database_answers(sessions: Sessions) -> None:
    async with client_of(sessions) as client:
        reply = await client.get("/health")
        assert reply.status_code == 200
        assert reply.json() == {"status": "ok", "version": version()}
        assert (await client.get("/")).status_code == 404
        assert (await client.post("/health")).status_code == 405


async def test_health_is_bad_while_the_database_server_is_down() -> None:
    engine = create_engine(f"postgresql://u:geheim@127.0.0.1:{free_port()}/quizbot")
    async with client_of(create_sessions(engine)) as client:
        reply, ready = await client.get("/health"), await client.get("/ready")
    await engine.dispose()
    assert reply.status_code == 503
    assert reply.json() == {"status": "no database", "version": version()}
    assert ready.status_code == 503
    assert list(ready.json()["faults"]) == ["database"]


async def test_many_may_ask_at_once(sessions: Sessions) -> None:
    async with client_of(sessions) as client:
        asked = (client.get(path) for _ in range(30) for path in ("/ready", "/health", "/metrics"))
        replies = await asyncio.gather(*asked)
    assert {reply.status_code for reply in replies} == {200}


async def test_too_many_open_files_are_no_fault_of_the_database(postgresql: str) -> None:
    engine = create_engine(postgresql)
    transport = httpx.ASGITransport(create_app(create_sessions(engine)))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
        with without_file_descriptors():
            reply = await client.get("/health")
    await engine.dispose()
    assert (reply.status_code, reply.json()["status"]) == (200, "busy")


async def test_ready_has_a_sentence_for_each_fault_and_health_none(
    sessions: Sessions, tmp_path: Path
) -> None:
    readiness = Readiness(folder=tmp_path)
    async with client_of(sessions, readiness) as client:
        good = await client.get("/ready")
        readiness.telegram = lambda: "Telegram is away."
        readiness.leadership = "Nobody is known to lead."
        readiness.min_free = 10**18
        bad, health = await client.get("/ready"), await client.get("/health")
        DISK_FREE.set(0)
        await client.get("/metrics")
    assert value("quizbot_disk_free_bytes") > 0
    assert (good.status_code, good.json()["faults"]) == (200, {})
    assert (bad.status_code, health.status_code) == (503, 200)
    assert bad.json() == {
        "status": "not ready",
        "faults": {
            "telegram": "Telegram is away.",
            "disk": "Less than 1000000000000 MB are free; make room.",
            "leadership": "Nobody is known to lead.",
        },
        "version": version(),
    }


async def test_ready_tells_of_a_full_disk_that_only_writing_shows(sessions: Sessions) -> None:
    outage = Outage()
    async with client_of(sessions, Readiness(database=lambda: outage.fault)) as client:
        outage.failed("a vote", asyncpg.DiskFullError("No space left on device"))
        full, health = await client.get("/ready"), await client.get("/health")
        outage.succeeded("a vote")
        good = await client.get("/ready")
    assert (full.status_code, health.status_code, good.status_code) == (503, 200, 200)
    assert "Make room" in full.json()["faults"]["database"]


async def test_ready_is_bad_in_bounded_time_while_the_database_is_frozen(
    postgresql: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app, "_READY_TIMEOUT", PATIENCE)  # on a busy machine, "good" may take long
    async with relayed(postgresql) as relay:
        engine = create_engine(relay.url)
        async with client_of(create_sessions(engine)) as client:
            assert (await client.get("/ready")).status_code == 200
            relay.open.clear()
            monkeypatch.setattr(app, "_READY_TIMEOUT", 0.05)
            for _ in range(3):
                frozen = await client.get("/ready", timeout=PATIENCE)
                assert frozen.status_code == 503
            relay.open.set()
            monkeypatch.setattr(app, "_READY_TIMEOUT", PATIENCE)
            assert (await client.get("/ready")).status_code == 200
        await engine.dispose()
    assert "in time" in frozen.json()["faults"]["database"]


async def test_ready_is_bad_in_bounded_time_while_the_disk_hangs(
    sessions: Sessions, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    class Hanging(Readiness):
        def disk(self) -> str:
            answer.wait(10)
            return ""

    async with client_of(sessions) as client:
        await client.get("/ready")  # a connection that a timeout cuts off would be left open
    monkeypatch.setattr(app, "_READY_TIMEOUT", 0.2)
    async with client_of(sessions, Hanging()) as client:
        reply = await client.get("/ready", timeout=PATIENCE)
        answer.set()
    assert reply.status_code == 503
    assert "disk" in reply.json()["faults"]  # a busy machine's database may be late as well


@pytest.mark.parametrize("wrong", ["database", "username"])
async def test_health_is_bad_while_the_server_refuses_us(postgresql: str, wrong: str) -> None:
    """The server runs, but has no such database or role."""
    url = make_url(postgresql).set(**{wrong: "nobody"})  # type: ignore[arg-type]
    engine = create_engine(url.render_as_string(hide_password=False))
    async with client_of(create_sessions(engine)) as client:
        reply, ready = await client.get("/health"), await client.get("/ready")
    await engine.dispose()
    assert reply.status_code == 503
    assert "takes this user and password" in ready.json()["faults"]["database"]


async def test_health_is_bad_while_the_database_is_gone(postgresql: str) -> None:
    name = f"gone_{free_port()}"
    url = make_url(postgresql).set(database=name).render_as_string(hide_password=False)
    server, engine = create_engine(postgresql), create_engine(url)
    async with server.connect() as plain:
        autocommit = await plain.execution_options(isolation_level="AUTOCOMMIT")
        create, drop = text(f'CREATE DATABASE "{name}"'), text(f'DROP DATABASE "{name}" (FORCE)')
        await autocommit.execute(create)
        async with client_of(create_sessions(engine)) as client:
            assert (await client.get("/health")).status_code == 200
            await autocommit.execute(drop)
            assert (await client.get("/health")).status_code == 503
            await autocommit.execute(create)
            assert (await client.get("/health")).status_code == 200
        await engine.dispose()
        await autocommit.execute(drop)
    await server.dispose()


@pytest.mark.parametrize(
    ("public", "telegram", "local"),
    [
        ("", LOCAL_TELEGRAM, True),
        ("http://localhost:8080", "http://[::1]:8081", True),
        ("", TELEGRAM, False),
        (PUBLIC, TELEGRAM, False),
        (PUBLIC, LOCAL_TELEGRAM, False),  # somebody's own Bot API server beside the bot
    ],
)
async def test_a_local_telegram_may_frame_the_pages_if_both_are_on_this_machine(
    site: Site, public: str, telegram: str, local: bool
) -> None:
    folder = site.dashboard.settings.data_dir
    settings = load(token=TOKEN, data_dir=folder, api_url=telegram, public_url=public)
    address = Address(settings.public_url, "127.0.0.1")
    dashboard = replace(site.dashboard, settings=settings, address=address)
    transport = httpx.ASGITransport(dashboard_app(dashboard))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        headers = (await browser.get("/app")).headers
    policy = headers["content-security-policy"]
    assert ("http://127.0.0.1:*" in policy) == local
    assert headers.get("strict-transport-security") == (
        "max-age=31536000" if public.startswith("https") else None
    )
    assert "https://web.telegram.org" in policy


async def test_what_our_own_pages_ask_for_is_compressed_and_nothing_for_other_sites(
    site: Site,
) -> None:
    """Nobody who listens learns from lengths what else stands in a page (BREACH)."""

    mine = await programme(site.sessions)
    browser = await site.signed_in(COORDINATOR)
    overview, files = f"/p/{mine}", f"/p/{mine}/download/members"
    style = found(r'"(/static/style\.\w+\.css)"', (await browser.gets(overview)).text)

    async def encoding(path: str, **headers: str) -> str | None:
        encoded: str | None = (await browser.gets(path, **headers)).headers.get("content-encoding")
        return encoded

    for path in (overview, f"{overview}/members?search=x", style):
        for origin in ("same-origin", "none"):
            assert await encoding(path, **{"Sec-Fetch-Site": origin}) == "gzip"
        for origin in ("cross-site", "same-site"):
            assert await encoding(path, **{"Sec-Fetch-Site": origin}) is None
        assert await encoding(path) is None
    own = {"Sec-Fetch-Site": "same-origin"}
    assert await encoding(style, **own, **{"Accept-Encoding": "identity"}) is None
    assert await encoding(f"{files}.xlsx", **own) is None  # compressed already
