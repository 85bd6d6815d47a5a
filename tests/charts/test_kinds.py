"""What holds for every kind of picture, and for every chart and its table."""

import json
from dataclasses import asdict

import altair
import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.charts import looks
from quizbot.charts.figures import HIDDEN, Figure, together
from quizbot.charts.kinds import KINDS, Chart, Picture, from_json, spec, table, to_json
from tests.charts import charts
from tests.charts.charts import CHARTS, PICTURES
from tests.charts.pictures import PICTURE
from tests.charts.specifications import boxes, cells, dots, rows, said

each_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
each_picture = pytest.mark.parametrize(
    "picture", [PICTURE, *PICTURES.values()], ids=["progress", *PICTURES]
)

counts = st.none() | st.integers(0, 10**7)
shares = st.none() | st.floats(0, 1)
labels = st.text(max_size=120)


@each_chart
def test_a_table_has_a_head_for_each_of_its_columns(chart: Chart) -> None:
    told = table(chart)

    assert all(told.head)
    assert all(len(row) == len(told.head) for row in told.rows)


@each_chart
def test_what_a_chart_says_is_in_its_table_or_among_its_words(chart: Chart) -> None:
    words = asdict(chart.words)
    exact = {*cells(chart), *words.values()} | {HIDDEN, *words.get("shares", ())}
    wrapped = [row[0] for row in table(chart).rows] + [words["subtitle"]]

    for text in said(chart):
        assert text in exact or any(text.rstrip("…") in whole for whole in wrapped), text


@each_chart
def test_what_is_not_told_is_neither_drawn_nor_in_the_table(chart: Chart) -> None:
    assert charts.UNTOLD.text not in json.dumps([spec(chart), table(chart).rows])


@pytest.mark.parametrize("name", [name for name in CHARTS if "nothing told" in name])
def test_where_nothing_is_told_nothing_is_drawn_but_hatching(name: str) -> None:
    chart = CHARTS[name]

    assert boxes(chart, *looks.BOXES.keys() - {"hidden"}) == []
    assert [dot for colour in (looks.BLUE, looks.CARD) for dot in dots(chart, colour)] == []
    assert set(cells(chart)) <= {HIDDEN, "✓", ""}


@pytest.mark.parametrize(
    "chart",
    [
        charts.mastery([("Point", 0.5, None, 0.25)]),
        charts.learning([("Point", 0.5, None, 9)]),
        charts.options([("One", 0.5, 9), ("Other", None, 9)]),
        charts.options([("One", 0.5, None), ("Other", 0.5, 9)]),
        charts.health([(40, None, 10, 10, 20, None)]),
    ],
)
def test_what_follows_from_the_others_is_not_told_by_them(chart: Chart) -> None:
    assert set(cells(chart)) <= {HIDDEN, "✓", ""}
    assert not {"40", "9", "50 %", "25 %", "n = 9"} & set(said(chart))
    assert boxes(chart, *looks.BOXES.keys() - {"hidden"}) == []


@each_picture
def test_nothing_lies_outside_the_card(picture: Picture) -> None:
    specification = spec(picture)

    for row in rows(specification, "rect", "rule", "point", "text"):
        xs, ys = [row["x"], row.get("x2", row["x"])], [row["y"], row.get("y2", row["y"])]
        assert 0 < min(xs) <= max(xs) < looks.WIDTH
        assert 0 < min(ys) <= max(ys) < specification["height"]


@each_picture
def test_a_specification_is_valid_vega_lite_with_all_its_data_inside(picture: Picture) -> None:
    specification = spec(picture)

    altair.Chart.from_dict(specification)  # against the schema
    assert all(set(layer["data"]) == {"values"} for layer in specification["layer"])


@each_picture
def test_a_picture_survives_the_way_to_the_worker(picture: Picture) -> None:
    assert from_json(to_json(picture)) == picture


def test_each_kind_of_picture_has_a_name() -> None:
    assert {type(picture) for picture in (PICTURE, *PICTURES.values())} == set(KINDS.values())


@pytest.mark.parametrize(
    "data", [b"{}", b'{"kind": "film"}', b'{"kind": "digest"}', b"[]", b"no", b""]
)
def test_what_is_no_picture_is_refused(data: bytes) -> None:
    with pytest.raises((KeyError, TypeError, ValueError)):
        from_json(data)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_is_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="a number or None"):
        Figure(value, "many")


def test_figures_are_told_together_or_not_at_all() -> None:
    one, other = Figure(1, "1"), Figure(2, "2")

    assert together(one, other) == (one, other)
    assert not any(figure.told for figure in together(one, charts.UNTOLD, other))


@given(
    st.lists(st.none() | st.tuples(counts, counts, shares), max_size=100),
    st.lists(st.none() | st.tuples(*[counts] * 6), max_size=40),
)
def test_any_days_can_be_drawn(
    taking_part: list[tuple[int | None, int | None, float | None] | None],
    health: list[tuple[int | None, ...] | None],
) -> None:
    for chart in (charts.taking_part(taking_part), charts.health(health)):
        can_be_drawn(chart)


@given(
    st.lists(st.tuples(labels, shares, shares, st.integers(0, 10**6)), max_size=15),
    st.lists(st.tuples(labels, shares, shares, shares), max_size=15),
    st.lists(st.tuples(labels, shares, counts), max_size=12),
)
def test_any_points_and_options_can_be_drawn(
    points: list[tuple[str, float | None, float | None, int]],
    parts: list[tuple[str, float | None, float | None, float | None]],
    taken: list[tuple[str, float | None, int | None]],
) -> None:
    for chart in (charts.learning(points), charts.mastery(parts), charts.options(taken)):
        can_be_drawn(chart)


def can_be_drawn(chart: Chart) -> None:
    """Within the card, without what is not told, and by the worker, too."""
    test_nothing_lies_outside_the_card(chart)
    test_what_is_not_told_is_neither_drawn_nor_in_the_table(chart)
    assert from_json(to_json(chart)) == chart
