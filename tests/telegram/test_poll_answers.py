"""Poll answers are parsed strictly: malformed ones must not reach the database."""

from typing import Any

import pytest

from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.updates.receiver import MalformedUpdateError, read_poll_answer

GOOD: dict[str, Any] = {
    "poll_id": "5123456789012345678",
    "user": {"id": 2**40, "is_bot": False, "first_name": "Ana", "language_code": "de"},
    "option_ids": [2],
    "option_persistent_ids": ["c"],
}


def test_a_poll_answer_is_parsed() -> None:
    assert read_poll_answer(GOOD) == PollAnswer("5123456789012345678", 2**40, (2,), "de")


def test_a_withdrawn_vote_has_no_positions() -> None:
    poll_answer = read_poll_answer(GOOD | {"option_ids": []})
    assert poll_answer is not None
    assert poll_answer.positions == ()


@pytest.mark.parametrize("language", [None, 7, {"a": 1}])
def test_a_missing_or_malformed_language_is_empty(language: object) -> None:
    poll_answer = read_poll_answer(GOOD | {"user": {"id": 1, "language_code": language}})
    assert poll_answer == PollAnswer("5123456789012345678", 1, (2,))


def test_a_vote_in_the_name_of_a_chat_is_ignored() -> None:
    chat = {"id": -100123, "type": "channel", "title": "C"}
    anonymous = {name: value for name, value in GOOD.items() if name != "user"}
    assert read_poll_answer(anonymous | {"voter_chat": chat}) is None


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"poll_id": None}, "poll_id"),
        ({"poll_id": 5}, "poll_id"),
        ({"poll_id": ""}, "poll_id"),
        ({"poll_id": "5" * 65}, "poll_id"),
        ({"poll_id": "5\x00"}, "poll_id"),
        ({"poll_id": "\ud800"}, "poll_id"),
        ({"user": None}, "user"),
        ({"user": [1]}, "user"),
        ({"user": {}}, "user.id"),
        ({"user": {"id": "1"}}, "user.id"),
        ({"user": {"id": True}}, "user.id"),
        ({"user": {"id": 0}}, "user.id"),
        ({"user": {"id": 2**63}}, "user.id"),
        ({"option_ids": None}, "option_ids"),
        ({"option_ids": 0}, "option_ids"),
        ({"option_ids": ["0"]}, "option_ids"),
        ({"option_ids": [False]}, "option_ids"),
    ],
)
def test_a_malformed_field_is_refused(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(MalformedUpdateError) as refusal:
        read_poll_answer(GOOD | changed)
    assert str(refusal.value) == field


@pytest.mark.parametrize("content", [None, "vote", 3, [GOOD]])
def test_a_poll_answer_that_is_no_object_is_refused(content: object) -> None:
    with pytest.raises(MalformedUpdateError):
        read_poll_answer(content)
