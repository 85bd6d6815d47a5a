"""Explains in plain words why YAML cannot be parsed.

The parser says where it stopped, but the mistake is often on the line above, or where something was
opened far above.
"""

import itertools
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

import yaml

_NO_SPACES = "begin it in the same column as the other fields"
_COLON = "write it like 'level: recall', with a colon and a space"
_INNER_QUOTES = 'write \\" for it, or use ‘ ’'
_INDENTED_TOKENS = ("<block mapping start>", "<block sequence start>", "'-'", "'?'")
_CHARACTER = re.compile(r"found character '(?P<character>[^']+)' that cannot start")
# Meant as a field: `level recall`, `level:recall`, `-id: x`.
_NO_FIELD = re.compile(r"\s*(-\S|(- )?[a-z_]+([ :]|$))")
_FIELD = re.compile(r"\s*(- )?[a-z_]+:( |$)")


@dataclass(frozen=True)
class Mistake:
    """`line` is where to look first, from 1; None if the parser gives no place."""

    line: int | None
    problem: str
    remedy: str


def mistake(text: str, error: yaml.MarkedYAMLError) -> Mistake:
    """Returns the most likely mistake behind the parser's error."""
    if error.problem_mark is None:
        return Mistake(None, error.problem or "it cannot be parsed", "correct it")
    return _scanning(text, error, error.problem_mark) or _parsing(text, error, error.problem_mark)


def _scanning(text: str, error: yaml.MarkedYAMLError, at: yaml.Mark) -> Mistake | None:
    """Returns a mistake within a word; None if a valid word is in the wrong place."""
    message, line = error.problem or "", at.line + 1
    opened = error.context_mark.line + 1 if error.context_mark else line
    if "could not find expected ':'" in message:
        return _without_colon(text, opened)
    if "mapping values are not allowed" in message:
        return _unexpected_colon(text, at)
    if found := _CHARACTER.search(message):
        return _strange_start(found["character"], line)
    if "unknown escape" in message:
        return Mistake(line, "there is a backslash in a quoted text", "write \\\\ for it")
    return _unclosed_quote(opened) if "quoted scalar" in str(error.context) else None


def _parsing(text: str, error: yaml.MarkedYAMLError, at: yaml.Mark) -> Mistake:
    message, line = error.problem or "it cannot be parsed", at.line + 1
    if found := _quotes(text, message, at):
        return found
    if "expected ','" in message:
        return _missing_comma(message, line, error.context_mark)
    if "expected <block end>" in message and any(token in message for token in _INDENTED_TOKENS):
        return Mistake(line, "the spaces at its start do not fit", _NO_SPACES)
    return Mistake(line, message, "correct that line or the one above")


def _without_colon(text: str, line: int) -> Mistake:
    written = _lines(text)[line - 1]
    if written.lstrip().startswith(("'", '"')):
        return _unclosed_quote(line)
    return Mistake(line, "a field's name has no colon after it", _COLON)


def _unexpected_colon(text: str, at: yaml.Mark) -> Mistake:
    lines = _lines(text)
    line, before = at.line + 1, lines[at.line][: at.column]
    if ": " in before:
        problem = "there is a colon in a text without quotes"
        return Mistake(line, problem, "put the text in quotes")
    above = next((n for n in range(at.line - 1, -1, -1) if lines[n].strip()), None)
    if above is not None and not _FIELD.match(lines[above]) and _NO_FIELD.match(lines[above]):
        if re.match(r"\s*-\S", lines[above]):
            problem = "there is no space after the hyphen"
            return Mistake(above + 1, problem, "write it like '- id: x'")
        return Mistake(above + 1, "a field's name has no colon and space after it", _COLON)
    problem = "the spaces at the start of this line, or of the one above, do not fit"
    return Mistake(line, problem, _NO_SPACES)


def _strange_start(character: str, line: int) -> Mistake:
    if character == "\\t":
        return Mistake(line, "it begins with a tab", "use spaces")
    return Mistake(line, f"a text cannot begin with {character}", "put the text in quotes")


def _unclosed_quote(line: int) -> Mistake:
    problem = "a quotation mark is opened here and not closed"
    return Mistake(line, problem, "close it where the text ends")


def _quotes(text: str, message: str, at: yaml.Mark) -> Mistake | None:
    """Returns a mistake with quotation marks: a text ends too late or too early."""
    quoted = _quoted_before(text, at.index)
    if quoted is None or "expected" not in message:
        return None
    start, end = quoted.start_mark, quoted.end_mark
    if start.line != end.line:
        return _unclosed_quote(start.line + 1)
    if "<scalar>" in message and (end.index == at.index or "<block end>" in message):
        problem = "there is a quotation mark inside a quoted text"
        remedy = _INNER_QUOTES if quoted.style == '"' else 'put the text in double quotes (")'
        return Mistake(at.line + 1, problem, remedy)
    return None


def _missing_comma(message: str, line: int, opened: yaml.Mark | None) -> Mistake:
    if opened is None or opened.line + 1 == line:
        problem = "a comma is missing between two entries"
        return Mistake(line, problem, "put a comma there, and each text in quotes")
    mark = "}" if "'}'" in message else "]"
    problem = "a bracket or brace is opened here and not closed"
    return Mistake(opened.line + 1, problem, f"put {mark} where it ends")


def _quoted_before(text: str, index: int) -> yaml.ScalarToken | None:
    """Returns the quoted text directly before that index, if there is one."""
    before = itertools.takewhile(lambda token: token.start_mark.index < index, _tokens(text))
    last = next(iter(deque(before, maxlen=1)), None)
    return last if isinstance(last, yaml.ScalarToken) and last.style in {'"', "'"} else None


def _lines(text: str) -> list[str]:
    """Returns the lines as YAML 1.1 counts them (section 5.4)."""
    return re.split("\r\n|[\r\n\x85\u2028\u2029]", text)


def _tokens(text: str) -> Iterator[yaml.Token]:
    """Yields tokens up to the first error."""
    try:
        yield from yaml.scan(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError:
        return
