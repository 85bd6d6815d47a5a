"""The page for reviewers, opened from a file as they will open it."""

import datetime as dt
from pathlib import Path

import pytest
from playwright.async_api import Browser, ViewportSize, expect

from questions import load_topic
from questions.linting import lint
from questions.reviewing.page import page

pytestmark = pytest.mark.browser

TOPIC = Path(__file__).parents[2] / "questions" / "vitamin-b12-blood-flow"
SIZES = {
    "desktop": ViewportSize(width=1200, height=900),
    "phone": ViewportSize(width=390, height=844),
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    topic = load_topic(TOPIC)
    path = tmp_path_factory.mktemp("report") / "review.html"
    path.write_text(page(topic, lint(topic), dt.date(2026, 11, 22), "0123456789"), encoding="utf-8")
    return path.as_uri()


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_it_fits_loads_nothing_and_has_no_complaints(
    browser: Browser, screenshots: Path, address: str, size: str, scheme: str
) -> None:
    shown = await browser.new_page(
        viewport=SIZES[size], color_scheme="dark" if scheme == "dark" else "light"
    )
    troubles: list[str] = []
    requests: list[str] = []
    shown.on("console", lambda line: troubles.append(line.text))
    shown.on("pageerror", lambda error: troubles.append(str(error)))
    shown.on("request", lambda request: requests.append(request.url))

    await shown.goto(address)

    await expect(shown.get_by_role("heading", level=1)).to_be_in_viewport()
    assert await shown.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"]
    assert requests == [address]
    assert troubles == []
    await shown.locator("#guessers").scroll_into_view_if_needed()
    await expect(shown.get_by_role("img").locator("svg")).to_be_visible()
    await shown.locator("nav").get_by_text("Coverage").click()
    await shown.locator(".matrix a").first.click()
    await expect(shown.locator("article:target .no")).to_be_in_viewport()
    await expect(shown.locator("article:target .no")).to_have_text("1")
    if (size, scheme) == ("desktop", "light"):
        await shown.screenshot(path=screenshots / "review-page.png")
    await shown.close()


async def test_on_paper_there_is_no_navigation_and_room_for_notes(
    browser: Browser, address: str
) -> None:
    shown = await browser.new_page()
    await shown.goto(address)
    await shown.emulate_media(media="print")

    await expect(shown.locator("nav")).to_be_hidden()
    notes = await shown.locator(".notes").first.bounding_box()
    assert notes is not None
    assert notes["height"] >= 40
    await expect(shown.locator(".judge").first.locator(".box")).to_have_count(6)
    await shown.close()
