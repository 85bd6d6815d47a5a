"""Reads and writes GIFT, Moodle's text format.

Moodle's importer reads back what is written here: `[plain]` keeps it from reading a `<` as HTML,
and ids and tags are in a comment, where it looks for them. Only single-choice questions are read;
other types are refused by name. As in Moodle, an empty line ends a question,
lines that begin with // are comments, and answers have the text format of their question unless
they name another.
Source: Moodle docs, "GIFT format".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from questions.formats.packed_fields import fields_of_tags, joined_feedback, split_feedback, tags
from questions.formats.plain_text import Markup, tidy
from questions.formats.reading import ImportedOption, ImportedQuestion, Reading
from questions.formats.registry import Export
from questions.items import Item, Option

ESCAPED = re.compile(r"\\([\\~=#{}:n])")
_SPECIAL = re.compile(r"[\\~=#{}:\n]")


def write(export: Export) -> bytes:
    blocks = [f"// {_one_line(export.topic.title)}", *map(_written_question, export.items)]
    return ("\n\n".join(blocks) + "\n").encode()


def escaped(text: str) -> str:
    return _SPECIAL.sub(lambda match: "\\" + match[0].replace("\n", "n"), text)


def _written_question(item: Item) -> str:
    comment = " ".join([f"[id:{item.id}]", *(f"[tag:{tag}]" for tag in tags(item))])
    answers = "\n".join(map(_written_answer, item.options))
    general = _marked(joined_feedback(item))
    return (
        f"// {comment}\n::{item.id}::[plain]{escaped(item.stem)} {{\n{answers}\n\t####{general}\n}}"
    )


def _written_answer(option: Option) -> str:
    why = "" if option.why is None else f"#{_marked(option.why)}"
    return f"\t{'=' if option.correct else '~'}{_marked(option.text)}{why}"


def _marked(text: str) -> str:
    """Returns the escaped text; adds its format if it looks like a format or a weight."""
    return f"[plain]{escaped(text)}" if text.startswith(("[", "%")) else escaped(text)


def _one_line(text: str) -> str:
    return " ".join(text.split())


# Control characters stand for escapes: no text has any after `tidy`.
_HELD = {"\\": "\x01", "~": "\x02", "=": "\x03", "#": "\x04", "{": "\x05", "}": "\x06"}
_HELD |= {":": "\x07", "n": "\x08"}
_RELEASED = str.maketrans({held: char.replace("n", "\n") for char, held in _HELD.items()})

_TITLE = re.compile(r"::(.*?)::", re.DOTALL)
_FORMAT = re.compile(r"\[(html|plain|markdown|moodle)\]")
_WEIGHT = re.compile(r"%(-?[0-9]{1,3}(?:\.[0-9]{1,9})?)%")
_ID = re.compile(r"\[id:([^\[\]]+)\]")
_TAG = re.compile(r"\[tag:([^\[\]]+)\]")
# Well above what a bank allows.
_MOST_OPTIONS = 50
_SINGLE = "write it as a single-choice question: {=correct ~wrong ~wrong}"


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
            _read_question(block, reading)
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
            # Moodle ends a category at the end of its line, with or without an empty line.
            if not bare.startswith("$CATEGORY:"):
                continue
        if (not bare and lines) or bare.startswith("$CATEGORY:"):
            yield _Block(start, "\n".join(lines), "\n".join(comments))
        if not bare.startswith("//"):
            start, lines, comments = 0, [], []


def _read_question(block: _Block, reading: Reading) -> None:
    text = ESCAPED.sub(lambda match: _HELD[match[1]], block.text)
    title, text = _titled(text)
    name = _first(_ID, block.comments) or _release(title)
    stem, opened, rest = text.partition("{")
    answers, closed, after = rest.partition("}")
    label = name or _release(stem)
    if not opened:
        problem = "it has no answers in braces"
        reading.refuse(
            block.line, label, problem, "add {=correct ~wrong ~wrong}, or remove the text"
        )
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
    """Returns the type of a question that is not single-choice, in Moodle's order; else None."""
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

    if (number := body.count("~") + body.count("=")) > _MOST_OPTIONS:
        problem = f"there are {number} options"
        remedy = "offer three, or four where four are plausible"
        reading.refuse(block.line, name, problem, remedy)
        return
    parts = [
        _read_answer(each.strip()) for each in body.replace("=", "~=").split("~") if each.strip()
    ]
    options = tuple(
        ImportedOption(plain(text), weight == 100, plain(why)) for weight, text, why in parts
    )
    explanation, more = split_feedback(plain(general))
    found = ImportedQuestion(
        block.line, name, plain(stem), options, explanation, more, _held(block)
    )
    if any(0 < weight < 100 for weight, _, _ in parts):
        problem = "it gives part of the marks for some answers"
        remedy = "make one answer correct and all others wrong"
        reading.refuse(block.line, name or found.stem, problem, remedy)
    elif markup.usable(reading, block.line, name or found.stem):
        reading.add(found)


def _held(block: _Block) -> dict[str, object]:
    return fields_of_tags(_TAG.findall(block.comments))


def _read_answer(text: str) -> tuple[float, str, str]:
    """Returns weight in per cent, answer and feedback."""
    weight = 0.0
    if text.startswith("="):
        weight, text = 100.0, text[1:].strip()
    elif match := _WEIGHT.match(text):
        weight, text = float(match[1]), text[match.end() :]
    answer, _, why = text.partition("#")
    return weight, answer.strip(), why.strip()


def _styled(text: str, style: str) -> tuple[str, str]:
    """Returns the text's format, which is `style` if it has none, and the text without it."""
    text = text.strip()
    match = _FORMAT.match(text)
    return (match[1], text[match.end() :]) if match else (style, text)


def _release(text: str) -> str:
    return text.translate(_RELEASED).strip()


def _first(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[1].strip() if match else ""
