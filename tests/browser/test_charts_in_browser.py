"""Charts as a page shows them: pictures on a phone and on a desktop, in whatever font there is."""

import base64

import pytest
from playwright.async_api import Browser, ViewportSize

from quizbot.charts import looks
from quizbot.charts.drawing import Drawing
from quizbot.charts.kinds import spec
from tests.charts.charts import PICTURES

pytestmark = pytest.mark.browser

OUTSIDE = """width => [...document.querySelectorAll("text")]
    .filter(text => {
        const { left, right } = text.getBoundingClientRect();
        return right > left && (left < 0 || right > width);
    })
    .map(text => text.textContent)"""
SHOWN = """images => images.map(image => [
    image.complete, image.naturalWidth, image.naturalHeight, image.clientWidth])"""


async def test_no_text_is_cut_off_in_the_fonts_of_the_browser(browser: Browser) -> None:
    page = await browser.new_page()
    async with Drawing() as drawing:
        for name, picture in PICTURES.items():
            svg = (await drawing.draw(picture, "svg")).decode()
            await page.set_content(f'<body style="margin: 0">{svg}')

            assert await page.evaluate(OUTSIDE, looks.WIDTH) == [], name


@pytest.mark.parametrize("width", [360, 640])
async def test_charts_fill_the_width_of_the_page(browser: Browser, width: int) -> None:
    page = await browser.new_page(viewport=ViewportSize(width=width, height=800))
    troubles: list[str] = []
    page.on("console", lambda line: troubles.append(line.text))
    async with Drawing() as drawing:
        drawn = [await drawing.draw(picture, "svg") for picture in PICTURES.values()]

    sources = [f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}" for svg in drawn]
    await page.set_content(
        '<body style="margin: 0">'
        + "".join(f'<img alt="" style="width: 100%" src="{source}">' for source in sources)
    )

    heights = [spec(picture)["height"] for picture in PICTURES.values()]
    shown = await page.eval_on_selector_all("img", SHOWN)
    assert shown == [[True, looks.WIDTH, height, width] for height in heights]
    assert troubles == []
