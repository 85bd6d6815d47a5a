"""The pictures that people share: what they show, and that they show no more."""

from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest

from quizbot.charts import Figure
from quizbot.charts.theme import WIDTH, text_width
from tests.charts.png import contrast
from tests.charts.reading import colours, height, lines_said, marks, said, texts
from tests.charts.samples import ENGLISH, MILESTONE, RECAP, Picture

each_keepsake = pytest.mark.parametrize("keepsake", [MILESTONE, RECAP], ids=["milestone", "recap"])


@each_keepsake
def test_a_keepsake_is_square(keepsake: Picture) -> None:
    assert height(keepsake) == WIDTH


def test_a_milestone_says_its_number_alias_topic_and_bot_and_nothing_else() -> None:
    assert lines_said(MILESTONE) == [
        "30",
        "days",
        "Brave Otter",
        "Sleep and the heart",
        "@quiz_bot",
    ]
    assert said(replace(MILESTONE, alias="", topic="", bot="")) == ["30", "days"]
    learned = replace(MILESTONE, learned="28 of 30 right")
    assert lines_said(learned)[2:4] == ["28 of 30 right", "Brave Otter"]


def test_a_recap_says_its_numbers_alias_topic_and_bot_and_nothing_else() -> None:
    expected = ["My week", "2 – 8 March", *ENGLISH.weekdays, "Brave Otter", "Sleep and the heart"]
    expected += ["4", "Answered", "3", "Right", "2", "Mastered", "@quiz_bot"]

    assert Counter(" ".join(lines_said(RECAP)).split()) == Counter(" ".join(expected).split())


def test_a_recap_names_what_was_gained_below_the_numbers() -> None:
    names = "Mastered: naps, " + "the heart at night, " * 4
    recap = replace(RECAP, gained=names, topic="Sleep and the heart " * 3)
    said = lines_said(recap)

    assert any(line.startswith("Mastered: naps") for line in said)
    lowest = [text.y for text in texts(recap) if text.kind in ("gained", "on-night", "bot")]
    gaps = [below - above for above, below in pairwise(sorted({*lowest}))]
    assert min(gaps) >= 14  # no line runs into the next


def test_a_recap_names_three_lessons_whole() -> None:
    named = "correcting a lack of B12, what B12 does with homocysteine, how B12 is measured, 4 more"
    recap = replace(RECAP, gained=f"Missed before, now right: {named}")
    lines = [text for text in texts(recap) if text.kind == "gained"]

    assert " ".join(text.text for text in lines).endswith("how B12 is measured, 4 more")
    (alias,) = (text for text in texts(recap) if text.kind == "alias")
    assert alias.y - max(text.y for text in lines) >= 20


@pytest.mark.parametrize(("number", "rays"), [(0, 24), (3, 24), (7, 28), (30, 30), (1000, 100)])
def test_the_rays_are_a_multiple_of_the_number_up_to_a_hundred(number: int, rays: int) -> None:
    assert len(marks(replace(MILESTONE, number=Figure(number, "n")), "ray")) == rays


@pytest.mark.parametrize(
    ("emblem", "shown"), [("days", []), ("streak", ["flame"]), ("mastered", ["star"])]
)
def test_the_emblem_is_in_the_middle_above_the_number(emblem: str, shown: list[str]) -> None:
    milestone = replace(MILESTONE, emblem=emblem)  # type: ignore[arg-type]
    found = marks(milestone, "flame", "star")
    (number,) = (text for text in texts(milestone) if text.text == "30")

    assert [mark.kind for mark in found] == shown
    for mark in found:
        assert mark.middle[0] == pytest.approx(WIDTH / 2, abs=0.1)
        assert mark.y2 < number.y - 0.72 * 88  # the height of a digit


def test_each_day_of_a_recap_has_the_mark_of_its_outcome_below_its_name() -> None:
    discs = [mark for mark in marks(RECAP) if mark.tag == "circle"]
    names = [text for text in texts(RECAP) if text.text in ENGLISH.weekdays]

    kinds = ["correct", "incorrect", "frozen", "unanswered", "correct", *["no-question"] * 2]
    assert [disc.kind for disc in discs] == [f"night-{kind}" for kind in kinds]
    for disc, name in zip(discs, names, strict=True):
        middle = name.x + text_width(name.text, name.kind) / 2
        assert disc.middle[0] == pytest.approx(middle, abs=0.02)
        assert disc.y > name.y
    assert len(marks(RECAP, "night-tick")) == 2
    assert len(marks(RECAP, "night-cross")) == 2
    assert len(marks(RECAP, "night-flake")) == 3


@pytest.mark.parametrize("ground", ["night", "night-disc"])
@pytest.mark.parametrize("kind", ["huge", "unit", "alias", "on-night", "bot"])
def test_the_texts_stand_out_from_their_ground(kind: str, ground: str) -> None:
    assert contrast(colours()[kind], colours()[ground]) >= 4.5  # WCAG 2


@pytest.mark.parametrize("number", ["3", "100", "1,000", "10,000", "100,000"])
def test_a_long_number_is_set_in_smaller_letters(number: str) -> None:
    assert number in said(replace(MILESTONE, number=Figure(1, number)))
