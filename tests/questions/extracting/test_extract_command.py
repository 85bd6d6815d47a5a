"""`python -m questions extract`."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from questions.article import parse_article
from questions.commands import app

ARTICLE = Path(__file__).parent / "articles" / "iron_copied.txt"


def run(*arguments: str | Path, given: bytes | None = None) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["extract", *map(str, arguments)], input=given)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_article_goes_to_standard_output_and_the_summary_to_standard_error() -> None:
    code, out, told = run(ARTICLE)

    assert code == 0
    assert not parse_article(out)[1]
    assert "4 key points" in told
    assert "Skip to main content" in told
    assert "lint --source" in told
    assert "the heading of a section" not in told


def test_the_article_is_written_to_a_file_and_never_over_another(tmp_path: Path) -> None:
    output = tmp_path / "iron" / "article.md"

    assert run(ARTICLE, "-o", output)[:2] == (0, "")
    output.write_text("mine", encoding="utf-8")
    code, _, told = run(ARTICLE, "-o", output)

    assert code == 2
    assert "--force" in told
    assert output.read_text(encoding="utf-8") == "mine"
    assert run(ARTICLE, "-o", output, "--force")[0] == 0
    assert not parse_article(output.read_text(encoding="utf-8"))[1]


def test_standard_input_is_read_for_a_dash() -> None:
    code, out, _ = run("-", given=b"\xef\xbb\xbfFAQ\r\n\r\nWhat is iron?\r\n\r\nA metal.\r\n")

    assert code == 0
    assert "### FAQ1 What is iron?" in out


def test_machines_get_one_document() -> None:
    code, out, told = run(ARTICLE, "--json")
    document = json.loads(out)

    assert (code, told) == (0, "")
    assert document["statements"][0]["id"] == "KP1"
    assert document["unmatched"][0] == {
        "line": 1,
        "text": "Skip to main content",
        "reason": "boilerplate",
    }
    assert not parse_article(document["article"])[1]


def test_markup_in_an_article_is_shown_unchanged() -> None:
    assert "Salt [/b] odd" in run("-", given=b"Salt [/b] odd\n\nFAQ\n\nIs it [red]?\n\nYes.")[2]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"\n \n", "is empty"),
        (b"%PDF-1.7\n\xff\xfe", "is a PDF"),
        (b"PK\x03\x04rest", "packed file"),
        (b"PK\x03\x04rest", "into a file that ends in .txt, and give that file"),
        (b"\x89PNG\r\n\x1a\n\0", "is an image"),
        (b"\xff\xd8\xff\xe0rest", "is an image"),
        (b"{\\rtf1 text}", "RTF"),
        (b"Caf\xe9 and sleep", "is not UTF-8"),
        (b"Caf\xe9 and sleep", "Save as, Encoding: UTF-8"),
        (b"\xff\xfeK", "is not UTF-16"),
        (b"K\0e\0y\0", "not text"),
        (b"MIME-Version: 1.0\n", "web archive"),
        (b"One line of words.", "No key points and no frequently asked questions"),
        (b"<html><p>Words.</p></html>", "No key points and no frequently asked questions"),
    ],
)
def test_a_file_that_is_no_article_is_refused_in_one_sentence(
    tmp_path: Path, data: bytes, words: str
) -> None:
    file = tmp_path / "given"
    file.write_bytes(data)

    code, out, told = run(file)

    assert (code, out) == (2, "")
    assert words in told
    assert told.count("\n") == 1
    assert "Traceback" not in told


@pytest.mark.parametrize(
    ("name", "words"), [("", "is a folder"), ("missing.txt", "There is no file"), ("\0", "read")]
)
def test_what_is_no_file_is_refused_in_one_sentence(tmp_path: Path, name: str, words: str) -> None:
    code, _, told = run(tmp_path / name if name != "\0" else name)

    assert code == 2
    assert words in told


def test_text_in_utf_16_with_its_mark_is_read(tmp_path: Path) -> None:
    file = tmp_path / "given.txt"
    file.write_text("FAQ\n\nΤι είναι ο ύπνος;\n\nΑνάπαυση.\n", encoding="utf-16")

    assert "### FAQ1 Τι είναι ο ύπνος;" in run(file)[1]
