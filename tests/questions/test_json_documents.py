"""With --json, every command prints one JSON document on standard output and nothing else."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from questions import load_topic
from questions.commands import app

SHIPPED = Path("questions/vitamin-b12-blood-flow")
ARTICLE = Path("tests/questions/extracting/articles/sleep.md")


@pytest.fixture
def topic(tmp_path: Path) -> Path:
    return Path(shutil.copytree(SHIPPED, tmp_path / SHIPPED.name))


def document(*arguments: str) -> Any:
    result = CliRunner().invoke(app, [*arguments, "--json"])
    assert result.exit_code in {0, 1}, result.output
    return json.loads(result.stdout)


def test_the_document_of_a_new_topic_has_the_next_steps(tmp_path: Path) -> None:
    told = document("new", str(tmp_path / "sleep"), str(ARTICLE))
    assert Path(told["folder"], "bank.yaml").is_file()
    assert "KP1" in told["statements"]
    assert "make run" in told["next"][-1]


def test_the_document_of_a_review_lists_what_waits(topic: Path) -> None:
    assert document("review", str(topic)) == []
    article = topic / "article.md"
    article.write_text(
        article.read_text(encoding="utf-8").replace("Homocysteine rises when", "It rises when"),
        encoding="utf-8",
    )
    waiting = document("review", str(topic))
    assert {each["status"] for each in waiting} == {"draft"}
    assert {each["id"] for each in waiting} == {
        each["item"] for each in document("changed", str(topic))
    }


def test_a_report_names_its_file_and_edition(topic: Path, tmp_path: Path) -> None:
    told = document("report", str(topic), "-o", str(tmp_path / "page.html"))
    assert told["items"] == len(load_topic(topic).items)
    assert told["edition"] in Path(told["file"]).read_text(encoding="utf-8")


def test_an_export_names_what_the_format_cannot_hold(topic: Path, tmp_path: Path) -> None:
    told = document("export", str(topic), "--format", "gift", "-o", str(tmp_path / "b12.gift"))
    loaded = load_topic(topic)
    assert told["items"] == len(loaded.approved)
    assert told["left_out"] == [item.id for item in loaded.items if not item.approved]
    assert "evidence" in told["lost"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("extract", str(ARTICLE)),
        ("draft", str(SHIPPED), "--dry-run"),
        ("lint", str(SHIPPED)),
        ("changed", str(SHIPPED)),
    ],
    ids=lambda arguments: arguments[0],
)
def test_the_others_do_as_well(arguments: tuple[str, ...]) -> None:
    assert isinstance(document(*arguments), dict | list)


def test_a_page_that_cannot_be_written_ends_in_a_sentence(topic: Path) -> None:
    missing = CliRunner().invoke(app, ["report", str(topic), "-o", "/proc/none/page.html"])
    assert missing.exit_code == 2
    assert "Traceback" not in missing.output
