"""What is on a picture, read from its specification."""

from typing import Any

from quizbot.charts.kinds import Chart, Picture, spec, table

LEGEND = 12  # pixels of its marks


def rows(specification: dict[str, Any], *marks: str) -> list[dict[str, Any]]:
    """The data of all layers with such marks."""
    return [
        row
        for layer in specification["layer"]
        if layer["mark"]["type"] in marks
        for row in layer["data"]["values"]
    ]


def said(picture: Picture) -> list[str]:
    """All texts."""
    return [row["text"].strip("\u200f") for row in rows(spec(picture), "text")]


def cells(chart: Chart) -> list[str]:
    """All of the table but its head and its first column."""
    return [cell for row in table(chart).rows for cell in row[1:]]


def boxes(picture: Picture, *kinds: str) -> list[dict[str, Any]]:
    """The rectangles of these kinds without those of the legend."""
    return [
        row
        for row in rows(spec(picture), "rect")
        if row["kind"] in kinds and (width(row), height(row)) != (LEGEND, LEGEND)
    ]


def width(box: dict[str, Any]) -> float:
    return float(box["x2"] - box["x"])


def height(box: dict[str, Any]) -> float:
    return float(box["y2"] - box["y"])


def dots(picture: Picture, fill: str) -> list[dict[str, Any]]:
    """The discs of that colour without the legend's, which is the first."""
    return [
        row
        for layer in spec(picture)["layer"]
        if (layer["mark"]["type"], layer["mark"].get("fill")) == ("point", fill)
        for row in layer["data"]["values"][1:]
    ]


def strokes(picture: Picture, colour: str, wide: float) -> list[dict[str, Any]]:
    """The lines of that colour and width."""
    return [
        row
        for layer in spec(picture)["layer"]
        if (layer["mark"]["type"], layer["mark"].get("color")) == ("rule", colour)
        if layer["mark"]["strokeWidth"] == wide
        for row in layer["data"]["values"]
    ]
