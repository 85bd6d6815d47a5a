"""One Chromium for all browser tests of a worker. On Debian: apt-get install chromium."""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.chat_page import Sandbox, chat_page
from tests.browser.pages import Pages, Screenshots
from tests.sizes import PATIENCE

_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests of this folder."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.browser)
            item.add_marker(pytest.mark.xdist_group("browser"))


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of Chromium. Without one the tests are skipped, but CI must have it."""
    found = next((path for name in _NAMES if (path := shutil.which(name))), None)
    if found is None and os.environ.get("CI") == "true":
        pytest.fail("no Chromium found, and CI runs the browser tests: install chromium")
    if found is None:
        pytest.skip("no Chromium found: install chromium to run the browser tests")
    return found


@pytest.fixture(scope="session")
async def running_browser(chromium: str) -> AsyncIterator[Browser]:
    """The browser, started once."""
    expect.set_options(timeout=1000 * PATIENCE)  # else 5 s
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium, args=_FLAGS, timeout=1000 * PATIENCE
        )
        yield browser
        await browser.close()


@pytest.fixture
async def browser(running_browser: Browser) -> AsyncIterator[Browser]:
    """The browser without any page; the pages that a test opens are closed after it."""
    yield running_browser
    for context in running_browser.contexts:
        await context.close()


@pytest.fixture(scope="session")
def free_pages() -> list[Page]:
    """The open pages that no test uses at the moment."""
    return []


@pytest.fixture
async def pages(running_browser: Browser, free_pages: list[Page]) -> AsyncIterator[Pages]:
    """Opens pages, and empties them after the test."""
    pages = Pages(running_browser, free_pages)
    yield pages
    await pages.clear()


@pytest.fixture
async def sandbox(pages: Pages) -> AsyncIterator[Sandbox]:
    """The chat page, with a bot and two people."""
    async with chat_page(pages) as sandbox:
        yield sandbox


@pytest.fixture
def screenshots() -> Screenshots:
    """Pictures for the README, taken by `make screenshots`."""
    return Screenshots(os.environ.get("SCREENSHOTS"))


@pytest.fixture
def pictures() -> Screenshots:
    """Pictures to look at, taken where the environment names a folder in PICTURES."""
    return Screenshots(os.environ.get("PICTURES"))
