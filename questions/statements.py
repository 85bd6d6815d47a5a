"""Statements: the numbered statements of an article, which questions cite."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class StatementKind(StrEnum):
    """The value is the prefix of the statement's id, as in KP2."""

    KEY_POINT = "KP"
    FAQ = "FAQ"
    TABLE_ROW = "T"
    LIST = "L"
    BACKGROUND = "B"


@dataclass(frozen=True)
class Statement:
    """A statement of the article.

    `title` is the short heading: of an FAQ entry its question, of a table row its feature. A label
    for readers is composed elsewhere, from kind, number and title, so that it can be translated.
    """

    kind: StatementKind
    number: int
    title: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.kind}{self.number}"


def normalised(text: str) -> str:
    """The text with each run of white space made one space: re-wrapping changes nothing."""
    return " ".join(text.split())


def lost(evidence: Iterable[str], statements: Iterable[Statement]) -> tuple[str, ...]:
    """The evidence whose words stand in none of the statements (any more)."""
    texts = [normalised(statement.text) for statement in statements]
    return tuple(
        words for words in evidence if not any(normalised(words) in text for text in texts)
    )


def key_points_of(statements: Iterable[Statement]) -> tuple[Statement, ...]:
    """What is to be remembered: the key points, or the FAQ where there are none."""
    every = tuple(statements)
    for kind in (StatementKind.KEY_POINT, StatementKind.FAQ):
        if found := tuple(statement for statement in every if statement.kind is kind):
            return found
    return ()


def source_sha256(statements: Iterable[Statement]) -> str:
    """Fingerprint of what the statements say, in hexadecimal; order and line breaks do not matter."""
    digest = hashlib.sha256()
    for statement in sorted(statements, key=lambda statement: statement.id):
        digest.update(
            f"{statement.id}\n{normalised(statement.title)}\n{normalised(statement.text)}\n".encode()
        )
    return digest.hexdigest()
