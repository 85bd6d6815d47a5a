"""Updates posted to a webhook."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

import pytest

from sandbox.client import Control
from sandbox.wire import Json
from tests.sandbox.bot_api import Accounts, Api
from tests.sizes import PATIENCE

SECRET = "a_Secret-1"


class Receiver:
    """A small web server that keeps what is posted, and answers what it is told to."""

    def __init__(self) -> None:
        self.posts: asyncio.Queue[tuple[dict[str, str], Json]] = asyncio.Queue()
        self.replies: list[tuple[int, str]] = []
        self.refuses: Callable[[Json], bool] = lambda update: False
        self.retry_after = 0
        self.url = ""

    async def next(self) -> Json:
        """The next update that is posted."""
        async with asyncio.timeout(PATIENCE):
            return (await self.posts.get())[1]

    async def text(self) -> str:
        """The text of the next message that is posted."""
        return str((await self.next())["message"]["text"])

    async def quiet(self, control: Control, seconds: float) -> None:
        """Moves the clock on; nothing is posted."""
        await control.advance(seconds)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.03):
                await self.posts.get()

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        fields = [line.partition(": ") for line in head.split("\r\n")[1:]]
        headers = {name.lower(): value for name, _, value in fields}
        update = json.loads(await reader.readexactly(int(headers["content-length"])))
        status, reply = self.replies.pop(0) if self.replies else (200, "")
        pause = ""
        if self.refuses(update):
            status, pause = 503, f"Retry-After: {self.retry_after}\r\n"
        writer.write(
            f"HTTP/1.1 {status} X\r\n{pause}Content-Type: application/json\r\n"
            f"Content-Length: {len(reply)}\r\nConnection: close\r\n\r\n{reply}".encode()
        )
        await reader.read()  # until the sandbox has read the reply and hung up
        writer.close()
        self.posts.put_nowait((headers, update))


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
    async with asyncio.timeout(PATIENCE):
        headers, update = await receiver.posts.get()
    assert headers["x-telegram-bot-api-secret-token"] == SECRET
    assert update["message"]["text"] == "hello"


async def test_what_was_not_taken_is_posted_again(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    receiver.replies = [(500, ""), (403, "")]
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "hello")
    posts = [await receiver.next() for _ in range(2)]
    await control.advance(2)
    posts.append(await receiver.next())
    assert posts[0] == posts[1] == posts[2]
    info = await api("getWebhookInfo")
    assert info["last_error_message"] == "Wrong response from the webhook: 403 X"


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


async def test_a_queue_waits_and_the_others_go_on(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    """One queue per chat: Ana's second message waits for her first, Ben's does not."""
    ben = (await control.user("Ben"))["id"]
    receiver.refuses = lambda update: update["message"]["text"] == "a"
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "a")
    assert [await receiver.text() for _ in range(2)] == ["a", "a"]
    await control.write(accounts.ana, accounts.bot, "b")
    await control.write(ben, accounts.bot, "c")
    assert await receiver.text() == "c"
    receiver.refuses = lambda update: False
    await control.advance(2)
    assert [await receiver.text() for _ in range(2)] == ["a", "b"]
    assert receiver.posts.empty()


async def test_retries_come_at_once_and_then_after_2_4_8_up_to_120_seconds(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    receiver.refuses = lambda update: True
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "a")
    assert [await receiver.text() for _ in range(2)] == ["a", "a"]
    for pause in (2, 4, 8, 16, 32):
        await receiver.quiet(control, pause - 0.1)
        await control.advance(0.1)
        assert await receiver.text() == "a"
    for _ in range(3):
        await receiver.quiet(control, 59.9)
        await control.advance(60.1)
        assert await receiver.text() == "a"


async def test_retry_after_is_obeyed(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    receiver.refuses = lambda update: True
    receiver.retry_after = 300
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "a")
    assert await receiver.text() == "a"
    await receiver.quiet(control, 299)
    await control.advance(1)
    assert await receiver.text() == "a"


async def test_a_vote_and_its_poll_share_a_queue(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    sent = await api(
        "sendPoll", chat_id=accounts.ana, question="?", options=["a", "b"], is_anonymous=False
    )
    receiver.refuses = lambda update: True
    await api("setWebhook", url=receiver.url)
    await control.vote(accounts.ana, accounts.bot, sent["message_id"], [0])
    assert ["poll_answer" in await receiver.next() for _ in range(2)] == [True, True]
    receiver.refuses = lambda update: False
    await control.advance(2)
    assert ["poll_answer" in await receiver.next() for _ in range(2)] == [True, False]


async def test_blocked_queues_hold_up_the_others_when_they_are_too_many(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    """The server loads twice as many updates as it has connections."""
    receiver.refuses = lambda update: update["message"]["text"] == "a"
    await api("setWebhook", url=receiver.url, max_connections=1)
    for name in ("Ben", "Cai"):
        await control.write((await control.user(name))["id"], accounts.bot, "a")
    assert [await receiver.text() for _ in range(4)] == ["a"] * 4
    await control.write(accounts.ana, accounts.bot, "b")
    await receiver.quiet(control, 0)
    receiver.refuses = lambda update: False
    await control.advance(2)
    assert [await receiver.text() for _ in range(3)] == ["a", "a", "b"]


@pytest.mark.parametrize("method", ["getMe", "setWebhook", "DeleteWebhook", "close", "logOut"])
async def test_some_methods_are_ignored_in_a_reply(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver, method: str
) -> None:
    receiver.replies = [(200, json.dumps({"method": method}))]
    await api("setWebhook", url=receiver.url)
    for text in ("a", "b"):
        await control.write(accounts.ana, accounts.bot, text)
        assert await receiver.text() == text
    assert [call["method"] for call in await control.calls()] == ["setWebhook"]


async def test_setting_the_same_webhook_again_does_not_shorten_a_pause(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    receiver.refuses = lambda update: True
    await api("setWebhook", url=receiver.url)
    await control.write(accounts.ana, accounts.bot, "a")
    assert [await receiver.text() for _ in range(2)] == ["a", "a"]
    await api("setWebhook", url=receiver.url)
    await receiver.quiet(control, 1.9)
    await api("setWebhook", url=receiver.url, secret_token=SECRET)
    assert await receiver.text() == "a"


async def test_a_press_expires_while_its_queue_is_blocked(
    api: Api, accounts: Accounts, control: Control, receiver: Receiver
) -> None:
    sent = await api("sendMessage", chat_id=accounts.ana, text="?")
    receiver.refuses = lambda update: True
    receiver.retry_after = 150
    await api("setWebhook", url=receiver.url)
    await control.press(accounts.ana, accounts.bot, sent["message_id"], "go", wait=0)
    assert "callback_query" in await receiver.next()
    await control.advance(151)
    await control.write(accounts.ana, accounts.bot, "a")
    assert await receiver.text() == "a"
