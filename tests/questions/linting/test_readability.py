"""Syllables and the reading grade."""

import pytest

from questions.linting.readability import grade, long_terms, syllables


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("cat", 1), ("blood", 1), ("vein", 1), ("made", 1), ("lacked", 1), ("vessels", 2),
        ("needed", 2), ("table", 2), ("people", 2), ("oxygen", 3), ("vitamin", 3),
        ("diet", 2), ("being", 2), ("anaemia", 4), ("circulation", 4), ("deficiency", 4),
        ("homocysteine", 4), ("cells", 1), ("foods", 1), ("causes", 2), ("carries", 2), ("b12", 1),
        ("86", 1), ("area", 3), ("science", 2), ("doing", 2), ("quiet", 2), ("cream", 1),
        ("person's", 2), ("through", 1), ("the", 1), ("patients", 2), ("studied", 2),
    ],
)  # fmt: skip
def test_syllables_are_counted_nearly_as_spoken(word: str, count: int) -> None:
    assert syllables(word) == count


def test_the_grade_is_flesch_and_kincaids() -> None:
    # 6 words, 1 sentence, 6 syllables.
    assert grade(["The cat sat on the mat."]) == pytest.approx(0.39 * 6 + 11.8 - 15.59)


def test_short_sentences_read_more_easily() -> None:
    together = "Salt holds water, so fingers swell, and rings feel tight, and shoes pinch."
    apart = "Salt holds water. So fingers swell. Rings feel tight. Shoes pinch."

    assert grade([apart]) < grade([together])


def test_a_long_term_of_the_article_counts_two_syllables() -> None:
    text = "Hypertension strains the heart."

    terms = long_terms(["What hypertension does to the heart"])

    assert terms == {"hypertension"}
    assert grade([text], terms) == pytest.approx(grade(["Tension strains the heart."]), abs=0.01)
    assert grade([text], terms) < grade([text])


def test_a_text_without_words_has_grade_zero() -> None:
    assert grade(["…"]) == 0.0


def test_texts_are_graded_together() -> None:
    # 2 and 4 words, 2 sentences, 6 syllables.
    assert grade(["The cat", "sat on the mat", ""]) == pytest.approx(0.39 * 3 + 11.8 - 15.59)
