"""What a reader found in a file, before it is judged."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from questions.faults import Fault

# More than anybody reviews; it also bounds the time that a hostile file can take.
QUESTIONS_LIMIT = 1000


class FormatError(ValueError):
    """A file cannot be read or written at all; the message is a sentence that says what to do."""


@dataclass(frozen=True)
class FoundOption:
    text: str
    correct: bool
    why: str = ""


@dataclass(frozen=True)
class Found:
    """A single-choice question as it stands in a file; `line` is where it begins, from 1.

    What the format cannot say is empty. `held` has further fields of an item, by their names.
    """

    line: int
    title: str
    stem: str
    options: tuple[FoundOption, ...]
    explanation: str = ""
    more: str = ""
    held: Mapping[str, object] = field(default_factory=dict)


@dataclass
class Reading:
    """All of a file: what was found, what was passed over and why, and what the author may want to
    know besides.
    """

    file: str
    found: list[Found] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, found: Found) -> None:
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
