"""Drafts that nobody has touched, and a bank without them."""

import pytest

from questions.article import parse_article
from questions.bank_file import BankFile
from questions.drafting import draft_items
from questions.drafting.untouched_drafts import outdated, untouched, without
from questions.items import Item
from tests.questions.drafting.articles import POSTURE

ARTICLE, _ = parse_article(POSTURE)
DRAFTS = draft_items(ARTICLE, "posture").items
FIRST, SECOND = (item.id for item in DRAFTS)


@pytest.fixture
def file() -> BankFile:
    bank = BankFile.empty("posture")
    bank.append(DRAFTS)
    return bank


def items(file: BankFile) -> list[Item]:
    return [Item.model_validate(file.values(name)) for name in file.ids]


def test_drafts_are_untouched_until_somebody_changes_anything(file: BankFile) -> None:
    assert list(untouched(items(file), file)) == list(DRAFTS)

    file.replace(DRAFTS[0].model_copy(update={"objective": "what-backs-like"}))
    assert [item.id for item in untouched(items(file), file)] == [SECOND]

    file.comment(SECOND, "Is that so?")
    assert not list(untouched(items(file), file))


def test_drafts_are_outdated_when_their_evidence_is_gone() -> None:
    changed, _ = parse_article(POSTURE.replace("No way of sitting", "No one way of sitting"))

    assert not list(outdated(DRAFTS, ARTICLE.statements))
    assert [item.id for item in outdated(DRAFTS, changed.statements)] == [FIRST]


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_text_around_removed_items_stays(file: BankFile, newline: str) -> None:
    text = file.text().replace(f"- id: {SECOND}", f"# --- Pain ---\n\n- id: {SECOND}")
    given = BankFile(text.replace("\n", newline) + f"# The end{newline}")

    left = without(given, [FIRST]).text()

    start = given.text().index(f"{newline}- id: {FIRST}")
    end = given.text().index(f"{newline}# --- Pain")
    assert left == given.text()[:start] + given.text()[end:]
    assert without(given, [SECOND]).text().endswith(f"# --- Pain ---{newline}# The end{newline}")


def test_a_bank_can_lose_all_items_and_get_new_ones(file: BankFile) -> None:
    empty = without(file, [FIRST, SECOND])
    assert empty.text() == BankFile.empty("posture").text()

    empty.append(DRAFTS)
    assert items(empty) == list(DRAFTS)


def test_references_to_removed_items_go_with_them(file: BankFile) -> None:
    file.replace(DRAFTS[0].model_copy(update={"keep_apart": (SECOND,)}))

    assert items(without(file, [SECOND])) == [DRAFTS[0]]
