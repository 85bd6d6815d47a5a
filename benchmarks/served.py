"""The dashboard's pages, for a coordinator who is signed in."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx

from benchmarks.enrolled import COORDINATOR
from benchmarks.play import TOKEN
from db.session import Sessions
from questions import Topic
from quizbot.programmes import sign_in
from quizbot.settings import load
from quizbot.telegram.messages.words import Languages
from quizbot.web.page_context import Dashboard
from quizbot.web.routes import dashboard_app
from quizbot.web.sessions import Address

_URL = "http://127.0.0.1:8080"  # of an application that nothing listens for


@asynccontextmanager
async def served(
    sessions: Sessions, topic: Topic, folder: Path
) -> AsyncIterator[httpx.AsyncClient]:
    """A browser at the application, which is called without a wire."""
    settings = load(token=TOKEN, data_dir=folder)
    address = Address("", "127.0.0.1")
    address.listens_on(8080)
    async with sessions.begin() as session:
        token = await sign_in.issue_link(session, COORDINATOR, datetime.now(UTC))
    dashboard = Dashboard(
        sessions,
        topic,
        Languages(),
        lambda: datetime.now(UTC),
        address,
        settings,
        bot_link=lambda: "https://t.me/benchmark_bot",
    )
    transport = httpx.ASGITransport(dashboard_app(dashboard))
    async with httpx.AsyncClient(transport=transport, base_url=_URL, trust_env=False) as browser:
        own = {"Origin": _URL, "Sec-Fetch-Site": "same-origin"}
        entered = await browser.post(f"/in/{token}", headers=own)
        if entered.status_code != 303:
            raise RuntimeError(f"signing in was answered {entered.status_code}")
        yield browser
