"""Charts as a page shows them: inline, in its font, in light and dark, as wide as there is room."""

from html import escape
from pathlib import Path

import pytest

from questions import load_topic
from quizbot import web
from quizbot.charts import theme
from quizbot.charts.theme import MARGIN, WIDTH
from tests.browser.pages import PHONE, Pages, Scheme
from tests.charts.reading import colours, marks
from tests.charts.reading import height as card_height
from tests.charts.samples import CHARTS, options

TOPIC = Path("questions/vitamin-b12-blood-flow")

# Texts that leave their card, or touch another text or a bar that they are not written on.
TROUBLES = """() => [...document.querySelectorAll("svg.chart")].flatMap(svg => {
    const card = svg.getBoundingClientRect();
    const boxes = what => [...svg.querySelectorAll(what)]
        .map(each => ({ box: each.getBoundingClientRect(), text: each.textContent }))
        .filter(({ box }) => box.width > 0);
    const texts = boxes("text"), bars = boxes("rect:not(.hidden)").concat(boxes("circle"));
    const labels = boxes("text.label, text.key-label, text.value, text.count, text.legend");
    const touch = (one, other) => one.left < other.right && other.left < one.right
        && one.top < other.bottom - 2 && other.top < one.bottom - 2;
    const outside = texts.filter(({ box }) => box.left < card.left || box.right > card.right
        || box.top < card.top - 1 || box.bottom > card.bottom + 1);
    const overlaps = texts.filter(({ box }, n) =>
        texts.slice(n + 1).some(({ box: other }) => touch(box, other)));
    const covered = labels.filter(({ box }) => bars.some(({ box: bar }) => touch(box, bar)));
    return [...outside, ...overlaps, ...covered].map(({ text }) => text);
})"""
BEYOND = """right => [...document.querySelectorAll("svg.chart text")]
    .filter(text => text.getBoundingClientRect().right > right).map(text => text.textContent)"""
WIDTHS = """() => [...document.querySelectorAll("svg.chart text")]
    .map(text => text.getBoundingClientRect().width)"""
# What Debian has in place of a page's fonts, and the widest that systems bring along.
WIDE = '"DejaVu Sans", Verdana, system-ui'
FILLS = """kinds => kinds.map(kind => {
    const mark = document.querySelector(`svg.chart .${kind}`);
    return mark && getComputedStyle(mark).fill;
})"""
SIZES = """() => [...document.querySelectorAll("svg.chart")].map(svg => {
    const { width, height } = svg.getBoundingClientRect();
    return [width, height];
})"""


def page_of(*names: str) -> str:
    return page_with(*(CHARTS[name].svg() for name in names))


def page_with(*charts: str) -> str:
    """A page of charts with their style sheet, in the font of the dashboard."""
    css = theme.CSS.read_text(encoding="utf-8")
    return f"<style>{css}</style><body style='margin: 0; font-family: {WIDE}'>{''.join(charts)}"


@pytest.mark.parametrize("name", CHARTS)
async def test_no_text_leaves_its_card_or_overlaps_another(pages: Pages, name: str) -> None:
    page = await pages.open()
    await page.set_content(page_of(name))

    assert await page.evaluate(TROUBLES) == []


async def test_no_option_of_the_bank_leaves_the_margins_of_its_card_or_touches_the_next(
    pages: Pages,
) -> None:
    """With everybody's answer the same, a share has the least room."""
    charts = [
        options([(each.text, 1.0, 12_345) for each in item.options]).svg()
        for item in load_topic(TOPIC).approved
    ]
    page = await pages.open(PHONE)
    await page.set_content(page_with(*charts))

    assert await page.evaluate(TROUBLES) == []
    right = (WIDTH - MARGIN) / WIDTH * PHONE["width"]
    assert await page.evaluate(BEYOND, right + 1) == []


@pytest.mark.parametrize("style", ["label", "key-label"])
async def test_no_text_of_the_bank_is_wider_than_it_is_taken_to_be(
    pages: Pages, style: str
) -> None:
    topic = load_topic(TOPIC)
    words = [option.text for item in topic.approved for option in item.options]
    words += [point.title for point in topic.key_points]
    lines = "".join(f'<text class="{style}">{escape(each)}</text>' for each in words)
    page = await pages.open()
    await page.set_content(page_with(f'<svg class="chart">{lines}</svg>'))

    widths = zip(words, await page.evaluate(WIDTHS), strict=True)
    assert [each for each, width in widths if width > theme.browser_width(each, style)] == []


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


async def test_a_printed_page_is_without_navigation_and_no_chart_is_split(pages: Pages) -> None:
    css = (Path(web.__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
    page = await pages.open()
    await page.set_content(
        f"<style>{css}</style><nav class='side'>Pages</nav><header class='top'>"
        "<a class='where'>Spring</a><form class='leave'>Sign out</form></header><main>"
        f"<section class='panel'>{CHARTS['mastery'].svg()}</section></main>"
    )
    await page.emulate_media(media="print")

    seen = await page.locator("body").inner_text()
    assert "Spring" in seen
    assert not {"Pages", "Sign out"} & set(seen.split("\n"))
    assert await page.get_by_role("img").is_visible()
    for what in (".panel", ".chart"):
        assert await page.locator(what).evaluate("each => getComputedStyle(each).breakInside") == (
            "avoid"
        )


async def test_the_letters_of_charts_are_about_as_large_as_those_of_the_page(pages: Pages) -> None:
    """On a phone and on a large screen."""
    css = (Path(web.__file__).parent / "static" / "style.css").read_text(encoding="utf-8")
    drawn = "".join(CHARTS["mastery"].svg(width) for width in theme.PAGE_WIDTHS)
    for width, least, most in ((390, 14, 15), (800, 13, 18), (1280, 14, 16)):
        page = await pages.open({"width": width, "height": 800})
        await page.set_content(
            f"<style>{css}</style><main><section class='panel' style='max-width: 63rem'>"
            f"<div class='drawn'>{drawn}</div></section></main>"
        )
        scale = await page.get_by_role("img").evaluate("each => each.getScreenCTM().a")
        assert least - 0.1 <= theme.text_styles()["label"].size * scale <= most
