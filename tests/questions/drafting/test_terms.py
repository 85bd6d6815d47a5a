"""Sentences that define a term, and sentences that only seem to."""

import pytest

from questions.drafting.terms import definitions


@pytest.mark.parametrize(
    ("text", "term", "meaning"),
    [
        (
            "Bile is a fluid that helps to digest fat.",
            "Bile",
            "a fluid that helps to digest fat",
        ),
        (
            "The cornea is the clear window at the front of the eye, and it has no vessels.",
            "cornea",
            "the clear window at the front of the eye",
        ),
        (
            "Some develop tinnitus, which refers to sounds heard without a source.",
            "tinnitus",
            "sounds heard without a source",
        ),
        (
            "Doctors speak of hypoxia (a shortage of oxygen in the tissues).",
            "hypoxia",
            "a shortage of oxygen in the tissues",
        ),
        (
            "Meals are followed by peristalsis—the wave that moves food along—in the gut.",
            "peristalsis",
            "the wave that moves food along",
        ),
        (
            "The joint is oiled by a clear fluid called synovia that the lining releases.",
            "synovia",
            "a clear fluid that the lining releases",
        ),
        (
            "Grinding of teeth during sleep, known as bruxism, wears them down.",
            "bruxism",
            "Grinding of teeth during sleep",
        ),
        (
            "The hearing of old age, that is, a slow loss of high tones, comes unnoticed.",
            "hearing of old age",
            "a slow loss of high tones",
        ),
        (
            "In winter the skin may dry out and crack (xerosis).",
            "xerosis",
            "In winter the skin may dry out and crack",
        ),
        (
            "Apnoea means pauses in breathing during sleep.",
            "Apnoea",
            "pauses in breathing during sleep",
        ),
        (
            "- Many lack lactase, the enzyme that splits milk sugar.",
            "lactase",
            "the enzyme that splits milk sugar",
        ),
    ],
)
def test_a_definition_is_found(text: str, term: str, meaning: str) -> None:
    found = [(each.term, each.meaning) for each in definitions(text)]

    assert found == [(term, meaning)]


@pytest.mark.parametrize(
    "text",
    [
        "Walking is the best medicine that there is for stiff joints.",  # a rating
        "It is a fluid that helps to digest fat.",  # points elsewhere
        "Poor sight is no illness of its own and has many causes.",
        "Take care of the skin, the lining of the mouth and the hair.",  # an enumeration
        "In winter, the need for vitamin D of older people is greater.",  # an opening phrase
        "The longer people sit, the more of their strength gets lost.",
        "Dairy products (milk, cheese, yogurt) hold calcium.",  # examples
        "Many people lack vitamin B9 (folate).",  # another name, no meaning
        "A high level (hypercalcaemia) is rare.",  # too little to tell it by
        "Arthritis is a kind of arthritis that hurts in the morning.",  # gives itself away
        "",
    ],
)
def test_what_looks_like_a_definition_is_ignored(text: str) -> None:
    assert list(definitions(text)) == []


def test_a_term_counts_once_by_its_first_definition() -> None:
    text = "Bile is a fluid that helps to digest fat.\nBile is a juice that the liver makes."

    assert [each.meaning for each in definitions(text)] == ["a fluid that helps to digest fat"]


def test_very_long_sentences_are_skipped() -> None:
    assert list(definitions("a, the b of (" * 20_000)) == []
