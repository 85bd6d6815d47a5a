"""Words in a row that are in the topic and in its source."""

from questions.linting import lint
from questions.linting.copied_text import copied
from tests.questions.linting.factories import make_item, make_topic

RUN = "one two three four five six seven eight"


def test_eight_words_in_a_row_are_copied() -> None:
    topic = make_topic(make_item(more=f"Before {RUN}, after."))

    found = list(copied(topic, "It said: ONE two, three\n<b>four</b> five six seven eight!"))

    assert found == [
        ("salt-water", f"`more` has 8 words of the source in a row: '{RUN}'"),
    ]


def test_seven_words_in_a_row_are_not_copied() -> None:
    topic = make_topic(make_item(more="one two three four five six seven"))

    assert list(copied(topic, RUN)) == []


def test_a_long_run_is_one_finding_and_two_runs_are_two() -> None:
    topic = make_topic(make_item(more=f"{RUN} nine ten. Else. Nine ten {RUN}."))

    runs = [problem.rpartition(": ")[2] for _, problem in copied(topic, f"{RUN} nine ten. Other.")]

    assert runs == [f"'{RUN} nine ten'", f"'{RUN}'"]


def test_the_article_is_compared_as_well() -> None:
    report = lint(make_topic(), source="They say salt keeps water in the body and raises the roof.")

    assert [(each.rule, each.item) for each in report.findings] == [("copied", None)]
    assert "KP1 has 9 words" in report.findings[0].problem


QUOTE = "salt keeps water in the body and raises"


def test_a_draft_that_quotes_the_article_is_not_reported_again() -> None:
    draft = make_item(status="draft", more=f"They say {QUOTE} much.")

    found = list(copied(make_topic(draft), f"{QUOTE} the roof."))

    assert [item for item, _ in found] == [None]


def test_a_draft_that_copies_more_than_the_article_is_reported() -> None:
    draft = make_item(status="draft", more=f"{QUOTE} the roof. {RUN}")

    found = list(copied(make_topic(draft), f"{QUOTE} the roof. Then: {RUN}."))

    assert [item for item, _ in found] == [None, "salt-water", "salt-water"]
    assert found[1][1].endswith("'water in the body and raises the roof'")


def test_an_approved_item_that_copies_is_reported() -> None:
    found = copied(make_topic(make_item(more=QUOTE)), QUOTE)

    assert [item for item, _ in found] == [None, "salt-water"]


def test_a_draft_named_by_item_gets_all_findings() -> None:
    report = lint(make_topic(make_item(status="draft", more=QUOTE)), "salt-water", source=QUOTE)

    assert [(each.rule, each.item) for each in report.findings] == [("copied", "salt-water")]


def test_retired_items_and_own_words_are_left_alone() -> None:
    retired = make_item(status="retired", more=RUN)

    assert list(copied(make_topic(retired, make_item()), RUN)) == []


def test_an_empty_source_shares_nothing() -> None:
    assert list(copied(make_topic(make_item()), "")) == []
