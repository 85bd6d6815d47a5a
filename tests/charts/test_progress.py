"""What a picture of progress says, and where."""

import json
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
import vl_convert

from quizbot.charts import calendar, lettering, looks, mastery
from quizbot.charts.kinds import from_json, to_json
from quizbot.charts.picture import Day, Point
from quizbot.charts.progress import progress_chart
from tests.charts.pictures import PICTURE, TODAY, WORDS, Pixels, luminance


def rows(specification: dict[str, Any]) -> list[dict[str, Any]]:
    """The data of all layers."""
    return [row for layer in specification["layer"] for row in layer["data"]["values"]]


def said(specification: dict[str, Any]) -> list[str]:
    return [row["text"] for row in rows(specification) if "text" in row]


def test_each_day_of_the_weeks_until_the_last_has_the_mark_of_its_outcome() -> None:
    kinds = Counter(box["kind"] for box in calendar.days(PICTURE, top=0))

    assert kinds == {"right": 1, "wrong": 1, "unanswered": 1, "no question": 12 * 7}


def test_a_week_is_a_column_from_monday_downwards() -> None:
    monday, week_before = TODAY - timedelta(days=2), TODAY - timedelta(weeks=1)
    x, y = calendar.centre(PICTURE, TODAY, 0)
    monday_x, monday_y = calendar.centre(PICTURE, monday, 0)
    earlier_x, earlier_y = calendar.centre(PICTURE, week_before, 0)

    assert (monday_x, earlier_y) == (x, y)
    assert y - monday_y == pytest.approx(2 * calendar.PITCH)
    assert x - earlier_x == pytest.approx(calendar.PITCH)


def test_a_day_is_level_with_its_weekdays_name() -> None:
    names = {text["text"]: text["y"] for text in calendar.weekdays(PICTURE, top=7)}

    assert calendar.centre(PICTURE, TODAY, top=7)[1] == names["We"]
    assert list(names) == list(WORDS.weekdays)


def test_days_before_the_first_week_are_left_out() -> None:
    old = replace(PICTURE, days=(Day(TODAY - timedelta(weeks=20), "right"),))

    assert {box["kind"] for box in calendar.days(old, top=0)} == {"no question"}


def test_a_month_is_named_above_the_week_that_has_its_first_day() -> None:
    months = calendar.months(replace(PICTURE, last_day=date(2026, 3, 1)), top=0)  # a Sunday

    assert [month["text"] for month in months] == ["Dec", "Jan", "Feb", "Mar"]
    assert months[-1]["x"] == pytest.approx(looks.MARGIN + calendar.NAMES + 12 * calendar.PITCH + 2)


def test_the_first_weeks_month_is_named_where_the_next_leaves_room() -> None:
    months = calendar.months(replace(PICTURE, weeks=2), top=0)

    assert [month["text"] for month in months] == ["Mar"]


def test_the_parts_of_a_bar_are_as_wide_as_their_counts() -> None:
    mastered, learning, new = mastery.widths((6, 3, 3))

    assert mastered == pytest.approx(2 * learning)
    assert learning == pytest.approx(new)
    assert mastered + learning + new + 2 * mastery.BETWEEN == pytest.approx(mastery.COLUMN)


@pytest.mark.parametrize("counts", [(1, 0, 200), (1, 1, 1000), (0, 0, 1), (99, 1, 99)])
def test_a_small_part_of_a_bar_has_room_for_its_number(counts: tuple[int, ...]) -> None:
    widths = mastery.widths(counts)

    for count, width in zip(counts, widths, strict=True):
        assert width >= (lettering.text_width(str(count), looks.SMALL) if count else 0)
    parts = len([width for width in widths if width])
    assert sum(widths) + (parts - 1) * mastery.BETWEEN == pytest.approx(mastery.COLUMN)


def test_a_bar_says_its_counts_and_leaves_out_noughts() -> None:
    row, _ = mastery.rows(PICTURE.points, top=0)

    assert [(kind, count["text"]) for kind, count in mastery.counts(row)] == [
        ("mastered", "4"),
        ("learning", "2"),
    ]


def test_a_point_without_questions_has_no_bar() -> None:
    (row,) = mastery.rows((Point("Nothing yet", 0, 0, 0),), top=0)

    assert mastery.bar(row) == []


def test_all_words_are_on_the_picture_and_the_alternative_text_beside_it() -> None:
    specification = progress_chart(PICTURE)

    words = {WORDS.title, WORDS.subtitle, WORDS.calendar, WORDS.points, *WORDS.weekdays}
    words |= {WORDS.right, WORDS.wrong, WORDS.unanswered}
    words |= {WORDS.mastered, WORDS.learning, WORDS.new, "Noise", "Sleep and the heart", "Feb"}
    assert words <= set(said(specification))
    assert specification["description"] == WORDS.alt


def test_a_text_that_is_empty_takes_no_room() -> None:
    bare = replace(PICTURE, words=replace(WORDS, subtitle="", calendar=""))

    assert progress_chart(bare)["height"] < progress_chart(PICTURE)["height"]


def test_a_person_without_points_gets_the_calendar_alone() -> None:
    assert WORDS.points not in said(progress_chart(replace(PICTURE, points=())))


def test_nothing_lies_outside_the_card() -> None:
    long = "A very long name of a key point that goes on and on about vessels"
    many = tuple(Point(f"{long} {n}", 100, 1, 1000) for n in range(12))
    wordy = replace(WORDS, mastered="M" * 20, learning="L" * 20, new="N" * 20)
    specification = progress_chart(replace(PICTURE, points=many, words=wordy))

    for row in rows(specification):
        assert 0 < row["x"] <= row.get("x2", row["x"]) < looks.WIDTH
        assert 0 < row["y"] <= row.get("y2", row["y"]) < specification["height"]


def test_no_text_is_smaller_than_eleven_pixels_on_a_phone() -> None:
    assert min(look.size for look in looks.TEXTS.values()) >= 11


def test_the_marks_are_drawn_at_their_places_in_their_colours() -> None:
    specification = progress_chart(PICTURE)
    pixels = Pixels(vl_convert.vegalite_to_png(specification, allowed_base_urls=[]))

    for kind in ("right", "wrong", "unanswered", "no question", "mastered", "learning", "new"):
        for box in (row for row in rows(specification) if row.get("kind") == kind):
            # A quarter of the way: a number stands in the middle of a bar.
            x, y = box["x"] + (box["x2"] - box["x"]) / 4, (box["y"] + box["y2"]) / 2
            if kind == "no question":  # a dot, too small for any place but its middle
                x = (box["x"] + box["x2"]) / 2
            assert pixels.at(x, y) == looks.BOXES[kind].fill
    assert pixels.at(1, 1) == looks.CARD


def test_wrong_days_are_told_apart_by_an_outline_and_others_by_lightness() -> None:
    fills = [looks.BOXES[kind].fill for kind in ("right", "unanswered", "wrong")]
    parts = [looks.BOXES[kind].fill for kind in ("mastered", "learning", "new")]

    for darker, lighter in (*pairwise(fills), *pairwise(parts)):
        assert luminance(lighter) - luminance(darker) > 0.15
    assert [kind for kind, look in looks.BOXES.items() if look.outline] == ["wrong", "today"]


@pytest.mark.parametrize("kind", ["mastered", "learning", "new"])
def test_a_number_stands_out_from_its_bar(kind: str) -> None:
    light, dark = sorted(
        (luminance(looks.TEXTS[kind].colour), luminance(looks.BOXES[kind].fill)), reverse=True
    )

    assert (light + 0.05) / (dark + 0.05) >= 4.5  # WCAG 2, 1.4.3


def test_the_specification_refers_to_nothing_outside() -> None:
    drawn = {layer["mark"]["type"] for layer in progress_chart(PICTURE)["layer"]}

    assert drawn == {"rect", "text"}  # no image, whose address would be fetched
    assert all("url" not in layer["data"] for layer in progress_chart(PICTURE)["layer"])


def test_a_long_name_is_wrapped_between_words_and_cut_with_an_ellipsis() -> None:
    lines = lettering.wrapped(
        "How a nap in the afternoon changes blood pressure at night", 12, 120, 2
    )

    assert lines == ["How a nap in the", "afternoon changes…"]
    assert all(lettering.text_width(line, 12) <= 120 for line in lines)


@pytest.mark.parametrize("text", ["W" * 90, "血" * 90, "א" * 90, "a " * 90])
def test_lines_never_exceed_their_width(text: str) -> None:
    lines = lettering.wrapped(text, 12, 100, 2)

    assert len(lines) == 2
    assert all(lettering.text_width(line, 12) <= 100 for line in lines)


@pytest.mark.parametrize(
    ("letter", "ems"), [("W", 0.944), ("m", 0.833), ("e", 0.556), ("i", 0.222)]
)
def test_a_text_is_thought_no_narrower_than_it_is(letter: str, ems: float) -> None:
    # The letters' widths are those of the font, Liberation Sans.
    assert lettering.text_width(letter * 10, 12) >= 10 * 12 * ems


def test_a_short_name_stays_as_it_is() -> None:
    assert lettering.wrapped("Noise", 12, 100, 2) == ["Noise"]
    assert lettering.wrapped("", 12, 100, 2) == []


def test_a_picture_survives_the_way_to_the_worker() -> None:
    assert from_json(to_json(PICTURE)) == PICTURE
    assert json.loads(to_json(PICTURE))["last_day"] == "2026-03-18"


@pytest.mark.parametrize("wrong", [{"weeks": 0}, {"weeks": 14}])
def test_a_calendar_that_has_no_room_is_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="1 to 13 weeks"):
        replace(PICTURE, **wrong)  # type: ignore[arg-type]


def test_a_calendar_needs_the_names_of_a_week_and_a_year() -> None:
    with pytest.raises(ValueError, match="seven weekdays"):
        replace(PICTURE, words=replace(WORDS, weekdays=("Mo",)))
