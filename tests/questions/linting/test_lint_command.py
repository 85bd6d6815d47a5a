"""`python -m questions lint`: what it prints and how it exits."""

import json
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from questions import Item, load_topic, source_sha256
from questions.bank_file import BankFile
from questions.commands import app
from questions.linting import lint
from tests.questions.linting.factories import OBJECTIVES, make_item, make_topic

ARTICLE = """# Salt and sleep

## Key points

### KP1 Salt
Salt keeps water in the body and raises the pressure.

### KP2 Sleep
Sleep lets the brain rest and store what it learned.

## Sources

- [A library](https://library.example/salt)

## Disclaimer

This is for learning.
"""
NEGATIVE = "Which of these is not an effect of salt?"
STEMS = (
    "Why may a salty meal make rings feel tight?",
    "Leo weighs more on the morning after crisps. What explains it?",
    "A cook adds stock cubes all day, and her ankles swell. How does that come about?",
)


def draft(**fields: Any) -> Item:
    return make_item(
        status="draft", reviewed_by=None, reviewed_on=None, source_sha256=None, **fields
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A topic with one draft without flaws."""
    path = tmp_path / "salt"
    path.mkdir()
    (path / "article.md").write_text(ARTICLE, encoding="utf-8")
    write(path, draft())
    return path


def write(path: Path, *items: Item) -> None:
    bank = BankFile.empty("salt")
    bank.add_objectives(OBJECTIVES)
    bank.append(items)
    bank.save(path / "bank.yaml")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["lint", *map(str, arguments)], env={"COLUMNS": "200"})


def approved(path: Path, **fields: Any) -> Item:
    """Sets the fingerprint of the item's citations."""
    item = make_item(**fields)
    return item.model_copy(update={"source_sha256": source_sha256(load_topic(path).cited(item))})


def test_a_sound_topic_passes(folder: Path) -> None:
    result = run(folder)

    assert result.exit_code == 0, result.output
    assert "0 blocking, 0 to look at." in result.stdout
    assert "0 approved, 1 draft, 0 retired" in result.stdout
    assert "Nothing is approved: --drafts judges" in result.stdout
    assert "not a lock" not in result.stdout


def test_a_blocking_flaw_of_a_draft_is_listed_and_does_not_fail(folder: Path) -> None:
    write(folder, draft(stem=NEGATIVE))

    result = run(folder)

    assert result.exit_code == 0
    assert "negative-stem" in result.stdout
    assert "1 blocking in drafts" in result.stdout


def test_a_blocking_flaw_of_the_draft_named_by_item_fails(folder: Path) -> None:
    write(folder, draft(stem=NEGATIVE), draft(id="other"))

    assert run(folder, "--item", "salt-water").exit_code == 1
    assert run(folder, "--item", "other").exit_code == 0


def test_a_blocking_flaw_of_an_approved_item_fails(folder: Path) -> None:
    write(folder, approved(folder, stem=NEGATIVE))

    result = run(folder)

    assert result.exit_code == 1
    assert "ask in the positive" in result.stdout


def test_drafts_can_be_judged_as_if_they_were_approved(folder: Path) -> None:
    write(folder, draft(stem=NEGATIVE))

    result = run(folder, "--drafts")

    assert result.exit_code == 1
    assert "each needs 3: KP1 1, KP2 0" in result.stdout
    assert "Judged as if the draft was approved." in result.stdout
    assert "A bank that blocks still runs: lint is a measure, not a lock." in result.stdout
    assert load_topic(folder).approved == ()


def test_a_warning_alone_does_not_fail(folder: Path) -> None:
    write(folder, draft(revision=2))

    result = run(folder, "--item", "salt-water")

    assert result.exit_code == 0
    assert "1 to look at" in result.stdout


def test_a_retired_item_is_not_judged(folder: Path) -> None:
    write(folder, make_item(status="retired", stem=NEGATIVE))

    assert "negative-stem" not in run(folder).stdout
    refused = run(folder, "--item", "salt-water")
    assert refused.exit_code == 2
    assert "retired" in refused.stderr


def test_missing_coverage_is_a_warning_in_a_small_bank(folder: Path) -> None:
    write(folder, approved(folder))

    result = run(folder)

    assert result.exit_code == 0
    assert "each needs 3: KP1 1, KP2 0" in result.stdout
    assert "Objectives: 0 of 2 have 3 approved items or more." in result.stdout
    assert "they block from 30 approved items on" in " ".join(result.stdout.split())


def test_an_unknown_item_is_refused_in_one_sentence(folder: Path) -> None:
    result = run(folder, "--item", "nobody")

    assert result.exit_code == 2
    assert "The topic has no item 'nobody'" in result.stderr
    assert "Traceback" not in result.output


def test_a_source_is_compared(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("Salt keeps water in the body and raises it.", encoding="utf-8")

    result = run(folder, "--source", source)

    assert result.exit_code == 0
    assert "copied" in result.stdout
    assert "KP1 has 8 words" in result.stdout
    assert "Compared with source.txt: one run of eight words or more is copied." in (result.stdout)


def test_a_source_without_common_words_is_mentioned(folder: Path, tmp_path: Path) -> None:
    source = tmp_path / "source.txt"
    source.write_text("Rest well, and take your soup with less of it.", encoding="utf-8")

    result = run(folder, "--source", source)

    assert "Compared with source.txt: no run of eight words is copied." in result.stdout
    assert "copied:" not in result.stdout


def unfinished_title(folder: Path) -> None:
    text = ARTICLE.replace("# Salt and sleep", "# TODO: title")
    (folder / "article.md").write_text(text, encoding="utf-8")


def test_an_unfinished_article_is_reported_and_fails_once_an_item_is_approved(folder: Path) -> None:
    unfinished_title(folder)

    before = run(folder)
    assert before.exit_code == 0
    assert "article.md: the title still says TODO" in before.stdout
    assert "1 blocking in the article" in before.stdout

    write(folder, approved(folder))
    assert run(folder).exit_code == 1
    first = json.loads(run(folder, "--json").stdout)["findings"][0]
    assert (first["rule"], first["item"], first["counts"]) == ("unfinished-article", None, True)


def many(folder: Path, count: int = 12) -> None:
    write(folder, *(draft(id=f"salt-{n}", more=f"TODO {n}") for n in range(count)))


def test_a_rule_is_printed_once_and_lists_five_items(folder: Path) -> None:
    many(folder)

    told = run(folder).stdout

    assert told.count("write what is missing there") == 1
    assert told.count("`more` still says TODO") == 5
    assert "... 7 more (--all)" in told


def test_all_names_every_item(folder: Path) -> None:
    many(folder)

    told = run(folder, "--all").stdout

    assert told.count("`more` still says TODO") == 12
    assert "more (--all)" not in told


def test_guessers_are_summed_up_in_a_line_and_listed_with_all(folder: Path) -> None:
    many(folder)

    assert "of 17 beyond chance: shortest" in run(folder, "--drafts").stdout
    assert "by chance" not in run(folder, "--drafts").stdout
    assert "by chance" in run(folder, "--drafts", "--all").stdout


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_source_that_is_no_text_is_refused(
    folder: Path, tmp_path: Path, content: bytes | None
) -> None:
    source = tmp_path / "source.pdf"
    if content is not None:
        source.write_bytes(content)

    result = run(folder, "--source", source)

    assert result.exit_code == 2
    assert "source" in result.stderr
    assert "Traceback" not in result.output


def test_the_json_document_has_a_fixed_form(folder: Path) -> None:
    blank = approved(folder, id="approved", stem="Salt keeps back ____. What is it?")
    write(folder, draft(stem=NEGATIVE), blank)

    result = run(folder, "--json")
    told = json.loads(result.stdout)

    assert result.exit_code == 1
    assert set(told) == {
        "topic", "item", "passed", "failures", "items", "levels", "coverage", "objectives",
        "guessers", "findings",
    }  # fmt: skip
    assert told["topic"] == "salt"
    assert told["passed"] is False
    assert told["items"] == {"approved": 1, "draft": 1, "retired": 0}
    assert told["coverage"] == {"KP1": 1, "KP2": 0}
    assert told["objectives"] == {"salt": 1, "sleep": 0}
    assert told["levels"] == {"recall": 0, "understand": 1, "apply": 0}
    assert set(told["guessers"][0]) == {
        "name", "hits", "expected", "z", "easiest", "cues", "required", "within_chance",
    }  # fmt: skip
    negative = next(each for each in told["findings"] if each["rule"] == "negative-stem")
    assert negative == {
        "rule": "negative-stem",
        "severity": "block",
        "problem": "it asks in the negative ('not')",
        "remedy": negative["remedy"],
        "item": "salt-water",
        "status": "draft",
        "waived": None,
        "counts": False,
    }
    assert told["failures"] == sum(each["counts"] for each in told["findings"])


def test_brackets_in_an_item_are_no_markup(folder: Path) -> None:
    write(folder, draft(stem="Is [/bold] salt [red]not[/] an evil?", waivers={"k-type": "[/x]"}))

    result = run(folder)

    assert result.exit_code == 0
    assert "the rule 'k-type' finds nothing here" in result.stdout.replace("The rule", "the rule")


def test_the_help_says_what_the_exit_code_means() -> None:
    result = run("--help")

    assert "exit code is 1 if something blocks" in " ".join(result.stdout.split())


def test_a_hundred_items_take_less_than_two_seconds() -> None:
    items = [
        make_item(id=f"salt-{number}", stem=f"{STEMS[number % 3][:-1]} in case {number}?")
        for number in range(100)
    ]
    begun = process_time()

    lint(make_topic(*items), source="salt " * 10_000)

    assert process_time() - begun < 2
