"""What an approval needs, and what it records."""

import datetime as dt
from pathlib import Path

import pytest

from questions import Change, Item, Topic, load_topic, source_sha256
from questions.bank_file import BankFile
from questions.reviewing.approval import (
    NotReadyError,
    approve,
    next_revision,
    order_in,
    waiting,
    was_approved,
)

TODAY = dt.date(2026, 11, 22)


def item(topic: Topic, item_id: str) -> Item:
    found = topic.item(item_id)
    assert found is not None
    return found


def test_an_approval_names_reviewer_day_and_the_statements_as_they_are(
    topic: Topic, folder: Path
) -> None:
    approved = approve(item(topic, "walk-light"), topic, " Ana \x1b[D (dietitian) ", TODAY)

    assert approved.approved
    assert (approved.reviewed_by, approved.reviewed_on) == ("Ana [D (dietitian)", TODAY)
    assert approved.source_sha256 == source_sha256(
        [topic.statements["KP1"], topic.statements["KP2"]]
    )
    file = BankFile.read(folder / "bank.yaml")
    file.replace(approved)
    file.save(folder / "bank.yaml")
    assert approved in load_topic(folder).approved


def test_unfinished_items_are_refused(topic: Topic) -> None:
    with pytest.raises(NotReadyError) as caught:
        approve(item(topic, "walk-late"), topic, "Ana", TODAY)

    assert [reason.split(":")[0] for reason in caught.value.reasons] == [
        "options[2].text",
        "options[2].why",
    ]


def test_blocking_flaws_and_nameless_reviewers_are_refused(topic: Topic) -> None:
    sound = item(topic, "walk-light")

    with pytest.raises(NotReadyError, match="negative-stem"):
        approve(sound, topic, "Ana", TODAY, ["[negative-stem] it asks in the negative"])
    with pytest.raises(NotReadyError, match="nobody"):
        approve(sound, topic, " ", TODAY)


def test_a_lapsed_item_waits_and_needs_evidence_from_the_new_words(
    changed_article: Path,
) -> None:
    topic = load_topic(changed_article)
    fallen = item(topic, "walk-sooner")

    assert [each.id for each in waiting(topic)] == ["walk-sooner", "walk-light", "walk-late"]
    with pytest.raises(NotReadyError, match=r"evidence\[1\]: these words are not in KP1"):
        approve(fallen, topic, "Ana", TODAY)
    mended = fallen.model_copy(update={"evidence": ("nod off a few minutes earlier",)})
    assert approve(mended, topic, "Ana", TODAY).reviewed_on == TODAY


def test_an_approved_item_waits_no_more(topic: Topic) -> None:
    assert [each.id for each in waiting(topic)] == ["walk-light", "walk-late"]
    assert was_approved(item(topic, "walk-sooner"))
    assert not was_approved(item(topic, "walk-light"))


def test_a_changed_meaning_raises_the_revision_and_leaves_a_correction(topic: Topic) -> None:
    changed = next_revision(item(topic, "walk-sooner"), "Minutes, not hours.", (1, 0, 2))

    assert changed.revision == 3
    assert changed.changes == (Change(revision=3, tell="Minutes, not hours.", order_was=(1, 0, 2)),)
    assert approve(changed, topic, "Ana", TODAY).changes == changed.changes


def test_the_earlier_order_of_options_is_found(topic: Topic) -> None:
    earlier = item(topic, "walk-light")
    one, two, three = earlier.options
    reworded = one.model_copy(update={"text": "Daylight"})

    assert order_in(earlier.model_copy(update={"options": (three, one, two)}), earlier) == (2, 0, 1)
    assert order_in(earlier.model_copy(update={"options": (two, reworded, three)}), earlier) == (
        1,
        9,
        2,
    )
