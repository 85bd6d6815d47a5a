"""The linter: flaws of items and of a bank that code can find, each with its remedy.

`lint` judges a topic; `RULES` holds every rule with its meaning and its source; what the rules
measure on labelled items stands in `docs/lint.md`.
"""

from questions.linting.catalogue import ITEM_RULES, RULES, Rule
from questions.linting.document import document
from questions.linting.findings import Finding, Severity
from questions.linting.guessers import Guess, guesses
from questions.linting.report import Report, lint
from questions.linting.shown import Shown, shown

__all__ = [
    "ITEM_RULES",
    "RULES",
    "Finding",
    "Guess",
    "Report",
    "Rule",
    "Severity",
    "Shown",
    "document",
    "guesses",
    "lint",
    "shown",
]
