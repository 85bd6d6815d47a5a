"""What each chart shows, and where."""

from dataclasses import replace
from datetime import timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizbot.charts import lettering, looks
from quizbot.charts.kinds import spec, table
from quizbot.charts.parts import shared_out
from tests.charts import charts
from tests.charts.charts import MONDAY, PICTURES
from tests.charts.pictures import luminance
from tests.charts.specifications import boxes, dots, height, rows, said, strokes, width

STATES = ("in_time", "late", "unconfirmed", "refused", "unsent")


def test_days_that_are_not_told_are_hatched_in_one_piece_without_a_bar() -> None:
    chart = charts.taking_part([(9, 8, 0.5), (9, None, None), (9, None, None), (9, 7, 0.5)])

    counts, accuracy = boxes(chart, "hidden")
    assert (accuracy["x"], accuracy["x2"]) == (counts["x"], counts["x2"])
    bars = boxes(chart, "asked")
    assert [bar["x2"] < counts["x"] for bar in bars] == [True, False]
    assert [bar["x"] > counts["x2"] for bar in bars] == [False, True]


def test_the_answered_stand_before_the_asked_in_proportion() -> None:
    chart = charts.taking_part([(40, 10, 0.5), (20, 20, 1.0)])
    asked, answered = boxes(chart, "asked"), boxes(chart, "answered")

    assert height(asked[0]) == pytest.approx(4 * height(answered[0]))
    assert height(asked[0]) == pytest.approx(2 * height(asked[1]))
    assert (answered[0]["x"], answered[0]["y2"]) == (asked[0]["x"], asked[0]["y2"])


def test_a_nought_has_no_bar_and_a_one_among_many_can_be_seen() -> None:
    chart = charts.taking_part([(1000, 0, 0.0), (1000, 1, 1.0)])

    (bar,) = boxes(chart, "answered")
    assert height(bar) == pytest.approx(2)


def test_the_line_of_accuracy_breaks_at_days_not_told_and_at_days_without_a_question() -> None:
    one = (9, 9, 0.5)
    chart = charts.taking_part([one, one, None, one, (9, 9, None), one, one])

    assert len(strokes(chart, looks.ORANGE, 2)) == 2
    assert len(dots(chart, looks.CARD)) == 5


def test_days_outside_the_period_are_left_out_of_chart_and_table() -> None:
    week = replace(
        charts.season(28), first=MONDAY + timedelta(days=7), last=MONDAY + timedelta(days=13)
    )

    assert [row[0] for row in table(week).rows] == [f"{day} Mar" for day in range(9, 14)]
    assert len(boxes(week, "asked")) == 5


@pytest.mark.parametrize(
    ("length", "named"),
    [
        (1, ["2 Mar"]),
        (5, ["2 Mar", "3 Mar", "4 Mar", "5 Mar", "6 Mar"]),
        (28, ["2 Mar", "9 Mar", "16 Mar", "23 Mar"]),
        (92, ["2 Mar", "1 Apr", "1 May", "1 Jun"]),
    ],
)
def test_as_many_days_are_named_as_there_is_room_for(length: int, named: list[str]) -> None:
    chart = charts.season(length)

    assert [text for text in said(chart) if text in {day.label for day in chart.days}] == named


@pytest.mark.parametrize("length", range(1, 400, 13))
def test_names_of_days_never_touch(length: int) -> None:
    chart = charts.season(length)
    labels = {day.label for day in chart.days}
    names = [row for row in rows(spec(chart), "text") if row["text"] in labels]

    assert names
    for before, after in pairwise(names):
        widths = [lettering.text_width(row["text"], looks.SMALL) for row in (before, after)]
        assert after["x"] - before["x"] > sum(widths) / 2


def test_the_states_of_a_day_are_stacked_in_proportion() -> None:
    chart = charts.health([(40, 20, 11, 9, 20, 3)])
    stack = [box for state in STATES for box in boxes(chart, state)]

    unit = height(stack[0]) / 40
    assert [height(box) / unit for box in stack] == pytest.approx([40, 20, 11, 9, 20])
    assert all(below["y"] == pytest.approx(above["y2"]) for below, above in pairwise(stack))


def test_states_that_may_touch_differ_in_lightness() -> None:
    lightness = sorted(luminance(looks.BOXES[state].fill) for state in STATES)

    assert all(lighter - darker > 0.08 for darker, lighter in pairwise(lightness))


def test_shares_right_lie_on_the_line_of_their_point() -> None:
    chart = charts.learning([("Point", 0.25, 0.75, 20), ("Another", 0.0, 1.0, 20)])
    first, nought = (dot["x"] for dot in dots(chart, looks.CARD))
    later, whole = (dot["x"] for dot in dots(chart, looks.BLUE))

    assert first == pytest.approx(nought + 0.25 * (whole - nought))
    assert later == pytest.approx(nought + 0.75 * (whole - nought))


def test_the_parts_of_a_point_fill_its_bar() -> None:
    chart = charts.mastery([("Point", 0.5, 0.25, 0.25)])
    (mastered,), (learning,), (new,) = (
        boxes(chart, kind) for kind in ("mastered", "learning", "new")
    )

    assert (mastered["x"], new["x2"]) == (looks.MARGIN, pytest.approx(looks.WIDTH - looks.MARGIN))
    assert width(mastered) == pytest.approx(2 * width(learning))


def test_the_bars_of_options_are_as_long_as_their_shares() -> None:
    chart = charts.options([("One", 0.5, 10), ("Two", 0.3, 6), ("Three", 0.2, 4)])
    (key,), (two, three) = boxes(chart, "key"), boxes(chart, "other")

    assert width(key) / 5 == pytest.approx(width(two) / 3) == pytest.approx(width(three) / 2)


def test_the_key_is_marked_by_a_tick_and_bold_letters() -> None:
    chart = charts.options([("Right", 0.5, 5), ("Wrong", 0.5, 5)], key=0)
    bold = {
        row["text"]
        for layer in spec(chart)["layer"]
        if layer["mark"].get("fontWeight") == "bold"
        for row in layer["data"]["values"]
    }

    assert "Right" in bold
    assert "Wrong" not in bold
    assert len(strokes(chart, looks.BLUE, 2.5)) == 2
    assert [row[3] for row in table(chart).rows] == ["✓", ""]


def test_a_digest_says_all_that_it_is_given() -> None:
    texts = said(PICTURES["digest"])

    for text in ("48", "78 %", "+5 points", "−2", "38", "Su", "62 %", "79 %", "31 % right"):
        assert text in texts


def test_a_digest_without_a_gain_says_why_and_without_a_question_nothing() -> None:
    texts = said(PICTURES["digest, little"])

    assert "Too few people answered" in texts
    assert not {"Hardest question", "31 % right"} & set(texts)


def test_a_text_from_the_right_has_its_question_mark_at_its_left() -> None:
    assert lettering.sided("מה?") == "\u200fמה?\u200f"
    assert lettering.sided("B12 מה?") == "B12 מה?"


@pytest.mark.parametrize(
    "text", ["a\x00b", "a\x1bb", "a\ud800b", "a\ufffeb", "a\u202eb", "a\u2066b"]
)
def test_what_xml_cannot_hold_or_what_turns_letters_around_is_left_out(text: str) -> None:
    assert lettering.printable(text) == "ab"


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=6), st.floats(20, 400))
def test_a_length_is_shared_out_without_rest(values: list[float], room: float) -> None:
    lengths = shared_out(values, [2.0] * len(values), room)

    assert sum(lengths) == pytest.approx(room)
    assert min(lengths) >= 2 - 1e-9


def test_where_there_is_no_room_for_all_of_the_least_it_is_shared_out_too() -> None:
    assert shared_out([1, 1], [30, 90], 40) == pytest.approx([10, 30])
