"""Reads a file to import and detects its format."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from questions.extracting.files import binary_type
from questions.formats import aiken, csv_table, gift
from questions.formats.reading import FormatError, Reading

READERS: Mapping[str, Callable[[str, str], Reading]] = {
    "gift": gift.read,
    "aiken": aiken.read,
    "csv": csv_table.read,
}
# Five hundred long questions fill less than one megabyte.
BYTES_LIMIT = 5_000_000
_SUFFIXES = {".gift": "gift", ".aiken": "aiken", ".csv": "csv", ".tsv": "csv"}
_ANSWER = re.compile(r"^[ \t]*ANSWER:", re.MULTILINE | re.IGNORECASE)
_BRACES = re.compile(r"(?<!\\)\{")


def read(path: Path, kind: str | None = None) -> Reading:
    """Returns the questions of the file. `kind` is a key of READERS, or None to detect it.

    Raises FormatError if the file is too large, empty, not text, or in an unknown format.
    """
    text = _text(path)
    reading = READERS[kind or guess(path, text)](text, path.name)
    if not reading.found and not reading.faults:
        raise FormatError(f"{path.name} holds no question; see docs/formats.md for examples.")
    return reading


def guess(path: Path, text: str) -> str:
    """Returns the format by the file's name, or else by its text. Raises FormatError."""
    if kind := _SUFFIXES.get(path.suffix.casefold()):
        return kind
    if _ANSWER.search(text):
        return "aiken"
    header = re.split(r"[,;\t]", text.partition("\n")[0].casefold())
    if {"stem", "key"} <= {name.strip(' "\r') for name in header}:
        return "csv"
    if _BRACES.search(text) and not text.lstrip().startswith(("<", "{", "[{")):
        return "gift"
    known = ", ".join(READERS)
    raise FormatError(f"The format of {path.name} is not clear; name it with --format ({known}).")


def _text(path: Path) -> str:
    try:
        if path.is_dir():
            raise FormatError(f"{path} is a folder; name a file in it.")
        if path.exists() and not path.is_file():
            raise FormatError(f"{path} is not a file; name a GIFT, Aiken or CSV.")
        size = path.stat().st_size
        if size > BYTES_LIMIT:
            raise FormatError(
                f"{path.name} has {size / 1e6:.1f} MB; split it into files of at most "
                f"{BYTES_LIMIT / 1e6:.0f} MB."
            )
        data = path.read_bytes()
    except OSError as error:
        raise FormatError(f"{path} cannot be read ({error.strerror}); check its name.") from None
    return _decoded(data, path.name)


def _decoded(data: bytes, name: str) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise FormatError(f"{name} is a workbook or an archive; save it as CSV (UTF-8) first.")
    if what := binary_type(data):
        raise FormatError(f"{name} {what}; save its questions as GIFT, Aiken or CSV text first.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise FormatError(
            f"{name} is not UTF-8 text (byte {error.start + 1}); save it as UTF-8."
        ) from None
    if "\0" in text:
        raise FormatError(f"{name} is a binary file; choose a GIFT, Aiken or CSV text.")
    if not text.strip():
        raise FormatError(f"{name} is empty; choose a GIFT, Aiken or CSV text.")
    return text.replace("\r\n", "\n").replace("\r", "\n")
