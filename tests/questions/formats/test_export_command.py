"""`export` as authors meet it, and the table of what each format can hold."""

import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions import load_topic
from questions.commands import app
from questions.formats.registry import FORMATS, matrix
from questions.items import ITEM_FIELDS
from tests.questions.formats.samples import SHIPPED, folder, item


def run(topic: Path, kind: str, *arguments: str) -> Result:
    return CliRunner().invoke(app, ["export", str(topic), "--format", kind, *arguments])


def test_texts_go_to_standard_output_and_lost_fields_to_standard_error() -> None:
    result = run(SHIPPED, "gift")

    assert result.exit_code == 0
    assert result.stdout.startswith("// Is vitamin B12 good for blood flow?\n\n// [id:b12-")
    assert "cannot hold" not in result.stdout
    lost = "status, revision, written_by, reviewed_by, reviewed_on, source_sha256, evidence"
    assert f"GIFT cannot hold {lost}, objective, form, picture" in result.stderr
    assert "changes" not in result.stderr  # no item has any
    assert len(result.stderr.splitlines()) == 2


def test_csv_on_the_terminal_has_no_mark_of_its_encoding() -> None:
    result = run(SHIPPED, "csv")

    assert result.stdout.startswith("id,status,")
    assert "CSV holds every field in use." in result.stderr


@pytest.mark.parametrize(("kind", "suffix"), [("qti", ".zip"), ("anki", ".apkg")])
def test_binary_formats_go_to_a_file_named_like_the_topic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, suffix: str
) -> None:
    shipped = SHIPPED.resolve()
    monkeypatch.chdir(tmp_path)

    result = run(shipped, kind)

    assert result.exit_code == 0
    assert not result.stdout
    assert (tmp_path / f"vitamin-b12-blood-flow{suffix}").read_bytes().startswith(b"PK")


def test_a_file_is_only_overwritten_when_asked(tmp_path: Path) -> None:
    path = tmp_path / "bank.xml"
    path.write_text("mine", encoding="utf-8")

    refused = run(SHIPPED, "moodle", "-o", str(path))

    assert refused.exit_code == 2
    assert "exists; overwrite it with --force, or name another with -o." in refused.stderr
    assert path.read_text(encoding="utf-8") == "mine"
    assert run(SHIPPED, "moodle", "-o", str(path), "--force").exit_code == 0
    assert path.read_bytes().startswith(b"<?xml")


def test_drafts_are_only_exported_when_asked(tmp_path: Path) -> None:
    topic = folder(tmp_path)

    refused = run(topic, "gift")

    assert refused.exit_code == 2
    assert "noise has no item to export: approve some with review, or add --drafts." in " ".join(
        refused.stderr.split()
    )
    assert "::distance::" in run(topic, "gift", "--drafts").stdout


def test_items_left_out_are_counted_with_a_way_to_get_them(tmp_path: Path) -> None:
    topic = tmp_path / SHIPPED.name
    shutil.copytree(SHIPPED, topic)
    bank, article = topic / "bank.yaml", topic / "article.md"
    loaded = load_topic(topic)
    number, reworded = len(loaded.approved), loaded.statements["KP1"].title
    retired = len(loaded.items) - number + 1
    text = bank.read_text(encoding="utf-8").replace("status: approved", "status: draft", 1)
    bank.write_text(text.replace("status: approved", "status: retired", 1), encoding="utf-8")

    told = run(topic, "gift").stderr

    assert f"{number - 2} of {len(loaded.items)} items as GIFT; 1 draft left out" in told
    assert f", --drafts adds it; {retired} retired left out." in told
    changed = article.read_text(encoding="utf-8").replace(reworded, f"{reworded} anew")
    article.write_text(changed, encoding="utf-8")
    assert re.search(
        r"drafts left out \([0-9]+ fell back to draft\), --drafts adds them;",
        run(topic, "gift").stderr,
    )


def test_a_place_that_cannot_be_written_gets_one_sentence(tmp_path: Path) -> None:
    result = run(SHIPPED, "gift", "-o", str(tmp_path / "none" / "x.gift"))

    assert result.exit_code == 2
    assert "cannot be written (No such file or directory); name another file" in " ".join(
        result.stderr.split()
    )


def test_fields_that_a_format_cannot_hold_are_counted() -> None:
    lost = FORMATS["gift"].lost([item(), item(keep_apart=("distance",))])

    assert lost["keep_apart"] == 1
    assert lost["waivers"] == 0
    assert "stem" not in lost


def test_every_format_holds_only_fields_that_there_are() -> None:
    assert all(each.holds <= set(ITEM_FIELDS) for each in FORMATS.values())


def test_the_guide_shows_what_each_format_holds() -> None:
    guide = Path("docs/formats.md").read_text(encoding="utf-8").splitlines()
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in guide
        if line.startswith(("| field", "| `"))
    ]

    assert [row for row in rows if len(row) == len(matrix()[0])] == matrix()
