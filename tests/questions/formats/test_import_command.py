"""`import` as authors meet it: files of all kinds, exit codes, and what is in the bank then."""

import json
import os
import shutil
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions import load_topic
from questions.commands import app
from questions.formats.reading import QUESTIONS_LIMIT
from tests.questions.formats.samples import BANK, HOSTILE, folder
from tests.sizes import IN_CI

GOOD = "::noise::What does loud noise destroy?{=Hair cells#Yes. ~The bones ~The skin####Tender.}"
BAD = "What else?{=Hair cells ~The bones}"


def run(topic: Path, file: Path | str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["import", str(topic), str(file), *arguments])


def written(at: Path, text: str, name: str = "quiz.txt") -> Path:
    path = at / name
    path.write_text(text, encoding="utf-8")
    return path


def sentence(result: Result) -> str:
    assert result.exit_code == 2, result.output
    assert not result.stdout
    assert result.stderr.startswith("Error: ")
    assert "Traceback" not in result.stderr
    return result.stderr.removeprefix("Error: ").strip()


def test_the_questions_are_added_and_the_rest_of_the_bank_stays(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    result = run(topic, written(tmp_path, GOOD))

    assert result.exit_code == 0, result.output
    head, items = BANK.split("items:\n")
    written_bank = (topic / "bank.yaml").read_text(encoding="utf-8")
    assert written_bank.startswith(f"{head}- {{id: kp1, key_point: KP1, text: ")
    assert f"items:\n{items}" in written_bank
    added = load_topic(topic).items[-1]
    assert (added.id, added.status, added.revision, added.key) == (
        "noise",
        "draft",
        1,
        "Hair cells",
    )
    assert "noise" in result.stdout
    assert "objective, why, more" in result.stdout


def test_a_second_import_of_a_file_adds_nothing(tmp_path: Path) -> None:
    topic = folder(tmp_path)
    file = written(tmp_path, GOOD)
    run(topic, file)
    before = (topic / "bank.yaml").read_bytes()

    result = run(topic, file)

    assert result.exit_code == 2
    assert "the bank has it already, as noise" in result.stderr
    assert (topic / "bank.yaml").read_bytes() == before


def test_some_refused_is_one_and_the_rest_is_imported(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    result = run(topic, written(tmp_path, f"{BAD}\n\n{GOOD}"))

    assert result.exit_code == 1
    assert "1 not imported:" in result.stderr
    assert "quiz.txt, line 1, item What else?: options: there are 2 options" in result.stderr
    assert load_topic(topic).item("noise")


def test_a_dry_run_of_an_import_writes_nothing(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    result = run(topic, written(tmp_path, GOOD), "--dry-run")

    assert result.exit_code == 0
    assert "1 question of quiz.txt can be imported." in result.stdout
    assert (topic / "bank.yaml").read_text(encoding="utf-8") == BANK


def test_machines_get_one_document(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    result = run(topic, written(tmp_path, f"{BAD}\n\n{GOOD}"), "--json", "--cites", "KP2")

    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert document["imported"] == [
        {
            "id": "noise",
            "line": 3,
            "stem": "What does loud noise destroy?",
            "cites": ["KP2"],
            "todo": ["objective", "why", "more"],
        }
    ]
    assert [fault["line"] for fault in document["refused"]] == [1]
    assert document["notes"] == ["quiz.txt, line 3: the feedback on the key is left out: Yes.."]


def test_an_unknown_statement_is_reported(tmp_path: Path) -> None:
    result = run(folder(tmp_path), written(tmp_path, GOOD), "--cites", "KP7")

    assert sentence(result) == "noise has no statement KP7; --cites takes KP1, KP2."


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("quiz.txt", GOOD),
        ("quiz.gift", GOOD),
        ("quiz.txt", "What does loud noise destroy?\nA. Bones\nB. Hair cells\nC. Skin\nANSWER: B"),
        ("quiz.txt", "stem;key;distractor_1;distractor_2\nDoes noise destroy?;a;b;c"),
        ("quiz.CSV", "stem,key,distractor_1,distractor_2\nDoes noise destroy?,a,b,c"),
    ],
)
def test_the_format_is_guessed(tmp_path: Path, name: str, text: str) -> None:
    assert run(folder(tmp_path), written(tmp_path, text, name)).exit_code == 0


@pytest.mark.parametrize(
    ("name", "data", "told"),
    [
        ("quiz.txt", b"", "quiz.txt is empty; choose a GIFT, Aiken or CSV text."),
        ("quiz.txt", b"\xef\xbb\xbf \r\n", "quiz.txt is empty; choose a GIFT, Aiken or CSV text."),
        ("quiz.csv", b"PK\x03\x04rest", "quiz.csv is a workbook or an archive; save it as CSV"),
        ("quiz.pdf", b"%PDF-1.7\0", "quiz.pdf is a PDF; save its questions as GIFT, Aiken or CSV"),
        ("quiz.gift", b"\x1f\x8b\0", "quiz.gift is packed with gzip; save its questions as"),
        ("quiz.gift", b"caf\xe9", "quiz.gift is not UTF-8 text (byte 4); save it as UTF-8."),
        ("quiz.gift", b"a\0b{=c}", "quiz.gift is a binary file; choose a GIFT, Aiken or CSV text."),
        ("quiz.txt", b"Dear all, hello.", "The format of quiz.txt is not clear; name it with"),
        ("quiz.xml", b"<quiz>{a}</quiz>", "The format of quiz.xml is not clear; name it with"),
        ("quiz.json", b'{"a": 1}', "The format of quiz.json is not clear; name it with"),
        ("quiz.gift", b"// only\n\n// comments", "quiz.gift holds no question; see docs/formats"),
        ("quiz.csv", b"a,b\n1,2", "quiz.csv has no column stem, key, distractor_1"),
        ("quiz.csv", b"\n\n", "quiz.csv is empty; choose"),
    ],
)
def test_a_file_without_a_quiz_gets_one_sentence(
    tmp_path: Path, name: str, data: bytes, told: str
) -> None:
    file = tmp_path / name
    file.write_bytes(data)

    assert sentence(run(folder(tmp_path), file)).startswith(told)


def test_folders_and_missing_files_get_one_sentence(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    assert sentence(run(topic, topic)).endswith("is a folder; name a file in it.")
    assert "cannot be read (No such file or directory)" in sentence(run(topic, tmp_path / "x.csv"))


@pytest.mark.skipif(os.name != "posix", reason="needs a named pipe")
def test_a_pipe_does_not_block(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.gift"
    os.mkfifo(pipe)

    assert sentence(run(folder(tmp_path), pipe)).endswith(
        "is not a file; name a GIFT, Aiken or CSV."
    )


SIZE = 4_900_000 if IN_CI else 1_000_000  # the limit is 5 MB
LARGE = {
    "one-line.gift": "a" * SIZE,
    "braces.gift": "{" * SIZE,
    "questions.gift": "Why?{=a ~b ~c}\n\n" * (SIZE // 16),
    "answers.gift": "Why?{=a" + "~b" * (SIZE // 2) + "}",
    "escapes.gift": "\\" * SIZE + "{=a ~b ~c}",
    "colons.gift": ":" * SIZE + "{=a ~b ~c}",
    "tags.gift": "<" * (SIZE // 2) + ">" * (SIZE // 3) + "{=a ~b ~c}",
    "list.gift": "[markdown]" + "> " * (SIZE // 2) + "{=a ~b ~c}",
    "short-list.gift": "[markdown]" + "> " * 9_000 + "[" * 900 + "{=a ~b ~c}",
    "unclosed.gift": "a{=" + "<b " * 6_000 + "<!--" * 400 + "&#" * 900 + "~b ~c}",
    "comments.gift": "// [id:" * (SIZE // 8),
    "lines.gift": "\n" * SIZE,
    "bad.gift": "Why?{}\n\n" * (SIZE // 8),
    "lines.aiken": "A. x\n" * (SIZE // 5),
    "answers.aiken": "ANSWER: B\n" * 2000,
    "cells.csv": "stem,key,distractor_1,distractor_2\n" + "," * (SIZE // 2),
    "quotes.csv": "stem,key,distractor_1,distractor_2\n" + '"' * 4_000_001,
    "header.csv": "a," * (SIZE // 2),
    "rows.csv": "stem,key,distractor_1,distractor_2\n" + "Why?,a,b,c\n" * 100_000,
}


@pytest.mark.parametrize("name", LARGE)
def test_a_hostile_file_ends_soon_with_a_sentence(tmp_path: Path, name: str) -> None:
    file = written(tmp_path, LARGE[name], name)
    began = time.monotonic()

    result = run(folder(tmp_path), file)

    assert result.exit_code == 2
    assert result.stderr
    assert "Traceback" not in result.output
    assert result.exception is None or isinstance(result.exception, SystemExit)
    assert len(result.output) < 3_000_000
    assert time.monotonic() - began < 30


def test_a_larger_file_is_not_even_read(tmp_path: Path) -> None:
    file = written(tmp_path, "x" * 10_000_000, "large.gift")

    told = sentence(run(folder(tmp_path), file))

    assert told == "large.gift has 10.0 MB; split it into files of at most 5 MB."


def test_as_many_questions_as_can_be_reviewed_are_taken_and_no_more(tmp_path: Path) -> None:
    topic = folder(tmp_path)
    text = "\n\n".join(f"Why is noise {n}?{{=a ~b ~c}}" for n in range(QUESTIONS_LIMIT))

    result = run(topic, written(tmp_path, text), "--dry-run", "--json")

    assert len(json.loads(result.stdout)["imported"]) == QUESTIONS_LIMIT
    told = sentence(run(topic, written(tmp_path, f"{text}\n\nMore noise?{{=a ~b ~c}}")))
    limit = f"more than {QUESTIONS_LIMIT} questions"
    assert told == f"quiz.txt holds {limit}; split it into smaller files."


def test_hostile_texts_reach_the_bank_unchanged(tmp_path: Path) -> None:
    source, target = folder(tmp_path), tmp_path / "copy" / "noise"
    cells = [f'"{text.replace(chr(34), chr(34) * 2)}"' for text in HOSTILE]
    rows = [f'"{cell[1:-1]} noise?",{cell},b,c,{cell},{cell}' for cell in cells]
    header = "stem,key,distractor_1,distractor_2,explanation,more"
    file = written(tmp_path, "\n".join([header, *rows]), "quiz.csv")
    shutil.copytree(source, target)

    result = run(target, file)

    assert result.exit_code == 0, result.output
    items = load_topic(target).items[1:]
    assert [item.stem for item in items] == [
        f"{text} noise?".replace("'=", "=") for text in HOSTILE
    ]
    assert [item.more for item in items] == [text.replace("'=", "=") for text in HOSTILE]
