"""A reviewer's session at a terminal. Every decision is saved at once."""

import datetime as dt
import os
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.text import Text

from questions import bank
from questions.bank_file import BankFile, one_line
from questions.faults import BankError
from questions.items import CORRECTION_LIMIT, NEW_OPTION, Item, poll_length
from questions.reviewing import card
from questions.reviewing.approval import (
    NotReadyError,
    approve,
    blocking,
    flaws_of,
    next_revision,
    order_in,
    was_approved,
)
from questions.reviewing.editor import EditorError, file_text, open_in_editor, read_back
from questions.topic import Topic, load_topic

# The start of a reviewer's note on a returned item.
_NOTE = "returned "
_FEWEST_LETTERS = 3


def is_name(name: str) -> bool:
    """Returns whether this can be a name; one or two letters answer another question."""
    return sum(letter.isalpha() for letter in name) >= _FEWEST_LETTERS


class _ChangedError(Exception):
    """The files have changed since the reviewer saw the item."""


@dataclass(frozen=True)
class _Step:
    """A change of the bank that can be undone. `did` is the decision, empty for an edit."""

    item_id: str
    before: str
    after: str
    did: str


@dataclass
class Session:
    """Shows items and does what the reviewer chooses. `done` counts the decisions."""

    folder: Path
    reviewer: str
    today: dt.date
    console: Console
    done: Counter[str] = field(default_factory=Counter)
    _steps: list[_Step] = field(default_factory=list)
    _writer: str = ""
    _checklist_shown: bool = False
    _first_seen: dict[str, Item] = field(default_factory=dict)

    def run(self, ids: Sequence[str]) -> None:
        """Shows the items one by one, until the last or until the reviewer quits."""
        place: int | None = 0
        try:
            while place is not None:
                place = self._item(ids, place) if place < len(ids) else self._last_chance(ids)
        except (typer.Abort, EOFError, KeyboardInterrupt):
            self.console.print()
        self._say(self._summary(len(ids)), "bold")

    def _last_chance(self, ids: Sequence[str]) -> int | None:
        """Offers to undo the last decision; returns the place of its item, or None to end."""
        while self._steps:
            choice = self._ask("That was the last one. [u]ndo, or Enter to end").strip().lower()
            if choice == "u" and (undone := self._undo()) is not None:
                return ids.index(undone)
            if choice != "u":
                break
        return None

    def _summary(self, number: int) -> str:
        counts = [f"{count} {choice}" for choice, count in self.done.items() if count]
        left = number - sum(self.done.values())
        return f"{', '.join([*counts, f'{left} left'])}. All that you decided is saved."

    def _item(self, ids: Sequence[str], place: int) -> int | None:
        """Shows the item until it is decided or skipped.

        Returns the place of the next item to show, or None if the reviewer quits.
        """
        item_id = ids[place]
        while True:
            topic = load_topic(self.folder)
            item = topic.item(item_id)
            if item is None:
                self._say(f"{item_id} is no longer in the bank.", "yellow")
                return place + 1
            self._first_seen.setdefault(item_id, item)
            self._show(item, topic, place + 1, len(ids))
            choice = self._choice()
            if choice in {"s", "q"}:
                return place + 1 if choice == "s" else None
            if choice == "u":
                if (undone := self._undo()) is not None:
                    return ids.index(undone)
                continue
            act = {"a": self._approve, "r": self._return, "e": self._edit}[choice]
            try:
                if act(item, topic):
                    return place + 1
            except _ChangedError:
                self._say(
                    "The bank or the article changed while you were reading: here is the item "
                    "as it is now. Nothing was saved for it.",
                    "bold yellow",
                )

    def _show(self, item: Item, topic: Topic, place: int, number: int) -> None:
        self.console.print(card.heading(item, place, number))
        self.console.print(card.card(item, topic, self.console.width))
        reasons = {fallen.id: fallen.reason for fallen in topic.fallen_back}
        notes = [note for note in self._file().comments(item.id) if note.startswith(_NOTE)]
        for line in card.findings(flaws_of(topic, item), notes, reasons.get(item.id)):
            self.console.print(line)
        self.console.print(card.reminder() if self._checklist_shown else card.checklist())
        self._checklist_shown = True

    def _choice(self) -> str:
        while True:
            choice = self._ask(card.CHOICES).strip().lower()
            if choice in set("aresuq"):
                return choice
            self._say("Type one of the letters a, r, e, s, u, q.", "yellow")

    def _undo(self) -> str | None:
        """Takes back the last change of this session. Returns its item's id; None if it cannot."""
        if not self._steps:
            self._say("There is nothing to undo in this session.", "yellow")
            return None
        step = self._steps[-1]
        if self._file().text() != step.after:
            self._say("The bank has changed since, so nothing is undone: edit bank.yaml.", "yellow")
            return None
        BankFile(step.before).save(self._path)
        self._steps.pop()
        self.done[step.did] -= bool(step.did)
        self._say(f"{step.item_id}: undone ({step.did or 'edited'}), saved.", "bold green")
        return step.item_id

    def _approve(self, item: Item, topic: Topic) -> bool:
        try:
            approve(item, topic, self.reviewer, self.today, blocking(flaws_of(topic, item)))
            if was_approved(item):
                item = self._with_change(item)
            item = self._with_writer(item)
            approved = approve(item, topic, self.reviewer, self.today)
        except NotReadyError as error:
            self._say("This item cannot be approved yet:", "bold red")
            for reason in error.reasons:
                self._say(f"  {reason}")
            self._say("Choose edit to correct it, or return it with a note.")
            return self._stay()
        if approved.reviewed_by_writer:
            self._say("You wrote it and you approve it: the record says so.", "yellow")
        self._save(approved, topic, did="approved")
        return self._did("approved", item)

    def _with_writer(self, item: Item) -> Item:
        """Asks who wrote the item, if that is not on the record."""
        while not item.written_by:
            again = f"Enter: again {self._writer}" if self._writer else "or: unknown"
            answer = self._ask(f"Who wrote it? Name and role ({again})").strip('" ') or self._writer
            if is_name(answer):
                self._writer = answer
                return item.model_copy(update={"written_by": answer})
            self._say("It goes on the record: write the name in full.", "yellow")
        return item

    def _with_change(self, item: Item) -> Item:
        """Asks for a correction for people who learned the item as it was."""
        self._say(f"This item was approved before (revision {item.revision}).")
        if not typer.confirm(
            "Has its meaning changed since, without a new revision yet?", default=True
        ):
            return item
        tell = self._correction()
        return next_revision(item, tell, self._order_was(item))

    def _correction(self) -> str | None:
        while True:
            tell = self._ask("Correction for those who learned the old one (Enter: a general one)")
            if poll_length(tell) <= CORRECTION_LIMIT:
                return tell or None
            self._say(f"Shorten it to {CORRECTION_LIMIT} characters.", "yellow")

    def _order_was(self, item: Item) -> tuple[int, ...]:
        """Asks where the options were; empty if they did not move."""
        same = tuple(range(len(item.options)))
        known = order_in(item, self._first_seen[item.id])
        for number, option in enumerate(item.options, 1):
            self._say(f"  {number}  {option.text}")
        self._say("If another option was the key until now, answers will be graded again.")
        while True:
            default = " ".join(str(0 if place == NEW_OPTION else place + 1) for place in known)
            question = "The numbers that these options had (1 was the key, 0 was not there)"
            answer = self._ask(question, default)
            numbers = [int(part) for part in answer.split() if part.isdecimal()]
            stood = [number for number in numbers if number]
            if (
                len(numbers) == len(same)
                and len(set(stood)) == len(stood)
                and max(stood, default=0) <= 4
            ):
                order = tuple(number - 1 if number else NEW_OPTION for number in numbers)
                return () if order == same else order
            self._say(f"Give {len(same)} numbers from 0 to 4, none but 0 twice.", "yellow")

    def _return(self, item: Item, topic: Topic) -> bool:
        note = self._ask("What must be corrected (Enter: nothing, back to the item)")
        if not note:
            return self._stay()
        file = self._fresh(topic, item.id)
        before = file.text()
        # An item that fell back keeps its status in the file: as a draft it might not load, since
        # its evidence may be gone.
        if item.approved:
            file.replace(item.model_copy(update={"status": "draft"}))
        file.comment(item.id, f"{_NOTE}{self.today} by {self.reviewer}: {note}")
        self._write(file, _Step(item.id, before, file.text(), "returned"))
        return self._did("returned", item)

    def _edit(self, item: Item, topic: Topic) -> bool:
        """Edits the item and shows it again: editing does not decide."""
        descriptor, name = tempfile.mkstemp(prefix=f"{item.id}-", suffix=".yaml")
        os.close(descriptor)
        path = Path(name)
        original = file_text(item, topic)
        path.write_text(original, encoding="utf-8")
        try:
            edited = self._edited(path, item, topic, original)
            if edited is not None:
                self._save(edited, topic)
                self._say("Saved as a draft.", "green")
                path.unlink()
        finally:  # also if the reviewer quits, or the bank has changed
            self._keep(path, original)
        return self._stay()

    def _keep(self, path: Path, original: str) -> None:
        """Says where unsaved work is kept, or removes a file without changes."""
        if path.exists() and path.read_bytes() != original.encode():
            self._say(f"The bank is as it was; your text is kept in {path}", "yellow")
        else:
            path.unlink(missing_ok=True)

    def _edited(self, path: Path, item: Item, topic: Topic, original: str) -> Item | None:
        """Returns the edited item; None if the reviewer gives up or changes nothing."""
        while True:
            try:
                open_in_editor(path)
                text = path.read_text(encoding="utf-8")
            except (EditorError, OSError, UnicodeDecodeError) as error:
                self._say(str(error), "bold red")
                return None
            if text == original:
                self._say("Nothing was changed.")
                return None
            edited, faults = read_back(text, item, topic)
            if edited is not None:
                return edited
            self._report_faults(map(str, faults))
            if not typer.confirm("Open the editor again?", default=True):
                return None

    def _report_faults(self, faults: Iterable[str]) -> None:
        self._say("This cannot be saved yet:", "bold red")
        for fault in faults:
            self._say(f"  {fault}")

    def _save(self, item: Item, topic: Topic, did: str = "") -> None:
        """Saves the item. If that decides about it, removes the notes about it."""
        file = self._fresh(topic, item.id)
        before = file.text()
        file.replace(item)
        if did:
            file.uncomment(item.id, _NOTE)
        self._write(file, _Step(item.id, before, file.text(), did))

    def _write(self, file: BankFile, step: _Step) -> None:
        file.save(self._path)
        self._steps.append(step)

    def _fresh(self, shown: Topic, item_id: str) -> BankFile:
        """Returns the bank on disk. Raises _ChangedError if the item has changed since `shown`."""
        try:
            current = load_topic(self.folder)
        except BankError as error:
            self._report_faults(map(str, error.faults))
            raise _ChangedError from None
        now, then = current.item(item_id), shown.item(item_id)
        if now is None or then is None or now != then or current.cited(now) != shown.cited(then):
            raise _ChangedError
        return self._file()

    @property
    def _path(self) -> Path:
        return self.folder / bank.FILE

    def _file(self) -> BankFile:
        return BankFile.read(self._path)

    def _did(self, what: str, item: Item) -> bool:
        self.done[what] += 1
        self._say(f"{item.id}: {what}, saved.", "bold green")
        return True

    def _stay(self) -> bool:
        return False

    def _ask(self, question: str, default: str = "") -> str:
        answer = typer.prompt(question, default=default, show_default=bool(default))
        return one_line(str(answer))

    def _say(self, text: str, style: str = "") -> None:
        self.console.print(Text(text, style=style), soft_wrap=True)
