"""Parameters: read, without effect here, or refused; never ignored."""

import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import telegram

from sandbox import methods
from sandbox.methods import METHODS
from sandbox.params import NOT_IMPLEMENTED
from tests.sandbox.bot_api import Accounts, Api

# Nothing of these could be seen: nobody is notified, pages have no link previews, and so on.
WITHOUT_EFFECT = {
    "cache_time",
    "disable_content_type_detection",
    "disable_notification",
    "disable_web_page_preview",
    "is_big",
    "link_preview_options",
}
# Arguments of python-telegram-bot that are no parameters of the Bot API.
OF_THE_CLIENT = {
    *("self", "read_timeout", "write_timeout", "connect_timeout", "pool_timeout", "api_kwargs"),
    "filename",
}


def parameters() -> list[tuple[str, str]]:
    """All parameters of the sandbox's methods, as python-telegram-bot has them."""
    found = []
    for snake in dir(telegram.Bot):
        name = snake.replace("_", "")
        if "_" in snake[1:] and snake[0] != "_" and name in METHODS:
            signature = inspect.signature(getattr(telegram.Bot, snake))
            found += [(name, each) for each in signature.parameters if each not in OF_THE_CLIENT]
    return found


def test_every_parameter_is_read_or_refused() -> None:
    sources = Path(methods.__file__).parent.glob("*.py")
    named = set(re.findall(r'"(\w+)"', "".join(source.read_text() for source in sources)))
    known = named | NOT_IMPLEMENTED | WITHOUT_EFFECT
    assert len(parameters()) > 200
    assert [each for each in parameters() if each[1] not in known] == []
    assert not WITHOUT_EFFECT & NOT_IMPLEMENTED


@pytest.mark.parametrize("name", sorted(NOT_IMPLEMENTED))
async def test_what_is_not_implemented_is_refused(api: Api, accounts: Accounts, name: str) -> None:
    message: dict[str, Any] = {"chat_id": accounts.ana, "text": "x"}
    assert await api.description("sendMessage", **message, **{name: 1}) == (
        f"Bad Request: the sandbox does not implement the parameter {name} of sendMessage"
    )
    await api("sendMessage", **message, **{name: False})
    upload = await api.http.post(
        f"/bot{api.token}/sendMessage", data=message, files={name: ("a", b"x")}
    )
    assert upload.status_code == 400


async def test_parts_of_parameters_are_refused_too(api: Api, accounts: Accounts) -> None:
    here = {"chat_id": accounts.ana}
    quote = {"message_id": 1, "quote": "start"}
    refusal = await api.description("sendMessage", **here, text="x", reply_parameters=quote)
    assert refusal.endswith("does not implement the field quote of reply_parameters")
    elsewhere = {"message_id": 1, "chat_id": accounts.bot}
    refusal = await api.description("sendMessage", **here, text="x", reply_parameters=elsewhere)
    assert refusal.endswith("does not implement the field chat_id of reply_parameters")
    await api("sendMessage", **here, text="x", reply_parameters={"message_id": 1, **here})
    option = {"text": "a", "media": {"type": "photo"}}
    refusal = await api.description("sendPoll", **here, question="?", options=[option])
    assert refusal.endswith("does not implement the field media of a poll option")
