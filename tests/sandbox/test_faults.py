"""What goes wrong on request."""

import time

import httpx
import pytest

from sandbox.client import Control, ControlError
from sandbox.clock import Clock
from sandbox.loopback import NO_CERTIFICATES
from sandbox.server import running
from sandbox.world import World
from tests.sandbox.bot_api import Accounts, Api
from tests.sizes import PATIENCE


async def texts(control: Control, accounts: Accounts) -> list[str]:
    return [message["text"] for message in await control.messages(accounts.ana, accounts.bot)]


async def test_a_lost_reply_has_its_effect(api: Api, accounts: Accounts, control: Control) -> None:
    await control.fault("lost_reply", method="sendMessage")
    with pytest.raises(httpx.RemoteProtocolError, match="without sending a response"):
        await api("sendMessage", chat_id=accounts.ana, text="there")
    assert await texts(control, accounts) == ["/start", "there"]
    assert (await control.calls("sendMessage"))[0]["ok"] is True


async def test_a_refused_connection_has_none(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await control.fault("refused", method="sendmessage")
    with pytest.raises(httpx.RemoteProtocolError):
        await api("sendMessage", chat_id=accounts.ana, text="nowhere")
    assert await texts(control, accounts) == ["/start"]
    assert await control.calls("sendMessage") == []


async def test_errors_and_floods_have_none_either(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await control.fault("error", method="sendMessage", status=500)
    await control.fault("flood", method="sendMessage", seconds=7, after=1)
    reply = await api.raw("sendMessage", chat_id=accounts.ana, text="x")
    assert (reply.status_code, reply.json()["error_code"]) == (500, 500)
    flood = await api.raw("sendMessage", chat_id=accounts.ana, text="x")
    assert flood.headers["Retry-After"] == "7"
    assert flood.json() == {
        "ok": False,
        "error_code": 429,
        "description": "Too Many Requests: retry after 7",
        "parameters": {"retry_after": 7},
    }
    await api("sendMessage", chat_id=accounts.ana, text="x")
    assert await texts(control, accounts) == ["/start", "x"]


async def test_a_fault_strikes_the_chats_and_calls_that_it_names(
    api: Api, accounts: Accounts, control: Control
) -> None:
    ben = (await control.user("Ben"))["id"]
    await control.write(ben, accounts.bot, "/start")
    await control.fault("blocked", chat_id=ben, after=1, count=2)
    outcomes = [
        (await api.raw("sendMessage", chat_id=chat, text="x")).status_code
        for chat in (ben, accounts.ana, ben, ben, accounts.ana, ben)
    ]
    assert outcomes == [200, 200, 403, 403, 200, 200]


async def test_a_delayed_reply_takes_longer(api: Api, control: Control) -> None:
    await control.fault("delay", method="getMe", seconds=0.05)
    began = time.monotonic()
    await api("getMe")
    assert time.monotonic() - began >= 0.05


async def test_chance_is_repeatable() -> None:
    async def outcomes(seed: int) -> list[bool]:
        world = World(Clock(), seed=seed)
        world.faults.add({"fault": "error", "count": 0, "probability": 0.5})
        return [bool(world.faults.strike("getMe", None)) for _ in range(64)]

    assert await outcomes(1) == await outcomes(1) != await outcomes(2)


async def test_faults_are_listed_and_cleared(api: Api, control: Control) -> None:
    first = await control.fault("error", method="getMe", count=0)
    await control.fault("delay", method="getChat")
    assert [fault["fault"] for fault in await control.faults()] == ["error", "delay"]
    await control.clear_faults(first)
    await api("getMe")
    await control.clear_faults()
    assert await control.faults() == []
    with pytest.raises(ControlError, match="404"):
        await control.clear_faults(first)


async def test_what_is_no_fault_is_refused(control: Control) -> None:
    with pytest.raises(ControlError, match="fault must be one of"):
        await control.fault("sabotage")
    with pytest.raises(ControlError, match="probability must be a number"):
        await control.fault("error", probability=-1)


async def test_flood_limits_are_on_unless_lifted() -> None:
    async with running(World(Clock())) as url, Control(url) as control:
        bot, ana = await control.bot(), await control.user("Ana")
        await control.write(ana["id"], bot["user"]["id"], "/start")
        async with httpx.AsyncClient(
            base_url=url, verify=NO_CERTIFICATES, timeout=PATIENCE
        ) as http:
            api = Api(http, bot["token"])
            replies = [await api.raw("sendMessage", chat_id=ana["id"], text="x") for _ in range(6)]
    assert [reply.status_code for reply in replies] == [200] * 5 + [429]
    assert replies[-1].json()["parameters"] == {"retry_after": 1}
