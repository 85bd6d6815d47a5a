"""The methods of the Bot API that a bot calls. Nothing is checked."""

import asyncio
import itertools
import json
import re
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl

from benchmarks.fake_telegram.http import Reply
from benchmarks.fake_telegram.updates import AnswerGenerator, Statistics, Updates

ME = {
    "id": 7_000_000_001,
    "is_bot": True,
    "first_name": "Bench",
    "username": "bench_bot",
    "can_join_groups": True,
    "can_read_all_group_messages": False,
    "supports_inline_queries": False,
}
_TRUE = b'{"ok":true,"result":true}'
_MESSAGE = (
    b'{"ok":true,"result":{"message_id":%d,"from":'
    + json.dumps(ME).encode()
    + b',"chat":{"id":%d,"first_name":"Person","type":"private"},"date":%d,%s}}'
)
_TEXT = b'"text":"' + b"A card of usual length. " * 25 + b'"'
_FIRST_POLL = 5_400_000_000_000_000_000  # as long as Telegram's ids
_VARYING = (b"chat_id=", b"close_date=")  # parameters that differ between sends of a poll


class BotApi:
    """The server of one bot. `delay` is in seconds: the reply time of every send."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.updates = Updates()
        self.answers = AnswerGenerator(self.updates, self.statistics)
        self.delay = 0.0
        self.webhook: dict[str, Any] = {}
        self._ids = itertools.count(1)
        self._shown: dict[tuple[bytes, ...], bytes] = {}
        self._methods: dict[bytes, Callable[[bytes, bytes, Reply], None]] = {
            b"sendPoll": self._send_poll,
            b"sendMessage": self._send_message,
            b"getUpdates": self._get_updates,
            b"getMe": lambda target, body, reply: reply.send(_ok(ME)),
            b"getWebhookInfo": lambda target, body, reply: reply.send(
                _ok(_NO_WEBHOOK | {"url": self.webhook.get("url", "")})
            ),
            b"getMyDescription": lambda target, body, reply: reply.send(_ok({"description": ""})),
            b"getMyShortDescription": lambda target, body, reply: reply.send(
                _ok({"short_description": ""})
            ),
            b"setWebhook": self._set_webhook,
        }

    def call(self, name: bytes, target: bytes, body: bytes, reply: Reply) -> None:
        """Reply to a call of that method."""
        method = self._methods.get(name)
        if method is None:  # a method whose reply nobody reads
            reply.send(_TRUE)
        else:
            method(target, body, reply)

    def _send_poll(self, target: bytes, body: bytes, reply: Reply) -> None:
        if body.startswith(b"{"):
            given = json.loads(body)
            chat_id, poll = int(given["chat_id"]), _poll_json(given)
        elif body.startswith(b"--"):  # with a picture, which is uploaded once
            given = _multipart(body)
            chat_id, poll = int(given["chat_id"]), _poll_json(given)
        else:
            chat_id, poll = self._read_form(body)
        number = next(self._ids)
        poll_id = str(_FIRST_POLL + number)
        self.statistics.poll(chat_id)
        self.answers.add_poll(poll_id, chat_id)
        content = b'"poll":{"id":"%s",%s}' % (poll_id.encode(), poll)
        self._send(_MESSAGE % (number, chat_id, int(time.time()), content), reply)

    def _read_form(self, body: bytes) -> tuple[int, bytes]:
        """Returns the chat and the poll as JSON. Equal polls are parsed once, to save CPU time."""
        parts = body.split(b"&")
        same = tuple(part for part in parts if not part.startswith(_VARYING))
        chat_id = next(int(part[8:]) for part in parts if part.startswith(b"chat_id="))
        shown = self._shown.get(same)
        if shown is None:
            shown = self._shown[same] = _poll_json(dict(parse_qsl(b"&".join(parts).decode())))
        return chat_id, shown

    def _send_message(self, target: bytes, body: bytes, reply: Reply) -> None:
        if body.startswith(b"{"):
            chat_id = int(json.loads(body)["chat_id"])
        else:
            start = body.index(b"chat_id=") + 8
            chat_id = int(body[start:].partition(b"&")[0])
        self.statistics.message(chat_id)
        self._send(_MESSAGE % (next(self._ids), chat_id, int(time.time()), _TEXT), reply)

    def _get_updates(self, target: bytes, body: bytes, reply: Reply) -> None:
        self.updates.get(_parameters(target, body), reply)

    def _set_webhook(self, target: bytes, body: bytes, reply: Reply) -> None:
        self.webhook = _parameters(target, body)
        self.updates.first_asked = time.monotonic()
        reply.send(_TRUE)

    def _send(self, payload: bytes, reply: Reply) -> None:
        if self.delay:
            asyncio.get_running_loop().call_later(self.delay, reply.send, payload)
        else:
            reply.send(payload)


_NAME = re.compile(rb'name="([^"]+)"')
_NO_WEBHOOK = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}


def _ok(result: object) -> bytes:
    return json.dumps({"ok": True, "result": result}).encode()


def _poll_json(given: dict[str, Any]) -> bytes:
    """Returns the inside of a Poll object, with all fields that python-telegram-bot 22.8 needs."""
    options = [
        option if isinstance(option, dict) else {"text": option}
        for option in _decoded(given["options"])
    ]
    shown = {
        "question": given["question"],
        "options": [
            {"persistent_id": str(place), "text": option["text"], "voter_count": 0}
            for place, option in enumerate(options)
        ],
        "total_voter_count": 0,
        "is_closed": False,
        "is_anonymous": False,
        "type": "quiz",
        "allows_multiple_answers": False,
        "allows_revoting": False,
        "members_only": False,
        "correct_option_ids": _decoded(given.get("correct_option_ids", [0])),
        "explanation": given.get("explanation", ""),
        "explanation_entities": [],
    }
    if "media" in given:
        size = {"file_id": "picture", "file_unique_id": "picture", "width": 1080, "height": 1080}
        shown["media"] = {"photo": [size]}
    return json.dumps(shown).encode()[1:-1]


def _parameters(target: bytes, body: bytes) -> dict[str, Any]:
    """Returns the parameters of a call. Raises ValueError for a multipart body."""
    parameters: dict[str, Any] = dict(parse_qsl(target.partition(b"?")[2].decode()))
    if body.startswith(b"{"):
        parameters |= json.loads(body)
    elif body.startswith(b"--"):
        raise ValueError("a multipart body: the fake Telegram takes no files")
    elif body:
        parameters |= dict(parse_qsl(body.decode()))
    return parameters


def _multipart(body: bytes) -> dict[str, Any]:
    """Returns the fields of a multipart body, without its files."""
    boundary = body[: body.index(b"\r\n")]
    parts = (part.partition(b"\r\n\r\n") for part in body.split(boundary)[1:-1])
    return {
        _NAME.search(head)[1].decode(): value.removesuffix(b"\r\n").decode()  # type: ignore[index]
        for head, _, value in parts
        if b"filename=" not in head
    }


def _decoded(value: Any) -> Any:
    """Returns a list or object, which a form contains as JSON and a JSON body may contain as is."""
    return json.loads(value) if isinstance(value, str) else value
