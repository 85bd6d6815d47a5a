"""Rules that need the whole item find their flaw, and nothing in a good item."""

from typing import Any

import pytest

from questions import Change, Item, Option
from questions.linting import ITEM_RULES, RULES, lint
from tests.questions.linting.factories import OBJECTIVES, make_item, make_topic
from tests.questions.linting.labelled import fires


def problems(rule: str, item: Item, title: str = "Salt and sleep") -> list[str]:
    return list(RULES[rule].problems(item, make_topic(item, title=title)))


def unchecked(**fields: Any) -> Item:
    """Returns an item that the loader would refuse."""
    return make_item().model_copy(update=fields)


def test_a_sound_item_has_no_flaw() -> None:
    assert {rule.name: problems(rule.name, make_item()) for rule in ITEM_RULES} == {
        rule.name: [] for rule in ITEM_RULES
    }


@pytest.mark.parametrize(("field", "limit"), [("stem", 300), ("explanation", 175), ("more", 600)])
@pytest.mark.parametrize("excess", [-100, -1, 0, 1, 2, 400])
def test_texts_beyond_the_limit_are_too_long(field: str, limit: int, excess: int) -> None:
    found = problems("too-long", unchecked(**{field: "a" * (limit + excess)}))

    assert len(found) == (excess > 0)
    assert all(f"{limit + excess} characters, {limit} are allowed" in problem for problem in found)


@pytest.mark.parametrize("excess", [-100, -1, 0, 1, 2, 400])
def test_options_beyond_the_limit_are_too_long(excess: int) -> None:
    long = Option.model_construct(text="a" * (100 + excess), why="No.")
    item = unchecked(options=(*make_item().options[:2], long))

    assert len(problems("too-long", item)) == (excess > 0)


def test_an_emoji_counts_double() -> None:
    assert problems("too-long", unchecked(stem="🩸" * 151))
    assert not problems("too-long", unchecked(stem="🩸" * 150))


@pytest.mark.parametrize("field", ["stem", "explanation", "more"])
def test_a_draft_with_something_left_to_write_is_unfinished(field: str) -> None:
    item = make_item(status="draft", **{field: "TODO: is this right?"})

    assert problems("unfinished", item) == [f"`{field}` still says TODO"]


def test_an_item_whose_objective_says_todo_is_unfinished() -> None:
    objective = OBJECTIVES[0].model_copy(update={"text": "TODO: say it."})

    found = lint(make_topic(make_item(status="draft"), objectives=(objective,))).findings

    assert "objective `salt` still says TODO" in [each.problem for each in found]


def test_unfinished_options_are_named_as_the_loader_names_them() -> None:
    last = Option(text="TODO or not", why="TODO")
    item = make_item(status="draft", more="TODO", options=(*make_item().options, last))

    assert problems("unfinished", item) == [
        "`options[4].text`, `options[4].why`, `more` still say TODO"
    ]


def test_evidence_must_be_in_a_cited_statement() -> None:
    assert problems("evidence-missing", make_item(evidence=("Sleep lets the brain rest",)))
    assert not problems("evidence-missing", make_item(evidence=("Salt keeps\n water",)))
    assert problems("evidence-missing", make_item(evidence=()))


@pytest.mark.parametrize(
    ("key", "found"),
    [("Salt", True), ("Sleep and salt", True), ("The salt.", True), ("Salted fish", False)],
)
def test_the_topic_itself_is_no_answer(key: str, found: bool) -> None:
    assert bool(problems("topic-as-key", make_item(key))) is found


def test_the_topics_name_is_no_cue_where_each_option_is_part_of_it() -> None:
    assert not problems("topic-as-key", make_item("Salt", "Sleep", "Salt sleep"))


def test_a_key_that_applies_a_statement_need_not_repeat_its_words() -> None:
    away = make_item("Her shoes pinch in the evening")

    assert problems("key-not-grounded", away)
    assert not problems("key-not-grounded", away.model_copy(update={"level": "apply"}))


def test_words_of_the_stem_need_no_evidence() -> None:
    case = {"stem": "Ravi's fingers swell in Delhi. Why may Ravi's fingers swell?"}

    assert not problems("key-not-grounded", make_item("Ravi's fingers hold water", **case))


def test_a_missing_reference_of_a_draft_is_found() -> None:
    item = make_item(status="draft", keep_apart=("gone",))

    assert problems("unknown-reference", item) == ["there is no item 'gone'"]
    assert not problems("unknown-reference", make_item())


def test_an_item_in_heavy_words_is_hard_to_read() -> None:
    heavy = (
        "Considerable physiological deterioration necessitates comprehensive pharmacological "
        "intervention, notwithstanding individual circumstances."
    )
    (found,) = problems("reading-grade", make_item(explanation=heavy, more=f"{heavy} {heavy}"))

    assert found.startswith("its texts read at grade ")
    assert found.endswith(f"the hardest sentences are: {heavy} / {heavy}")
    assert not problems("reading-grade", make_item(explanation=heavy, more="It is. " * 30 + "So."))


def test_a_revision_must_be_explained() -> None:
    assert problems("unexplained-change", make_item(revision=2))
    assert problems("unexplained-change", make_item(revision=3, changes=(Change(revision=2),)))
    assert not problems("unexplained-change", make_item(revision=2, changes=(Change(revision=2),)))


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (("It helps", "Blood thins", "Blood clots"), True),
        (("Blood flows", "Blood thins", "Blood clots"), False),
        (("An egg", "A leaf", "A root"), False),
        (("Bread.", "Milk", "Eggs"), True),
        (("Bread", "Milk.", "Eggs."), True),
        (("About 40", "Nobody", "Everyone"), True),
        (("About 40", "About 50", "Everyone"), False),
        (("Vitamin B12", "Vitamin C", "Vitamin K"), False),
    ],
)
def test_a_key_that_differs_in_form_from_all_distractors_is_found(
    texts: tuple[str, ...], found: bool
) -> None:
    assert bool(problems("odd-form", make_item(*texts))) is found


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        ("duplicate-options", "How much? | *Some of it | All of it | None of it"),
        ("duplicate-options", "Which vitamin? | Vitamin A | *Vitamin K | A vitamin of milk"),
        ("duplicate-options", "Which set? | A, B, C | *A, C, D | B, C, D"),
        ("duplicate-options", "Is it? | *It is | It is chilly | It is late"),
        ("negative-stem", "What does a test without false alarms find? | *Illness | Health | Luck"),
        ("absolute-terms", "What helps? | Rest | Tea | *All of the above"),
    ],
)
def test_known_false_alarms_stay_silent(rule: str, line: str) -> None:
    assert not fires(rule, line)


def test_numbers_in_the_bank_are_judged_in_the_order_in_which_the_bot_shows_them() -> None:
    assert not problems("numbers-out-of-order", make_item("20", "5", "1,000"))
    assert not problems("numbers-out-of-order", make_item("20 mg", "5 mg", "90 mg"))


HOSTILE = [
    "?",
    "…?",
    "[bold]?",
    "\u202eeugolana?",
    "🩸🩸?",
    "()" * 100 + "?",
    "_" * 299 + "?",
    "a" * 299 + "?",
    ". " * 140 + "?",
    "не так ли?",
    "血は何を運びますか？",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_strange_texts_break_no_rule(text: str) -> None:
    option = text[:100]
    options = [Option.model_construct(text=option, why=text) for _ in range(3)]
    item = unchecked(stem=text, options=tuple(options), explanation=text, evidence=(text,))

    for rule in ITEM_RULES:
        assert all(isinstance(problem, str) for problem in problems(rule.name, item))
