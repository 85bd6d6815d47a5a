"""Reads the file of an article as text, or refuses it with a sentence that says what to do."""

import codecs
from pathlib import Path

from questions.extracting.blocks import ExtractionError

# An article has a few thousand words; a larger file is the wrong one.
SIZE_LIMIT = 50_000_000

_COPY_TEXT = "open it, copy its text into a file that ends in .txt, and give that file"
_AS_HTML = "save the page as HTML and give that file"
_AS_UTF_8 = (
    "save it as UTF-8 and try again (in a text editor: Save as, Encoding: UTF-8; in an office "
    "program: Save as plain text, Unicode UTF-8)"
)
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", f"is a PDF: {_COPY_TEXT}"),
    (b"PK\x03\x04", f"is a packed file, such as .zip, .docx, .odt or .epub: {_COPY_TEXT}"),
    (b"PK\x05\x06", "is an empty zip file: give the article's text"),
    (b"\xd0\xcf\x11\xe0", f"is a document of an office program: {_COPY_TEXT}"),
    (b"{\\rtf", f"is rich text (RTF): {_COPY_TEXT}"),
    (b"\x1f\x8b", "is packed with gzip: unpack it first"),
    (b"\x89PNG", "is an image: type or copy the article's text into a file"),
    (b"\xff\xd8\xff", "is an image: type or copy the article's text into a file"),
    (b"GIF8", "is an image: type or copy the article's text into a file"),
    (b"bplist00", f"is a web archive: {_AS_HTML}"),
)
# Longer byte order marks first: UTF-32's begins with UTF-16's.
_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def binary_type(data: bytes) -> str | None:
    """Returns what a binary file is, such as "is a PDF", by its first bytes; None if unknown."""
    fault = next((fault for mark, fault in _SIGNATURES if data.startswith(mark)), None)
    return fault.partition(":")[0] if fault else None


def read_article_file(path: Path) -> str:
    """Returns the text of the file. Raises ExtractionError if it has no usable text."""
    if path.is_dir():
        raise ExtractionError(f"'{path}' is a folder: give the article's file.")
    try:
        with path.open("rb") as file:
            data = file.read(SIZE_LIMIT + 1)
    except FileNotFoundError:
        raise ExtractionError(f"There is no file '{path}': check its name and folder.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ExtractionError(f"'{path}' cannot be read ({reason}): give another file.") from None
    return decode(data, f"'{path}'")


def decode(data: bytes, name: str) -> str:
    """Decodes UTF-8, or what a byte order mark names. `name` is used in errors.

    Raises ExtractionError if the bytes are not text.
    """
    if len(data) > SIZE_LIMIT:
        limit = SIZE_LIMIT // 1_000_000
        raise ExtractionError(f"{name} holds more than {limit} MB: give one article by itself.")
    if fault := next((fault for mark, fault in _SIGNATURES if data.startswith(mark)), None):
        raise ExtractionError(f"{name} {fault}.")
    mark, encoding = next((pair for pair in _MARKS if data.startswith(pair[0])), (b"", "utf-8"))
    try:
        text = data.removeprefix(mark).decode(encoding)
    except UnicodeDecodeError as error:
        place = error.start + len(mark) + 1
        problem = f"{name} is not {encoding.upper()} text (byte {place})"
        raise ExtractionError(f"{problem}: {_AS_UTF_8}.") from None
    if "\0" in text:
        problem = f"{name} is not text, or text in an unmarked encoding"
        raise ExtractionError(f"{problem}: {_AS_UTF_8}.")
    if text.lstrip()[:5] == "MIME-" or text.startswith("From: <Saved by"):
        raise ExtractionError(f"{name} is a web archive: {_AS_HTML}.")
    if not text.strip():
        raise ExtractionError(f"{name} is empty: give a file that holds an article.")
    return text
