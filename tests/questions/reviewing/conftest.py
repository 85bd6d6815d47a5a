"""A small topic with an approved item, a draft, and an item whose statement will change."""

from pathlib import Path

import pytest

from questions import Topic, load_topic, source_sha256
from questions.article import parse_article

ARTICLE = """# Is walking good for sleep?

## Key points

### KP1 Walking and falling asleep
Adults who walk each day
fall asleep sooner, trials suggest.

### KP2 Light in the morning
Morning light sets the inner clock. A walk outdoors is one way to get it.

## Frequently asked questions

### FAQ1 Is a late walk bad?
A calm walk in the evening does little harm to sleep.

## Sources

- [A library](https://library.example/sleep)

## Disclaimer

For learning only. It replaces no advice.
"""
_STATEMENTS = parse_article(ARTICLE)[0].statements
BANK = f"""# Head
topic: walking
objectives:
- {{id: falling-asleep, key_point: KP1, text: "Can say what walking does for falling asleep."}}
- {{id: inner-clock, key_point: KP2, text: "Can name what sets the inner clock."}}
- {{id: late-walks, key_point: KP1, text: "Can judge a late walk."}}
items:

# --- Falling asleep ---

- id: walk-sooner
  status: approved
  revision: 2
  written_by: "Bo (baker)"
  reviewed_by: "Ana (editor)"
  reviewed_on: 2026-11-01
  source_sha256: "{source_sha256([_STATEMENTS["KP1"]])}"
  cites: [KP1]
  evidence: ["Adults who walk each day fall asleep sooner"]
  objective: falling-asleep
  form: mechanism
  level: recall
  difficulty: easy
  stem: "What happens to adults who walk each day?"
  options:
  - {{text: "They drop off sooner", correct: true}}
  - {{text: "They snore louder", why: "Snoring has other causes."}}
  - {{text: "They dream less", why: "Dreams are not fewer."}}
  explanation: "Those who walk drop off sooner."
  more: "Trials suggest it; they do not prove it for all."
  keep_apart: [walk-light]

- id: walk-light
  status: draft
  revision: 1
  written_by: "Bo (baker)"
  cites: [KP2, KP1]
  evidence: ["Morning light sets the inner clock."]
  objective: inner-clock
  form: story
  level: understand
  difficulty: medium
  stem: "Mei walks to work at eight. What may set her inner clock?"
  options:
  - {{text: "The light on her way", correct: true}}
  - {{text: "The noise of the street", why: "Noise does not set the clock."}}
  - {{text: "The weight of her bag", why: "A bag tires the arm, no more."}}
  explanation: "Light in the morning tells the body that the day begins."
  more: "A walk outdoors brings that light."

- id: walk-late
  status: draft
  revision: 1
  written_by: "Bo (baker)"
  cites: [FAQ1]
  evidence: ["A calm walk in the evening does little harm to sleep."]
  objective: late-walks
  form: case
  level: apply
  difficulty: hard
  stem: "Tom strolls at ten at night. What does that do to his sleep?"
  options:
  - {{text: "Little harm", correct: true}}
  - {{text: "TODO", why: "TODO"}}
  - {{text: "It halves it", why: "No such loss was found."}}
  explanation: "Calm walks hardly disturb sleep."
  more: "Hard training is another matter."
# The end.
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "walking"
    folder.mkdir()
    (folder / "article.md").write_text(ARTICLE, encoding="utf-8")
    (folder / "bank.yaml").write_text(BANK, encoding="utf-8")
    return folder


@pytest.fixture
def topic(folder: Path) -> Topic:
    return load_topic(folder)


@pytest.fixture
def changed_article(folder: Path) -> Path:
    """The folder after KP1 was reworded: the evidence of walk-sooner is gone."""
    article = ARTICLE.replace("fall asleep sooner", "nod off a few minutes earlier")
    (folder / "article.md").write_text(article, encoding="utf-8")
    return folder
