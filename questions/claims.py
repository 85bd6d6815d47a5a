"""Claims: the numbered statements of an article, which questions cite."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum


class ClaimKind(StrEnum):
    """The value is the prefix of the claim's id, as in KP2."""

    KEY_POINT = "KP"
    FAQ = "FAQ"
    TABLE_ROW = "T"
    LIST = "L"
    BACKGROUND = "B"


@dataclass(frozen=True)
class Claim:
    """A statement of the article.

    `title` is the short heading: of an FAQ entry its question, of a table row its feature. A label
    for readers is composed elsewhere, from kind, number and title, so that it can be translated.
    """

    kind: ClaimKind
    number: int
    title: str
    text: str

    @property
    def id(self) -> str:
        return f"{self.kind}{self.number}"


def normalised(text: str) -> str:
    """The text with each run of white space made one space: re-wrapping changes nothing."""
    return " ".join(text.split())


def lost(evidence: Iterable[str], claims: Iterable[Claim]) -> tuple[str, ...]:
    """The evidence whose words stand in none of the claims (any more)."""
    texts = [normalised(claim.text) for claim in claims]
    return tuple(
        words for words in evidence if not any(normalised(words) in text for text in texts)
    )


def points_of(claims: Iterable[Claim]) -> tuple[Claim, ...]:
    """What is to be remembered: the key points, or the FAQ where there are none."""
    every = tuple(claims)
    for kind in (ClaimKind.KEY_POINT, ClaimKind.FAQ):
        if found := tuple(claim for claim in every if claim.kind is kind):
            return found
    return ()


def source_sha256(claims: Iterable[Claim]) -> str:
    """Fingerprint of what the claims say, in hexadecimal; order and line breaks do not matter."""
    digest = hashlib.sha256()
    for claim in sorted(claims, key=lambda claim: claim.id):
        digest.update(f"{claim.id}\n{normalised(claim.title)}\n{normalised(claim.text)}\n".encode())
    return digest.hexdigest()
