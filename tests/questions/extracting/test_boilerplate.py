"""Boilerplate at the top and the bottom of a copied page."""

import pytest

from questions.extracting import extract
from questions.extracting.section_names import is_boilerplate

PAGE = """Home > Joints > Stiff knees

Stiff knees in the morning

By Jo Field · Updated March 2024 · 4 min read

Key points

• Warmth: Warm water loosens stiff knees.

Frequently asked questions

Should I rest?
A short rest does no harm.

"""


@pytest.mark.parametrize(
    "line",
    [
        "By Jo Field · Updated March 2024 · 4 min read",
        "By Jo Field, RD | March 12, 2024 | 5 min read",
        "By Jo Field · Health writer · Updated March 2024",
        "Written by Jo Field – Medically reviewed by Dr Ames – Updated on March 3, 2024",
        "Home > Joints > Stiff knees",
    ],
)
def test_bylines_and_breadcrumbs_are_boilerplate(line: str) -> None:
    assert is_boilerplate(line)


@pytest.mark.parametrize(
    "line",
    [
        "By Mouth · Tablets are swallowed",
        "Knees – March 2024",
        "Warm water · cold water",
        "By Jo Field · Updated March 2024 · Warm water loosens stiff knees in most who try it.",
    ],
)
def test_a_line_with_content_is_no_boilerplate(line: str) -> None:
    assert not is_boilerplate(line)


@pytest.mark.parametrize(
    "foot",
    [
        "This page is for information only.",
        "This page is for informational purposes only.",
        "What stands here is not medical advice.",
        "This page does not replace the care of a health professional.",
        "Disclaimer: this page is for information only.",
    ],
)
def test_a_last_paragraph_that_says_so_is_the_disclaimer(foot: str) -> None:
    article = extract(PAGE + foot).article

    said = foot.removeprefix("Disclaimer: ")
    assert article.disclaimer == said[0].upper() + said[1:]
    assert [statement.id for statement in article.statements.values()] == ["KP1", "FAQ1"]
    assert article.statements["FAQ1"].text == "A short rest does no harm."
