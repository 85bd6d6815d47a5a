"""Edits an item in the author's own editor.

The editor's file is a bank with one item, written and checked like any bank. It lacks the review
record, which only an approval writes.
"""

import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping
from pathlib import Path

from questions import bank
from questions.bank import parse_bank
from questions.bank_file import BankFile
from questions.faults import Fault
from questions.items import Item
from questions.strict_yaml import field_name
from questions.topic import Topic
from questions.validation import item_problems

_RECORD: Mapping[str, None] = {"reviewed_by": None, "reviewed_on": None, "source_sha256": None}
_HEAD = (
    "# Save and close the editor to go on; close it without a change to keep everything.\n"
    "# Fields are explained in docs/questions.md. Your remarks in this file are not kept.\n"
)
_EDITORS = ("sensible-editor", "nano", "vim", "vi", "notepad")


class EditorError(Exception):
    """The editor failed; the message is a sentence that says what to do."""


def file_text(item: Item, topic: Topic) -> str:
    """Returns the text for the editor: the item, and below it what it cites and could ask for."""
    file = BankFile.empty(topic.slug)
    file.append([item.model_copy(update={**_RECORD, "status": "draft"})])
    body = file.text().split("\n", 1)[1].replace("objectives: []\n", "", 1)
    quotable = [
        f"# {statement.id} {statement.title}\n#   " + statement.text.replace("\n", "\n#   ")
        for statement in topic.cited(item)
    ]
    return (
        _HEAD
        + body
        + "\n# Evidence is copied from the statements cited:\n"
        + "\n".join(quotable)
        + "\n\n# The objectives of the bank:\n"
        + "".join(f"# {each.id}: {each.text}\n" for each in topic.objectives.values())
    )


def read_back(text: str, item: Item, topic: Topic) -> tuple[Item | None, tuple[Fault, ...]]:
    """Returns the edited item with its record, or None and the faults of the text."""
    objectives = BankFile.empty(topic.slug)
    objectives.add_objectives(topic.objectives.values())
    listed = objectives.text().partition("objectives:")[2].rpartition("items:")[0]
    parsed = parse_bank(f"{text.rstrip()}\nobjectives:{listed}", topic.slug, None)
    if parsed.faults:
        return None, parsed.faults
    if [each.id for each in parsed.items] != [item.id]:
        remedy = f"leave '- id: {item.id}' alone there: an id is never renamed"
        return None, (Fault(bank.FILE, "it does not hold this item alone", remedy),)
    record = {name: getattr(item, name) for name in _RECORD}
    edited = parsed.items[0].model_copy(update=record)
    if edited.approved:
        problem, remedy = "an editor does not approve", "write draft and choose 'approve'"
        return None, (Fault(bank.FILE, problem, remedy, item=item.id, field="status"),)
    ids = {other.id for other in topic.items}
    faults = tuple(
        Fault(bank.FILE, found.problem, found.remedy, item=item.id, field=field_name(found.path))
        for found in item_problems(edited, ids, topic.statements)
    )
    return (None, faults) if faults else (edited, ())


def editor_command(environment: Mapping[str, str]) -> list[str]:
    """Returns $VISUAL, or $EDITOR, or an installed editor. Raises EditorError if there is none."""
    for name in ("VISUAL", "EDITOR"):
        try:
            command = shlex.split(environment.get(name, ""))
        except ValueError:
            raise EditorError(f"{name} has a quotation mark too few or too many.") from None
        if command:
            return command
    if found := next(filter(None, map(shutil.which, _EDITORS)), None):
        return [found]
    raise EditorError("There is no editor: name one in the environment variable EDITOR.")


def open_in_editor(path: Path) -> None:
    """Opens the file and waits for the editor. Raises EditorError if it cannot start or fails."""
    command = editor_command(os.environ)
    # Ctrl+C is for the open editor. Unlike SIG_IGN, a handler is not inherited.
    interrupted = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        code = subprocess.run([*command, str(path)], check=False).returncode  # noqa: S603
    except OSError as error:
        raise EditorError(
            f"The editor '{command[0]}' cannot be started ({error.strerror}): "
            "name another one in the environment variable EDITOR."
        ) from None
    finally:
        signal.signal(signal.SIGINT, interrupted)
    if code:
        raise EditorError(f"The editor '{command[0]}' ended with error {code}.")
