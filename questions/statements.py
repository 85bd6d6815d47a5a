"""Statements: the numbered statements of an article, which questions cite."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class StatementKind(StrEnum):
    """The value is the prefix of a statement's id, as in KP2."""

    KEY_POINT = "KP"
    FAQ = "FAQ"
    TABLE_ROW = "T"
    LIST = "L"
    BACKGROUND = "B"
    FACT = "F"


@dataclass(frozen=True)
class Statement:
    """A statement of the article.

    `title` is its heading, the question of an FAQ entry, or the feature of a table row. `source`
    says where a fact beyond the article comes from; the others come from the article.
    """

    kind: StatementKind
    number: int
    title: str
    text: str
    source: str = ""

    @property
    def id(self) -> str:
        return f"{self.kind}{self.number}"


def normalised(text: str) -> str:
    """Returns the text with white space collapsed, so that wrapping is ignored."""
    return " ".join(text.split())


def lost(evidence: Iterable[str], statements: Iterable[Statement]) -> tuple[str, ...]:
    """Returns the evidence that is in none of the statements."""
    texts = [normalised(statement.text) for statement in statements]
    return tuple(
        words for words in evidence if not any(normalised(words) in text for text in texts)
    )


def key_points_of(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """Returns the key points, or the FAQ entries if there are none."""
    every = tuple(statements)
    for kind in (StatementKind.KEY_POINT, StatementKind.FAQ):
        if found := tuple(statement for statement in every if statement.kind is kind):
            return found
    return ()


def source_sha256(statements: Iterable[Statement]) -> str:
    """Returns a hexadecimal fingerprint of the statements; order and line breaks do not matter."""
    digest = hashlib.sha256()
    for statement in sorted(statements, key=lambda statement: statement.id):
        texts = filter(None, (statement.title, statement.text, statement.source))
        lines = (statement.id, *map(normalised, texts))
        digest.update("".join(f"{line}\n" for line in lines).encode())
    return digest.hexdigest()
