"""A draft: a question made by rules, for a person to finish."""

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass

from questions.drafting.untouched_drafts import marked
from questions.items import UNFINISHED, Difficulty, Item, Level, Option
from questions.statements import Statement

# Ids are stored in columns of 80 characters, and may get a suffix such as "-12".
_ID_LIMIT = 72
_PREFIX_LIMIT = 40
_SUBJECT_WORDS = 6
# One question's stem contains the other's key.
_GIVING_AWAY = ("term", "meaning")


@dataclass(frozen=True)
class Wrong:
    """A distractor. Two of the same `group` are never in one item."""

    text: str
    why: str
    group: str = ""


@dataclass(frozen=True)
class Draft:
    """A question as made by the rule `kind`, about `subject`."""

    kind: str
    subject: str
    cites: tuple[str, ...]
    evidence: tuple[str, ...]
    level: Level
    difficulty: Difficulty
    stem: str
    key: str
    wrong: tuple[Wrong, ...]
    explanation: str

    def item(self, item_id: str, objective: str, related: tuple[str, ...] = ()) -> Item:
        """Returns the draft as an item. Raises pydantic's ValidationError if it is not valid.

        `related` are the drafts on the same subject.

        `more` is always left to a person, so that no draft can be approved unread.
        """
        item = Item(
            id=item_id,
            status="draft",
            revision=1,
            cites=self.cites,
            evidence=self.evidence,
            objective=objective,
            form="mechanism",
            level=self.level,
            difficulty=self.difficulty,
            stem=self.stem,
            options=(
                Option(text=self.key, correct=True),
                *(Option(text=wrong.text, why=wrong.why) for wrong in self.wrong),
            ),
            explanation=self.explanation,
            more=UNFINISHED,
            keep_apart=related if self.kind in _GIVING_AWAY else (),
        )
        return marked(item)


def draft_id(slug: str, draft: Draft, taken: Container[str]) -> str:
    """Returns an id from topic, statement, kind and subject. Equal drafts get equal ids."""
    prefix = slug[:_PREFIX_LIMIT].strip("-")
    subject = slugified(" ".join(draft.subject.split()[:_SUBJECT_WORDS]))
    parts = (prefix, draft.cites[0].lower(), draft.kind, subject)
    base = "-".join(part for part in parts if part)[:_ID_LIMIT].strip("-")
    name, number = base, 1
    while name in taken:
        number += 1
        name = f"{base}-{number}"
    return name


def slugified(text: str) -> str:
    """Returns lower-case ASCII words joined by hyphens; empty for text in another alphabet."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return "-".join(re.findall(r"[a-z0-9]+", plain))


def label(statement: Statement) -> str:
    """Returns the statement's title, quoted for use in a sentence."""
    return f"“{statement.title.rstrip(' .:')}”"
