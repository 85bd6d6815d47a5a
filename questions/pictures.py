"""Pictures of items: SVGs beside the bank, which load nothing from elsewhere.

A picture is drawn on a card 800 wide. A phone shows it at 280 to 360 points, a third of that, so
letters have a smallest size. Only plain shapes and text are allowed: nothing that runs, links,
loads or repeats itself without bound.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from questions.faults import Fault
from questions.items import Item

FOLDER = "pictures"
WIDTH = 800
HEIGHTS = range(300, 1001)
SMALLEST_TEXT = 28
MAX_BYTES = 64_000
_PIXELS = 1280  # the width of a photo that Telegram does not scale down
_SVG = "{http://www.w3.org/2000/svg}"
_ELEMENTS = frozenset(
    """svg g defs title desc path rect circle ellipse line polyline polygon text tspan
    linearGradient radialGradient stop clipPath""".split()
)
_OUTSIDE = re.compile(r"url\((?!#[\w-]+\))|javascript:|data:|//", re.IGNORECASE)
_BEFORE_ROOT = re.compile(r"\A(\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?(px)?")
_Refusal: TypeAlias = tuple[str, str]  # problem and remedy


@dataclass(frozen=True)
class Picture:
    """A picture without faults; `source` is the file's text."""

    name: str
    source: str
    height: int

    def svg(self, font: str = "Noto Sans") -> str:
        """Returns it in its size in pixels, by default in the rasteriser's packaged font."""
        high = round(_PIXELS * self.height / WIDTH)
        head = f'width="{_PIXELS}" height="{high}" font-family="{font}"'
        inner = _BEFORE_ROOT.sub("", self.source)
        return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{inner}</svg>'


def read_pictures(
    folder: Path, items: Iterable[Item], faults: list[Fault]
) -> Mapping[str, Picture]:
    """Returns the pictures that the items name. Adds a fault for each that cannot be used."""
    naming: dict[str, Item] = {}
    for item in items:
        if item.picture is not None:
            naming.setdefault(item.picture, item)
    pictures = {}
    for name, item in naming.items():
        file = f"{FOLDER}/{name}.svg"
        try:
            pictures[name] = _picture(name, (folder / file).read_bytes())
        except OSError as error:
            problem = f"it cannot be read ({error.strerror})"
            remedy = f"put the picture there, or remove it from {item.id}"
            faults.append(Fault(file, problem, remedy, item=item.id, field="picture"))
        except _RefusedError as refused:
            faults.append(Fault(file, refused.problem, refused.remedy))
    return pictures


class _RefusedError(Exception):
    def __init__(self, problem: str, remedy: str) -> None:
        super().__init__(problem)
        self.problem, self.remedy = problem, remedy


def _picture(name: str, content: bytes) -> Picture:
    """Returns the picture. Raises _RefusedError."""
    if len(content) > MAX_BYTES:
        raise _RefusedError(f"it has {len(content)} bytes", f"simplify it to {MAX_BYTES} or fewer")
    try:
        text = content.decode()
    except UnicodeDecodeError:
        raise _RefusedError("it is not UTF-8", "save the file as UTF-8") from None
    if re.search(r"<!(?!--)|<\?(?!xml )", text):
        remedy = "keep only the elements"
        raise _RefusedError("it has a DOCTYPE, CDATA or processing instruction", remedy)
    try:
        root = ET.fromstring(text)  # noqa: S314 - without a DOCTYPE there are no entities
    except ET.ParseError as error:
        raise _RefusedError(f"it is not XML ({error})", "correct that place") from None
    for problem, remedy in _refusals(root):
        raise _RefusedError(problem, remedy)
    return Picture(name, text, int(root.attrib["viewBox"].split()[3]))


def _refusals(root: ET.Element) -> Iterator[_Refusal]:
    box = re.fullmatch(rf"0 0 {WIDTH} ([0-9]{{3,4}})", root.get("viewBox", ""))
    if root.tag != f"{_SVG}svg" or not box or int(box[1]) not in HEIGHTS:
        tall = f"a height from {HEIGHTS[0]} to {HEIGHTS[-1]}"
        start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 600">'
        yield "it has not the size of a picture", f"begin with {start}, with {tall}"
    if "width" in root.attrib or "height" in root.attrib:
        yield "it sets its own width or height", "keep only the viewBox: the bot sets the size"
    for element in root.iter():
        yield from _element_refusals(element)


def _element_refusals(element: ET.Element) -> Iterator[_Refusal]:
    tag = str(element.tag)
    name = tag.removeprefix(_SVG)
    if name not in _ELEMENTS or not tag.startswith(_SVG):
        yield f"it has the element {name}", "use plain shapes and text only"
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2]
        if plain == "href" or plain.startswith("on") or _OUTSIDE.search(value):
            problem = f"{plain} of an element {name} leads out of the picture or runs something"
            yield problem, "remove it: a picture stands alone"
        elif plain in {"style", "class"}:
            yield f"an element {name} has a {plain}", 'write attributes, such as fill="#0B5CAD"'
        elif plain == "font-size" and not _is_legible(value):
            remedy = f"use {SMALLEST_TEXT} or more, which a phone shows a third as large"
            yield f"it has letters of size {value}", remedy


def _is_legible(size: str) -> bool:
    return bool(_SIZE.fullmatch(size)) and float(size.removesuffix("px")) >= SMALLEST_TEXT
