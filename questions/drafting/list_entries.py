"""The lists of an article: the kind of things in a list, and what its entries name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

from questions.drafting.titles import quotable
from questions.statements import Statement
from questions.wording import content_words, sentences, words


class Family(StrEnum):
    """Kinds of lists. Distractors come only from lists of the same family."""

    HEALTH = "health"
    FOOD = "food"
    DRINK = "drink"
    PEOPLE = "people"
    HABIT = "habit"


# Nouns in the titles of lists, each with its family and its role there.
_ROLES = {
    "cause": (Family.HEALTH, "cause"),
    "trigger": (Family.HEALTH, "cause"),
    "factor": (Family.HEALTH, "cause"),
    "condition": (Family.HEALTH, "cause"),
    "disease": (Family.HEALTH, "cause"),
    "disorder": (Family.HEALTH, "cause"),
    "sign": (Family.HEALTH, "sign"),
    "symptom": (Family.HEALTH, "sign"),
    "complication": (Family.HEALTH, "outcome"),
    "consequence": (Family.HEALTH, "outcome"),
    "effect": (Family.HEALTH, "outcome"),
    "food": (Family.FOOD, "food"),
    "drink": (Family.DRINK, "drink"),
    "source": (Family.FOOD, "food"),
    "fruit": (Family.FOOD, "food"),
    "vegetable": (Family.FOOD, "food"),
    "group": (Family.PEOPLE, "people"),
    "people": (Family.PEOPLE, "people"),
    "person": (Family.PEOPLE, "people"),
    "habit": (Family.HABIT, "habit"),
    "tip": (Family.HABIT, "habit"),
    "step": (Family.HABIT, "habit"),
    "measure": (Family.HABIT, "habit"),
    "remedy": (Family.HABIT, "habit"),
    "remedie": (Family.HABIT, "habit"),
    "treatment": (Family.HABIT, "habit"),
    "way": (Family.HABIT, "habit"),
}
# The rest of an entry explains it.
_DETAIL = re.compile(
    r"\s*(?:[:;(]|\s[–—-]\s|—|,\s+(?:because|which|for example|such as|including|above all|"
    r"especially|particularly|e\.g\.)|\s+such as\b)"
)
_OPENING = re.compile(r"^(?:the following|these|here|among them) are\s+(?:the\s+)?", re.IGNORECASE)
_ENDING = re.compile(
    r"(?:\s+(?:include|includes|are|such as|for example))?\s*[:.,]*\s*$", re.IGNORECASE
)
_FINITE = re.compile(r"\b(?:is|are|was|were|have|has|can|may|should|must|add|need|do)\b")
_NOUN_PHRASE_LIMIT = 60


@dataclass(frozen=True)
class Entry:
    """A line of a list: its text, the thing that it names, and what it says about it."""

    text: str
    name: str
    said: str


@dataclass(frozen=True)
class Listing:
    """A list with its entries.

    `name` says what the entries are, in the plural ("Signs of frostbite"). It is empty if the title
    is unfinished or cut off. `family` is None if neither the title nor the sentence above the
    entries says what kind of thing they are.
    """

    statement: Statement
    name: str
    entries: tuple[Entry, ...]
    family: Family | None
    role: str


def listing(statement: Statement) -> Listing:
    above, *lines = re.split(r"(?:^|\n)- ", statement.text)
    entries = tuple(entry(line.strip()) for line in lines)
    title = _whole_title(statement)
    names = (title, *(_plural_name(sentence) for sentence in sentences(above)[-1:]))
    for name in names:
        if name and (found := _role(name)):
            return Listing(statement, name, entries, *found)
    return Listing(statement, title, entries, None, "")


def _whole_title(statement: Statement) -> str:
    """Returns the title without a truncated end; empty if it cannot be quoted."""
    if quotable(statement.title):
        return statement.title
    heading, found, _ = statement.title.partition(" – ")
    return heading if found and quotable(heading) else ""


def _plural_name(sentence: str) -> str:
    """Returns what the sentence calls the entries; empty if it says something about them.

    "Signs that may show early include:" names them, "Some groups are at risk:" does not.
    """
    name = _OPENING.sub("", _ENDING.sub("", sentence))
    subject = re.split(r"\b(?:that|which|who)\b", name, maxsplit=1)[0]
    return "" if _FINITE.search(subject) else name[:1].upper() + name[1:]


@lru_cache(maxsize=4096)
def topic_words(listing: Listing) -> frozenset[str]:
    """Returns the content words of the list's name, without those for its kind."""
    kept = (word for word in words(listing.name) if word.removesuffix("s") not in _ROLES)
    return frozenset(content_words(" ".join(kept)))


def entry(text: str) -> Entry:
    match = _DETAIL.search(text)
    name = text[: match.start()] if match else text
    label, colon, said = text.partition(": ")
    return Entry(text, name.strip(" .,"), said.strip() if colon and label == name else "")


def short_entries(entries: tuple[Entry, ...]) -> Iterator[Entry]:
    """Yields the entries that name a thing and are not sentences."""
    for each in entries:
        if (
            each.name
            and len(each.name) <= _NOUN_PHRASE_LIMIT
            and not re.search(r"[.!?]", each.name)
        ):
            yield each


def _role(title: str) -> tuple[Family, str] | None:
    """Returns the role by the title's head noun; None if none or several are known."""
    found = {role for word in words(_head(title)) if (role := _ROLES.get(word.removesuffix("s")))}
    return found.pop() if len(found) == 1 else None


def _head(title: str) -> str:
    """Returns the title up to its first preposition: "Food sources" for "Food sources of iron"."""
    return re.split(r"\b(?:of|for|that|which|in|with|at|to|by|from|who)\b", title, maxsplit=1)[0]
