"""`docs/lint.md` says what the linter does and what was measured."""

from pathlib import Path

from questions.linting import RULES
from tests.questions.linting.labelled import table

GUIDE = (Path(__file__).parents[3] / "docs" / "lint.md").read_text(encoding="utf-8")


def test_every_rule_is_in_the_guide() -> None:
    rows = [
        f"| `{rule.name}` | {rule.severity} | {rule.meaning} | {rule.source} |"
        for rule in RULES.values()
    ]

    assert [row for row in rows if row not in GUIDE] == []


def test_the_measured_figures_are_in_the_guide() -> None:
    assert table() in GUIDE
