"""Every kind of picture through a real worker, as PNG and as SVG."""

import re
from collections.abc import AsyncIterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, TypeVar, cast
from xml.etree import ElementTree as ET

import pytest
import pytest_asyncio
import vl_convert

from quizbot.charts import looks
from quizbot.charts.drawing import Drawing
from quizbot.charts.kinds import Picture, from_json, spec, to_json
from tests.charts.charts import CHARTS, PICTURES
from tests.charts.pictures import PICTURE, Pixels, size
from tests.charts.specifications import boxes

# One worker draws for all.
pytestmark = pytest.mark.asyncio(loop_scope="module")

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {type(picture): picture for picture in (PICTURE, *reversed(PICTURES.values()))}
HOSTILE = (
    "<script>alert(1)</script>",
    "</text></svg><image href='https://example.org/x.png'/>",
    "&amp; & &lt; \" ' ` ]]> <!-- --",
    "\x00\x07\x1b\ud800\ufffe\u202e\u2066",
    "x" * 10_000,
    "wide 血 " * 1500,
    "%s {0} ${datum} {{x}}",
    "",
)
Some = TypeVar("Some")


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def drawing() -> AsyncIterator[Drawing]:
    async with Drawing() as drawing:
        yield drawing


@pytest.mark.parametrize("name", PICTURES)
async def test_a_png_is_three_times_and_an_svg_as_large_as_the_card(
    drawing: Drawing, name: str
) -> None:
    picture = PICTURES[name]
    height = spec(picture)["height"]

    png, svg = await drawing.draw(picture), await drawing.draw(picture, "svg")

    assert size(png) == (looks.WIDTH * looks.SCALE, height * looks.SCALE)
    root = ET.fromstring(svg)  # noqa: S314 - our own
    assert root.tag == f"{SVG}svg"
    assert root.get("viewBox") == f"0 0 {looks.WIDTH} {height}"


async def test_an_svg_says_its_words_as_text_in_fonts_of_any_browser(drawing: Drawing) -> None:
    svg = ET.fromstring(await drawing.draw(CHARTS["learning"], "svg"))  # noqa: S314
    texts = list(svg.iter(f"{SVG}text"))

    assert {"First attempt", "+17 (8 to 26)", "n = 34"} <= {text.text for text in texts}
    for text in texts:
        assert (text.get("font-family") or "").endswith("Arial, Helvetica, sans-serif")


async def test_the_bars_are_drawn_at_their_places_in_their_colours(drawing: Drawing) -> None:
    chart = CHARTS["health, a bad week"]
    svg = (await drawing.draw(chart, "svg")).decode()
    pixels = Pixels(vl_convert.svg_to_png(svg))

    for kind in ("in_time", "late", "unconfirmed", "refused", "unsent", "reminders"):
        for box in boxes(chart, kind):
            x, y = (box["x"] + box["x2"]) / 2, (box["y"] + box["y2"]) / 2
            assert pixels.at(x, y) == looks.BOXES[kind].fill


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
async def test_no_text_breaks_a_picture_or_gets_out_of_it(
    drawing: Drawing, kind: type[Picture], text: str
) -> None:
    picture = saying(text, KINDS[kind])
    assert from_json(to_json(picture)) == picture

    svg = await drawing.draw(picture, "svg")

    assert size(await drawing.draw(picture))[0] == looks.WIDTH * looks.SCALE
    # Nothing is run, and nothing is fetched.
    tags = {element.tag for element in ET.fromstring(svg).iter()}  # noqa: S314
    assert tags <= {f"{SVG}{name}" for name in ("svg", "g", "rect", "path", "line", "text")}
    markup = re.sub(rb">[^<]*<", b"><", svg)
    for wrong in (rb"(?<!xmlns)(?<!xmlns:xlink)=\"https?:", rb"\bhref", rb"url\(", rb"\bon\w+="):
        assert not re.search(wrong, markup)
    assert len(svg) < 200_000


def saying(text: str, value: Some) -> Some:
    """The value with all its texts replaced by that one."""
    if isinstance(value, str):
        return cast("Some", text)
    if isinstance(value, tuple):
        return cast("Some", tuple(saying(text, each) for each in value))
    if is_dataclass(value) and not isinstance(value, type):
        changed: dict[str, Any] = {
            field.name: saying(text, getattr(value, field.name))
            for field in fields(value)
            if field.name != "outcome"
        }
        return cast("Some", replace(value, **changed))
    return value
