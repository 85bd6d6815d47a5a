"""Pictures of items: SVGs beside the bank, which load nothing from elsewhere.

A picture is drawn on a card 800 wide. A phone shows it at 280 to 360 points, a third of that, so
letters have a smallest size, and all are set in the packaged fonts. Only plain shapes and text are
allowed: nothing that runs, links, loads or repeats itself without bound.
"""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeAlias

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
    """g defs title desc path rect circle ellipse line polyline polygon text tspan
    linearGradient radialGradient stop clipPath""".split()
)
_OUTSIDE = re.compile(r"url\((?!#[\w-]+\))|javascript:|data:|//|\\", re.IGNORECASE)
_DEEPEST = 20  # elements within elements; libraries fail at some hundreds
_SCALING = re.compile("scale|matrix|skew", re.IGNORECASE)
_LETTERING = {"font", "font-family", "textLength"}
# The blocks of which the packaged fonts (quizbot.charts.theme) have every character.
_NOT_DRAWN = re.compile(
    r"[^\t\n\r\u0020-\u03e1\u03f0-\u06ff\u0900-\u0edf\u1000-\u10ff\u1200-\u1399\u1780-\u17f9\u1d00-\u2199]"
)
_SIZE = re.compile(r"[0-9]+(\.[0-9]+)?(px)?")
_Refusal: TypeAlias = tuple[str, str]  # problem and remedy


@dataclass(frozen=True)
class Picture:
    """A picture without faults; `source` is its SVG without comments."""

    name: str
    source: str
    height: int

    def svg(self, font: str = "Noto Sans") -> str:
        """Returns it in its size in pixels, by default in the rasteriser's packaged font."""
        high = round(_PIXELS * self.height / WIDTH)
        head = f'width="{_PIXELS}" height="{high}" font-family="{font}"'
        return f'<svg xmlns="http://www.w3.org/2000/svg" {head}>{self.source}</svg>'


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
        text = content.decode("utf-8-sig")
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
    # Without comments, because HTML may end one elsewhere than XML.
    return Picture(name, ET.canonicalize(text), int(root.attrib["viewBox"].split()[3]))


def _refusals(root: ET.Element) -> Iterator[_Refusal]:
    box = re.fullmatch(rf"0 0 {WIDTH} ([0-9]{{3,4}})", root.get("viewBox", ""))
    if root.tag != f"{_SVG}svg" or not box or int(box[1]) not in HEIGHTS:
        tall = f"a height from {HEIGHTS[0]} to {HEIGHTS[-1]}"
        start = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} 600">'
        yield "its viewBox is wrong", f"begin with {start}, with {tall}"
    if "width" in root.attrib or "height" in root.attrib:
        yield "it sets its own width or height", "keep only the viewBox: the bot sets the size"
    yield from _attribute_refusals("svg", root)
    for element in root:
        yield from _element_refusals(element, _Inherited().within("svg", root))


class _Inherited(NamedTuple):
    """What an element gets from those around it."""

    depth: int = 0
    has_size: bool = False
    is_scaled: bool = False
    is_clip: bool = False

    def within(self, name: str, element: ET.Element) -> "_Inherited":
        return _Inherited(
            self.depth + 1,
            self.has_size or "font-size" in element.attrib,
            self.is_scaled or bool(_SCALING.search(element.get("transform", ""))),
            self.is_clip or name == "clipPath",
        )


def _element_refusals(element: ET.Element, around: _Inherited) -> Iterator[_Refusal]:
    tag = str(element.tag)
    name = tag.removeprefix(_SVG)
    here = around.within(name, element)
    if name not in _ELEMENTS or not tag.startswith(_SVG):
        yield f"it has the element {name}", "use plain shapes and text only"
    if here.depth > _DEEPEST:
        yield f"it has more than {_DEEPEST} elements within each other", "remove groups"
    if here.is_clip and "clip-path" in element.attrib:
        yield "a clipPath is clipped itself", "remove its clip-path"
    yield from _attribute_refusals(name, element)
    if name == "text":
        yield from _text_refusals(element, here)
    for child in element:
        yield from _element_refusals(child, here)


def _text_refusals(text: ET.Element, here: _Inherited) -> Iterator[_Refusal]:
    if not here.has_size:
        yield "it has a text without font-size", f"set {SMALLEST_TEXT} or more on it or around it"
    if here.is_scaled:
        yield "it has a text that is scaled", "move and rotate texts only, and set their font-size"
    if missing := _NOT_DRAWN.search("".join(text.itertext())):
        problem = f"the bot has no font for {missing[0]} (U+{ord(missing[0]):04X})"
        yield problem, "write it in words, or draw it as a path"


def _attribute_refusals(name: str, element: ET.Element) -> Iterator[_Refusal]:
    for attribute, value in element.attrib.items():
        plain = attribute.rpartition("}")[2]
        if plain == "href" or plain.startswith("on") or _OUTSIDE.search(value):
            problem = f"{plain} of an element {name} leads out of the picture or runs something"
            yield problem, "remove it: a picture stands alone"
        elif plain in {"style", "class"}:
            yield f"an element {name} has a {plain}", 'write attributes, such as fill="#0B5CAD"'
        elif plain in _LETTERING:
            yield f"an element {name} has a {plain}", "remove it: the bot draws in its own fonts"
        elif plain == "font-size" and not _is_legible(value):
            remedy = f"use {SMALLEST_TEXT} or more: a phone shows it at a third of that"
            yield f"it has letters of size {value}", remedy


def _is_legible(size: str) -> bool:
    return bool(_SIZE.fullmatch(size)) and float(size.removesuffix("px")) >= SMALLEST_TEXT
