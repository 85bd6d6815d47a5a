"""The page for reviewers, opened from a file as they will open it."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.async_api import expect

from questions import load_topic
from questions.linting import lint
from questions.reviewing.page import page as review_page
from tests.browser.pages import DESKTOP, PHONE, Pages, Scheme, Screenshots, box_of

TOPIC = Path(__file__).parents[2] / "questions" / "vitamin-b12-blood-flow"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    topic = load_topic(TOPIC)
    path = tmp_path_factory.mktemp("report") / "review.html"
    html = review_page(topic, lint(topic), dt.date(2026, 11, 22), "0123456789")
    path.write_text(html, encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_loads_nothing_else_and_has_no_complaints(
    pages: Pages, screenshots: Screenshots, address: str, scheme: Scheme
) -> None:
    page = await pages.open(DESKTOP, scheme)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))

    await page.goto(address)

    for size in (PHONE, DESKTOP):
        await page.set_viewport_size(size)
        await page.evaluate("window.scrollTo(0, 0)")
        await expect(page.get_by_role("heading", level=1)).to_be_in_viewport()
        assert await page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        await page.locator("#guessers").scroll_into_view_if_needed()
        await expect(page.get_by_role("img").locator("svg")).to_be_visible()
        await page.locator("nav").get_by_text("Coverage").click()
        await page.locator(".matrix a").first.click()
        await expect(page.locator("article:target .no")).to_be_in_viewport()
        await expect(page.locator("article:target .no")).to_have_text("1")
    assert requests == [address]
    assert pages.complaints == []
    if scheme == "light":
        await screenshots.take(page, "review-page.png")


async def test_on_paper_there_is_no_navigation_and_room_for_notes(
    pages: Pages, address: str
) -> None:
    page = await pages.open()
    await page.goto(address)
    await page.emulate_media(media="print")

    await expect(page.locator("nav")).to_be_hidden()
    notes = await box_of(page.locator(".notes").first)
    assert notes["height"] >= 40
    await expect(page.locator(".judge").first.locator(".box")).to_have_count(6)
