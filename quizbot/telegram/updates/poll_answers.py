"""Votes as Telegram hands them over, read without python-telegram-bot: many come at a time."""

from collections.abc import Mapping
from dataclasses import dataclass

from quizbot.quiz.answers.recording import PollAnswer

ID_LIMIT = 2**52  # "at most 52 significant bits" (Bot API, User)
_LONGEST_POLL_ID = 64


class MalformedPollAnswerError(Exception):
    """It is no vote as the Bot API describes one; the message names the field."""


@dataclass(frozen=True, slots=True)
class Ballot:
    """A vote, and the language code of the voter's app (empty if it does not tell)."""

    vote: PollAnswer
    language: str


def read_poll_answer(poll_answer: object) -> Ballot | None:
    """What is in an update's `poll_answer`; None for a vote in a chat's name, which has no voter.

    Raises MalformedError.
    """
    fields = _object(poll_answer, "poll_answer")
    if fields.get("user") is None and "voter_chat" in fields:
        return None
    user = _object(fields.get("user"), "user")
    language = user.get("language_code")
    return Ballot(
        PollAnswer(_poll_id(fields.get("poll_id")), _user_id(user.get("id")), _positions(fields)),
        language if isinstance(language, str) else "",
    )


def _object(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedPollAnswerError(name)
    return value


def _poll_id(value: object) -> str:
    """Printable ASCII: a database may choke on less."""
    if isinstance(value, str) and 0 < len(value) <= _LONGEST_POLL_ID:  # noqa: SIM102
        if value.isascii() and value.isprintable():
            return value
    raise MalformedPollAnswerError("poll_id")


def _user_id(value: object) -> int:
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    raise MalformedPollAnswerError("user.id")


def _positions(fields: Mapping[str, object]) -> tuple[int, ...]:
    value = fields.get("option_ids")
    if isinstance(value, list) and all(type(each) is int for each in value):
        return tuple(value)
    raise MalformedPollAnswerError("option_ids")
