"""Reads poll answers without python-telegram-bot, because many come at a time."""

from collections.abc import Mapping

from quizbot.quiz.answers.recording import PollAnswer
from quizbot.quiz.people.subscription import ID_LIMIT

_MAX_POLL_ID_LENGTH = 64


class MalformedUpdateError(Exception):
    """An update differs from the Bot API's description; the message names the field."""


def read_poll_answer(poll_answer: object) -> PollAnswer | None:
    """Returns an update's `poll_answer`; None for one in a chat's name, which has no user.

    Raises MalformedUpdateError.
    """
    fields = _object(poll_answer, "poll_answer")
    if fields.get("user") is None and "voter_chat" in fields:
        return None
    user = _object(fields.get("user"), "user")
    language = user.get("language_code")
    return PollAnswer(
        poll_id=_poll_id(fields.get("poll_id")),
        subscriber_id=_user_id(user.get("id")),
        positions=_positions(fields),
        language=language if isinstance(language, str) else "",
    )


def _object(value: object, name: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise MalformedUpdateError(name)
    return value


def _poll_id(value: object) -> str:
    """Printable ASCII: a database may choke on less."""
    if isinstance(value, str) and 0 < len(value) <= _MAX_POLL_ID_LENGTH:  # noqa: SIM102
        if value.isascii() and value.isprintable():
            return value
    raise MalformedUpdateError("poll_id")


def _user_id(value: object) -> int:
    if type(value) is int and 0 < value < ID_LIMIT:
        return value
    raise MalformedUpdateError("user.id")


def _positions(fields: Mapping[str, object]) -> tuple[int, ...]:
    value = fields.get("option_ids")
    if isinstance(value, list) and all(type(each) is int for each in value):
        return tuple(value)
    raise MalformedUpdateError("option_ids")
