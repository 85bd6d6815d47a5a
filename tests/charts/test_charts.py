"""What each chart and each picture shows, and where, read from its SVG."""

import re
from collections import Counter
from dataclasses import fields, is_dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any, TypeVar, cast
from xml.etree import ElementTree as ET

import pytest
from babel.messages.extract import extract_from_dir
from hypothesis import given, settings
from hypothesis import strategies as st

from db.programmes import MAX_NAME_LENGTH
from quizbot.charts import SUPPRESSED, Figure, theme, together
from quizbot.charts.days import STATES, Delivery, Participation
from quizbot.charts.digest import DigestPicture
from quizbot.charts.items import Options
from quizbot.charts.keepsakes import MilestonePicture, RecapPicture
from quizbot.charts.learning import Learning
from quizbot.charts.mastery import KINDS, Mastery, bar
from quizbot.charts.progress import Point, ProgressPicture
from quizbot.charts.theme import MARGIN, WIDTH, text_width
from tests.charts import samples
from tests.charts.png import contrast
from tests.charts.reading import SVG, Mark, colours, lines_said, marks, root, said, texts
from tests.charts.reading import height as card_height
from tests.charts.samples import (
    CHARTS,
    ENGLISH,
    EVERYTHING,
    MONDAY,
    PICTURES,
    PROGRESS,
    TODAY,
    Chart,
    English,
    Picture,
)

COUNTED = {
    "asked",
    "answered",
    *STATES,
    "reminders",
    *KINDS,
    "key",
    "other",
    "first",
    "later",
}
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
TITLES = {
    Participation: "Taking part",
    Delivery: "Day by day",
    Learning: "Learning by key point",
    Mastery: "Mastery by key point",
    Options: "What people chose",
    ProgressPicture: "Your progress",
    DigestPicture: "Spring programme",
    RecapPicture: "My week",
}
KINDS_OF_CARD = {type(card): card for card in reversed(EVERYTHING.values())}

each_chart = pytest.mark.parametrize("chart", CHARTS.values(), ids=CHARTS)
each_card = pytest.mark.parametrize("card", EVERYTHING.values(), ids=EVERYTHING)

counts = st.none() | st.integers(0, 10**7)
shares = st.none() | st.floats(0, 1)
labels = st.text(max_size=120)
Some = TypeVar("Some")


# All charts and pictures.


@each_card
def test_nothing_lies_outside_the_card(card: Chart | Picture) -> None:
    bottom = card_height(card)
    for mark in marks(card, legend=True):
        if mark.kind not in ("ground", "night"):
            assert 0 < mark.x <= mark.x2 < WIDTH, mark
            assert 0 < mark.y <= mark.y2 < bottom, mark


@each_card
def test_no_texts_of_a_line_overlap(card: Chart | Picture) -> None:
    places = [(text.y, *_ends(text), text) for text in texts(card) if text.text]
    for (y, _, right, text), (other_y, left, _, after) in pairwise(
        sorted(places, key=lambda place: place[:2])
    ):
        assert abs(y - other_y) > 0.1 or left - right > -0.6, (text, after)


def _ends(text: Mark) -> tuple[float, float]:
    width = text_width(text.text, text.kind)
    left = text.x - width * {"start": 0, "middle": 0.5, "end": 1}[text.anchor]
    return left, left + width


@each_card
def test_a_card_has_a_title_and_a_description(card: Chart | Picture) -> None:
    svg = root(card)
    titles = {element.get("id"): element.text for element in svg if element.get("id")}

    assert svg.get("role") == "img"
    named = [titles[name] for name in (svg.get("aria-labelledby") or "").split()]
    title = TITLES.get(type(card), "")
    if isinstance(card, MilestonePicture):
        title = f"{card.number} {card.unit}"
    assert named == [title, card.alt]


def test_two_charts_of_a_page_have_no_id_in_common() -> None:
    ids = [
        element.get("id")
        for kind in ("learning", "mastery")
        for element in root(CHARTS[kind]).iter()
        if element.get("id")
    ]

    assert len(set(ids)) == len(ids) == 6


@each_card
def test_the_marks_of_a_legend_are_level_with_their_words(card: Chart | Picture) -> None:
    of_legend = set(marks(card, legend=True)) - set(marks(card))
    examples = [mark for mark in of_legend if mark.kind not in ("hatching", "flake")]
    words = [(text.x, _level(text)) for text in texts(card) if text.kind == "legend"]

    assert bool(examples) == bool(words)
    for mark in examples:
        after = [x - mark.x2 for x, y in words if abs(y - mark.middle[1]) < 0.02]
        assert any(5 < room < 10 for room in after), mark


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", KINDS_OF_CARD, ids=lambda kind: kind.__name__)
def test_no_text_breaks_a_card_or_gets_out_of_it(kind: type[Chart | Picture], text: str) -> None:
    svg = saying(text, KINDS_OF_CARD[kind]).svg()

    # Nothing is run, and nothing is fetched.
    tags = {element.tag.removeprefix(SVG) for element in ET.fromstring(svg).iter()}  # noqa: S314
    assert tags <= {
        *("svg", "title", "desc", "style", "defs", "pattern"),
        *("g", "rect", "circle", "path", "text"),
    }
    markup = re.sub(r">[^<]*<", "><", svg)
    for wrong in (r"(?<!xmlns=)\"https?:", r"\bhref", r"url\((?!#)", r"\bon\w+=", r"\bstyle="):
        assert not re.search(wrong, markup)
    assert len(svg) < 100_000


def saying(text: str, value: Some) -> Some:
    """The value with all its texts replaced by that one."""
    if isinstance(value, str | English):
        return cast("Some", text if isinstance(value, str) else English(text))
    if isinstance(value, tuple):
        return cast("Some", tuple(saying(text, each) for each in value))
    if is_dataclass(value) and not isinstance(value, type):
        changed: dict[str, Any] = {
            field.name: saying(text, getattr(value, field.name)) for field in fields(value)
        }
        return cast("Some", replace(value, **changed))
    return value


def test_a_text_from_the_right_has_its_question_mark_at_its_left() -> None:
    question = samples.options([("מה?", 0.5, 5), ("B12 מה?", 0.5, 5)])

    assert "\u200fמה?\u200f<" in question.svg()
    assert ">B12 מה?<" in question.svg()


def test_a_picture_sets_scripts_in_their_own_fonts_from_the_side_they_are_written_from() -> None:
    named = replace(
        PROGRESS, points=(Point("Eat 🥦 well", 1, 1, 1), Point("لماذا B12 مهم؟", 1, 1, 1))
    )
    pieces = {text.text: text.x for text in texts(named)}
    families = {
        (element.text or "").strip("\u200f"): element.get("font-family")
        for element in root(named).iter(f"{SVG}text")
    }

    assert families["🥦"] == "Noto Emoji"
    assert families["لماذا"] == families["مهم؟"] == "Noto Sans Arabic"
    assert families["well"] == families["B12"] == "Noto Sans"
    assert pieces["Eat"] < pieces["🥦"] < pieces["well"]
    assert pieces["مهم؟"] < pieces["B12"] < pieces["لماذا"]
    assert pieces["B12"] - pieces["مهم؟"] == pytest.approx(text_width("مهم؟ ", "point"), abs=0.1)


def test_translators_get_every_word_of_the_templates() -> None:
    found = extract_from_dir(theme.CSS.parent, [("**.svg", "jinja2")], keywords={"_": None})
    extracted = {text for _, _, text, _, _ in found}

    language = English()
    for card in EVERYTHING.values():
        replace(card, language=language).svg()
    others = {*language.weekdays, *language.months, "0 %", "40 %", "50 %", "60 %", "80 %", "100 %"}
    others |= {word for _, word in samples.healthy_delivery(1).legend}  # from Python
    assert language.asked - others == extracted


@each_card
def test_no_word_of_the_bots_own_is_cut(card: Chart | Picture) -> None:
    language = English()
    replace(card, language=language).svg()
    cut = [line.rstrip("…") for line in said(card) if line.endswith("…") and line != "…"]
    assert [line for line in cut if any(line in word for word in language.asked)] == []


def test_the_name_of_a_programme_is_whole_in_its_digest() -> None:
    name = "Wellbeing at work and healthy habits for all of us in Lisbon, 20"
    assert len(name) == MAX_NAME_LENGTH
    lines = said(replace(cast("DigestPicture", PICTURES["digest"]), title=name))
    assert " ".join(lines).startswith(name)


# Charts, with their tables.


@each_chart
def test_a_table_has_a_head_for_each_of_its_columns(chart: Chart) -> None:
    table = chart.table()

    assert all(table.head)
    assert all(len(row) == len(table.head) for row in table.rows)


@each_chart
def test_what_a_chart_says_is_in_its_table_or_among_its_words(chart: Chart) -> None:
    language = English()
    texts = said(replace(chart, language=language))
    exact = {
        *cells(chart),
        *chart.table().head,
        *language.asked,
        SUPPRESSED,
        getattr(chart, "too_few", ""),
        *(str(most) for most in highest(chart)),
    }
    wrapped = [row[0] for row in chart.table().rows]

    for text in texts:
        text = text.removeprefix("≥ ").removeprefix("< ")  # noqa: PLW2901 - steps of a legend
        is_wrapped = any(text.rstrip("…") in whole for whole in wrapped)
        # A gain and its interval are two cells, and so is the number of people.
        parts = filter(None, re.split(r" \(|\)$| people$", text))
        assert text in exact or is_wrapped or exact.issuperset(parts), text


def highest(chart: Chart) -> list[int]:
    """The highest of stacked columns, which the scale names."""
    if not isinstance(chart, Delivery):
        return []
    return [int(max(sum(part.count for _, part in day.states[1:]) for day in chart.shown))]


def cells(chart: Chart) -> list[str]:
    """All of the table but its head and its first column."""
    return [cell for row in chart.table().rows for cell in row[1:]]


@each_chart
def test_what_is_suppressed_is_neither_drawn_nor_in_the_table(chart: Chart) -> None:
    assert samples.HIDDEN.text not in f"{chart.svg()} {chart.table()}"


@pytest.mark.parametrize("name", [name for name in CHARTS if "suppressed" in name])
def test_where_everything_is_suppressed_nothing_is_drawn_but_hatching(name: str) -> None:
    assert marks(CHARTS[name], *COUNTED, "share", "accuracy", "between") == []
    assert set(cells(CHARTS[name])) <= {SUPPRESSED, "✓", ""}


@pytest.mark.parametrize(
    "chart",
    [
        samples.learning([("Point", 0.5, None, 9)]),
        samples.options([("One", 0.5, 9), ("Other", None, 9)]),
        samples.options([("One", 0.5, None), ("Other", 0.5, 9)]),
        samples.delivery([(40, None, 10, 10, 20, None)]),
    ],
)
def test_what_follows_from_the_others_is_not_shown_by_them(chart: Chart) -> None:
    assert set(cells(chart)) <= {SUPPRESSED, "✓", ""}
    assert not {"40", "9", "50 %", "25 %", "9 people"} & set(said(chart))
    assert marks(chart, *COUNTED) == []


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_a_figure_is_a_number(value: float) -> None:
    with pytest.raises(ValueError, match="a number or None"):
        Figure(value, "many")


def test_figures_are_shown_together_or_not_at_all() -> None:
    one, other = Figure(1, "1"), Figure(2, "2")

    assert together(one, other) == (one, other)
    assert not any(figure.is_shown for figure in together(one, samples.HIDDEN, other))


@settings(deadline=None)
@given(
    st.lists(st.none() | st.tuples(counts, counts, shares), max_size=100),
    st.lists(st.none() | st.tuples(*[counts] * 6), max_size=40),
)
def test_any_days_can_be_drawn(
    participation: list[tuple[int | None, int | None, float | None] | None],
    delivery: list[tuple[int | None, ...] | None],
) -> None:
    for chart in (samples.participation(participation), samples.delivery(delivery)):
        can_be_drawn(chart)


@settings(deadline=None)
@given(
    st.lists(st.tuples(labels, shares, shares, st.integers(0, 10**6)), max_size=15),
    st.lists(st.tuples(labels, shares), max_size=15),
    st.lists(st.tuples(labels, shares, counts), max_size=12),
)
def test_any_points_and_options_can_be_drawn(
    points: list[tuple[str, float | None, float | None, int]],
    parts: list[tuple[str, float | None]],
    taken: list[tuple[str, float | None, int | None]],
) -> None:
    for chart in (samples.learning(points), samples.mastery(parts), samples.options(taken)):
        can_be_drawn(chart)


def can_be_drawn(chart: Chart) -> None:
    """Within the card, and without what is suppressed."""
    test_nothing_lies_outside_the_card(chart)
    test_what_is_suppressed_is_neither_drawn_nor_in_the_table(chart)


# Days.


def test_days_that_are_suppressed_are_hatched_in_one_piece_without_a_bar() -> None:
    chart = samples.participation([(9, 8, 0.5), (9, None, 0.5), (9, None, 0.5), (9, 7, 0.5)])

    (gap,) = marks(chart, "hidden")
    bars = marks(chart, "asked")
    assert [each.x2 < gap.x for each in bars] == [True, False]
    assert [each.x > gap.x2 for each in bars] == [False, True]


def test_the_answered_stand_before_the_asked_in_proportion() -> None:
    chart = samples.participation([(40, 10, 0.5), (20, 20, 1.0)])
    asked, answered = marks(chart, "asked"), marks(chart, "answered")

    assert asked[0].height == pytest.approx(4 * answered[0].height, abs=0.1)
    assert asked[0].height == pytest.approx(2 * asked[1].height, abs=0.1)
    assert (answered[0].x, answered[0].y2) == pytest.approx((asked[0].x, asked[0].y2), abs=0.02)
    assert [mark.kind for mark in marks(chart, "asked", "answered")] == ["asked", "answered"] * 2


def test_a_nought_has_no_bar_and_a_one_among_many_can_be_seen() -> None:
    (one,) = marks(samples.participation([(1000, 0, 0.0), (1000, 1, 1.0)]), "answered")

    assert one.height == pytest.approx(2)


def weekly(*shares: float | None) -> Participation:
    """A question on each weekday of so many weeks; a week of -1 has none."""
    days: list[tuple[int | None, int | None, float | None] | None] = []
    for share in shares:
        days += [None if share == -1 else (9, 9, share)] * 5 + [None, None]
    return samples.participation(days)


def test_the_line_of_shares_breaks_at_suppressed_weeks_and_at_weeks_without_a_question() -> None:
    chart = weekly(0.5, 0.5, -1, 0.5, None, 0.5, 0.5)

    assert len(marks(chart, "accuracy")) == 2
    assert len(marks(chart, "share")) == 5
    gap = marks(chart, "hidden")[-1]
    fridays = [mark for mark in marks(chart, "asked") if mark.x < gap.x2]
    assert gap.x2 - gap.x == pytest.approx(5 * chart.axis(WIDTH).pitch, abs=0.02)
    assert fridays[-1].x2 < gap.x2


def test_a_share_alone_is_no_chart() -> None:
    alone = weekly(0.5, None, None)

    assert not marks(alone, "share", "hidden")
    assert (week := alone.lone_week) is not None
    assert (week.label, week.correct.share) == ("2 Mar", 0.5)
    assert weekly(0.5).lone_week is None  # a period of one week has no chart by weeks
    assert weekly(0.5, 0.5).lone_week is None


def test_shares_correct_are_in_the_middle_of_their_week_between_the_lines_of_none_and_all() -> None:
    chart = weekly(0.0, 0.25, 1.0)
    none, quarter, whole = (mark.middle for mark in marks(chart, "share"))

    assert none[1] - quarter[1] == pytest.approx((none[1] - whole[1]) / 4, abs=0.02)
    assert none[1] in {line.y for line in marks(chart, "base")}
    wednesdays = [mark.middle[0] for mark in marks(chart, "asked")][2::5]
    assert [none[0], quarter[0], whole[0]] == pytest.approx(wednesdays, abs=0.02)


def test_days_outside_the_period_are_left_out_of_chart_and_table() -> None:
    first, last = MONDAY + timedelta(days=7), MONDAY + timedelta(days=13)
    week = replace(samples.season(28), first=first, last=last)

    assert [row[0] for row in week.table().rows] == [f"{day} Mar" for day in range(9, 14)]
    assert len(marks(week, "asked")) == 5


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
    chart = samples.season(length)

    assert [text for text in said(chart) if text in {day.label for day in chart.days}] == named


@pytest.mark.parametrize(
    ("first", "length", "named"),
    [
        (date(2026, 10, 29), 28, ["2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (date(2026, 9, 28), 84, ["1 Oct", "1 Nov", "1 Dec"]),
        (date(2026, 9, 21), 42, ["21 Sep", "5 Oct", "19 Oct"]),  # of two whole weeks
    ],
)
def test_a_first_day_without_room_before_the_next_is_not_named(
    first: date, length: int, named: list[str]
) -> None:
    chart = samples.participation([(9, 9, 0.5)] * length, first)

    assert [text for text in said(chart) if text in {day.label for day in chart.days}] == named


@pytest.mark.parametrize("length", range(1, 400, 13))
def test_names_of_days_never_touch_and_stay_on_the_card(length: int) -> None:
    chart = samples.season(length)
    labels = {day.label for day in chart.days}
    names = [_ends(text) for text in texts(chart) if text.text in labels]

    assert names
    assert names[0][0] > 0
    assert names[-1][1] < WIDTH
    assert all(left - right > 6 for (_, right), (left, _) in pairwise(names))


def test_what_did_not_arrive_in_time_is_stacked_in_proportion() -> None:
    chart = samples.delivery([(4000, 20, 11, 9, 20, 3)])
    stack = marks(chart, *STATES)

    assert "60" in said(chart)  # the scale, at the top of the highest column
    assert [mark.kind for mark in stack] == list(STATES[1:])
    unit = stack[0].height / 20
    assert [mark.height / unit for mark in stack] == pytest.approx([20, 11, 9, 20], abs=0.02)
    assert all(below.y == pytest.approx(above.y2, abs=0.02) for below, above in pairwise(stack))


def test_where_everything_arrived_in_time_the_chart_says_so() -> None:
    well = CHARTS["delivery, all in time"]

    assert "None: all questions arrived in time." in " ".join(lines_said(well))
    assert marks(well, *STATES) == []
    assert len(marks(well, "reminders")) == 5


# Key points and options.


def test_shares_correct_lie_on_the_line_of_their_point() -> None:
    chart = samples.learning([("Point", 0.25, 0.75, 20), ("Another", 0.0, 1.0, 20)])
    first, nought = (mark.middle[0] for mark in marks(chart, "first"))
    later, whole = (mark.middle[0] for mark in marks(chart, "later"))

    assert first == pytest.approx(nought + 0.25 * (whole - nought), abs=0.02)
    assert later == pytest.approx(nought + 0.75 * (whole - nought), abs=0.02)


def test_the_interval_of_a_gain_lies_around_the_reviews_and_within_the_scale() -> None:
    chart = samples.learning([("Point", 0.5, 0.75, 20), ("Another", 0.0, 1.0, 20)])
    wide = replace(chart, points=tuple(replace(each, margin=0.25) for each in chart.points))
    nought, whole = marks(wide, "first")[1].middle[0], marks(wide, "later")[1].middle[0]
    inside, at_the_end = marks(wide, "interval")

    assert inside.x == pytest.approx(nought + 0.5 * (whole - nought), abs=0.02)
    assert inside.x2 == pytest.approx(whole, abs=0.02)
    assert at_the_end.x2 == pytest.approx(whole, abs=0.02)
    none = replace(chart, points=tuple(replace(each, margin=0.0) for each in chart.points))
    assert marks(none, "interval") == []


def test_what_is_mastered_is_in_proportion_and_nothing_has_no_mark() -> None:
    chart = samples.mastery([("Point", 0.75), ("New", 0.0)])
    (mastered,) = marks(chart, "mastered")
    track, empty = marks(chart, "track")

    assert (mastered.x, track.x2) == pytest.approx((MARGIN, WIDTH - MARGIN), abs=0.6)
    assert mastered.x2 == pytest.approx(MARGIN + 0.75 * (WIDTH - 2 * MARGIN), abs=1.5)
    assert (empty.x, empty.x2) == (track.x, track.x2)
    assert {"Mastered", "Not yet"} <= set(said(chart))


@pytest.mark.parametrize(
    "counted", [(100, 0, 0, 9999), (1, 1, 1, 1000), (0, 0, 0, 1), (99, 1, 1, 99)]
)
def test_a_small_part_of_a_bar_has_room_for_its_number(counted: tuple[int, ...]) -> None:
    parts = bar([Figure(count, str(count)) for count in counted], 0, 138)

    assert [part.text for part in parts] == [str(count) for count in counted if count]
    for part in parts:
        assert part.width > text_width(part.text, f"on-{part.kind}")
    assert parts[-1].x + parts[-1].width == pytest.approx(138)


def test_the_longest_label_is_there_to_its_end() -> None:
    label = samples.LONG.ljust(99, "x") + "."
    assert len(label) == 100
    for chart in (samples.options([(label, 1.0, 5)]), samples.mastery([(label, 1.0)])):
        assert label in " ".join(lines_said(chart))


def test_a_name_of_64_wide_letters_stays_within_its_column() -> None:
    name = "W" * 64
    named = replace(PROGRESS, points=(Point(name, 1, 1, 1),))
    wide = [_ends(text) for text in texts(named) if text.text.startswith("WW")]

    assert len(wide) == 2
    left = min(mark.x for mark in marks(named, *KINDS))
    assert all(right < left for _, right in wide)


def test_the_bars_of_options_are_as_long_as_their_shares() -> None:
    chart = samples.options([("One", 0.5, 10), ("Two", 0.3, 6), ("Three", 0.2, 4), ("No", 0.0, 0)])
    (key,), (two, three) = marks(chart, "key"), marks(chart, "other")

    assert key.width / 5 == pytest.approx(two.width / 3, abs=0.02)
    assert key.width / 5 == pytest.approx(three.width / 2, abs=0.02)


def test_what_a_share_may_be_at_most_is_hatched() -> None:
    chart = samples.options([("Right", 0.5, 10), ("Two", 0.25, 5), ("Three", 0, 0)], unsure=0.2)
    two, three = marks(chart, "hidden")
    (key,), least = marks(chart, "key")[-1:], marks(chart, "other")[-1]

    assert two.x == pytest.approx(least.x + least.width, abs=0.02)
    assert two.width == three.width == pytest.approx(key.width * 0.4, abs=0.02)


def test_the_key_is_marked_by_a_tick_and_bold_letters() -> None:
    chart = samples.options([("Wrong", 0.5, 5), ("Right", 0.5, 5)], key=1)
    (bold,) = (text for text in texts(chart) if text.kind == "key-label")
    (tick,) = marks(chart, "tick")

    assert bold.text == "Right"
    assert tick.y < bold.y < tick.y2 + 3
    assert [row[3] for row in chart.table().rows] == ["", "✓"]


# The digest.


def test_a_digest_says_all_that_it_is_given() -> None:
    said_so = lines_said(PICTURES["digest"])

    for text in ("48", "78 %", "+5 points", "−2", "38", "Su", "62 %", "79 %", "31 % right"):
        assert any(text in line for line in said_so), text


def test_a_digest_without_a_gain_says_why_and_without_a_question_nothing() -> None:
    said_so = " ".join(lines_said(PICTURES["digest, little"]))

    assert "Too few answers to tell yet" in said_so
    assert "Hardest question" not in said_so
    assert "31 % right" not in said_so


# A person's progress: up to five weeks in rows, more in columns.

IN_ROWS = replace(PROGRESS, weeks=5)
DAYS = ("correct", "incorrect", "frozen", "no-question", "open")


def _days(picture: ProgressPicture) -> list[Mark]:
    return [mark for mark in marks(picture, *DAYS) if mark.tag == "rect"]


def _texts_of(picture: ProgressPicture, *words: str) -> dict[str, tuple[float, float]]:
    """The middles of these texts."""
    return {
        text.text: (text.x + text_width(text.text, text.kind) / 2, _level(text))
        for text in texts(picture)
        if text.text in words
    }


def _level(text: Mark) -> float:
    return text.y - 0.36 * theme.text_styles()[text.kind].size


def test_each_day_of_13_weeks_until_the_last_has_the_mark_of_its_outcome() -> None:
    kinds = Counter(mark.kind for mark in _days(PROGRESS))

    assert kinds == {
        **dict.fromkeys(("correct", "incorrect", "frozen"), 1),
        "no-question": 12 * 7 + 3 - 3,  # or without an answer
    }


def test_the_columns_fill_the_width() -> None:
    days = _days(PROGRESS)
    names = _texts_of(PROGRESS, "Mo", "We", "Fr", "Su")

    assert MARGIN < min(x for x, _ in names.values()) < min(mark.x for mark in days)
    assert max(mark.x2 for mark in days) == pytest.approx(WIDTH - MARGIN, abs=2)


def test_a_week_is_a_column_from_monday_downwards() -> None:
    shown = replace(PROGRESS, days={**PROGRESS.days, TODAY - timedelta(weeks=1): "correct"})
    before, wednesday = (mark.middle for mark in marks(shown, "correct"))
    (tuesday,) = (mark.middle for mark in marks(shown, "incorrect"))
    pitch = wednesday[1] - tuesday[1]

    assert tuesday[0] == pytest.approx(wednesday[0], abs=0.02)
    assert before == pytest.approx((wednesday[0] - pitch, wednesday[1]), abs=0.03)
    assert _texts_of(shown, "We")["We"][1] == pytest.approx(wednesday[1], abs=0.02)


def test_a_few_weeks_are_rows_with_the_days_of_the_month_below_the_weekdays() -> None:
    (wednesday,) = marks(IN_ROWS, "correct")
    (tuesday,) = marks(IN_ROWS, "incorrect")
    eighteenth = _texts_of(IN_ROWS, "18")["18"]

    assert tuesday.y == pytest.approx(wednesday.y + 1, abs=1.1)  # but for its outline
    assert eighteenth == pytest.approx(wednesday.middle, abs=0.02)
    assert _texts_of(IN_ROWS, "We")["We"][0] == pytest.approx(wednesday.middle[0], abs=0.02)
    dates = [int(text.text) for text in texts(IN_ROWS) if text.kind.startswith("day-")]
    frozen = 15  # has a flake in place of its number
    assert dates == [*range(16, 29), *range(1, frozen), *range(frozen + 1, 23)]


def test_the_rows_fill_the_width() -> None:
    days = [text for text in texts(IN_ROWS) if text.kind.startswith("day-")]

    assert max(_ends(text)[1] for text in days) > WIDTH - MARGIN - 20


@pytest.mark.parametrize("picture", [PROGRESS, IN_ROWS], ids=["columns", "rows"])
def test_a_day_saved_by_a_freeze_has_a_flake_as_in_the_legend(picture: ProgressPicture) -> None:
    (frozen,) = marks(picture, "frozen")
    flake = marks(picture, "flake")

    assert len(flake) == 3
    for line in flake:
        assert line.middle == pytest.approx(frozen.middle, abs=0.02)
        assert frozen.x < line.x <= line.x2 < frozen.x2
    assert "Freeze" in said(picture)
    assert "No answer" not in said(picture)
    assert len(marks(picture, "flake", legend=True)) == 6


def test_the_legend_names_the_outcomes_that_there_are() -> None:
    shown = replace(PROGRESS, days={TODAY: "correct"})

    assert {"Right", "Wrong"} <= set(said(shown))
    assert not {"Freeze", "No answer"} & set(said(shown))


def test_a_question_of_today_that_has_no_answer_yet_stands_out_in_its_row() -> None:
    (today,) = (text for text in texts(replace(IN_ROWS, days={})) if text.kind == "day-open")

    assert today.text == "18"


def test_days_before_the_first_week_are_left_out() -> None:
    old = replace(PROGRESS, days={TODAY - timedelta(weeks=20): "correct"})

    assert marks(old, "correct", "incorrect", "unanswered") == []


@pytest.mark.parametrize(
    ("last_day", "weeks", "named"),
    [
        (date(2026, 3, 1), 13, ["Dec", "Jan", "Feb", "Mar"]),
        (date(2026, 3, 1), 7, ["Feb", "Mar"]),  # from the first week on: 12 January
        (TODAY, 5, ["Feb", "Mar"]),
        (TODAY, 1, ["Mar"]),
        (date(2026, 3, 1), 1, ["Feb"]),  # beside Monday, 23 February
    ],
)
def test_a_month_is_named_where_it_begins(last_day: date, weeks: int, named: list[str]) -> None:
    shown = replace(PROGRESS, last_day=last_day, weeks=weeks, days={last_day: "correct"})
    months = [text for text in texts(shown) if text.text in ENGLISH.months]

    assert [text.text for text in months] == named
    if weeks > 5:  # the last week has the first of March, a Sunday
        (sunday,) = marks(shown, "correct")
        assert months[-1].x == pytest.approx(sunday.x, abs=2)
    elif weeks == 5:
        mondays = [text for text in texts(shown) if text.text == "2"]  # of March
        assert _level(months[1]) == pytest.approx(_level(mondays[0]), abs=0.02)


def test_each_objective_of_a_key_point_is_a_pip_and_many_are_a_bar() -> None:
    pips = marks(PROGRESS, *KINDS)

    assert [pip.kind for pip in pips] == [
        *["mastered"] * 4,
        *["right-once", "learning"],
        *["new"] * 5,
    ]
    assert pips[0].x == pytest.approx(pips[6].x, abs=0.02)  # of the next key point
    assert pips[5].x2 == pytest.approx(WIDTH - MARGIN, abs=0.02)
    bars = replace(PROGRESS, points=(Point("Many", 40, 2, 0),))
    counts = [(text.kind, text.text) for text in texts(bars) if text.kind.startswith("on-")]
    assert counts == [("on-mastered", "40"), ("on-learning", "2")]
    assert marks(replace(PROGRESS, points=(Point("Nothing yet", 0, 0, 0),)), *KINDS) == []


def test_the_streak_is_beside_a_flame() -> None:
    (flame,) = marks(PROGRESS, "flame")
    x, y = _texts_of(PROGRESS, "12 days")["12 days"]

    assert flame.x2 < x - text_width("12 days", "streak") / 2
    assert flame.middle[1] == pytest.approx(y, abs=1.5)
    assert marks(replace(PROGRESS, streak=""), "flame") == []


def test_all_words_are_on_the_picture() -> None:
    words = {"Your progress", "4 answers", "What you’ve learned", "4 of 11 lessons mastered", "Feb"}
    words |= {"Right", "Wrong", "Freeze", "Mastered", "Right once", "Asked", "New", "12 days"}
    words |= {"Noise", "Sleep and the heart", "Mo", "We", "Fr", "Su", "… and 7 more"}

    assert words <= set(said(replace(PROGRESS, more="… and 7 more")))


def test_a_text_that_is_empty_takes_no_room() -> None:
    bare = replace(PROGRESS, subtitle="")

    assert card_height(bare) < card_height(PROGRESS)


def test_a_person_without_points_gets_the_calendar_alone() -> None:
    alone = replace(PROGRESS, points=())

    assert "What you’ve learned" not in said(alone)
    assert card_height(alone) < card_height(PROGRESS)


def test_a_calendar_without_a_week_is_refused() -> None:
    with pytest.raises(ValueError, match="a week or more"):
        replace(PROGRESS, weeks=0)


# On a phone.

_PHONE = 280  # pixels of a photo in a chat


@pytest.mark.parametrize("name", PICTURES)
def test_the_letters_of_a_picture_can_be_read_on_a_phone(name: str) -> None:
    sizes = {theme.text_styles()[text.kind].size for text in texts(PICTURES[name])}

    assert min(sizes) * _PHONE / WIDTH >= 9


def test_a_usual_picture_is_not_so_tall_that_a_chat_shows_it_narrower() -> None:
    six = tuple(Point(f"A key point of the topic {n}", 1, 1, 2) for n in range(6))
    for weeks in (1, 5, 13):
        assert card_height(replace(PROGRESS, points=six, weeks=weeks)) < 1.6 * WIDTH


# Colours, as eyes see them that cannot tell hues.

each_theme = pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])


@each_theme
@pytest.mark.parametrize(
    "kinds",
    [
        ("correct", "incorrect"),
        ("frozen", "correct"),
        KINDS,
        ("asked", "answered"),
        ("key", "other"),
    ],
)
def test_marks_that_stand_side_by_side_differ_in_lightness(
    kinds: tuple[str, ...], dark: bool
) -> None:
    fills = [colours(dark=dark)[kind] for kind in kinds]

    assert all(contrast(one, other) > 1.4 for one, other in pairwise(fills))


@each_theme
def test_states_that_may_touch_differ_in_lightness(dark: bool) -> None:
    fills = [colours(dark=dark)[state] for state in STATES]

    assert all(contrast(one, other) > 1.3 for one, other in pairwise(fills))


@each_theme
@pytest.mark.parametrize("kind", KINDS)
def test_a_number_stands_out_from_its_bar(kind: str, dark: bool) -> None:
    assert contrast(colours(dark=dark)[f"on-{kind}"], colours(dark=dark)[kind]) >= 4.5  # WCAG 2


@each_theme
@pytest.mark.parametrize("kind", ["small", "count", "subtitle", "not-sent"])
def test_texts_stand_out_from_the_card(kind: str, dark: bool) -> None:
    assert contrast(colours(dark=dark)[kind], colours(dark=dark)["ground"]) >= 4.5


def test_the_style_sheet_has_a_rule_for_every_mark_and_uses_every_colour() -> None:
    css = theme.CSS.read_text(encoding="utf-8")
    used = {mark.kind for card in EVERYTHING.values() for mark in marks(card, legend=True)}

    assert {kind for kind in used if f".chart .{kind} {{" not in css} == set()
    assert set(re.findall(r"(--[\w-]+):", css)) == set(re.findall(r"var\((--[\w-]+)\)", css))
