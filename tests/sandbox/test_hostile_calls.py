"""Whatever is sent, the answer is an envelope and never a failure of the server."""

import json
from typing import Any

import httpx
import pytest

from sandbox.botapi import perform
from sandbox.loopback import NO_CERTIFICATES
from sandbox.methods import METHODS
from sandbox.params import Params
from sandbox.world import World
from tests.sandbox.bot_api import Accounts, Api
from tests.sizes import PATIENCE

JUNK: list[Any] = [
    *(None, "", "x", "{", "\x00", "1e3", -1, 10**30, 1.5, True),
    *([], [None], [[1]], [{}], [{"text": 1, "type": 1, "offset": "a"}], {}, {"a": 1}),
]
NAMES = [
    "message_id",
    "text",
    "caption",
    "reply_parameters",
    "reply_markup",
    "entities",
    "caption_entities",
    "parse_mode",
    "options",
    "question",
    "correct_option_ids",
    "open_period",
    "country_codes",
    "commands",
    "scope",
    "language_code",
    "user_id",
    "message_ids",
    "reaction",
    "callback_query_id",
    "photo",
    "document",
    "file_id",
    "url",
    "allowed_updates",
    "offset",
    "limit",
    "from_chat_id",
]


@pytest.mark.parametrize("method", sorted(set(METHODS) - {"logout"}))
async def test_junk_is_refused_or_passed_over(
    world: World, api: Api, accounts: Accounts, method: str
) -> None:
    bot = world.bots[accounts.bot]
    good: dict[str, Any] = {
        "chat_id": accounts.ana,
        "from_chat_id": accounts.ana,
        "message_id": 1,
        "question": "?",
        "options": ["a"],
        "text": "x",
        "type": "quiz",
        "correct_option_ids": [0],
    }
    for name in NAMES:
        for junk in JUNK:
            status, body = await perform(world, bot, method, Params({**good, name: junk}))
            assert status in (200, 400, 404, 409), (name, junk, body)
            json.dumps(body)


@pytest.mark.parametrize("chat_id", [0, -1, 10**30, "1e3", [], {}, None, True])
async def test_strange_chats_are_not_found(api: Api, chat_id: Any) -> None:
    refusal = await api.refusal("sendMessage", chat_id=chat_id, text="x")
    assert refusal["error_code"] == 400


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y"),
        ("application/x-www-form-urlencoded", b"%ff=%fe&&="),
        ("text/plain", b"x"),
    ],
)
async def test_broken_bodies_do_no_harm(api: Api, kind: str, body: bytes) -> None:
    reply = await api.http.post(
        f"/bot{api.token}/getChat", content=body, headers={"Content-Type": kind}
    )
    assert reply.status_code == 400
    assert reply.json()["ok"] is False


@pytest.mark.parametrize("host", ["[::1", "", "127.0.0.1.evil.example", "localhost@evil.example"])
async def test_malformed_hosts_are_kept_out(url: str, host: str) -> None:
    async with httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        reply = await http.get("/sandbox/clock", headers={"Host": host})
    assert reply.status_code in (400, 403)


@pytest.mark.parametrize(("text", "status"), [("half \ud83d", 400), ("whole \U0001f600", 200)])
async def test_half_a_surrogate_pair_is_no_text(
    api: Api, accounts: Accounts, text: str, status: int
) -> None:
    reply = await api.http.post(
        f"/bot{api.token}/sendMessage",
        content=json.dumps({"chat_id": accounts.ana, "text": text}),
        headers={"Content-Type": "application/json"},
    )
    assert reply.status_code == status
    assert status == 200 or "strings must be encoded in UTF-8" in reply.json()["description"]
