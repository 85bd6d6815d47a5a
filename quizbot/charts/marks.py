"""What is placed on a picture, rows of data with their places, and the marks that draw them.

A layer of Vega-Lite for each look. Its data already say where a mark is, in pixels, so that no
label can push anything about.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

from quizbot.charts import lettering, looks

Layer = dict[str, Any]

_LONGEST = 200  # characters that are measured to find where a line must be cut


class Box(TypedDict):
    """A rectangle, and what it stands for."""

    kind: str
    x: float
    y: float
    x2: float
    y2: float


class Text(TypedDict):
    """A line of text; `y` is its middle."""

    text: str
    x: float
    y: float


class Stroke(TypedDict):
    """A straight line."""

    x: float
    y: float
    x2: float
    y2: float


class Dot(TypedDict):
    """The middle of a round mark."""

    x: float
    y: float


def boxes(rows: Sequence[Box], height: float, look: looks.BoxLook) -> Layer:
    """A rectangle for each row."""
    mark = {"type": "rect", "fill": look.fill, "cornerRadius": look.radius}
    if look.outline:
        mark |= {"stroke": look.outline, "strokeWidth": 2}
    return _layer(rows, mark, _places(height) | _ends())


def strokes(rows: Sequence[Stroke], height: float, look: looks.StrokeLook) -> Layer:
    """A line for each row."""
    mark = {"type": "rule", "color": look.colour, "strokeWidth": look.width, "strokeCap": "round"}
    return _layer(rows, mark, _places(height) | _ends())


def dots(rows: Sequence[Dot], height: float, look: looks.DotLook) -> Layer:
    """A disc for each row."""
    mark = {
        "type": "point",
        "shape": "circle",
        "size": look.size**2,  # a symbol's size is that of the square around it
        "fill": look.fill,
        "stroke": look.outline,
        "strokeWidth": look.line,
        "opacity": 1,
    }
    return _layer(rows, mark, _places(height))


def texts(rows: Sequence[Text], height: float, look: looks.TextLook) -> Layer:
    """A line for each row, cut with an ellipsis where it is wider than the look allows."""
    mark = {
        "type": "text",
        "fontSize": look.size,
        "fontWeight": "bold" if look.bold else "normal",
        "color": look.colour,
        "align": look.align,
        "baseline": "middle",
        "limit": look.limit,
    }
    said = [
        {**row, "text": lettering.sided(lettering.printable(row["text"][:_LONGEST]))}
        for row in rows
    ]
    text = {"text": {"field": "text", "type": "nominal"}}
    return _layer(said, mark, _places(height) | text)


def _layer(
    rows: Sequence[Mapping[str, Any]], mark: dict[str, Any], encoding: dict[str, Any]
) -> Layer:
    return {"data": {"values": list(rows)}, "mark": mark, "encoding": encoding}


def _places(height: float) -> dict[str, Any]:
    return {"x": _pixels("x", [0, looks.WIDTH]), "y": _pixels("y", [0, height])}


def _ends() -> dict[str, Any]:
    return {"x2": {"field": "x2"}, "y2": {"field": "y2"}}


def _pixels(field: str, span: list[float]) -> dict[str, Any]:
    scale = {"domain": span, "range": span, "nice": False, "zero": False}
    return {"field": field, "type": "quantitative", "scale": scale, "axis": None}
