"""Updates posted to a webhook."""

import asyncio
import json
from collections.abc import AsyncIterator

import pytest

from sandbox.client import Control
from sandbox.wire import Json
from tests.sandbox.bot_api import Accounts, Api

SECRET = "a_Secret-1"


class Receiver:
    """A small web server that keeps what is posted, and answers what it is told to."""

    def __init__(self) -> None:
        self.posts: asyncio.Queue[tuple[dict[str, str], Json]] = asyncio.Queue()
        self.replies: list[tuple[int, str]] = []
        self.url = ""

    async def next(self) -> Json:
        """The next update that is posted."""
        async with asyncio.timeout(3):
            return (await self.posts.get())[1]

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = [line.partition(": ") for line in head.split("\r\n")[1:]]
        headers = {name.lower(): value for name, _, value in fields}
        body = await reader.readexactly(int(headers["content-length"]))
        status, reply = self.replies.pop(0) if self.replies else (200, "")
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(reply)}\r\nConnection: close\r\n\r\n{reply}".encode()
        )
        await writer.drain()
        writer.close()
        self.posts.put_nowait((headers, json.loads(body)))


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """Listens on loopback."""
    receiver = Receiver()
    server = await asyncio.start_server(receiver.handle, "127.0.0.1", 0)
    async with server:
        receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        yield receiver


async def test_updates_are_posted_with_the_secret(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    await api("setWebhook", url=receiver.url, secret_token=SECRET)
    await control.write(accounts.ana, accounts.bot, "hello")
    async with asyncio.timeout(3):
        headers, update = await receiver.posts.get()
    assert headers["x-telegram-bot-api-secret-token"] == SECRET
    assert update["message"]["text"] == "hello"


async def test_what_was_not_taken_is_posted_again(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    receiver.replies = [(500, ""), (403, "")]
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "hello")
    posts = [await receiver.next() for _ in range(3)]
    assert posts[0] == posts[1] == posts[2]
    info = await api("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 403"


async def test_a_call_in_the_reply_is_made(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    call = {"method": "sendMessage", "chat_id": accounts.ana, "text": "from the reply"}
    receiver.replies = [(200, json.dumps(call))]
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "hello")
    message = await control.wait_for(accounts.ana, accounts.bot, lambda m: "text" in m, after=1)
    assert message["text"] == "from the reply"


async def test_what_waited_is_posted_when_the_webhook_is_set(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    for text in ("a", "b"):
        await control.write(accounts.ana, accounts.bot, text)
    await api("setWebhook", url=receiver.url, max_connections=1)
    posted = [await receiver.next() for _ in range(2)]
    assert [update["message"]["text"] for update in posted] == ["a", "b"]


async def test_a_doubled_update_is_posted_twice(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    await control.fault("double_update")
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "a")
    assert await receiver.next() == await receiver.next()


async def test_polling_and_webhook_exclude_each_other(api: Api, receiver: Receiver) -> None:
    await api("setWebhook", url=receiver.url, allowed_updates=["message"])
    refusal = await api.refusal("getUpdates")
    assert refusal["error_code"] == 409
    assert refusal["description"].startswith("Conflict: can't use getUpdates method while webhook")
    info = await api("getWebhookInfo")
    assert (info["url"], info["allowed_updates"]) == (receiver.url, ["message"])
    await api("deleteWebhook")
    assert (await api("getWebhookInfo"))["url"] == ""
    assert await api("getUpdates") == []


async def test_webhooks_elsewhere_are_refused(api: Api) -> None:
    refusal = await api.description("setWebhook", url="https://example.org/hook")
    assert refusal.startswith("Bad Request: bad webhook")
    bad = await api.description("setWebhook", url="http://127.0.0.1:1/", secret_token="a b")
    assert bad == "Bad Request: secret token contains unallowed characters"


async def test_waiting_updates_can_be_dropped(
    api: Api, accounts: Accounts, control: Control
) -> None:
    await control.write(accounts.ana, accounts.bot, "a")
    await api("deleteWebhook", drop_pending_updates=True)
    assert await api("getUpdates") == []
