"""Makes topics and items for the linter's tests."""

import datetime as dt
from typing import Any

from questions import Item, Objective, Option, Statement, StatementKind, Topic
from questions.article import Source

STATEMENTS = (
    Statement(
        StatementKind.KEY_POINT, 1, "Salt", "Salt keeps water in the body and raises the pressure."
    ),
    Statement(
        StatementKind.KEY_POINT, 2, "Sleep", "Sleep lets the brain rest and store what it learned."
    ),
    Statement(
        StatementKind.FAQ, 1, "How much salt is enough?", "About a teaspoon a day is enough."
    ),
)
OBJECTIVES = (
    Objective(id="salt", key_point="KP1", text="Can say what salt does."),
    Objective(id="sleep", key_point="KP2", text="Can say what sleep does."),
)


def make_item(key: str = "It keeps water in the body", *wrong: str, **fields: Any) -> Item:
    """Returns an approved item without flaws, changed by `fields`."""
    distractors = wrong or ("It drives sugar out of blood", "It makes muscles burn more fat")
    values: dict[str, Any] = {
        "id": "salt-water",
        "status": "approved",
        "revision": 1,
        "reviewed_by": "the editors",
        "reviewed_on": dt.date(2026, 11, 22),
        "source_sha256": "0" * 64,
        "cites": ("KP1",),
        "evidence": ("Salt keeps water in the body",),
        "objective": "salt",
        "form": "mechanism",
        "level": "understand",
        "difficulty": "easy",
        "stem": "Why may a salty meal make rings feel tight?",
        "explanation": "Salt holds water back, so fingers swell.",
        "more": "Water follows salt.",
        "options": (
            Option(text=key, correct=True),
            *(Option(text=text, why="It does not.") for text in distractors),
        ),
        **fields,
    }
    return Item(**values)


def make_topic(
    *items: Item,
    title: str = "Salt and sleep",
    disclaimer: str = "This is for learning.",
    sources: tuple[Source, ...] = (),
    objectives: tuple[Objective, ...] = OBJECTIVES,
) -> Topic:
    return Topic(
        slug="salt",
        title=title,
        disclaimer=disclaimer,
        sources=sources,
        statements={statement.id: statement for statement in STATEMENTS},
        items=items,
        objectives={each.id: each for each in objectives},
    )
