"""`changed` names what fell back, and as far as it can be told, why."""

import json
import subprocess
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions import load_topic
from questions.article import parse_article
from questions.commands import app
from questions.reviewing.changes import Rewording, differences, lapsed_approvals


def changed(folder: Path, *options: str) -> Result:
    return CliRunner().invoke(app, ["changed", str(folder), *options], env={"COLUMNS": "200"})


def article_of(folder: Path) -> str:
    return (folder / "article.md").read_text(encoding="utf-8")


def test_valid_approvals_exit_with_0(folder: Path) -> None:
    result = changed(folder)

    assert result.exit_code == 0
    assert "Every approval holds" in result.output
    assert json.loads(changed(folder, "--json").output) == []


def test_lapsed_approvals_are_listed_with_the_lost_evidence(changed_article: Path) -> None:
    result = changed(changed_article)

    assert result.exit_code == 1
    assert "walk-sooner  What happens to adults who walk each day?" in result.output
    assert "approved 2026-11-01 by Ana (editor)" in result.output
    assert "evidence gone  Adults who walk each day fall asleep sooner" in result.output
    assert "walk-light" not in result.output
    assert f"review {changed_article}" in result.output


def test_the_new_words_are_shown_with_what_to_do(changed_article: Path) -> None:
    told = changed(changed_article).output

    now = "KP1 now says  Adults who walk each day nod off a few minutes earlier, trials suggest."
    assert now in told
    assert "choose e in review and copy the new words as evidence" in told


def test_without_approvals_none_is_said_to_hold(folder: Path) -> None:
    bank = (folder / "bank.yaml").read_text(encoding="utf-8")
    (folder / "bank.yaml").write_text(bank.replace("status: approved", "status: draft"))

    result = changed(folder)

    assert result.exit_code == 0
    assert result.output == "Nothing is approved yet.\n"


@pytest.mark.parametrize("command", ["changed", "review", "report"])
def test_without_a_bank_the_error_says_how_to_make_one(folder: Path, command: str) -> None:
    (folder / "bank.yaml").unlink()

    result = CliRunner().invoke(app, [command, str(folder)], env={"COLUMNS": "200"})

    assert result.exit_code == 2
    assert "Error: There is no bank.yaml yet: `" in result.output
    assert f" -m questions draft {folder}` makes one." in result.output


def test_without_an_article_the_error_says_how_to_make_one(folder: Path) -> None:
    (folder / "article.md").unlink()

    result = changed(folder)

    assert result.exit_code == 2
    assert "There is no article.md in" in result.output


def test_the_same_for_machines(changed_article: Path) -> None:
    result = changed(changed_article, "--json")

    (each,) = json.loads(result.output)
    assert result.exit_code == 1
    assert each["item"] == "walk-sooner"
    assert each["lost_evidence"] == ["Adults who walk each day fall asleep sooner"]
    assert each["rewordings"] == []
    assert list(each["now"]) == ["KP1"]


def test_evidence_that_is_still_there_is_reported_as_such(folder: Path) -> None:
    article = article_of(folder).replace("trials suggest", "two trials suggest")
    (folder / "article.md").write_text(article, encoding="utf-8")

    assert "The evidence still stands" in changed(folder).output


def test_the_approved_words_are_found_in_earlier_articles(changed_article: Path) -> None:
    now = article_of(changed_article)
    approved = now.replace("nod off a few minutes earlier", "fall asleep sooner")
    versions = [now.replace("nod off", "go off"), approved]

    (each,) = lapsed_approvals(
        load_topic(changed_article), iter(parse_article(text)[0].statements for text in versions)
    )

    (rewording,) = each.rewordings
    assert "fall asleep sooner," in rewording.before
    assert "nod off a few minutes earlier," in rewording.now


def test_old_and_new_words_come_from_git(folder: Path) -> None:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=Ana", "-c", "user.email=ana@mail.example"]
        subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)

    git("init", "-q")
    git("add", ".")
    git("commit", "-q", "-m", "first")
    article = article_of(folder).replace("fall asleep sooner", "nod off a few minutes earlier")
    (folder / "article.md").write_text(article, encoding="utf-8")

    git("commit", "-q", "-a", "-m", "reworded")

    (each,) = json.loads(changed(folder, "--json").output)
    assert each["rewordings"][0]["statement"] == "KP1"
    assert "day [-fall asleep sooner,-] {+nod off a few minutes earlier,+} trials suggest." in (
        changed(folder).output
    )


def test_differences_are_runs_of_words() -> None:
    rewording = Rewording("KP1", "tea calms most people", "tea may calm most")

    assert list(differences(rewording)) == [
        (" ", "tea"),
        ("-", "calms"),
        ("+", "may calm"),
        (" ", "most"),
        ("-", "people"),
    ]
