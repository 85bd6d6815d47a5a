"""A waiver, with its reason, covers its own finding and nothing else."""

from questions import Change, Item
from questions.linting import Report, lint
from tests.questions.linting.factories import make_item, make_topic

NEGATIVE = "Which of these is not an effect of salt?"


def judged(*items: Item, item_id: str | None = None) -> Report:
    return lint(make_topic(*items), item_id)


def item_findings(report: Report) -> list[tuple[str, str | None]]:
    return [(each.rule, each.waived) for each in report.findings if each.item is not None]


def test_a_waived_flaw_is_printed_with_its_reason_and_does_not_block() -> None:
    item = make_item(stem=NEGATIVE, waivers={"negative-stem": "the exception matters"})

    report = judged(item, item_id="salt-water")

    assert item_findings(report) == [("negative-stem", "the exception matters")]
    assert report.passed


def test_the_same_flaw_without_a_waiver_blocks() -> None:
    assert not judged(make_item(stem=NEGATIVE), item_id="salt-water").passed


def test_a_waiver_covers_its_own_rule_alone() -> None:
    item = make_item(stem=NEGATIVE, waivers={"vague-terms": "no reason"})

    assert not judged(item, item_id="salt-water").passed


def test_a_waiver_that_names_no_rule_is_found() -> None:
    report = judged(make_item(waivers={"negative-stems": "a slip"}), item_id="salt-water")

    assert item_findings(report) == [("unknown-waiver", None)]
    assert "there is no rule 'negative-stems'" in report.findings[0].problem


def test_a_waiver_that_covers_nothing_is_found() -> None:
    report = judged(make_item(waivers={"negative-stem": "once it was"}), item_id="salt-water")

    assert "finds nothing here" in report.findings[0].problem


def test_a_waived_change_is_no_finding() -> None:
    change = Change(revision=2, waived="only a comma")

    report = judged(make_item(revision=2, changes=(change,)), item_id="salt-water")

    assert item_findings(report) == []


def test_a_pair_can_be_waived() -> None:
    again = make_item(id="again", waivers={"alike": "asked twice on purpose"})

    report = judged(make_item(), again, item_id="again")

    assert item_findings(report) == [("alike", "asked twice on purpose")]


def test_a_waiver_for_copied_words_is_idle_only_where_a_source_was_compared() -> None:
    item = make_item(waivers={"copied": "a law is quoted"})

    assert item_findings(judged(item, item_id="salt-water")) == []
    compared = lint(make_topic(item), "salt-water", source="other words")
    assert item_findings(compared) == [("unknown-waiver", None)]
    draft = item.model_copy(update={"status": "draft"})
    assert item_findings(lint(make_topic(draft), source="other words")) == []
