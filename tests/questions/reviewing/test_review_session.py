"""`review` at the terminal, with a real editor process and a real file."""

import stat
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from questions import Item, Topic, load_topic
from questions.commands import app

COMMAND = sys.modules["questions.commands.review"]  # the name itself is the function


@pytest.fixture(autouse=True)
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(COMMAND, "_at_a_terminal", lambda: True)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("EDITOR", "false")


def review(folder: Path, *answers: str, item: str | None = None, by: str = "Ana (cook)") -> Result:
    options = ["--item", item] if item else []
    arguments = ["review", str(folder), "--reviewer", by, *options]
    return CliRunner().invoke(app, arguments, input="".join(f"{line}\n" for line in answers))


def item(folder: Path, item_id: str) -> Item:
    found = load_topic(folder).item(item_id)
    assert found is not None
    return found


def editor(folder: Path, monkeypatch: pytest.MonkeyPatch, *changes: tuple[str, str]) -> None:
    """Installs an editor that makes one of these replacements each time it is opened."""
    script, count = folder.parent / "editor", folder.parent / "opened"
    count.write_text("0")
    script.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        f"count = pathlib.Path({str(count)!r})\n"
        "opened = int(count.read_text())\n"
        "count.write_text(str(opened + 1))\n"
        f"old, new = {list(changes)!r}[opened]\n"
        "path = pathlib.Path(sys.argv[-1])\n"
        "text = path.read_text(encoding='utf-8')\n"
        "assert old in text, text\n"
        "path.write_text(text.replace(old, new, 1), encoding='utf-8')\n"
    )
    script.chmod(stat.S_IRWXU)
    monkeypatch.setenv("VISUAL", f"{script} --wait")


def test_approving_is_saved_at_once_and_changes_nothing_else(folder: Path, topic: Topic) -> None:
    before = (folder / "bank.yaml").read_text(encoding="utf-8")

    result = review(folder, "a", "q")

    assert result.exit_code == 0, result.output
    assert "1 of 2  walk-light" in result.output
    assert "Morning light sets the inner clock." in result.output
    assert "only you can judge" in result.output
    assert "1 approved, 1 left" in result.output
    light = item(folder, "walk-light")
    assert light.approved
    assert light.reviewed_by == "Ana (cook)"
    after = (folder / "bank.yaml").read_text(encoding="utf-8").splitlines()
    new = [line for line in after if line not in before.splitlines()]
    assert len(after) == len(before.splitlines()) + 3
    assert [line.split(":")[0] for line in new] == [
        "  reviewed_by",
        "  reviewed_on",
        "  source_sha256",
    ]


def test_end_of_input_ends_the_session_and_keeps_the_decisions(folder: Path) -> None:
    result = review(folder, "a")

    assert result.exit_code == 0, result.output
    assert "Traceback" not in result.output
    assert "1 approved, 1 left" in result.output
    assert item(folder, "walk-light").approved


def test_unfinished_items_are_not_approved_and_say_why(folder: Path) -> None:
    result = review(folder, "x", "a", "s", item="walk-late")

    assert "Type one of the letters" in result.output
    assert "options[2].why: an approved item still says TODO" in result.output
    assert not item(folder, "walk-late").approved


def test_a_blocking_flaw_must_be_corrected_or_waived(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = folder / "bank.yaml"
    text = bank.read_text(encoding="utf-8")
    bank.write_text(text.replace("What may set her", "What may NOT set her"), encoding="utf-8")
    waiver = '  waivers: {negative-stem: "It is the exception that matters."}\n'
    editor(folder, monkeypatch, ("\n# Evidence is copied", f"{waiver}\n# Evidence is copied"))

    result = review(folder, "a", "q", item="walk-light")

    assert "This item cannot be approved yet" in result.output
    assert "  [negative-stem] " in result.output
    assert not item(folder, "walk-light").approved
    review(folder, "e", "a", item="walk-light")
    assert item(folder, "walk-light").approved


def test_a_note_is_a_comment_above_the_item_and_is_shown_next_time(folder: Path) -> None:
    review(folder, "r", "the bag\t# is silly", item="walk-light")

    text = (folder / "bank.yaml").read_text(encoding="utf-8")
    assert "by Ana (cook): the bag # is silly\n- id: walk-light\n" in text
    assert "the bag # is silly" in review(folder, "q", item="walk-light").output
    assert item(folder, "walk-light").status == "draft"


def test_an_approval_settles_what_was_noted(folder: Path) -> None:
    before = (folder / "bank.yaml").read_text(encoding="utf-8")
    mine = before.replace("- id: walk-light", "# mine\n- id: walk-light")
    (folder / "bank.yaml").write_text(mine, encoding="utf-8")
    review(folder, "r", "shorten the stem", item="walk-light")

    review(folder, "a", item="walk-light")

    text = (folder / "bank.yaml").read_text(encoding="utf-8")
    assert "returned" not in text
    assert "# mine\n- id: walk-light" in text
    assert item(folder, "walk-light").approved


def test_the_checklist_is_shown_in_full_once_and_then_in_a_line(folder: Path) -> None:
    result = review(folder, "s", "s")

    assert result.output.count("Would an expert choose the key at once") == 1
    assert result.output.count("one best answer · distractors plausible · and false") == 1


def test_a_later_item_fits_a_small_terminal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")

    result = review(folder, "s", "s", "q")

    later = result.output.split("2 of 2")[1].split("[q]uit")[0]
    assert len(later.splitlines()) <= 24


def ask(folder: Path, *answers: str) -> Result:
    text = "".join(f"{line}\n" for line in answers)
    return CliRunner().invoke(app, ["review", str(folder)], input=text)


def test_a_letter_is_no_name(folder: Path) -> None:
    result = ask(folder, "a", "7 7 7", "Ana Silva (nurse)", "a", "q")

    assert 'such as "Ana Silva (nurse)"; q quits' in result.output
    assert result.output.count("write your name in full") == 2
    assert item(folder, "walk-light").reviewed_by == "Ana Silva (nurse)"


def test_enter_is_no_signature(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "user.name")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "Jo Field")

    result = ask(folder, "", "", "Ana Silva", "q")

    assert "Jo Field" not in result.output
    assert result.output.count("write your name in full") == 2
    assert "Reviewer on the record: Ana Silva" in result.output


@pytest.mark.parametrize("answer", ["approve", "ar", "aa", "yes", "as I said", "", "1"])
def test_only_the_letter_itself_acts(folder: Path, answer: str) -> None:
    before = (folder / "bank.yaml").read_bytes()

    result = review(folder, answer, "q")

    assert "Type one of the letters a, r, e, s, u, q." in result.output
    assert (folder / "bank.yaml").read_bytes() == before


def test_decisions_are_undone_one_by_one(folder: Path) -> None:
    before = (folder / "bank.yaml").read_bytes()

    result = review(folder, "a", "r", "too hard", "u", "u", "u", "q", item=None)

    assert "walk-late: undone (returned), saved." in result.output
    assert "walk-light: undone (approved), saved." in result.output
    assert "There is nothing to undo in this session." in result.output
    assert "2 left. All that" in result.output
    assert (folder / "bank.yaml").read_bytes() == before


def test_an_edit_is_undone(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = (folder / "bank.yaml").read_bytes()
    editor(folder, monkeypatch, ("at eight", "at nine"))

    result = review(folder, "e", "u", "q", item="walk-light")

    assert "walk-light: undone (edited), saved." in result.output
    assert (folder / "bank.yaml").read_bytes() == before


def test_nothing_is_undone_over_the_change_of_somebody_else(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = folder / "bank.yaml"
    script = folder.parent / "editor"
    script.write_text(f"#!/bin/sh\necho '# mine' >> {bank}\n")
    script.chmod(stat.S_IRWXU)
    monkeypatch.setenv("VISUAL", str(script))

    result = review(folder, "a", "e", "u", "q")

    assert "The bank has changed since, so nothing is undone" in result.output
    assert item(folder, "walk-light").approved
    assert bank.read_text(encoding="utf-8").endswith("# mine\n")


def test_who_wrote_an_item_is_asked_and_recorded(folder: Path) -> None:
    bank = folder / "bank.yaml"
    text = bank.read_text(encoding="utf-8")
    text = text.replace('  written_by: "Bo (baker)"\n', "").replace(
        '"TODO", why: "TODO"', '"x", why: "It is."'
    )
    bank.write_text(text, encoding="utf-8")

    result = review(folder, "a", "", "x", "Cy (poet)", "a", "")

    assert result.output.count("It goes on the record: write the name in full.") == 2
    assert "(Enter: again Cy (poet))" in result.output
    for name in ("walk-light", "walk-late"):
        assert item(folder, name).written_by == "Cy (poet)"
        assert item(folder, name).reviewed_by == "Ana (cook)"
        assert not item(folder, name).reviewed_by_writer


@pytest.mark.parametrize("by", ["Bo Li", "bo  li (dietitian)", "BO LI (x)"])
def test_an_approval_by_who_wrote_it_is_shown_as_such(folder: Path, by: str) -> None:
    bank = folder / "bank.yaml"
    text = bank.read_text(encoding="utf-8").replace("Bo (baker)", "Ida; Bo Li (baker)")
    bank.write_text(text, encoding="utf-8")

    result = review(folder, "a", "q", by=by)

    assert "You wrote it and you approve it: the record says so." in result.output
    assert item(folder, "walk-light").reviewed_by_writer
    assert not item(folder, "walk-sooner").reviewed_by_writer


def test_an_approval_by_somebody_else_is_not(folder: Path) -> None:
    assert "You wrote it" not in review(folder, "a", "q", by="Bo Li").output
    assert not item(folder, "walk-light").reviewed_by_writer


@pytest.mark.parametrize("answer", ["q", "Q", "quit"])
def test_the_question_for_a_name_can_be_quit(folder: Path, answer: str) -> None:
    result = ask(folder, answer)

    assert result.exit_code == 0
    assert "on the record" not in result.output
    assert "walk-light" not in result.output


def test_a_reviewer_without_a_name_is_refused(folder: Path) -> None:
    result = review(folder, "a", by="q")

    assert result.exit_code == 2
    assert "'q' is not a name" in result.output


def test_lapsed_approvals_are_listed_without_fingerprints(changed_article: Path) -> None:
    result = review(changed_article, "q", item="walk-sooner")

    assert "Fell back to draft: a statement that it cites (KP1) has changed" in result.output
    assert "source_sha256" not in result.output


def test_returning_an_approved_item_makes_it_a_draft_again(folder: Path) -> None:
    review(folder, "r", "two keys", item="walk-sooner")

    assert item(folder, "walk-sooner").status == "draft"
    assert "two keys\n- id: walk-sooner" in (folder / "bank.yaml").read_text(encoding="utf-8")


def test_a_return_without_a_note_returns_nothing(folder: Path) -> None:
    before = (folder / "bank.yaml").read_bytes()

    result = review(folder, "r", "", "q")

    assert "2 left" in result.output
    assert (folder / "bank.yaml").read_bytes() == before


def test_a_fallen_back_item_can_be_returned(changed_article: Path) -> None:
    review(changed_article, "r", "read KP1 anew", item="walk-sooner")

    assert [each.id for each in load_topic(changed_article).fallen_back] == ["walk-sooner"]


def test_an_edit_is_saved_as_a_draft_and_shown_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(folder, monkeypatch, ("The weight of her bag", "The taste of her tea"))

    result = review(folder, "e", "a", "q")

    assert result.output.count("1 of 2  walk-light") == 2
    light = item(folder, "walk-light")
    assert light.approved
    assert light.options[2].text == "The taste of her tea"
    assert "# The end.\n" in (folder / "bank.yaml").read_text(encoding="utf-8")


def test_a_faulty_edit_is_reported_and_the_editor_offered_again(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(
        folder,
        monkeypatch,
        ("level: understand", "levl: understand"),
        ("levl: understand", "level: apply"),
    )

    result = review(folder, "e", "y", "q")

    assert "did you mean level" in result.output
    assert item(folder, "walk-light").level == "apply"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("- id: walk-light", "- id: walk-dark"), "an id is never renamed"),
        (("status: draft", "status: approved"), "an editor does not approve"),
        (("cites: [KP2, KP1]", "cites: [KP9]"), "has no statement 'KP9'"),
        (("items:", "items: {"), "not plain YAML"),
    ],
)
def test_an_edit_that_cannot_be_saved_is_kept_in_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], told: str
) -> None:
    editor(folder, monkeypatch, change)
    before = (folder / "bank.yaml").read_bytes()

    result = review(folder, "e", "n", "q")

    assert told in result.output
    kept = Path(result.output.split("your text is kept in ")[1].split()[0])
    assert change[1] in kept.read_text(encoding="utf-8")
    kept.unlink()
    assert (folder / "bank.yaml").read_bytes() == before


def test_quitting_during_an_edit_keeps_the_text(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(folder, monkeypatch, ("cites: [KP2, KP1]", "cites: [KP9]"))

    result = review(folder, "e")

    kept = Path(result.output.split("your text is kept in ")[1].split()[0])
    assert "KP9" in kept.read_text(encoding="utf-8")
    kept.unlink()


@pytest.mark.parametrize(
    ("command", "told"), [("false", "ended with error"), ("no-such-editor", "cannot be started")]
)
def test_an_editor_that_fails_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, command: str, told: str
) -> None:
    monkeypatch.setenv("EDITOR", command)

    result = review(folder, "e", "q")

    assert f"The editor '{command}' {told}" in result.output
    assert result.exit_code == 0


def test_an_interrupt_in_the_editor_does_not_end_the_session(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(folder, monkeypatch, ("level: understand", "level: apply"))
    script = folder.parent / "editor"
    script.write_text(
        script.read_text() + "import os, signal\nos.kill(os.getppid(), signal.SIGINT)\n"
    )

    review(folder, "e", "q")

    assert item(folder, "walk-light").level == "apply"


def test_an_edit_that_changes_nothing_saves_nothing(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EDITOR", "true")
    before = (folder / "bank.yaml").read_bytes()

    assert "Nothing was changed." in review(folder, "e", "q").output
    assert (folder / "bank.yaml").read_bytes() == before


def test_a_reapproval_asks_for_a_changed_meaning(
    changed_article: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor(
        changed_article,
        monkeypatch,
        (
            "Adults who walk each day fall asleep sooner",
            "Adults who walk each day nod off a few minutes earlier",
        ),
    )

    result = review(changed_article, "e", "a", "y", "Minutes only.", "", item="walk-sooner")

    sooner = item(changed_article, "walk-sooner")
    assert sooner.approved, result.output
    assert sooner.revision == 3
    assert [(change.tell, change.order_was) for change in sooner.changes] == [("Minutes only.", ())]
    assert load_topic(changed_article).fallen_back == ()


def test_a_reapproval_without_a_new_meaning_keeps_the_revision(folder: Path) -> None:
    review(folder, "a", "n", item="walk-sooner")

    assert item(folder, "walk-sooner").revision == 2
    assert item(folder, "walk-sooner").reviewed_by == "Ana (cook)"


def test_a_wrong_key_is_recorded_so_that_answers_are_graded_again(folder: Path) -> None:
    result = review(folder, "a", "y", "x" * 301, "It is the snoring.", "2 2 1", "2 1 3",
                    item="walk-sooner")  # fmt: skip

    assert "Shorten it to 300" in result.output
    assert "3 numbers from 0 to 4, none but 0 twice" in result.output
    (change,) = item(folder, "walk-sooner").changes
    assert (change.revision, change.tell, change.order_was) == (
        3,
        "It is the snoring.",
        (1, 0, 2),
    )


def test_a_bank_that_changed_during_the_review_is_shown_again_and_not_overwritten(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bank = folder / "bank.yaml"
    editor(folder, monkeypatch, ("level: understand", "level: apply"))
    script = folder.parent / "editor"
    script.write_text(
        script.read_text()
        + f"bank = pathlib.Path({str(bank)!r})\n"
        + "bank.write_text(bank.read_text().replace('Mei walks', 'Ada walks'))\n"
    )

    result = review(folder, "e", "q")

    assert "changed while you were reading" in result.output
    assert "Ada walks" in result.output
    assert item(folder, "walk-light").level == "understand"
    assert "Ada walks" in item(folder, "walk-light").stem
    kept = Path(result.output.split("your text is kept in ")[1].split()[0])
    kept.unlink()


def test_without_a_terminal_it_says_what_to_do(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(COMMAND, "_at_a_terminal", lambda: False)

    result = review(folder)

    assert result.exit_code == 2
    assert "`report` makes a page" in " ".join(result.output.split())


def test_an_unknown_item_gets_a_suggestion(folder: Path) -> None:
    result = review(folder, item="walk-lite")

    assert result.exit_code == 2
    assert "did you mean walk-late or walk-light" in " ".join(result.output.split())


def test_retired_items_are_not_reviewed(folder: Path) -> None:
    bank = folder / "bank.yaml"
    text = bank.read_text(encoding="utf-8")
    bank.write_text(text.replace("status: draft", "status: retired"), encoding="utf-8")

    result = review(folder, item="walk-late")

    assert result.exit_code == 2
    assert "'walk-late' is retired" in result.output


def test_control_characters_typed_by_accident_leave_the_bank_sound(folder: Path) -> None:
    result = review(folder, "a", "y", "Minutes\x1b[D only.", "", item="walk-sooner")

    assert item(folder, "walk-sooner").changes[0].tell == "Minutes [D only.", result.output


def test_nothing_to_review_is_no_fault(folder: Path) -> None:
    review(folder, "a")
    bank = (folder / "bank.yaml").read_text(encoding="utf-8").replace("TODO", "It doubles it")
    (folder / "bank.yaml").write_text(bank, encoding="utf-8")
    review(folder, "a")

    result = review(folder)

    assert result.exit_code == 0
    assert "Nothing waits" in result.output


def test_texts_are_never_read_as_markup(folder: Path) -> None:
    bank = folder / "bank.yaml"
    hostile = "[bold]Mei[/] [link=x] \\[a] walks :tada:"
    bank.write_text(bank.read_text(encoding="utf-8").replace("Mei walks", "[bold]Mei[/] :tada: [x"))

    result = review(folder, "q")

    assert "[bold]Mei[/] :tada: [x" in result.output, hostile
