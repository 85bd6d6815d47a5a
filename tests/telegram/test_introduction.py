"""The command menu and the descriptions that Telegram shows."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import httpx

from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN, Sandbox


async def introduce(sandbox: Sandbox, since: int = 0) -> list[str]:
    """Waits until the bot has introduced itself. Returns the methods of its changes.

    Only calls after `since` count. It asks for the short description last; what it sets after
    that comes before its replies.
    """
    while not (await sandbox.control.calls("getMyShortDescription", since)):
        pass
    zoe = await sandbox.person("Zoe")
    for _ in range(3):
        await zoe.says("/help")
        await zoe.hears("One question a day")
    calls = await sandbox.control.calls("", since)
    return [call["method"] for call in calls if call["method"].startswith("setMy")]


async def shown(sandbox: Sandbox) -> Any:
    zoe = await sandbox.person("Zoe")
    return (await sandbox.control.state(zoe.id))["bots"][0]


async def test_the_menu_and_the_descriptions_are_set_at_the_start(sandbox: Sandbox) -> None:
    async with sandbox.bot():
        expected = ["setMyCommands"] * 2 + ["setMyDescription", "setMyShortDescription"]
        assert await introduce(sandbox) == expected
        scopes = [call["params"]["scope"] for call in await sandbox.control.calls("setMyCommands")]
        assert [scope["type"] for scope in scopes] == ["all_private_chats", "all_group_chats"]
        bot = await shown(sandbox)
        names = [command["command"] for command in bot["commands"]]
        assert names[:2] == ["quiz", "score"]
        assert {
            "start",
            "help",
            "leaderboard",
            "time",
            "timezone",
            "forget",
            "export",
            "stop",
        } <= set(names)
        assert "not medical advice" in bot["description"]
        assert "Not medical advice" in bot["short_description"]
    last = (await sandbox.control.calls())[-1]["n"]
    async with sandbox.bot():
        again = await introduce(sandbox, last)
        assert "setMyDescription" not in again
        assert "setMyShortDescription" not in again


async def test_a_description_changed_elsewhere_is_restored(sandbox: Sandbox) -> None:
    async with httpx.AsyncClient(timeout=PATIENCE) as http:
        for method, text in (("setMyDescription", "Old"), ("setMyShortDescription", "Older")):
            field = method.removeprefix("setMy").replace("ShortD", "short_d").lower()
            reply = await http.post(f"{sandbox.url}/bot{TOKEN}/{method}", json={field: text})
            assert reply.json()["ok"]
    assert (await shown(sandbox))["description"] == "Old"
    async with sandbox.bot():
        await introduce(sandbox)
        bot = await shown(sandbox)
        assert bot["description"].startswith("One question a day")
        assert bot["short_description"].startswith("One health question a day")


async def test_the_bot_works_even_if_telegram_refuses_its_menu(sandbox: Sandbox) -> None:
    await sandbox.control.fault("error", method="setMyCommands", status=400)
    async with sandbox.bot():
        ana = await sandbox.subscriber()
        await ana.says("/leaderboard")
        await ana.hears("This week")
        assert len(sandbox.logged("not_introduced")) == 1


@asynccontextmanager
async def dated(url: str, date: bytes) -> AsyncIterator[str]:
    """A proxy to the address that changes the date of each reply."""
    target = urlsplit(url)

    async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(target.hostname, target.port)

        async def forward() -> None:
            while data := await reader.read(65536):
                back.write(data)
            back.close()

        forwarding = asyncio.create_task(forward())
        while data := await there.read(65536):
            writer.write(re.sub(rb"\r\ndate: [^\r]*", b"\r\nDate: " + date, data))
        writer.close()
        await asyncio.wait([forwarding])

    async with await asyncio.start_server(accept, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def test_a_wrong_clock_is_told_once_at_the_start(sandbox: Sandbox) -> None:
    telegram = dated(sandbox.url, b"Mon, 23 Nov 2026 08:10:00 GMT")
    async with telegram as url, sandbox.bot(api_url=url):
        async with asyncio.timeout(PATIENCE):
            while not sandbox.logged("clock_is_wrong"):
                await sandbox.control.now()
        (line,) = sandbox.logged("clock_is_wrong")
    assert line["seconds"] == -600
