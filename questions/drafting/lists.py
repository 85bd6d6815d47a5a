"""Questions from lists: which list an entry belongs to, and what the list says about it."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice

from questions.drafting.draft import Draft, Wrong
from questions.drafting.list_entries import Entry, Family, Listing, short_entries, topic_words
from questions.drafting.phrases import (
    Pool,
    alike,
    as_option,
    capital,
    explanation,
    small,
    stands_out,
)
from questions.items import UNFINISHED, Difficulty
from questions.wording import overlap

# More questions on a pair of lists would repeat it.
_EACH_PAIR = 3
_RIVALS = 3
_SHARED = 0.5
_SAME = 0.8
_PREPOSITIONS = ("of", "for", "in", "that", "which", "with", "at", "from")
_SINGULAR = {
    "causes": "a cause",
    "conditions": "a condition",
    "factors": "a factor",
    "triggers": "a trigger",
    "signs": "a sign",
    "symptoms": "a symptom",
    "complications": "a complication",
    "consequences": "a consequence",
    "effects": "an effect",
    "sources": "a source",
}


def list_drafts(listings: Sequence[Listing]) -> Iterator[tuple[Draft, ...]]:
    """Yields contrasts between lists of a family, then what lists say about their entries."""
    for listing in listings:
        rivals = [other for other in listings if contrast(listing, other)]
        for other in rivals[:_RIVALS]:
            yield tuple(islice(_contrasts(listing, other), _EACH_PAIR))
    for listing in listings:
        yield tuple(_reasons(listing))


def contrast(listing: Listing, other: Listing) -> bool:
    """Returns whether entries of `other` are plausible but wrong as entries of `listing`."""
    if listing is other or listing.family is None or listing.family is not other.family:
        return False
    if listing.role != other.role:
        return True
    # Two lists of causes are fair if the causes are of different things.
    one, two = topic_words(listing), topic_words(other)
    return (
        listing.family is not Family.PEOPLE
        and bool(one and two)
        and len(one & two) < _SAME * min(len(one), len(two))
    )


def _contrasts(listing: Listing, other: Listing) -> Iterator[Draft]:
    borrowed = Pool(_borrowed(listing, other))
    for each in short_entries(listing.entries):
        if _shared(each, other.entries):
            continue
        key = capital(each.name)
        wrong = borrowed.like(key)
        if len(wrong) >= 2 and overlap(key, listing.name) < _SHARED:
            yield _contrast(listing, other, each, key, wrong)


def _contrast(
    listing: Listing, other: Listing, each: Entry, key: str, wrong: tuple[Wrong, ...]
) -> Draft:
    difficulty: Difficulty = "easy" if listing.family is Family.FOOD else "medium"
    return Draft(
        kind="list",
        subject=each.name,
        cites=(listing.statement.id, other.statement.id),
        evidence=(each.text,),
        level="understand",
        difficulty=difficulty,
        stem=f"Which of these is {_one_of(listing.name)}?",
        key=key,
        wrong=wrong,
        explanation=f"{UNFINISHED}: say why. The article lists the first option under "
        f"{_title(listing)}, the others under {_title(other)}.",
    )


def _title(listing: Listing) -> str:
    quoted = f"“{listing.name}”"
    return quoted if len(quoted) <= 40 else listing.statement.id


def _one_of(title: str) -> str:
    """Turns "Signs of frostbite" into "a sign of frostbite", and other titles into "one of the"."""
    first, _, rest = small(title).partition(" ")
    if first in _SINGULAR and rest.startswith(_PREPOSITIONS):
        return f"{_SINGULAR[first]} {rest}"
    return f"one of the {small(title)}"


def _borrowed(listing: Listing, other: Listing) -> Iterator[Wrong]:
    """Yields entries of the other list that are not in this one."""
    for each in short_entries(other.entries):
        if not _shared(each, listing.entries):
            why = (
                f"{UNFINISHED}: check that it is wrong here. "
                f"The article lists it under “{other.name}”."
            )
            yield Wrong(capital(each.name), why)


def _shared(each: Entry, entries: Iterable[Entry]) -> bool:
    return any(alike(each.name, other.name, limit=_SHARED) for other in entries)


def _reasons(listing: Listing) -> Iterator[Draft]:
    """Yields questions from entries such as "Older adults: with age ..."."""
    explained = [each for each in listing.entries if each.said and listing.name]
    said = ((each, as_option(each.said)) for each in explained)
    pool = Pool(
        Wrong(text, f"That is said about “{small(each.name)}”.", each.name)
        for each, text in said
        if text
    )
    for each in explained:
        key = as_option(each.said)
        if key is None or overlap(each.name, key) or overlap(key, each.name):
            continue
        wrong = pool.like(key, each.name)
        if len(wrong) >= 2 and not stands_out(key, wrong):
            yield Draft(
                kind="reason",
                subject=each.name,
                cites=(listing.statement.id,),
                evidence=(each.text,),
                level="understand",
                difficulty="medium",
                stem=f"The topic is “{listing.name}”. What fits “{small(each.name)}” best?",
                key=key,
                wrong=wrong,
                explanation=explanation(each.text),
            )
