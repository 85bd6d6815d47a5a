"""Aiken: questions that are read, and faults with their line."""

import pytest

from questions.formats import aiken

GOOD = "Why does it last?\nA. It is tired\nB) It is gone\nC. It is late\nANSWER: B\n"


def faults(text: str) -> list[tuple[int | None, str]]:
    return [(each.line, each.problem) for each in aiken.read(text, "quiz.txt").faults]


def test_questions_are_read() -> None:
    reading = aiken.read(f"\n{GOOD}\n\n{GOOD.replace('ANSWER: B', 'answer:c')}", "quiz.txt")

    assert [each.line for each in reading.found] == [2, 9]
    first, second = reading.found
    assert first.stem == "Why does it last?"
    assert [(each.text, each.correct) for each in first.options] == [
        ("It is tired", False),
        ("It is gone", True),
        ("It is late", False),
    ]
    assert second.options[2].correct
    assert not reading.faults


def test_wrapped_lines_are_joined_and_empty_ones_skipped() -> None:
    text = "Why does\n it last?\n\nA. It\n is tired\n\nB. It is gone\nC. No\n\nANSWER: B"

    (found,) = aiken.read(text, "quiz.txt").found

    assert found.stem == "Why does it last?"
    assert [each.text for each in found.options] == ["It is tired", "It is gone", "No"]


def test_windows_line_ends_and_html_are_made_plain() -> None:
    reading = aiken.read(GOOD.replace("gone", "<b>gone</b> &amp; lost").replace("\n", "\r\n"), "q")

    assert reading.found[0].options[1].text == "It is gone & lost"
    assert reading.notes == [
        "q, line 1: HTML tags or Markdown marks were removed, entities decoded."
    ]


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("ANSWER: B", "", (2, "it has no line ANSWER:")),
        ("ANSWER: B", "ANSWER: D", (6, "its answer D is none of its options")),
        ("ANSWER: B", "ANSWER: A, B", (6, "its answer 'A, B' is not one letter")),
        ("ANSWER: B", "ANSWER:", (6, "its answer '' is not one letter")),
        ("C. It", "D. It", (5, "option D is where C should be")),
        ("B) It is gone\n", "", (4, "option C is where B should be")),
        ("Why does it last?\nA. It is tired\n", "", (3, "option C is where A should be")),
        ("A. It is tired\nB) It is gone\nC. It is late\n", "", (3, "it has no options")),
    ],
)
def test_a_fault_has_its_line_and_the_rest_is_read(
    old: str, new: str, fault: tuple[int, str]
) -> None:
    assert old in GOOD
    reading = aiken.read(f"\n{GOOD.replace(old, new)}\n{GOOD}", "quiz.txt")

    assert faults(f"\n{GOOD.replace(old, new)}\n{GOOD}") == [fault]
    assert len(reading.found) == 1


def test_an_answer_without_a_question_is_reported() -> None:
    assert faults("ANSWER: B\n") == [(1, "this ANSWER: belongs to no question")]


def test_a_picture_is_reported() -> None:
    assert faults(GOOD.replace("It is late", '<img src="x.png">')) == [
        (1, "it holds a picture, which a poll cannot show")
    ]
