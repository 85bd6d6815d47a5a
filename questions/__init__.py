"""Topics: an article as numbered statements, and reviewed questions about it.

Uses no database, Telegram or clock. `load_topic` reads a folder. It refuses faulty files with a
BankError that names file, line, item, field and remedy.
"""

from questions.amounts import amounts
from questions.article import Source
from questions.faults import BankError, Fault
from questions.items import (
    EXPLANATION_LIMIT,
    NEW_OPTION,
    Change,
    Difficulty,
    Form,
    Item,
    Level,
    Objective,
    Option,
    Status,
)
from questions.pictures import Picture
from questions.spreadsheets import guarded
from questions.statements import Statement, StatementKind, source_sha256
from questions.topic import FallenBack, Topic, load_topic

__all__ = [
    "EXPLANATION_LIMIT",
    "NEW_OPTION",
    "BankError",
    "Change",
    "Difficulty",
    "FallenBack",
    "Fault",
    "Form",
    "Item",
    "Level",
    "Objective",
    "Option",
    "Picture",
    "Source",
    "Statement",
    "StatementKind",
    "Status",
    "Topic",
    "amounts",
    "guarded",
    "load_topic",
    "source_sha256",
]
