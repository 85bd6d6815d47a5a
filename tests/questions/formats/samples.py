"""A small topic, and items with texts that are hard for some format."""

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

from hypothesis import strategies as st

from questions import Item, Topic, load_topic
from questions.formats.drafts import make_drafts
from questions.formats.reading import Reading
from questions.formats.registry import Export

SHIPPED = Path("questions/vitamin-b12-blood-flow")
NOW = dt.datetime(2026, 11, 22, 12, 0, tzinfo=dt.UTC)

ARTICLE = """# Hearing & noise: <what> helps?

## Key points

### KP1 Hair cells
Loud noise destroys hair cells in the inner ear. Lost hair cells do not grow again.

### KP2 Distance
Every step away from a loudspeaker lowers the noise that reaches the ear.

## Sources

- [A library](https://library.example/noise)

## Disclaimer

This is for learning; it's *no* advice.
"""
# An item on another point, so that a bank has something to refer to.
BANK = """# How to add a question: docs/questions.md
topic: noise
objectives:
- {id: how-far, key_point: KP2, text: "Can say what distance does."}
items:
- id: distance  # the first one
  status: draft
  revision: 1
  cites: [KP2]
  evidence: ["lowers the noise that reaches the ear"]
  objective: how-far
  form: mechanism
  level: recall
  difficulty: easy
  stem: "What does a step back from a loudspeaker do?"
  options:
  - {text: "It lowers the noise", correct: true}
  - {text: "It raises the pitch", why: "Pitch does not depend on distance."}
  - {text: "It slows the sound", why: "Sound keeps its speed."}
  explanation: "Noise fades with distance."
  more: "Twice as far is a quarter of the power."
"""


def folder(at: Path, bank: str = BANK) -> Path:
    """A new folder of the topic."""
    path = at / "noise"
    path.mkdir(exist_ok=True)
    (path / "article.md").write_text(ARTICLE, encoding="utf-8")
    (path / "bank.yaml").write_text(bank, encoding="utf-8")
    return path


def noise(at: Path, bank: str = BANK) -> Topic:
    return load_topic(folder(at, bank))


def item(**fields: object) -> Item:
    """A sound item on KP1, with the given fields instead of its own."""
    return Item.model_validate(
        {
            "id": "hair-cells",
            "status": "draft",
            "revision": 1,
            "cites": ("KP1",),
            "evidence": ("Lost hair cells do not grow again.",),
            "objective": "how-far",
            "form": "case",
            "level": "understand",
            "difficulty": "hard",
            "stem": "Why does a loss of hearing through noise last?",
            "options": options("Hair cells do not grow again", "The ear drum hardens", "Wax stays"),
            "explanation": "What is gone stays gone.",
            "more": "Hair cells turn movement into signals.",
        }
        | fields
    )


def options(key: str, *distractors: str, why: str = "That is not the reason.") -> object:
    wrong = ({"text": text, "why": why} for text in distractors)
    return ({"text": key, "correct": True}, *wrong)


def export(topic: Topic, items: Sequence[Item], made_at: dt.datetime = NOW) -> Export:
    return Export(topic, items, made_at)


def drafted(reading: Reading, topic: Topic) -> tuple[Item, ...]:
    """The drafts of a file without refused questions."""
    drafts = make_drafts(reading, topic)
    assert not reading.faults, reading.faults
    return tuple(drafts.items)


HOSTILE = (
    "{ } ~ = # :: \\ \\n // ->",
    "=1+1",
    "'=quoted",
    "-dash @at +plus",
    "#### general",
    "[html]<b>bold</b> &amp; &lt;",
    "%50% of people",
    "//no comment",
    "$CATEGORY: none",
    "one, two; \"three\" 'four'",
    "$x^2$ `code` *star* _under_ ![p](q.png)",
    "{{Question}} [sound:a.mp3]",
    "]]> <!-- --> <script>alert(1)</script>",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "emoji \U0001f9bb\U0001f3fd\u200d\u2640\ufe0f",
    "<img src=x onerror=alert(1)>",
    "A) first",
    "1. first ... --- <<x>>",
    "ANSWER: B",
    "a\u2028b \u00a0c",
    "\\",
)
_SIGNS = st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff")
_LINE = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(
        st.one_of(st.sampled_from("{}~=#:\\[]%'\"<>&/-$*_ n"), _SIGNS), min_size=1, max_size=40
    ),
)


def _sound(text: str) -> bool:
    return bool(text) and text == text.strip()


lines = _LINE.filter(_sound)
texts = st.lists(lines, min_size=1, max_size=3).map("\n".join).filter(_sound)


@st.composite
def hostile_items(draw: st.DrawFn) -> Item:
    """Valid items whose texts mean something in some format."""
    choices = draw(
        st.lists(
            lines, min_size=3, max_size=4, unique_by=lambda text: " ".join(text.split()).casefold()
        )
    )
    return item(
        stem=draw(texts) + "?",
        options=options(*choices, why=draw(lines)),
        explanation=draw(texts),
        more=draw(st.lists(texts, min_size=1, max_size=2).map("\n\n\n\n".join)),
        keep_apart=draw(st.sampled_from(((), ("distance",)))),
        waivers=draw(st.dictionaries(st.just("negative-stem"), lines)),
    )
