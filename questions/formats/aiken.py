"""Reads Aiken: lines of a question, options as `A. text` or `A) text`, then `ANSWER: B`.

Source: Moodle docs, "Aiken format".
"""

import re
from dataclasses import dataclass, field

from questions.formats.plain_text import Markup, tidy
from questions.formats.reading import ImportedOption, ImportedQuestion, Reading

_OPTION = re.compile(r"([A-Z])[.)]\s+(.*)", re.ASCII)
_ANSWER = re.compile(r"ANSWER:\s*(.*)", re.IGNORECASE)


@dataclass
class _Draft:
    """A question that is being read. `line` is its first line, or 0 before that."""

    line: int = 0
    stem: list[str] = field(default_factory=list)
    options: list[tuple[int, str, str]] = field(default_factory=list)

    def take(self, number: int, line: str) -> None:
        self.line = self.line or number
        option = _OPTION.match(line)
        if option and self.stem:
            self.options.append((number, option[1], option[2]))
        elif self.options:
            last, letter, text = self.options[-1]
            self.options[-1] = (last, letter, f"{text} {line}")
        else:
            self.stem.append(line)


def read(text: str, file: str) -> Reading:
    reading = Reading(file)
    draft = _Draft()
    after_empty = False
    for number, raw in enumerate(text.split("\n"), 1):
        line = tidy(raw)
        if match := _ANSWER.match(line):
            _finish(draft, number, match[1].strip(), reading)
            draft = _Draft()
        elif line:
            if after_empty and draft.options and not _OPTION.match(line):
                _unanswered(draft, reading)
                draft = _Draft()
            draft.take(number, line)
        after_empty = not line
    if draft.line:
        _unanswered(draft, reading)
    return reading


def _unanswered(draft: _Draft, reading: Reading) -> None:
    problem = "it has no line ANSWER:"
    remedy = "write it below the last option, as in ANSWER: B"
    reading.refuse(draft.line, " ".join(draft.stem), problem, remedy)


def _finish(draft: _Draft, number: int, answer: str, reading: Reading) -> None:
    stem = " ".join(draft.stem)
    letters = [letter for _, letter, _ in draft.options]
    fault = _fault(draft, letters, answer)
    if not draft.stem:
        remedy = "write the question above its options"
        reading.refuse(number, "", "this ANSWER: belongs to no question", remedy)
    elif fault:
        line, problem, remedy = fault
        reading.refuse(line or number, stem, problem, remedy)
    else:
        markup = Markup()
        options = tuple(
            ImportedOption(markup.plain(text), letter == answer.upper())
            for _, letter, text in draft.options
        )
        found = ImportedQuestion(draft.line, "", markup.plain(stem), options)
        if markup.usable(reading, draft.line, stem):
            reading.add(found)


def _fault(draft: _Draft, letters: list[str], answer: str) -> tuple[int, str, str] | None:
    """Returns line (0: that of the answer), problem and remedy of the first fault, or None."""
    for place, (line, letter, _) in enumerate(draft.options):
        expected = chr(ord("A") + place)
        if letter != expected:
            return line, f"option {letter} is where {expected} should be", "letter them A, B, C"
    if not letters:
        return 0, "it has no options", "write them as 'A. text', one a line"
    if not re.fullmatch(r"[A-Z]", answer.upper(), re.ASCII):
        return (
            0,
            f"its answer '{answer[:20]}' is not one letter",
            "name one option, as in ANSWER: B",
        )
    if answer.upper() not in letters:
        return 0, f"its answer {answer.upper()} is none of its options", "name one of them"
    return None
