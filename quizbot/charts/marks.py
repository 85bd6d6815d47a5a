"""What is placed on a picture, rows of data with their places, and the marks that draw them."""

from collections.abc import Sequence
from typing import TypedDict

import altair as alt

from quizbot.charts import looks


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


def boxes(rows: Sequence[Box], height: float, look: looks.BoxLook) -> alt.Chart:
    """A rectangle for each row."""
    chart: alt.Chart = (
        _chart(rows)
        .mark_rect(
            fill=look.fill,
            cornerRadius=look.radius,
            stroke=look.outline,
            strokeWidth=2 if look.outline else 0,
        )
        .encode(x=_x(), x2="x2", y=_y(height), y2="y2")
    )
    return chart


def texts(rows: Sequence[Text], height: float, look: looks.TextLook) -> alt.Chart:
    """A line for each row, cut with an ellipsis where it is wider than the look allows."""
    chart: alt.Chart = (
        _chart(rows)
        .mark_text(
            fontSize=look.size,
            fontWeight="bold" if look.bold else "normal",
            color=look.colour,
            align="center" if look.centred else "left",
            baseline="middle",
            limit=look.limit,
        )
        .encode(x=_x(), y=_y(height), text=alt.Text("text", type="nominal"))
    )
    return chart


def _chart(rows: Sequence[Box] | Sequence[Text]) -> alt.Chart:
    return alt.Chart(alt.Data(values=list(rows)))  # type: ignore[no-untyped-call]


# The data already say where a mark is, in pixels, so that no label can push anything about.
def _x() -> alt.X:
    return alt.X("x", type="quantitative", scale=_pixels(looks.WIDTH), axis=None)


def _y(height: float) -> alt.Y:
    return alt.Y("y", type="quantitative", scale=_pixels(height), axis=None)


def _pixels(length: float) -> alt.Scale:
    return alt.Scale(domain=[0, length], range=[0, length], nice=False, zero=False)
