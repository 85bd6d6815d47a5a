"""The linter: flaws of items and banks that code can find, each with its remedy.

`lint` judges a topic. `RULES` holds every rule with its meaning and source. `docs/lint.md` says how
well the rules do on labelled items.
"""

from questions.linting.catalogue import ITEM_RULES, RULES, Rule
from questions.linting.display import Displayed, displayed
from questions.linting.findings import Finding, Severity
from questions.linting.guessers import Guess, guesses
from questions.linting.report import Report, document, lint

__all__ = [
    "ITEM_RULES",
    "RULES",
    "Displayed",
    "Finding",
    "Guess",
    "Report",
    "Rule",
    "Severity",
    "displayed",
    "document",
    "guesses",
    "lint",
]
