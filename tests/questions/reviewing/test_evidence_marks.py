"""Evidence is found in statements with any line breaks."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from questions import Statement, StatementKind
from questions.reviewing.evidence_marks import Piece, pieces
from questions.statements import lost

STATEMENT = Statement(StatementKind.KEY_POINT, 1, "Tea", "Tea is\ndried leaves. It (mostly) calms.")


@pytest.mark.parametrize(
    ("evidence", "marked"),
    [
        (["Tea is dried"], ["Tea is\ndried"]),
        (["is dried", "dried leaves."], ["is\ndried leaves."]),
        (["(mostly)", "Tea"], ["Tea", "(mostly)"]),
        (["coffee", " "], []),
        ([], []),
    ],
)
def test_words_of_evidence_are_marked(evidence: list[str], marked: list[str]) -> None:
    found = pieces(STATEMENT.text, evidence)

    assert [piece.text for piece in found if piece.evidence] == marked
    assert "".join(piece.text for piece in found) == STATEMENT.text


def test_no_text_has_no_pieces() -> None:
    assert pieces("", ["a"]) == ()
    assert pieces("a", ["a"]) == (Piece("a", evidence=True),)


@settings(deadline=None)
@given(text=st.text("ab \n.(", max_size=30), evidence=st.lists(st.text("ab \n.(", max_size=4)))
def test_joined_pieces_are_the_text(text: str, evidence: list[str]) -> None:
    assert "".join(piece.text for piece in pieces(text, evidence)) == text


def test_evidence_in_no_statement_is_reported() -> None:
    assert lost(["Tea is dried leaves.", "It calms."], [STATEMENT]) == ("It calms.",)
