"""YAML without its surprises.

YAML 1.1 reads `yes` as true, `1_000` as 1000, `12:30` as 750 and `2026-11-22` as a date, keeps the
last of two equal keys, and lets an alias grow a small file without bound. Here each of these is a
problem with a line number, never a silent change of what the author meant.

`parse` uses PyYAML's own parser, and all error messages come from it. `parse_sound` is faster, for
texts without problems: it uses libyaml, if PyYAML was built with it.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import yaml
from yaml.resolver import Resolver

from questions.yaml_mistakes import mistake

_TAG_PREFIX = "tag:yaml.org,2002:"
# Unicode categories Cc and Cs, except the line feed.
_STRANGE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
Value = str | int | bool | dt.date | tuple["Value", ...] | dict[str, "Value"] | None
Path = tuple[str | int, ...]

QUOTE = "put it in quotes if it is meant as text"


@dataclass(frozen=True)
class Problem:
    """A problem at a place in the document. `path` leads there from the root.

    `written` is the refused text, for callers that know what is expected there.
    """

    path: Path
    problem: str
    remedy: str
    written: str = ""


@dataclass
class Document:
    """The values of a YAML file, their lines, and their problems.

    A value with a problem is None. Sequences are tuples. `root` is the parser's node, if any.
    """

    value: Value = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    root: yaml.Node | None = None

    def line(self, path: Path) -> int | None:
        """Returns the line of the value, or of the innermost value around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path)


def field_name(path: Iterable[str | int]) -> str:
    """Returns a name such as `options[2].why`, with entries counted from 1 as authors do."""
    parts = (f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path)
    return "".join(parts).removeprefix(".")


class _Loader(yaml.SafeLoader):
    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
            raise yaml.MarkedYAMLError(problem="there is an alias", problem_mark=mark)
        return super().compose_node(parent, index)


def parse(text: str) -> Document:
    """Reads any text without raising: problems are listed."""
    document = Document()
    try:
        document.root = yaml.compose(text, Loader=_Loader)
        if document.root is not None:
            document.value = _value(document.root, (), document)
    except yaml.MarkedYAMLError as error:
        found = mistake(text, error)
        if found.line is not None:
            document.lines[()] = found.line
        _unreadable(document, found.problem, found.remedy)
    except yaml.YAMLError as error:
        _unreadable(document, _first_line(error))
    except RecursionError:
        _unreadable(document, "it is nested too deeply")
    except ValueError:  # from chr(), which PyYAML does not guard
        _unreadable(document, "an escape names a character that does not exist")
    return document


def _first_line(error: Exception) -> str:
    """Returns the first line of an error's text."""
    return (str(error).splitlines() or ["it cannot be read"])[0]


def _unreadable(document: Document, reason: str, remedy: str = "correct that line") -> None:
    document.value = None
    document.problems = [Problem((), f"this is not plain YAML ({reason})", remedy)]


def _value(node: yaml.Node, path: Path, document: Document) -> Value:
    document.lines.setdefault(path, node.start_mark.line + 1)
    tag = node.tag.removeprefix(_TAG_PREFIX)
    if isinstance(node, yaml.MappingNode) and tag == "map":
        return _mapping(node, path, document)
    if isinstance(node, yaml.SequenceNode) and tag == "seq":
        return tuple(
            _value(child, (*path, index), document) for index, child in enumerate(node.value)
        )
    try:
        if not isinstance(node, yaml.ScalarNode) or tag not in _SCALARS:
            raise _RefusedError("it has a tag that is not used here", "remove the tag")
        return _SCALARS[tag](node)
    except _RefusedError as refused:
        problem = Problem(path, refused.problem, refused.remedy, refused.written)
        document.problems.append(problem)
        return None


def _mapping(node: yaml.MappingNode, path: Path, document: Document) -> dict[str, Value]:
    result: dict[str, Value] = {}
    for key_node, value_node in node.value:
        # A key is read as written, so that `no:` is the unknown field "no" and not False.
        if not isinstance(key_node, yaml.ScalarNode):
            problem = "a name of a field is not one word"
            document.problems.append(Problem(path, problem, "write it like 'stem: ...'"))
            continue
        key = str(key_node.value)
        if key in result:
            line = key_node.start_mark.line + 1
            problem = f"it is given a second time in line {line}"
            document.problems.append(Problem((*path, key), problem, "keep one of the two"))
            continue
        document.lines[(*path, key)] = key_node.start_mark.line + 1
        result[key] = _value(value_node, (*path, key), document)
    return result


class _Scalar(Protocol):
    """A node or an event; `style` is the quotation mark, or empty."""

    value: Any
    style: Any


class _RefusedError(Exception):
    def __init__(self, problem: str, remedy: str, written: str = "") -> None:
        super().__init__(problem)
        self.problem = problem
        self.remedy = remedy
        self.written = written


def _text(node: _Scalar) -> str:
    text = str(node.value)
    if not node.style and len(text.split()) > 1:
        # Unquoted, ": " or " #" inside a sentence would cut it or change its meaning.
        problem = "it has several words without quotes"
        raise _RefusedError(problem, "put the text in quotes", text)
    if strange := _STRANGE.search(text):
        raise _RefusedError(f"it holds the control character U+{ord(strange[0]):04X}", "remove it")
    return text


def _boolean(node: _Scalar) -> bool:
    if node.value not in {"true", "false"}:
        raise _RefusedError(
            f"YAML reads {node.value} as true or false", f"write true or false, or {QUOTE}"
        )
    return bool(node.value == "true")


def _integer(node: _Scalar) -> int:
    if not re.fullmatch(r"0|[1-9][0-9]{0,8}", node.value, re.ASCII):
        problem = f"YAML reads {node.value[:40]} as a number in disguise"
        raise _RefusedError(problem, f"write plain digits, or {QUOTE}")
    return int(node.value)


def _decimal(node: _Scalar) -> Value:
    raise _RefusedError(f"YAML reads {node.value[:40]} as a decimal number", QUOTE)


def _date(node: _Scalar) -> dt.date:
    try:
        if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.value, re.ASCII):
            return dt.date.fromisoformat(node.value)
    except ValueError:
        pass
    raise _RefusedError(f"{node.value[:40]} is not a date", f"write it like 2026-11-22, or {QUOTE}")


def _nothing(node: _Scalar) -> Value:
    raise _RefusedError("it is empty", "give it a value or remove the field")


_SCALARS: dict[str, Callable[[_Scalar], Value]] = {
    "str": _text,
    "bool": _boolean,
    "int": _integer,
    "float": _decimal,
    "timestamp": _date,
    "null": _nothing,
}
_RESOLVER = Resolver()

# libyaml; None where PyYAML was built without it.
_FAST_LOADER: type[yaml.CSafeLoader] | None = getattr(yaml, "CSafeLoader", None)
# An unquoted text that both parsers read alike anywhere.
_WORD = re.compile(r"[\w.-]+", re.ASCII)
# libyaml accepts some tabs, byte order marks, and comments directly after | or > that PyYAML's
# parser refuses (found by comparing the two on hundreds of thousands of broken banks).
_TOLERATED = re.compile(r"[\t\ufeff]|[|>][-+0-9]*#")
_DEEPEST = 20

_Events = Iterator[yaml.Event]


class _UnsureError(Exception):
    """The text has a problem, or a form that the two parsers may read differently."""


def parse_sound(text: str) -> Value:
    """Returns the value of a text without problems, in a tenth of the time of `parse`.

    Returns None for any other text, or without libyaml; use `parse` then.
    """
    if _FAST_LOADER is None or _TOLERATED.search(text):
        return None
    try:
        return _document(yaml.parse(text, Loader=_FAST_LOADER))
    except (yaml.YAMLError, UnicodeError, _UnsureError, _RefusedError):
        return None


def _document(events: _Events) -> Value:
    _, start = next(events), next(events)
    if not isinstance(start, yaml.DocumentStartEvent) or start.explicit:
        raise _UnsureError
    value = _event_value(next(events), events, 0)
    end, last = next(events), next(events)
    if not isinstance(last, yaml.StreamEndEvent) or getattr(end, "explicit", True):
        raise _UnsureError
    return value


def _event_value(event: yaml.Event, events: _Events, depth: int) -> Value:
    """Returns the value that begins with the event; limits the depth, which libyaml does not."""
    if depth > _DEEPEST:
        raise _UnsureError
    if isinstance(event, yaml.ScalarEvent):
        text = _text_of(event)
        tag = "str" if event.style else _plain_tag(text)
        return _SCALARS[tag](event)
    if not isinstance(event, yaml.CollectionStartEvent) or event.anchor or event.tag:
        raise _UnsureError
    if isinstance(event, yaml.SequenceStartEvent):
        entries = _until(yaml.SequenceEndEvent, events)
        return tuple(_event_value(entry, events, depth + 1) for entry in entries)
    result: dict[str, Value] = {}
    for key in _until(yaml.MappingEndEvent, events):
        name = _text_of(key)
        if name in result:
            raise _UnsureError
        result[name] = _event_value(next(events), events, depth + 1)
    return result


def _plain_tag(text: str) -> str:
    found = _RESOLVER.resolve(yaml.ScalarNode, text, (True, False))  # type: ignore[no-untyped-call]
    return str(found).removeprefix(_TAG_PREFIX)


def _until(end: type[yaml.Event], events: _Events) -> _Events:
    while not isinstance(event := next(events), end):
        yield event


def _text_of(event: yaml.Event) -> str:
    """Returns the text of a scalar without an anchor or a tag, quoted or one word."""
    if isinstance(event, yaml.ScalarEvent) and event.anchor is None and event.tag is None:
        text = str(event.value)
        if event.style or _WORD.fullmatch(text):
            return text
    raise _UnsureError
