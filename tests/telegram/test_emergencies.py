"""Calls for help in what people write: found, and answered with whom to call."""

import json
from pathlib import Path

import pytest

from quizbot.telegram.messages.emergencies import Emergency, emergency_in
from tests.telegram.sandbox import Sandbox, buttons, words

# Written by somebody who had not seen the matcher, as people write on a phone.
PHRASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "emergency_phrases.jsonl").read_text().splitlines()
]


def test_calls_for_help_are_found_and_other_texts_are_not() -> None:
    missed = [each for each in PHRASES if each["kind"] != "none" and not emergency_in(each["text"])]
    false = [each for each in PHRASES if each["kind"] == "none" and emergency_in(each["text"])]
    assert len(PHRASES) == 100
    assert len(missed) <= 1, missed
    assert len(false) <= 4, false


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I took 50 pills", Emergency.MEDICAL),
        ("heart atack", Emergency.MEDICAL),
        ("i cant breath", Emergency.MEDICAL),
        ("kms", Emergency.SELF_HARM),
        ("Stroke risk of B12?", None),
        ("I take 20 pills a day", None),
        ("", None),
        ("9" * 1000 + " pills", None),
        ("a " * 2000 + "he cannot breathe", Emergency.MEDICAL),
    ],
)
def test_an_emergency_is_told_from_a_question(text: str, kind: Emergency | None) -> None:
    assert emergency_in(text) is kind


async def test_who_needs_help_is_told_the_numbers_of_their_country(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("heart atack")
        await ana.hears("call your local emergency number now")
        await ana.says("/timezone Lisbon")
        await ana.hears("Europe/Lisbon")
        await ana.says("my dad collapsed")
        await ana.hears("call 112 now")
        await ana.says("/timezone London")
        await ana.hears("Europe/London")
        await ana.says("i dont want to live anymore")
        told = await ana.hears("116 123 (Samaritans)")
        assert "call 999" in words(told)
        assert buttons(told) == []
        await ana.hears_nothing_else()
