"""The examples in docs/new-topic.md work as shown."""

import re
import shlex
from pathlib import Path

import yaml
from typer.testing import CliRunner

from questions.article import parse_article
from questions.commands import app
from questions.drafting import draft_items
from questions.extracting import extract
from questions.items import Item
from questions.linting import lint
from questions.topic import Topic
from tests.questions.drafting.articles import END

GUIDE = (Path(__file__).parents[3] / "docs" / "new-topic.md").read_text(encoding="utf-8")
BEFORE, AFTER = re.findall(r"```markdown\n(.*?)```", GUIDE, re.DOTALL)
DRAFT, FINISHED = map(yaml.safe_load, re.findall(r"```yaml\n(.*?)```", GUIDE, re.DOTALL))
ARTICLE, FAULTS = parse_article(f"# Sleep\n\n## Key points\n\n{AFTER}{END}")


def test_the_statement_before_is_what_extract_makes_of_a_bullet() -> None:
    _, text = BEFORE.splitlines()
    made = extract(f"# Sleep\n\n## Key points\n\n- {text}\n").article.statements["KP1"]

    assert f"### KP1 {made.title}\n{made.text}\n" == BEFORE


def test_the_draft_is_what_the_statement_after_gives() -> None:
    (made,) = draft_items(ARTICLE, "sleep").items
    shown = made.model_dump(mode="json", exclude_defaults=True)
    shown["more"], DRAFT["more"] = (
        each[: each.index("(draft")] for each in (made.more, DRAFT["more"])
    )

    assert not FAULTS
    assert {field: shown[field] for field in DRAFT} == DRAFT


def test_the_finished_question_has_no_flaw() -> None:
    drafted = draft_items(ARTICLE, "sleep")
    (made,), (objective,) = drafted.items, drafted.objectives
    worded = objective.model_copy(update={"text": "Can say how long to sleep."})
    lists = {name: tuple(FINISHED[name]) for name in ("options", "cites")}
    item = Item.model_validate({**made.model_dump(), **FINISHED, **lists})
    texts = ARTICLE.title, ARTICLE.disclaimer
    topic = Topic("sleep", *texts, (), ARTICLE.statements, (item,), (), {worded.id: worded})

    assert not lint(topic, item.id).findings


def test_its_commands_exist_with_their_options() -> None:
    lines = re.findall(r"^    \S+ -m questions (.+)$", GUIDE, re.MULTILINE)
    commands = [shlex.split(line) for line in lines]

    assert len(commands) > 5
    for name, *arguments in commands:
        told = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"}).stdout
        assert all(each in told for each in arguments if each.startswith("-"))
    assert all("--source" in arguments for name, *arguments in commands if name == "lint")
