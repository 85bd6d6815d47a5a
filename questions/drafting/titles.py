"""Whether a claim's title may be quoted: a short label that does not say what is to be asked."""

from collections.abc import Sequence

from questions.claims import Claim, ClaimKind, normalised
from questions.items import UNFINISHED
from questions.wording import overlap, sentences

# Of the content words of a statement (or of a key), so many may stand in its title (or stem).
REPEATED = 0.6
# So many words of the text in their order say something; fewer name something.
_CLAUSE_WORDS = 4


def quotable(title: str) -> bool:
    """Whether it has been written, and written to its end."""
    return bool(title) and UNFINISHED not in title and not title.endswith("…")


def asked_about(claim: Claim) -> bool:
    """Whether drafts can be made from the claim: key points and FAQ first need their titles.

    A key point whose title says the same as its text would be asked for with the answer in the
    question.
    """
    if claim.kind is ClaimKind.FAQ:
        return UNFINISHED not in claim.title
    if claim.kind is ClaimKind.KEY_POINT:
        return quotable(claim.title) and not _repeats_text(claim)
    return True


def untitled(claims: Sequence[Claim]) -> tuple[str, ...]:
    """The ids of those that wait for a title."""
    return tuple(claim.id for claim in claims if not asked_about(claim))


def _repeats_text(claim: Claim) -> bool:
    first = next(iter(sentences(claim.text)), "")
    said, title = (normalised(text).casefold().rstrip(".") for text in (first, claim.title))
    taken = title in said and len(title.split()) >= _CLAUSE_WORDS
    return said == title or taken or overlap(first, claim.title) >= REPEATED
