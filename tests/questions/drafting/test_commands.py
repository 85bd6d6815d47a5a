"""`draft` and `new` as a person meets them."""

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions.bank_file import BankFile
from questions.commands import app
from questions.items import Item
from questions.topic import load_topic
from tests.questions.drafting.articles import END, MIGRAINE_FAQ, NAPS, SLEEP

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
    assert items[0].stem[:40] in result.stdout
    assert items[0].key not in result.stdout
    assert len(result.stdout.splitlines()) <= 12 + 6
    assert f"  ... {len(items) - 12} more" in result.stdout
    assert f'python -m questions review {sleep} --reviewer "Name (role)"' in result.stdout
    assert result.stderr == ""


def test_draft_keeps_the_items_of_the_bank_unchanged(sleep: Path) -> None:
    run("draft", sleep, "--limit", "3")
    before = (sleep / "bank.yaml").read_text(encoding="utf-8")

    result = run("draft", sleep)

    after = (sleep / "bank.yaml").read_text(encoding="utf-8")
    assert after.partition("items:")[2].startswith(before.partition("items:")[2])
    assert "3 skipped, as the bank already has them" in result.stdout


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


def test_drafts_do_not_depend_on_the_hash_seed(sleep: Path) -> None:
    command = [sys.executable, "-m", "questions", "draft", str(sleep), "--dry-run", "--json"]

    seeds = ({**os.environ, "PYTHONHASHSEED": seed} for seed in ("1", "2"))
    running = [subprocess.Popen(command, env=each, stdout=subprocess.PIPE) for each in seeds]
    first, second = (process.communicate()[0] for process in running)

    assert first
    assert first == second


def test_slow_drafting_shows_a_progress_bar(sleep: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    command = sys.modules["questions.commands.draft"]  # the name itself is the function
    monkeypatch.setattr(command, "_PATIENCE_SECONDS", -1.0)

    result = run("draft", sleep)

    assert "Drafting" in result.stderr
    assert "Drafting" not in result.stdout


def test_an_article_with_nothing_to_draft_from_gets_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "empty"
    folder.mkdir()
    text = f"# Rest\n\n## Key points\n\n### KP1 Pauses\n{'rest and ' * 40}rest.\n{END}"
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
    "content", [b"", b"%PDF-1.7 rest", b"\xff\x00\xfe", b"Just a line that statements nothing"]
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


def test_fresh_drafts_replace_those_that_nobody_touched(sleep: Path) -> None:
    run("draft", sleep)
    bank = sleep / "bank.yaml"
    before = load_topic(sleep).items
    restate(sleep, "They dart to and fro.", "They move quickly.")

    result = run("draft", sleep, "--fresh")

    after = load_topic(sleep).items
    keys = {item.key for item in after}
    assert f"{len(after)} drafts, in place of {len(before)} older ones." in result.stdout
    assert {item.id for item in after} == {item.id for item in before}
    assert "They move quickly" in keys
    assert "They dart to and fro" not in keys
    assert bank.read_text(encoding="utf-8").startswith("# How to add a question")


def test_fresh_drafts_keep_what_a_person_did(sleep: Path) -> None:
    run("draft", sleep)
    file = BankFile.read(sleep / "bank.yaml")
    stem, more, noted, approved = (Item.model_validate(file.values(each)) for each in file.ids[:4])
    file.replace(stem.model_copy(update={"stem": "Which hormone rises after dusk?"}))
    file.replace(more.model_copy(update={"more": "Nights matter."}))
    file.comment(noted.id, "Ask Mei about this one.")
    file.replace(approved.model_copy(update={"status": "retired"}))
    file.save(sleep / "bank.yaml")
    kept = [entry_of(file.text(), each.id) for each in (stem, more, noted, approved)]
    restate(sleep, "A short nap does little harm.", "Twenty minutes do no harm.")

    result = run("draft", sleep, "--fresh")

    text = (sleep / "bank.yaml").read_text(encoding="utf-8")
    assert result.exit_code == 0, result.stderr
    assert [entry_of(text, each.id) for each in (stem, more, noted, approved)] == kept
    assert "# Ask Mei about this one." in text
    assert "Twenty minutes do no harm" in {item.key for item in load_topic(sleep).items}


def test_without_fresh_outdated_drafts_are_counted_with_a_remedy(sleep: Path) -> None:
    run("draft", sleep)
    before = (sleep / "bank.yaml").read_bytes()
    restate(sleep, "They dart to and fro.", "They move quickly.")
    restate(sleep, "Their inner clock still says day", "The inner clock says day")

    result = run("draft", sleep)

    assert "2 older drafts quote words that are no longer in article.md: " in result.stdout
    assert f"python -m questions draft {sleep} --fresh replaces them." in result.stdout
    assert (sleep / "bank.yaml").read_bytes().startswith(before)


def test_drafts_on_statements_that_are_gone_are_replaced_as_well(sleep: Path) -> None:
    run("draft", sleep)
    text = (sleep / "article.md").read_text(encoding="utf-8")
    start, end = text.index("### FAQ4"), text.index("## Comparison")
    (sleep / "article.md").write_text(text[:start] + text[end:], encoding="utf-8")

    refused = run("draft", sleep)
    result = run("draft", sleep, "--fresh")

    assert refused.exit_code == 2
    assert "Older drafts cite FAQ4" in refused.stderr
    assert "--fresh replaces them" in refused.stderr
    assert result.exit_code == 0, result.stderr
    assert not [item for item in load_topic(sleep).items if "FAQ4" in item.cites]


def test_fresh_drafts_leave_no_objective_that_nobody_worded_and_no_item_uses(sleep: Path) -> None:
    run("draft", sleep)
    bank = sleep / "bank.yaml"
    text = bank.read_text(encoding="utf-8")
    assert "- {id: faq4, " in text
    mine = '- {id: mine, key_point: KP1, text: "Can say how long to sleep."}\n'
    bank.write_text(text.replace("items:\n", f"{mine}items:\n", 1), encoding="utf-8")
    article = (sleep / "article.md").read_text(encoding="utf-8")
    start, end = article.index("### FAQ4"), article.index("## Comparison")
    (sleep / "article.md").write_text(article[:start] + article[end:], encoding="utf-8")

    result = run("draft", sleep, "--fresh")

    assert result.exit_code == 0, result.stderr
    topic = load_topic(sleep)
    used = {item.objective for item in topic.items}
    assert set(topic.objectives) == {*used, "mine"}
    assert "faq4" not in topic.objectives
    assert "kp1" not in topic.objectives  # drafts on KP1 go to the one that a person has worded


def test_a_kept_item_loses_references_to_replaced_drafts(sleep: Path) -> None:
    run("draft", sleep)
    file = BankFile.read(sleep / "bank.yaml")
    table = [Item.model_validate(file.values(each)) for each in file.ids if "-t2-" in each]
    table[0] = table[0].model_copy(update={"keep_apart": (table[1].id,), "more": "Eyes rest."})
    file.replace(table[0])
    file.save(sleep / "bank.yaml")
    restate(sleep, "| Deep sleep | Dream sleep |", "| Deep sleep | REM |")

    result = run("draft", sleep, "--fresh")

    assert result.exit_code == 0, result.stderr
    held = load_topic(sleep).item(table[0].id)
    assert held is not None
    assert table[0].keep_apart == (table[1].id,)
    assert held.keep_apart == ()


def test_a_retired_question_is_not_drafted_again(sleep: Path) -> None:
    run("draft", sleep)
    bank = sleep / "bank.yaml"
    head, first, *others = bank.read_text(encoding="utf-8").split("\n- id: ")
    retired = first.replace("status: draft", "status: retired")
    bank.write_text("\n- id: ".join((head, *others)), encoding="utf-8")
    (sleep / "retired.yaml").write_text(
        f"topic: {sleep.name}\nitems:\n- id: {retired}", encoding="utf-8"
    )

    result = run("draft", sleep)

    assert result.exit_code == 0, result.stderr
    assert [item.status for item in load_topic(sleep).items].count("retired") == 1
    assert f"- id: {first.splitlines()[0]}\n" not in bank.read_text(encoding="utf-8")


def test_a_dry_run_with_fresh_writes_nothing(sleep: Path) -> None:
    run("draft", sleep)
    before = (sleep / "bank.yaml").read_bytes()
    restate(sleep, "They dart to and fro.", "They move quickly.")

    told = json.loads(run("draft", sleep, "--fresh", "--dry-run", "--json").stdout)

    assert len(told["replaced"]) == len(told["drafts"])
    assert (sleep / "bank.yaml").read_bytes() == before


def test_key_points_without_a_title_are_named(tmp_path: Path) -> None:
    folder = tmp_path / "naps"
    folder.mkdir()
    (folder / "article.md").write_text(NAPS, encoding="utf-8")

    told = run("draft", folder).stdout

    assert "Nothing yet on KP1, KP2, KP4: give them short titles." in told
    assert "Nothing yet on FAQ1: write that by hand." in told


def test_new_mentions_missing_titles_once(tmp_path: Path) -> None:
    source = tmp_path / "salt.txt"
    source.write_text("Salt\n\nKey points\n\n• Salt keeps water in the body.\n", encoding="utf-8")

    told = run("new", tmp_path / "salt", source).stdout

    assert "1 key point has no title" in told
    assert "Nothing yet on" not in told


def test_new_shows_what_was_not_understood_and_how_to_see_the_rest(
    tmp_path: Path, source: Path
) -> None:
    related = "\n".join(f"- Page {number}" for number in range(20))
    text = SOURCE.replace("## Disclaimer", f"## Related articles\n\n{related}\n\n## Disclaimer")
    odd = source.rename(tmp_path / "teeth and sugar.md")
    odd.write_text(text, encoding="utf-8")

    told = run("new", tmp_path / "teeth", odd).stderr.strip().splitlines()
    arguments = shlex.split(told[-1].partition("-m questions ")[2])

    assert "Not understood, and left out (21):" in told
    assert sum(line.startswith("- line") for line in told) == 15
    assert not [line for line in told if "Key points" in line or "Disclaimer" in line]
    assert "Page 19" in run(*arguments).stderr


def restate(folder: Path, words: str, others: str) -> None:
    file = folder / "article.md"
    text = file.read_text(encoding="utf-8")
    assert words in text
    file.write_text(text.replace(words, others), encoding="utf-8")


def entry_of(text: str, item_id: str) -> str:
    start = text.index(f"- id: {item_id}\n")
    return text[start:].split("\n\n", maxsplit=1)[0].strip()
