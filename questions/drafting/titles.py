"""Which titles may be quoted: short ones that do not give the answer away."""

from collections.abc import Sequence

from questions.items import UNFINISHED
from questions.statements import Statement, StatementKind, normalised
from questions.wording import overlap, sentences

# The share of a statement's (or a key's) content words that may be in its title (or stem).
REPEATED = 0.6
# This many words of the text in a row say something; fewer only name something.
_CLAUSE_WORDS = 4


def quotable(title: str) -> bool:
    """Returns whether the title is written and complete."""
    return bool(title) and UNFINISHED not in title and not title.endswith("…")


def asked_about(statement: Statement) -> bool:
    """Returns whether the statement can be drafted: key points and FAQ entries need a title.

    A key point's title must not repeat its text, or the question would contain the answer.
    """
    if statement.kind is StatementKind.FAQ:
        return UNFINISHED not in statement.title
    if statement.kind is StatementKind.KEY_POINT:
        return quotable(statement.title) and not _repeats_text(statement)
    return True


def untitled(statements: Sequence[Statement]) -> tuple[str, ...]:
    """Returns the ids of those that need a title."""
    return tuple(statement.id for statement in statements if not asked_about(statement))


def _repeats_text(statement: Statement) -> bool:
    first = next(iter(sentences(statement.text)), "")
    said, title = (normalised(text).casefold().rstrip(".") for text in (first, statement.title))
    taken = title in said and len(title.split()) >= _CLAUSE_WORDS
    return said == title or taken or overlap(first, statement.title) >= REPEATED
