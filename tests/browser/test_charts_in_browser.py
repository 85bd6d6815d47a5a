"""Charts as a page shows them: inline, in its font, in light and dark, as wide as there is room."""

import pytest

from quizbot.charts import theme
from quizbot.charts.theme import WIDTH
from tests.browser.pages import PHONE, Pages, Scheme
from tests.charts.reading import colours, marks
from tests.charts.reading import height as card_height
from tests.charts.samples import CHARTS

# Texts that leave the card, and texts of one line that overlap.
TROUBLES = """() => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
    const card = svg.getBoundingClientRect();
    const boxes = [...svg.querySelectorAll("text")]
        .map(text => ({ box: text.getBoundingClientRect(), text: text.textContent }))
        .filter(({ box }) => box.width > 0);
    const outside = boxes.filter(({ box }) => box.left < card.left || box.right > card.right);
    const overlaps = boxes.filter(({ box }, n) => boxes.slice(n + 1).some(({ box: other }) =>
        Math.abs(box.top - other.top) < 1 && box.left < other.right && other.left < box.right));
    return [...outside, ...overlaps].map(({ text }) => text);
})"""
FILLS = """kinds => kinds.map(kind => {
    const mark = document.querySelector(`svg.chart .${kind}`);
    return mark && getComputedStyle(mark).fill;
})"""
SIZES = """() => [...document.querySelectorAll("svg.chart")].map(svg => {
    const { width, height } = svg.getBoundingClientRect();
    return [width, height];
})"""


def page_of(*names: str) -> str:
    """A page of charts with their style sheet, in the font of the dashboard."""
    css = theme.CSS.read_text(encoding="utf-8")
    body = "".join(CHARTS[name].svg() for name in names)
    return f'<style>{css}</style><body style="margin: 0; font-family: system-ui">{body}'


@pytest.mark.parametrize("name", CHARTS)
async def test_no_text_leaves_its_card_or_overlaps_another(pages: Pages, name: str) -> None:
    page = await pages.open()
    await page.set_content(page_of(name))

    assert await page.evaluate(TROUBLES) == []


@pytest.mark.parametrize("width", [280, 360, 640])
async def test_charts_fill_the_width_of_the_page(pages: Pages, width: int) -> None:
    page = await pages.open({"width": width, "height": 800})
    await page.set_content(page_of(*CHARTS))

    heights = [card_height(chart) * width / WIDTH for chart in CHARTS.values()]
    sizes = await page.evaluate(SIZES)
    assert [size[0] for size in sizes] == pytest.approx([width] * len(CHARTS), abs=0.1)
    assert [size[1] for size in sizes] == pytest.approx(heights, abs=0.1)
    assert pages.complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_charts_are_in_the_colours_of_the_theme(pages: Pages, scheme: Scheme) -> None:
    page = await pages.open(PHONE, scheme)
    names = ("participation, four weeks", "delivery, a bad week", "mastery", "options")
    await page.set_content(page_of(*names))

    fills = colours(dark=scheme == "dark")
    kinds = {mark.kind for name in names for mark in marks(CHARTS[name])} & fills.keys()
    assert len(kinds) > 12
    expected = [_rgb(fills[kind]) for kind in sorted(kinds)]
    assert await page.evaluate(FILLS, sorted(kinds)) == expected


async def test_a_chart_is_an_image_with_a_name_and_a_description(pages: Pages) -> None:
    page = await pages.open()
    await page.set_content(page_of("learning", "mastery"))

    chart = page.get_by_role("img", name=f"Mastery by key point {CHARTS['mastery'].alt}")
    assert await chart.count() == 1


def _rgb(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"
