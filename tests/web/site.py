"""The dashboard over HTTP, and browsers that are signed in."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from db.base import Base
from db.models import Subscriber
from db.session import Sessions
from quizbot.programmes import members, sign_in
from quizbot.settings import load
from quizbot.telegram.messages.words import Languages
from quizbot.web.app import create_app
from quizbot.web.page_context import Dashboard
from quizbot.web.routes import dashboard_app
from quizbot.web.sessions import Address
from tests.quiz.steps import START, TOPIC
from tests.telegram.sandbox import TOKEN

HERE = "http://127.0.0.1:8080"
PUBLIC = "https://quiz.example.org"
BOT = "https://t.me/health_quiz_bot"


@dataclass
class Site:
    """The dashboard at an address; `now` is the time of its clock.

    `told` are the coordinators who were told of a sign-in.
    """

    sessions: Sessions
    dashboard: Dashboard
    url: str
    now: datetime = START
    browsers: list["Browser"] = field(default_factory=list)
    told: list[int] = field(default_factory=list)

    def browser(self) -> "Browser":
        """Returns a browser without cookies."""
        transport = httpx.ASGITransport(create_app(self.sessions, dashboard_app(self.dashboard)))
        client = httpx.AsyncClient(transport=transport, base_url=self.url, trust_env=False)
        browser = Browser(self, client)
        self.browsers.append(browser)
        return browser

    async def link(self, coordinator: int) -> str:
        """Returns the path of a new sign-in link."""
        async with self.sessions.begin() as session:
            return f"/in/{await sign_in.issue_link(session, coordinator, self.now)}"

    async def signed_in(self, coordinator: int) -> "Browser":
        browser = self.browser()
        entered = await browser.posts(await self.link(coordinator))
        assert entered.status_code == 303
        return browser

    async def handle(self, programme_id: int, person: int) -> str:
        """Returns the handle of a member in the programme's addresses."""
        async with self.sessions() as session:
            whose = await session.get_one(Subscriber, person)
        return members.handle_maker(TOKEN, programme_id)(person, whose.joined_at)

    def later(self, **amount: float) -> None:
        self.now += timedelta(**amount)

    async def count(self, table: type[Base], *conditions: Any) -> int:
        """Returns the number of rows that meet the conditions."""
        query = select(func.count()).select_from(table).where(*conditions)
        async with self.sessions() as session:
            return await session.scalar(query) or 0


@dataclass
class Browser:
    """Sends the headers that browsers send, and keeps cookies."""

    site: Site
    client: httpx.AsyncClient

    async def gets(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(path, headers=headers)

    async def sees(self, path: str) -> str:
        """Returns the text of a page without its tags; the page must exist."""
        page = await self.gets(path)
        assert page.status_code == 200, page.status_code
        return text_of(page)

    async def posts(self, path: str, **fields: str) -> httpx.Response:
        """Posts a form of one of the dashboard's own pages."""
        return await self.client.post(path, data=fields, headers=own_page(self.site.url))


def own_page(url: str) -> dict[str, str]:
    """Returns the headers of a form that a page at this address posts, even without fields."""
    return {
        "Origin": url,
        "Sec-Fetch-Site": "same-origin",
        "Content-Type": "application/x-www-form-urlencoded",
    }


def text_of(page: httpx.Response) -> str:
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page.text)).split())


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, pattern
    return match[1]


@asynccontextmanager
async def open_site(
    sessions: Sessions, folder: Path, url: str = HERE, now: datetime = START
) -> AsyncIterator[Site]:
    """The dashboard while the block runs. An https address is set as its public one."""
    public = url if url.startswith("https") else ""
    settings = load(token=TOKEN, data_dir=folder, public_url=public)
    address = Address(settings.public_url, "127.0.0.1")
    address.listens_on(8080)
    dashboard = Dashboard(
        sessions,
        TOPIC,
        Languages(),
        lambda: site.now,
        address,
        settings,
        bot_link=lambda: BOT,
        tell_sign_in=lambda coordinator: site.told.append(coordinator.id),
    )
    site = Site(sessions, dashboard, url, now)
    yield site
    for browser in site.browsers:
        await browser.client.aclose()
