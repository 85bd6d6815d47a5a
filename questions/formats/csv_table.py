"""Reads and writes CSV (RFC 4180) for spreadsheets: one row per item, one column per field.

Texts are plain, never HTML. What a spreadsheet would run as a formula gets an apostrophe, which
reading removes.
"""

import csv
import datetime as dt
import json
import re
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from typing import get_args

from questions.formats.plain_text import tidy
from questions.formats.reading import FormatError, ImportedOption, ImportedQuestion, Reading
from questions.formats.registry import Export
from questions.items import Difficulty, Form, Item, Level, Status
from questions.spreadsheets import guarded, unguarded

_DISTRACTORS = 3
_OPTION_COLUMNS = ("key", *(f"{name}_{n}" for n in (1, 2, 3) for name in ("distractor", "why")))
COLUMNS = (
    "id status revision written_by reviewed_by reviewed_on source_sha256 cites evidence "
    "objective form level difficulty stem picture picture_text".split()
    + list(_OPTION_COLUMNS)
    + "explanation more keep_apart changes waivers".split()
)
REQUIRED = ("stem", "key", "distractor_1", "distractor_2")
_DELIMITERS = ",;\t"


def write(export: Export) -> bytes:
    stream = StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(COLUMNS)
    for item in export.items:
        cells = _cells(item)
        writer.writerow([guarded(cells.get(column, "")) for column in COLUMNS])
    # Spreadsheets recognise UTF-8 by the byte order mark.
    return stream.getvalue().encode("utf-8-sig")


def read(text: str, file: str) -> Reading:
    """Raises FormatError if the header lacks a required column."""
    reading = Reading(file)
    rows = _rows(text.removeprefix("\ufeff"), reading)
    header = [cell.strip().casefold() for cell in next(rows, (1, []))[1]]
    if missing := [name for name in REQUIRED if name not in header]:
        raise FormatError(
            f"{file} has no column {', '.join(missing)}; its first row must name the columns, "
            f"of which {', '.join(REQUIRED)} are needed."
        )
    for name in header:
        if name not in COLUMNS:
            reading.note(1, f"the column '{name[:40]}' is unknown and left out")
    for line, row in rows:
        cells = dict.fromkeys(header, "")
        cells |= {name: tidy(unguarded(cell)) for name, cell in zip(header, row, strict=False)}
        if any(cells.values()):
            _found(line, cells, reading)
    return reading


def _rows(text: str, reading: Reading) -> Iterator[tuple[int, list[str]]]:
    first = text.partition("\n")[0]
    rows = csv.reader(
        StringIO(text, newline=""), delimiter=max(_DELIMITERS, key=first.count), strict=True
    )
    while True:
        line = rows.line_num + 1
        try:
            yield line, next(rows)
        except StopIteration:
            return
        except csv.Error as error:
            problem = f"the table cannot be read from here on ({error})"
            reading.refuse(line, "", problem, "look for a quotation mark that is not closed")
            return


def _cells(item: Item) -> dict[str, str]:
    cells = {name: _WRITTEN[name](getattr(item, name)) for name in _WRITTEN}
    cells["key"] = item.key
    for number, option in enumerate(item.distractors, 1):
        cells[f"distractor_{number}"] = option.text
        cells[f"why_{number}"] = option.why or ""
    return cells


def _found(line: int, cells: Mapping[str, str], reading: Reading) -> None:
    distractors = [
        ImportedOption(cells[f"distractor_{n}"], False, cells.get(f"why_{n}", ""))
        for n in range(1, _DISTRACTORS + 1)
        if cells.get(f"distractor_{n}")
    ]
    held: dict[str, object] = {}
    for name, parse in _READ.items():
        if text := cells.get(name):
            try:
                held[name] = parse(text)
            except ValueError as error:
                label = cells.get("id") or cells["stem"]
                reading.refuse(line, label, f"its {name} is not understood", str(error))
                return
    reading.add(
        ImportedQuestion(
            line,
            cells.get("id", ""),
            cells["stem"],
            (ImportedOption(cells["key"], True), *distractors) if cells["key"] else (*distractors,),
            cells.get("explanation", ""),
            cells.get("more", ""),
            held,
        )
    )


def _lines(values: tuple[str, ...]) -> str:
    """Joins entries as lines, with line feeds and backslashes in them escaped."""
    return "\n".join(value.replace("\\", "\\\\").replace("\n", "\\n") for value in values)


def _entries(text: str) -> tuple[str, ...]:
    lines = (re.sub(r"\\([\\n])", _unescaped, line).strip() for line in text.split("\n"))
    return tuple(line for line in lines if line)


def _unescaped(match: re.Match[str]) -> str:
    return "\n" if match[1] == "n" else "\\"


def _names(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(re.split(r"[\s,;]+", text.strip(" ,;\n"))))


def _waivers(text: str) -> dict[str, str]:
    entries = dict(entry.partition(": ")[::2] for entry in _entries(text))
    if not all(entries.values()):
        raise ValueError("write each as 'name-of-the-rule: the reason', one per line")
    return entries


def _changes(text: str) -> object:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ValueError("copy it unchanged, or leave the cell empty") from None


def _one_of(words: tuple[str, ...]) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.casefold() not in words:
            raise ValueError(f"use one of {', '.join(words)}")
        return text.casefold()

    return parse


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII):
        raise ValueError("write plain digits")
    return int(text)


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise ValueError("write the day like 2026-11-22") from None


def _optional(value: object) -> str:
    return "" if value is None else str(value)


_WRITTEN: Mapping[str, Callable[..., str]] = {
    **dict.fromkeys(("id", "status", "objective", "form", "level", "difficulty"), str),
    **dict.fromkeys(("stem", "explanation", "more", "revision"), str),
    **dict.fromkeys(("written_by", "reviewed_by", "reviewed_on", "source_sha256"), _optional),
    **dict.fromkeys(("picture", "picture_text"), _optional),
    **dict.fromkeys(("cites", "keep_apart"), ", ".join),
    "evidence": _lines,
    "changes": lambda changes: (
        json.dumps([each.model_dump(exclude_defaults=True) for each in changes], ensure_ascii=False)
        if changes
        else ""
    ),
    "waivers": lambda waivers: _lines(tuple(f"{name}: {why}" for name, why in waivers.items())),
}
_READ: Mapping[str, Callable[[str], object]] = {
    "status": _one_of(get_args(Status)),
    "revision": _number,
    "written_by": str,
    "reviewed_by": str,
    "reviewed_on": _day,
    "source_sha256": str,
    "picture": str,
    "picture_text": str,
    "cites": _names,
    "evidence": _entries,
    "objective": str,
    "form": _one_of(get_args(Form)),
    "level": _one_of(get_args(Level)),
    "difficulty": _one_of(get_args(Difficulty)),
    "keep_apart": _names,
    "changes": _changes,
    "waivers": _waivers,
}
