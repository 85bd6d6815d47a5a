"""What is on a card, read from its SVG: marks with their places, texts, colours."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from xml.etree import ElementTree as ET

from quizbot.charts import theme
from tests.charts.samples import Chart, Picture

SVG = "{http://www.w3.org/2000/svg}"


@dataclass(frozen=True)
class Mark:
    """A rectangle, a circle, a line or a text; of a text `x` is its anchor and `y` its baseline."""

    tag: str
    kind: str
    x: float
    y: float
    x2: float
    y2: float
    text: str = ""
    anchor: str = ""

    @property
    def width(self) -> float:
        return self.x2 - self.x

    @property
    def height(self) -> float:
        return self.y2 - self.y

    @property
    def middle(self) -> tuple[float, float]:
        return (self.x + self.x2) / 2, (self.y + self.y2) / 2


def root(of: Chart | Picture) -> ET.Element:
    return ET.fromstring(of.svg())  # noqa: S314 - our own


def height(of: Chart | Picture) -> float:
    return float((root(of).get("viewBox") or "").split()[3])


def marks(of: Chart | Picture, *kinds: str, legend: bool = False) -> list[Mark]:
    """The marks of these kinds, or all; those of the legend only if they are asked for."""
    every = _marks(root(of), in_legend=False)
    return [
        mark
        for mark, in_legend in every
        if (not kinds or mark.kind in kinds) and (legend or not in_legend)
    ]


def texts(of: Chart | Picture) -> list[Mark]:
    """All texts; of a picture the pieces that one font sets."""
    return [mark for mark in marks(of) if mark.tag == "text"]


def said(of: Chart | Picture) -> list[str]:
    return [text.text for text in texts(of)]


def lines_said(of: Chart | Picture) -> list[str]:
    """The texts; the pieces of one line of a picture are put together again."""
    lines: list[tuple[float, str]] = []
    for text in texts(of):
        if lines and lines[-1][0] == text.y and isinstance(of, Picture):
            lines[-1] = (text.y, f"{lines[-1][1]} {text.text}")
        else:
            lines.append((text.y, text.text))
    return [line for _, line in lines]


def _marks(element: ET.Element, *, in_legend: bool) -> Iterator[tuple[Mark, bool]]:
    in_legend = in_legend or element.get("class") == "of-legend"
    if (mark := _mark(element)) is not None:
        yield mark, in_legend
    for child in element:
        if child.tag not in {f"{SVG}defs", f"{SVG}style"}:
            yield from _marks(child, in_legend=in_legend)


def _mark(element: ET.Element) -> Mark | None:
    tag, kind = element.tag.removeprefix(SVG), element.get("class") or "hatching"
    if tag == "rect":
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        right = x + float(element.get("width", 0))
        return Mark(tag, kind, x, y, right, y + float(element.get("height", 0)))
    if tag == "circle":
        x, y, r = (float(element.get(name, 0)) for name in ("cx", "cy", "r"))
        return Mark(tag, kind, x - r, y - r, x + r, y + r)
    if tag == "path":  # its points; of a curve also those that it is drawn towards
        across, down = _numbers(element.get("transform", "")) or [0.0, 0.0]
        numbers = _numbers(element.get("d", ""))
        xs, ys = [x + across for x in numbers[::2]], [y + down for y in numbers[1::2]]
        return Mark(tag, kind, min(xs), min(ys), max(xs), max(ys))
    if tag == "text":
        x, y = float(element.get("x", 0)), float(element.get("y", 0))
        text = (element.text or "").strip("\u200f")
        return Mark(tag, kind, x, y, x, y, text, element.get("text-anchor", "start"))
    return None


def _numbers(of: str) -> list[float]:
    return [float(number) for number in re.findall(r"-?[\d.]+", of)]


@cache
def colours(*, dark: bool = False) -> dict[str, str]:
    """The fill of each kind of mark, as #RRGGBB."""
    css = theme.CSS.read_text(encoding="utf-8")
    light, of_dark = re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    variables = dict(re.findall(r"(--[\w-]+): (#\w+)", light + of_dark if dark else light))
    fills = re.findall(r"\.chart \.([\w-]+) \{[^}]*?fill: var\((.*?)\)", css)
    return {kind: variables[variable] for kind, variable in fills}
