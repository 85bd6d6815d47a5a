"""`draft` and `new` as a person meets them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions.commands import app
from questions.topic import load_topic
from tests.questions.drafting.articles import END, MIGRAINE_FAQ, SLEEP

SOURCE = """# Teeth and sugar

## Key points

- **Acid**: Bacteria turn sugar into acid, and acid dissolves the enamel.
- **Timing**: Sugar harms less with a meal than in sips through the day.
- **Saliva**: Saliva washes acid away and brings minerals back to the enamel.

## Inside the tooth

Enamel is the hard outer layer that protects the tooth. Under it lies dentine, the softer tissue
that carries feeling. Plaque is a film of bacteria that clings to teeth.

## Frequently asked questions

### Does chewing gum help?
Gum without sugar helps saliva flow. It does not replace brushing.

## Disclaimer

This is for learning and replaces no dentist.
"""


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments])


@pytest.fixture
def sleep(tmp_path: Path) -> Path:
    folder = tmp_path / "sleep"
    folder.mkdir()
    (folder / "article.md").write_text(SLEEP, encoding="utf-8")
    return folder


@pytest.fixture
def source(tmp_path: Path) -> Path:
    file = tmp_path / "teeth.md"
    file.write_text(SOURCE, encoding="utf-8")
    return file


def test_draft_makes_the_bank_and_says_what_comes_next(sleep: Path) -> None:
    result = run("draft", sleep)

    items = load_topic(sleep).items
    assert result.exit_code == 0
    assert f"{len(items)} drafts." in result.stdout
    assert items[0].stem in result.stdout
    assert f"python -m questions review {sleep}" in result.stdout
    assert result.stderr == ""


def test_draft_leaves_what_the_bank_holds_as_it_is(sleep: Path) -> None:
    run("draft", sleep, "--limit", "3")
    before = (sleep / "bank.yaml").read_text(encoding="utf-8")

    result = run("draft", sleep)

    assert (sleep / "bank.yaml").read_text(encoding="utf-8").startswith(before)
    assert "3 skipped, as the bank holds them already" in result.stdout


def test_drafting_twice_changes_nothing(sleep: Path) -> None:
    run("draft", sleep)
    before = (sleep / "bank.yaml").read_bytes()

    result = run("draft", sleep)

    assert result.exit_code == 0
    assert "0 drafts" in result.stdout
    assert (sleep / "bank.yaml").read_bytes() == before


def test_a_dry_run_writes_nothing(sleep: Path) -> None:
    result = run("draft", sleep, "--dry-run", "--json", "--limit", "2")

    told = json.loads(result.stdout)
    assert not (sleep / "bank.yaml").exists()
    assert told["written"] is False
    assert len(told["drafts"]) == 2
    assert told["drafts"][0]["options"][0]["correct"] is True


def test_chance_has_no_part_in_drafts(sleep: Path) -> None:
    command = [sys.executable, "-m", "questions", "draft", str(sleep), "--dry-run", "--json"]

    told = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in ("1", "2")
    }

    assert len(told) == 1


def test_what_takes_long_shows_a_bar(sleep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    command = sys.modules["questions.commands.draft"]  # the name itself is the function
    monkeypatch.setattr(command, "_PATIENCE_SECONDS", -1.0)

    result = run("draft", sleep)

    assert "Drafting" in result.stderr
    assert "Drafting" not in result.stdout


def test_an_article_with_nothing_to_draft_from_gets_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    text = f"# Rest\n\n## Key points\n\n### KP1 Rest\n{'rest and ' * 40}rest.\n{END}"
    (folder / "article.md").write_text(text, encoding="utf-8")

    result = run("draft", folder)

    assert result.exit_code == 2
    assert "nothing to draft from" in result.stderr
    assert not (folder / "bank.yaml").exists()


def test_a_faulty_article_is_named_with_its_line(tmp_path: Path) -> None:
    folder = tmp_path / "faulty"
    folder.mkdir()
    text = MIGRAINE_FAQ.replace("### FAQ2", "### FAQ9")
    (folder / "article.md").write_text(text, encoding="utf-8")

    result = run("draft", folder)

    assert result.exit_code == 2
    assert "article.md, line" in result.stderr
    assert "FAQ9" in result.stderr


def test_a_folder_that_cannot_name_a_topic_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "My Topic"
    folder.mkdir()
    (folder / "article.md").write_text(SLEEP, encoding="utf-8")

    result = run("draft", folder)

    assert result.exit_code == 2
    assert "lower-case letters" in result.stderr


def test_new_makes_a_topic_that_loads(tmp_path: Path, source: Path) -> None:
    result = run("new", tmp_path / "teeth-and-sugar", source, "--title", "Sweet teeth")

    topic = load_topic(tmp_path / "teeth-and-sugar")
    assert result.exit_code == 0, result.stderr
    assert topic.slug == "teeth-and-sugar"
    assert topic.title == "Sweet teeth"
    assert topic.items
    assert not topic.approved
    steps = ["restate", "python -m questions lint", "python -m questions review", "QUIZBOT_TOPIC"]
    places = [result.stdout.index(step) for step in steps]
    assert places == sorted(places)


def test_new_refuses_a_topic_that_exists(sleep: Path, source: Path) -> None:
    before = sorted(sleep.iterdir())

    result = run("new", sleep, source)

    assert result.exit_code == 2
    assert "exists already" in result.stderr
    assert sorted(sleep.iterdir()) == before


@pytest.mark.parametrize("name", ["Teeth", "teeth_and_sugar", "teeth--sugar", "zähne"])
def test_new_refuses_a_name_that_is_no_slug(tmp_path: Path, source: Path, name: str) -> None:
    result = run("new", tmp_path / name, source)

    assert result.exit_code == 2
    assert "cannot name a topic" in result.stderr


@pytest.mark.parametrize(
    "content", [b"", b"%PDF-1.7 rest", b"\xff\x00\xfe", b"Just a line that claims nothing"]
)
def test_new_leaves_nothing_behind_when_it_fails(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "article.txt"
    file.write_bytes(content)

    result = run("new", tmp_path / "teeth", file)

    assert result.exit_code == 2
    assert result.stderr.startswith("Error:")
    assert list(tmp_path.iterdir()) == [file]


def test_new_leaves_nothing_behind_when_there_is_no_such_article(tmp_path: Path) -> None:
    result = run("new", tmp_path / "teeth", tmp_path / "missing.txt")

    assert result.exit_code == 2
    assert list(tmp_path.iterdir()) == []
