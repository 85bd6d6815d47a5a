"""Whether a statement's title may be quoted: a short label that does not say what is to be asked."""

from collections.abc import Sequence

from questions.items import UNFINISHED
from questions.statements import Statement, StatementKind, normalised
from questions.wording import overlap, sentences

# Of the content words of a statement (or of a key), so many may stand in its title (or stem).
REPEATED = 0.6
# So many words of the text in their order say something; fewer name something.
_CLAUSE_WORDS = 4


def quotable(title: str) -> bool:
    """Whether it has been written, and written to its end."""
    return bool(title) and UNFINISHED not in title and not title.endswith("…")


def asked_about(statement: Statement) -> bool:
    """Whether drafts can be made from the statement: key points and FAQ first need their titles.

    A key point whose title says the same as its text would be asked for with the answer in the
    question.
    """
    if statement.kind is StatementKind.FAQ:
        return UNFINISHED not in statement.title
    if statement.kind is StatementKind.KEY_POINT:
        return quotable(statement.title) and not _repeats_text(statement)
    return True


def untitled(statements: Sequence[Statement]) -> tuple[str, ...]:
    """The ids of those that wait for a title."""
    return tuple(statement.id for statement in statements if not asked_about(statement))


def _repeats_text(statement: Statement) -> bool:
    first = next(iter(sentences(statement.text)), "")
    said, title = (normalised(text).casefold().rstrip(".") for text in (first, statement.title))
    taken = title in said and len(title.split()) >= _CLAUSE_WORDS
    return said == title or taken or overlap(first, statement.title) >= REPEATED
