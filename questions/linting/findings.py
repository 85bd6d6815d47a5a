"""Findings of lint."""

from dataclasses import dataclass
from enum import StrEnum

from questions.items import Status


class Severity(StrEnum):
    """`BLOCK` keeps a bank from being shipped; `WARN` asks a person to look."""

    BLOCK = "block"
    WARN = "warn"


@dataclass(frozen=True)
class Finding:
    """A flaw, its remedy and where it is.

    `item` is None for a flaw of the bank or the article. `waived` is the reason that the item gives
    for breaking the rule.
    """

    rule: str
    severity: Severity
    problem: str
    remedy: str
    item: str | None = None
    status: Status | None = None
    waived: str | None = None

    @property
    def blocks(self) -> bool:
        """Whether it is a blocking flaw that no waiver covers."""
        return self.severity is Severity.BLOCK and self.waived is None
