"""Reads GIFT: the single-choice questions; other types are named and passed over.

As in Moodle, an empty line ends a question, lines that begin with // are comments (where ids and
tags stand), and answers take the text format of their question unless they name their own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from questions.formats import feedback
from questions.formats.found import Found, FoundOption, Reading
from questions.formats.gift import ESCAPED
from questions.formats.markup import Markup
from questions.formats.plain_text import tidy
from questions.formats.tags import tagged

# Escapes are held as control characters, which no text has once it is tidied.
_HELD = {"\\": "\x01", "~": "\x02", "=": "\x03", "#": "\x04", "{": "\x05", "}": "\x06"}
_HELD |= {":": "\x07", "n": "\x08"}
_RELEASED = str.maketrans({held: char.replace("n", "\n") for char, held in _HELD.items()})

_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|plain|markdown|moodle)\]")
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{1,9})?)%")
_ID = re.compile(r"\[id:([^\]]+)\]")
_TAG = re.compile(r"\[tag:([^\]]+)\]")
# Above any question that is worth reading; the bank's own rule says what it takes.
_PLENTY = 50
_SINGLE = "write it as a single-choice question: {=right ~wrong ~wrong}"


@dataclass(frozen=True)
class _Block:
    line: int
    text: str
    comments: str


def read(text: str, file: str) -> Reading:
    reading = Reading(file)
    for block in _blocks(text):
        if block.text.startswith("$CATEGORY:"):
            reading.note(block.line, "the category is left out, as banks have none")
        else:
            _question(block, reading)
    return reading


def _blocks(text: str) -> Iterator[_Block]:
    start, lines, comments = 0, [], []
    for number, line in enumerate([*text.split("\n"), ""], 1):
        bare = tidy(line)
        if bare.startswith("//"):
            comments.append(bare)
        elif bare:
            start = start or number
            lines.append(bare)
            # Moodle takes a line of its own as one, whether or not an empty line follows.
            if not bare.startswith("$CATEGORY:"):
                continue
        if (not bare and lines) or bare.startswith("$CATEGORY:"):
            yield _Block(start, "\n".join(lines), "\n".join(comments))
        if not bare.startswith("//"):
            start, lines, comments = 0, [], []


def _question(block: _Block, reading: Reading) -> None:
    text = ESCAPED.sub(lambda match: _HELD[match[1]], block.text)
    title, text = _titled(text)
    name = _first(_ID, block.comments) or _release(title)
    stem, opened, rest = text.partition("{")
    answers, closed, after = rest.partition("}")
    label = name or _release(stem)
    if not opened:
        problem = "it has no answers in braces"
        reading.refuse(block.line, label, problem, "add {=right ~wrong ~wrong}, or remove the text")
    elif not closed:
        remedy = "close it; no empty line may stand between the braces"
        reading.refuse(block.line, label, "its answers have no closing brace", remedy)
    elif other := _other_type(answers.strip(), after.strip()):
        reading.refuse(block.line, label, f"it is {other}", _SINGLE)
    else:
        _single_choice(block, name, stem, answers, reading)


def _titled(text: str) -> tuple[str, str]:
    match = _TITLE.match(text)
    return (match[1], text[match.end() :].strip()) if match else ("", text)


def _other_type(answers: str, after: str) -> str | None:
    """What kind of question it is, if it is no choice of one, in the order that Moodle asks."""
    answers = answers.rpartition("####")[0].strip() if "####" in answers else answers
    if not answers:
        return "an essay question"
    if answers.startswith("#"):
        return "a numeric question"
    if after:
        return "a missing-word question"
    if "~" in answers:
        return None
    if "=" in answers:
        return "a matching question" if "->" in answers else "a short-answer question"
    if answers.partition("#")[0].strip() in {"T", "TRUE", "F", "FALSE"}:
        return "a true-false question"
    return "a short-answer question"


def _single_choice(block: _Block, name: str, stem: str, answers: str, reading: Reading) -> None:
    style, _ = _styled(stem, "moodle")
    body, found_general, general = answers.rpartition("####")
    if not found_general:
        body, general = answers, ""
    markup = Markup()

    def plain(text: str) -> str:
        own_style, bare = _styled(text, style)
        return markup.plain(_release(bare), own_style)

    if (number := body.count("~") + body.count("=")) > _PLENTY:
        problem = f"there are {number} options"
        remedy = "offer three, or four where four are plausible"
        reading.refuse(block.line, name, problem, remedy)
        return
    parts = [_answer(each.strip()) for each in body.replace("=", "~=").split("~") if each.strip()]
    options = tuple(
        FoundOption(plain(text), weight == 100, plain(why)) for weight, text, why in parts
    )
    explanation, more = feedback.parted(plain(general))
    found = Found(block.line, name, plain(stem), options, explanation, more, _held(block))
    if any(0 < weight < 100 for weight, _, _ in parts):
        problem = "it gives part of the marks for some answers"
        remedy = "make one answer right, all others wrong"
        reading.refuse(block.line, name or found.stem, problem, remedy)
    elif markup.usable(reading, block.line, name or found.stem):
        reading.add(found)


def _held(block: _Block) -> dict[str, object]:
    return tagged(_TAG.findall(block.comments))


def _answer(text: str) -> tuple[float, str, str]:
    """Weight in per cent, answer, feedback."""
    weight = 0.0
    if text.startswith("="):
        weight, text = 100.0, text[1:].strip()
    elif match := _WEIGHT.match(text):
        weight, text = float(match[1]), text[match.end() :]
    answer, _, why = text.partition("#")
    return weight, answer.strip(), why.strip()


def _styled(text: str, style: str) -> tuple[str, str]:
    """The text's format, its own or the one around it, and the text without that mark."""
    text = text.strip()
    match = _FORMAT.match(text)
    return (match[1], text[match.end() :]) if match else (style, text)


def _release(text: str) -> str:
    return text.translate(_RELEASED).strip()


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1].strip() if match else ""
