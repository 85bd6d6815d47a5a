"""The control API itself: events, calls, the clock, and who may use it."""

import asyncio
from datetime import timedelta

import httpx
import pytest

from sandbox.client import Control, ControlError
from sandbox.loopback import NO_CERTIFICATES
from sandbox.wire import Json
from tests.sandbox.bot_api import START, Accounts, Api
from tests.sizes import PATIENCE


async def test_a_page_hears_what_happens(api: Api, accounts: Accounts, control: Control) -> None:
    events = control.events(accounts.ana)
    assert await anext(events) == ("open", {})
    sent = await api("sendMessage", chat_id=accounts.ana, text="one")
    where = {"chat_id": accounts.ana, "message_id": sent["message_id"]}
    await api("sendChatAction", chat_id=accounts.ana, action="typing")
    await api("editMessageText", **where, text="two")
    await api("deleteMessage", **where)
    await control.advance(60)
    await control.group("Team", accounts.ana, [])
    heard: list[tuple[str, Json]] = []
    async with asyncio.timeout(PATIENCE):
        while len(heard) < 7:
            heard.append(await anext(events))
    await events.aclose()
    kinds = [kind for kind, _ in heard]
    assert kinds == ["message", "typing", "message", "deleted", "clock", "message", "chats"]
    assert heard[0][1]["chat"] == accounts.bot
    assert heard[2][1]["message"]["text"] == "two"
    assert heard[3][1] == {"chat": accounts.bot, "message_id": sent["message_id"]}
    assert heard[4][1]["now"] == (START + timedelta(minutes=1)).isoformat()


async def test_the_client_waits_for_messages_to_come(
    api: Api, accounts: Accounts, control: Control
) -> None:
    waiting = asyncio.create_task(
        control.wait_for(accounts.ana, accounts.bot, lambda message: message["text"] == "late")
    )
    await api("sendMessage", chat_id=accounts.ana, text="early")
    await api("sendMessage", chat_id=accounts.ana, text="late")
    assert (await waiting)["text"] == "late"
    with pytest.raises(TimeoutError):
        await control.wait_for(accounts.ana, accounts.bot, lambda _: False, timeout=0.01)


async def test_the_state_shows_chats_before_they_begin(
    accounts: Accounts, control: Control
) -> None:
    ben = (await control.user("Ben"))["id"]
    state = await control.state(ben)
    assert state["now"] == START.isoformat()
    (chat,) = state["chats"]
    assert (chat["id"], chat["bot"], chat["blocked"]) == (accounts.bot, accounts.bot, False)
    assert state["messages"] == {str(accounts.bot): []}
    assert {user["id"] for user in state["users"]} == {accounts.ana, ben}


async def test_calls_are_noted(api: Api, accounts: Accounts, control: Control) -> None:
    await control.forget_calls()
    await api("sendMessage", chat_id=accounts.ana, text="x")
    await api.refusal("sendMessage", chat_id=1, text="y")
    await api("getMe")
    calls = await control.calls("sendmessage")
    assert [(call["ok"], call["status"]) for call in calls] == [(True, 200), (False, 400)]
    assert calls[0]["params"] == {"chat_id": accounts.ana, "text": "x"}
    assert [call["method"] for call in await control.calls(since=calls[1]["n"])] == ["getMe"]


async def test_the_clock_is_moved_on_but_not_back(control: Control) -> None:
    assert await control.now() == START
    assert await control.set_clock(START + timedelta(days=1)) == START + timedelta(days=1)
    with pytest.raises(ControlError, match="forward"):
        await control.set_clock(START)


async def test_a_bot_keeps_the_token_it_is_given(control: Control, url: str) -> None:
    bot = await control.bot("42:secret", username="other_bot")
    assert bot["user"]["id"] == 42
    with pytest.raises(ControlError, match="409"):
        await control.bot("42:another")
    with pytest.raises(ControlError, match="400"):
        await control.bot("secret")
    async with httpx.AsyncClient(verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        me = (await http.get(f"{url}/bot42:secret/getMe")).json()["result"]
    assert me["username"] == "other_bot"


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/state?user=1", None, 404),
        ("GET", "/state?user=x", None, 400),
        ("GET", "/events?user=1", None, 404),
        ("POST", "/users", {}, 400),
        ("POST", "/users", {"first_name": 1}, 400),
        ("POST", "/messages", {"user": 1, "chat": 2, "text": "x"}, 404),
        ("POST", "/groups/-5/migrate", {}, 404),
        ("POST", "/clock", {"set": "2030-01-01"}, 400),
        ("POST", "/vote", {"user": True}, 400),
        ("DELETE", "/faults/9", None, 404),
        ("GET", "/files/none", None, 404),
    ],
)
async def test_wrong_calls_get_one_sentence(
    url: str, method: str, path: str, body: Json | None, status: int
) -> None:
    async with httpx.AsyncClient(
        base_url=f"{url}/sandbox", verify=NO_CERTIFICATES, timeout=PATIENCE
    ) as http:
        reply = await http.request(method, path, json=body)
    assert reply.status_code == status
    assert set(reply.json()) == {"error"}


@pytest.mark.parametrize(
    "headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}]
)
async def test_other_sites_are_kept_out(url: str, headers: dict[str, str]) -> None:
    async with httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        for path in ("/sandbox/clock", "/"):
            assert (await http.get(path, headers=headers)).status_code == 403


async def test_bodies_that_a_form_could_send_are_refused(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        reply = await http.post("/sandbox/clock", content=b'{"advance": 1}')
    assert reply.status_code == 400


async def test_the_page_may_load_nothing_from_elsewhere(url: str) -> None:
    async with httpx.AsyncClient(base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE) as http:
        reply = await http.get("/")
    assert reply.status_code == 200
    assert reply.headers["content-security-policy"].startswith("default-src 'self';")
