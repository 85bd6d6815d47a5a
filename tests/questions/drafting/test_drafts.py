"""What holds of every draft, whatever the article."""

import re
from pathlib import Path

import pytest

from questions.article import Article, parse_article
from questions.claims import ClaimKind, normalised
from questions.drafting import draft_items
from questions.drafting.into_bank import draft_into
from questions.items import UNFINISHED, Item
from questions.linting import lint
from questions.topic import Topic, load_topic
from questions.wording import overlap
from tests.questions.drafting.articles import ARTICLES, POSTURE, SLEEP

_KIND = re.compile(r"-[a-z]+[0-9]+-(term|meaning|column|table|list|reason|answer|point)(?:-|$)")
B12 = Path(__file__).parents[3] / "questions" / "vitamin-b12-blood-flow" / "article.md"
TEXTS = {**ARTICLES, "vitamin-b12-blood-flow": B12.read_text(encoding="utf-8")}


def article(text: str) -> Article:
    content, faults = parse_article(text)
    assert not faults, faults
    return content


def drafted(name: str) -> tuple[Item, ...]:
    return draft_items(article(TEXTS[name]), name).items


@pytest.fixture(params=TEXTS, scope="module")
def topic(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Topic:
    """A topic as `draft` leaves it: read back from its files."""
    folder = tmp_path_factory.mktemp("drafted") / request.param
    folder.mkdir()
    (folder / "article.md").write_text(TEXTS[request.param], encoding="utf-8")
    draft_into(folder)
    return load_topic(folder)


def test_drafts_load_and_none_may_be_sent(topic: Topic) -> None:
    assert topic.items
    assert not topic.approved
    assert {item.status for item in topic.items} == {"draft"}
    assert {item.revision for item in topic.items} == {1}


def test_no_draft_can_be_approved_unread(topic: Topic) -> None:
    assert all(UNFINISHED in item.more for item in topic.items)


def test_keys_rest_on_evidence_from_the_claim_cited_first(topic: Topic) -> None:
    for item in topic.items:
        main = topic.claims[item.cites[0]]
        words = " ".join(item.evidence)
        assert all(normalised(each) in normalised(main.text) for each in item.evidence)
        assert overlap(item.key, words) >= 0.5 or item.key.casefold() in words.casefold()


def test_drafts_have_no_flaw_that_lint_would_block(topic: Topic) -> None:
    blocking = {each.rule for each in lint(topic).findings if each.severity == "block"}

    assert blocking <= {"unfinished"}


def test_each_distractor_says_why_it_is_wrong(topic: Topic) -> None:
    assert all(wrong.why for item in topic.items for wrong in item.distractors)


def test_in_contrasts_no_distractor_stands_in_the_list_of_the_key(topic: Topic) -> None:
    for item in topic.items:
        if "-list-" in item.id:
            own, other = (topic.claims[cited].text.casefold() for cited in item.cites[:2])
            assert item.key.casefold() in own
            assert item.key.casefold() not in other
            for wrong in item.distractors:
                assert wrong.text.casefold() in other
                assert wrong.text.casefold() not in own


def test_every_point_and_frequent_question_has_a_draft(topic: Topic) -> None:
    due = {
        claim.id
        for claim in topic.claims.values()
        if claim.kind in {ClaimKind.KEY_POINT, ClaimKind.FAQ}
    }

    assert due <= {cited for item in topic.items for cited in item.cites}


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("iron", {"term", "column", "list", "point"}),
        ("sleep", {"term", "table", "list", "reason", "answer", "point"}),
        ("water-in-russian", {"table", "answer", "point"}),
        ("migraine-faq", {"answer"}),
        ("posture", {"point"}),
        (
            "vitamin-b12-blood-flow",
            {"term", "meaning", "table", "list", "reason", "answer", "point"},
        ),
    ],
)
def test_articles_yield_the_kinds_that_they_hold_matter_for(name: str, kinds: set[str]) -> None:
    assert {match[1] for item in drafted(name) if (match := _KIND.search(item.id))} == kinds


def test_the_same_article_gives_the_same_drafts() -> None:
    assert drafted("sleep") == drafted("sleep")


def test_both_directions_of_a_definition_are_kept_apart() -> None:
    pair = [item for item in drafted("vitamin-b12-blood-flow") if "endothelium" in item.id]

    assert len(pair) == 2
    assert pair[0].siblings == pair[0].keep_apart == (pair[1].id,)


def test_drafts_that_the_bank_holds_are_skipped() -> None:
    first = draft_items(article(SLEEP), "sleep", limit=5)
    second = draft_items(article(SLEEP), "sleep", held=first.items)
    third = draft_items(article(SLEEP), "sleep", held=(*first.items, *second.items))

    assert len(first.items) == 5
    assert set(second.skipped) == {item.id for item in first.items}
    assert not {item.id for item in second.items} & {item.id for item in first.items}
    assert third.items == ()


def test_a_renamed_draft_is_not_drafted_again() -> None:
    first = draft_items(article(POSTURE), "posture").items
    renamed = tuple(item.model_copy(update={"id": f"mine-{item.id}"}) for item in first)

    assert draft_items(article(POSTURE), "posture", held=renamed).items == ()


def test_a_limit_leaves_no_reference_to_what_it_cut_off() -> None:
    items = draft_items(article(TEXTS["vitamin-b12-blood-flow"]), "b12", limit=1).items

    assert len(items) == 1
    assert items[0].siblings == items[0].keep_apart == ()


def test_a_question_about_the_reader_is_to_be_asked_of_somebody_else() -> None:
    nap = next(item for item in drafted("sleep") if "faq4" in item.id)

    assert nap.stem.startswith(UNFINISHED)


def test_a_statement_too_long_for_an_option_is_named_as_bare() -> None:
    long = "Pain in the lower back mostly fades sooner with gentle movement than with rest in bed"
    text = POSTURE.replace(long, f"{long} unless it is so strong that no position can be borne")

    assert draft_items(article(text), "posture").bare == ("KP2",)


def test_a_frequent_question_that_is_lost_waits() -> None:
    text = SLEEP.replace("Why does coffee keep people awake?", f"{UNFINISHED}: which question?")

    drafts = draft_items(article(text), "sleep")

    assert "FAQ1" in drafts.bare
    assert not [item for item in drafts.items if item.cites[0] == "FAQ1"]
