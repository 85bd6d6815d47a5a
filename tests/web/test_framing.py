"""Whose page may show ours in a frame: a local Telegram's only if all of it is on this machine."""

from dataclasses import replace

import httpx
import pytest

from quizbot.settings import load
from quizbot.web.routes import dashboard_app
from quizbot.web.sessions import Address
from tests.telegram.sandbox import TOKEN
from tests.web.site import PUBLIC, Site

LOCAL_TELEGRAM, TELEGRAM = "http://127.0.0.1:8081", "https://api.telegram.org"


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
async def test_pages_of_this_machine_are_framed_where_telegram_is_this_machines(
    sqlite_site: Site, public: str, telegram: str, local: bool
) -> None:
    site = sqlite_site
    folder = site.dashboard.settings.data_dir
    settings = load(token=TOKEN, data_dir=folder, api_url=telegram, public_url=public)
    address = Address(settings.public_url, "127.0.0.1")
    dashboard = replace(site.dashboard, settings=settings, address=address)
    transport = httpx.ASGITransport(dashboard_app(dashboard))
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as browser:
        policy = (await browser.get("/app")).headers["content-security-policy"]
    assert ("http://127.0.0.1:*" in policy) == local
    assert "https://web.telegram.org" in policy
