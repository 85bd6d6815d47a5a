"""Calls for help in what people write: found, and answered with whom to call."""

import json
import time
from pathlib import Path

import pytest

from quizbot.telegram.messages.emergencies import Emergency, emergency_in
from tests.telegram.sandbox import Sandbox, buttons, words

# As people of many kinds write on a phone; the texts that are no call for help are hard ones.
PHRASES = [
    json.loads(line)
    for line in (Path(__file__).parent / "emergency_phrases.jsonl").read_text().splitlines()
]
# What people send to a quiz bot when nothing is wrong, one message a line.
ORDINARY = (Path(__file__).parent / "ordinary_messages.txt").read_text().splitlines()
# Calls for help in a few plain words.
SHORT_CALLS = (Path(__file__).parent / "short_calls.txt").read_text().splitlines()


def test_calls_for_help_are_found_and_other_texts_are_not() -> None:
    found = [(each, emergency_in(each["text"])) for each in PHRASES]
    missed = [each for each, what in found if each["kind"] != "none" and what is None]
    others = [(each, what) for each, what in found if each["kind"] == "none"]
    false = [each for each, what in others if what and what.is_certain]
    assert len(missed) <= 10, missed
    assert len(false) <= 2, false
    assert sum(what is not None for _, what in others) <= len(others) * 0.2
    certain = [what for each, what in found if each["kind"] == what]
    assert len(certain) >= 0.7 * (len(found) - len(others))


def test_ordinary_messages_are_no_emergency() -> None:
    found = {text: emergency_in(text) for text in ORDINARY}
    unsure = [text for text, what in found.items() if what]
    assert [text for text, what in found.items() if what and what.is_certain] == []
    assert len(unsure) <= len(ORDINARY) * 0.01, unsure


def test_short_calls_for_help_are_found() -> None:
    missed = [text for text in SHORT_CALLS if emergency_in(text) is None]
    assert len(missed) <= 4, missed


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("I am back", None),
        ("I'm back!", None),
        ("my back", None),
        ("I took 50 pills", Emergency.MEDICAL),
        ("heart atack", Emergency.MEDICAL),
        ("i cant breath", Emergency.MEDICAL),
        ("kms", Emergency.SELF_HARM),
        ("Stroke risk of B12?", None),
        ("what is the stroke risk of B12?", None),
        ("can B12 cause heart attacks", None),
        ("this quiz is killing me", None),
        ("dying to know", None),
        ("thanks, it was B", None),
        ("my grandma had a stroke in 1999", Emergency.UNWELL),
        ("my tummy feels strange", Emergency.UNWELL),
        ("my back hurts", Emergency.UNWELL),
        ("i am so tired of pretending", Emergency.UNSURE),
        ("how many of these pills are lethal", Emergency.UNSURE),
        ("I take 20 pills a day", None),
        ("", None),
        ("9" * 1000 + " pills", None),
        ("a " * 2000 + "he cannot breathe", Emergency.MEDICAL),
    ],
)
def test_an_emergency_is_told_from_a_question(text: str, kind: Emergency | None) -> None:
    assert emergency_in(text) is kind


@pytest.mark.parametrize(
    "text",
    [
        "cant breathe took 50 pills " * 200,
        " ".join(f"unconscius{each} siezure{each} chst{each}" for each in range(200)),
        " ".join(json.dumps(PHRASES)[:8000].split()),
    ],
    ids=["repeated", "typing errors", "many phrases"],
)
def test_a_long_text_is_read_quickly(text: str) -> None:
    emergency_in("")  # the words are read from their file once
    started = time.process_time()
    emergency_in(text)
    assert time.process_time() - started < 0.05


async def test_an_unsure_reply_stands_in_for_small_talk(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("my tummy feels strange")
        told = await ana.hears("I'm a quiz bot, so I can't judge this")
        assert "call your local emergency number now. It's 112" in words(told)
        assert "A doctor or pharmacist can" in words(told)
        assert "findahelpline.com" not in words(told)
        await ana.says("i am so tired of pretending")
        told = await ana.hears("I'm a quiz bot, so I can't judge this")
        assert "findahelpline.com" in words(told)
        assert buttons(told) == []
        await ana.says("/timezone London")
        await ana.hears("London")
        await ana.says("i am so tired of pretending")
        told = await ana.hears("I'm a quiz bot, so I can't judge this")
        assert "call 999 now.\n" in words(told)
        assert "116 123 (Samaritans)" in words(told)
        await ana.hears_nothing_else()


async def test_who_needs_help_is_told_the_numbers_of_their_country(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("heart atack")
        await ana.hears("call your local emergency number now")
        await ana.says("/timezone Lisbon")
        await ana.hears("Lisbon")
        await ana.says("my dad collapsed")
        await ana.hears("call 112 now")
        await ana.says("/timezone London")
        await ana.hears("London")
        await ana.says("i dont want to live anymore")
        told = await ana.hears("116 123 (Samaritans)")
        assert "call 999" in words(told)
        assert buttons(told) == []
        await ana.hears_nothing_else()
