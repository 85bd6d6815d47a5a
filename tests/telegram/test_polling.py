"""Malformed replies to getUpdates do not end the polling."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from telegram.ext import ApplicationBuilder

from db.batch_committer import BatchCommitter
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.client.limiter import Limiter
from quizbot.telegram.client.transport import Api, Transport
from quizbot.telegram.updates.polling import Poller
from quizbot.telegram.updates.receiver import Receiver
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN

VOTE = {"update_id": 5, "poll_answer": {"poll_id": "1", "user": {"id": 7}, "option_ids": [0]}}


@asynccontextmanager
async def answering(*bodies: bytes, status: int = 200) -> AsyncIterator[str]:
    """Serves these bodies one after the other, and then replies without updates."""
    left = [*bodies]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        body = left.pop(0) if left else b'{"ok":true,"result":[]}'
        head = f"HTTP/1.1 {status} So\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n"
        writer.write(head.encode() + body)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


@pytest.mark.parametrize(
    "strange",
    [
        b'{"ok":true}',
        b'{"ok":true,"result":"Please sign in"}',
        b'{"ok":true,"result":[1]}',
        b"<html>",
        b"[]",
    ],
)
async def test_polling_goes_on_after_a_malformed_reply(strange: bytes) -> None:
    heard: asyncio.Queue[int] = asyncio.Queue()

    async def record(poll_answers: Sequence[PollAnswer]) -> None:
        for each in poll_answers:
            heard.put_nowait(each.subscriber_id)

    good = json.dumps({"ok": True, "result": [VOTE]}).encode()
    async with answering(strange, good) as url:
        transport, limiter = Transport(url, 4), Limiter()
        api = Api(TOKEN, url, transport, limiter)
        await transport.initialize()
        telegram = ApplicationBuilder().bot(api).updater(None).job_queue(None).build()
        receiver = Receiver(telegram, BatchCommitter(record), _never)
        async with receiver.open(lambda: 1):
            polling = asyncio.create_task(Poller(api, receiver).run(lambda: 1))
            async with asyncio.timeout(PATIENCE):
                assert await heard.get() == 7
            polling.cancel()
            await asyncio.wait([polling])
        await transport.shutdown()


async def _never(*_: object) -> None:
    raise AssertionError("no update fails here")
