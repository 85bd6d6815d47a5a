"""The questions that a reader finds in a file, before they are judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from questions.faults import Fault

# More than anybody reviews. This also bounds the time that a hostile file can take.
QUESTIONS_LIMIT = 1000


class FormatError(ValueError):
    """A file cannot be read or written; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class ImportedOption:
    text: str
    correct: bool
    why: str = ""


@dataclass(frozen=True)
class ImportedQuestion:
    """A single-choice question as the file has it. `line` is its first line, from 1.

    Fields that the format lacks are empty. `held` has further fields of an item, by name.
    """

    line: int
    title: str
    stem: str
    options: tuple[ImportedOption, ...]
    explanation: str = ""
    more: str = ""
    held: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Reading:
    """The questions of a file, faults of those that were refused, and notes on the others."""

    file: str
    found: list[ImportedQuestion] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, found: ImportedQuestion) -> None:
        """Raises FormatError if there are more questions than can be reviewed."""
        self.found.append(found)
        self._bound()

    def refuse(self, line: int, title: str, problem: str, remedy: str) -> None:
        self.faults.append(Fault(self.file, problem, remedy, line, title[:80] or None))
        self._bound()

    def note(self, line: int, text: str) -> None:
        self.notes.append(f"{self.file}, line {line}: {text}.")

    def _bound(self) -> None:
        if max(len(self.found), len(self.faults)) > QUESTIONS_LIMIT:
            raise FormatError(
                f"{self.file} holds more than {QUESTIONS_LIMIT} questions; split it into smaller "
                "files."
            )
