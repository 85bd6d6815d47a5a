"""What is true for every draft of every article."""

import re
from pathlib import Path

import pytest

from questions.article import Article, parse_article
from questions.drafting import draft_items
from questions.drafting.bank_update import draft_into
from questions.drafting.key_points import KeyPointIndex
from questions.items import UNFINISHED, Item
from questions.linting import lint
from questions.statements import Statement, StatementKind, normalised
from questions.topic import Topic, load_topic
from questions.wording import overlap
from tests.questions.drafting.articles import ARTICLES, NAPS, POSTURE, SLEEP

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
    """Returns a topic with its drafts, read back from its files."""
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


def test_keys_rest_on_evidence_from_the_statement_cited_first(topic: Topic) -> None:
    for item in topic.items:
        main = topic.statements[item.cites[0]]
        words = " ".join(item.evidence)
        assert all(normalised(each) in normalised(main.text) for each in item.evidence)
        assert overlap(item.key, words) >= 0.5 or item.key.casefold() in words.casefold()


def test_drafts_have_no_flaw_that_lint_would_block(topic: Topic) -> None:
    blocking = {each.rule for each in lint(topic).findings if each.severity == "block"}

    assert blocking <= {"unfinished", "unfinished-article"}


def test_each_distractor_says_why_it_is_wrong(topic: Topic) -> None:
    assert all(wrong.why for item in topic.items for wrong in item.distractors)


def test_in_contrasts_no_distractor_is_in_the_list_of_the_key(topic: Topic) -> None:
    for item in topic.items:
        if "-list-" in item.id:
            own, other = (topic.statements[cited].text.casefold() for cited in item.cites[:2])
            assert item.key.casefold() in own
            assert item.key.casefold() not in other
            for wrong in item.distractors:
                assert wrong.text.casefold() in other
                assert wrong.text.casefold() not in own


@pytest.mark.parametrize("name", sorted({*TEXTS} - {"naps"}))
def test_every_key_point_and_faq_entry_has_a_draft(name: str) -> None:
    due = {
        statement.id
        for statement in article(TEXTS[name]).statements.values()
        if statement.kind in {StatementKind.KEY_POINT, StatementKind.FAQ}
    }

    assert due <= {cited for item in drafted(name) for cited in item.cites}


def test_no_stem_gives_its_key_away_or_quotes_a_title_that_is_no_title(topic: Topic) -> None:
    for item in topic.items:
        shown = (item.stem, *(wrong.why or "" for wrong in item.distractors))
        assert overlap(item.key, item.stem) < 0.6
        assert not any("…" in text or "two to four words" in text for text in shown)


def test_key_points_without_a_short_title_are_not_drafted() -> None:
    drafts = draft_items(article(NAPS), "naps")

    assert drafts.untitled == ("KP1", "KP2", "KP4")
    assert drafts.bare == ("KP1", "KP2", "KP4", "FAQ1")
    assert not {item.cites[0] for item in drafts.items} & set(drafts.bare)


def test_an_article_whose_key_points_all_lack_titles_is_no_error(tmp_path: Path) -> None:
    folder = tmp_path / "posture"
    folder.mkdir()
    titled = ("Change beats posture", "Movement as care")
    text = POSTURE.replace(titled[0], UNFINISHED).replace(titled[1], UNFINISHED)
    (folder / "article.md").write_text(text, encoding="utf-8")

    assert draft_into(folder).untitled == ("KP1", "KP2")
    assert load_topic(folder).items == ()


def test_a_draft_cites_its_key_point_if_that_is_clear() -> None:
    points = [
        Statement(StatementKind.KEY_POINT, 1, "Carriers", "Haemoglobin binds oxygen in red cells."),
        Statement(
            StatementKind.KEY_POINT, 2, "Stores", "Ferritin keeps oxygen away from stored iron."
        ),
    ]
    index = KeyPointIndex("Iron", points)

    assert index.find("Which pigment binds oxygen? Haemoglobin") == "KP1"
    assert index.find("Which pigment binds light?") is None
    assert index.find("Does haemoglobin bind what ferritin keeps?") is None
    long = "wool linen silk cotton hemp jute flax felt lace tweed denim velvet satin corduroy"
    assert index.find(f"Haemoglobin binds {long}") is None


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
        ("naps", {"table", "point"}),
    ],
)
def test_articles_give_the_kinds_of_drafts_that_they_have_text_for(
    name: str, kinds: set[str]
) -> None:
    assert {match[1] for item in drafted(name) if (match := _KIND.search(item.id))} == kinds


def test_the_best_kinds_of_drafts_come_first_and_tables_last() -> None:
    order = ("term", "meaning", "answer", "point", "list", "reason", "table")
    kinds = [_KIND.search(item.id) for item in drafted("vitamin-b12-blood-flow")]
    found = [order.index(match[1]) for match in kinds if match]
    # Both directions of a definition, and both kinds about lists, go together.
    places = [{1: 0, 5: 4}.get(place, place) for place in found]

    assert places == sorted(places)


def test_the_same_article_gives_the_same_drafts() -> None:
    assert drafted("sleep") == drafted("sleep")


def test_both_directions_of_a_definition_are_kept_apart() -> None:
    pair = [item for item in drafted("vitamin-b12-blood-flow") if "endothelium" in item.id]

    assert len(pair) == 2
    assert pair[0].keep_apart == (pair[1].id,)


def test_each_key_point_and_faq_entry_with_drafts_gets_one_objective_to_word() -> None:
    drafted = draft_items(article(SLEEP), "sleep")
    objectives = {each.id: each for each in drafted.objectives}

    assert len(objectives) == len(drafted.objectives)
    assert {item.objective for item in drafted.items} == set(objectives)
    assert {item.form for item in drafted.items} == {"mechanism"}
    assert all(UNFINISHED in each.text for each in drafted.objectives)
    for item in drafted.items:
        cited = next((name for name in item.cites if name.startswith("KP")), None)
        if item.cites[0].startswith("FAQ"):
            assert item.objective == item.cites[0].lower()
        if cited:
            assert objectives[item.objective].key_point == cited
            assert item.objective in {cited.lower(), item.cites[0].lower()}
    assert objectives["faq1"].text.startswith("TODO: say what people can do who know FAQ1, “")


def test_an_objective_leaves_out_a_title_that_is_too_long_for_it() -> None:
    """Its limit counts emoji twice."""
    title = "Movement as care " + "🌊" * 80
    drafted = draft_items(article(POSTURE.replace("Movement as care", title)), "posture")
    assert {"TODO: say what people can do who know KP2."} <= {
        each.text for each in drafted.objectives
    }


def test_drafts_take_the_objectives_that_the_bank_has() -> None:
    first = next(o for o in draft_items(article(SLEEP), "sleep").objectives if o.id[:2] == "kp")
    mine = first.model_copy(update={"id": "mine", "text": "Can say it."})

    drafted = draft_items(article(SLEEP), "sleep", objectives=(mine,))

    assert first.id not in {each.id for each in drafted.objectives}
    assert "mine" in {item.objective for item in drafted.items}


def test_drafts_that_the_bank_has_are_skipped() -> None:
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
    assert items[0].keep_apart == ()


def test_a_question_about_the_reader_gets_a_note_to_ask_about_somebody_else() -> None:
    nap = next(item for item in drafted("sleep") if "faq4" in item.id)

    assert nap.stem.startswith(UNFINISHED)


def test_a_statement_that_is_too_long_for_an_option_is_bare() -> None:
    long = "Pain in the lower back mostly fades sooner with gentle movement than with rest in bed"
    text = POSTURE.replace(long, f"{long} unless it is so strong that no position can be borne")

    assert draft_items(article(text), "posture").bare == ("KP2",)


def test_an_faq_entry_without_its_question_is_not_drafted() -> None:
    text = SLEEP.replace("Why does coffee keep people awake?", f"{UNFINISHED}: which question?")

    drafts = draft_items(article(text), "sleep")

    assert "FAQ1" in drafts.bare
    assert not [item for item in drafts.items if item.cites[0] == "FAQ1"]
