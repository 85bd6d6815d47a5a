"""The webhook's answers over real HTTP, with a handler that only records the updates."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import httpx
import pytest
from telegram import Update
from telegram.ext import ApplicationBuilder, MessageHandler, filters

from db.batch_committer import BatchCommitter
from quizbot.quiz.answers.recording import PollAnswer
from quizbot.telegram.updates.receiver import Receiver
from quizbot.web.server import Limits, serving
from quizbot.web.webhook import Webhook
from tests.sizes import PATIENCE
from tests.telegram.sandbox import TOKEN
from tests.telegram.webhook_bot import HEADER, SECRET, free_port

LIMIT = 1024 * 1024


@dataclass
class Hook:
    """A served webhook. Answers reach `voters` while `there` is set; else the database is away."""

    port: int
    voters: list[int] = field(default_factory=list)
    there: asyncio.Event = field(default_factory=asyncio.Event)

    async def record(self, ballots: Sequence[PollAnswer]) -> None:
        await self.there.wait()
        self.voters += [ballot.subscriber_id for ballot in ballots]

    async def send(self, *parts: bytes, headers: str = "") -> int:
        """Sends these parts of a body, and returns the status of the answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = f"POST /hook HTTP/1.1\r\nHost: bot\r\n{HEADER}: {SECRET}\r\n{headers}\r\n"
        writer.write(head.encode())
        for part in parts:
            writer.write(part)
        line = await reader.readline()
        writer.close()
        return int(line.split()[1])

    async def post(self, body: bytes) -> int:
        return await self.send(body, headers=f"Content-Length: {len(body)}\r\n")

    async def vote(self, voter_id: int) -> int:
        return await self.post(vote(voter_id))


def vote(voter_id: int) -> bytes:
    answer = {"poll_id": "1", "user": {"id": voter_id}, "option_ids": [0]}
    return json.dumps({"update_id": voter_id, "poll_answer": answer}).encode()


@asynccontextmanager
async def served(
    body_seconds: float = PATIENCE, commit_seconds: float = PATIENCE
) -> AsyncIterator[Hook]:
    hook = Hook(free_port())
    hook.there.set()
    telegram = ApplicationBuilder().token(TOKEN).updater(None).job_queue(None).build()
    receiver = Receiver(telegram, BatchCommitter(hook.record), _unexpected)
    webhook = Webhook(receiver, "/hook", SECRET, timeout=commit_seconds)
    limits = Limits(body_timeout=body_seconds)
    async with (
        serving(webhook.before(_unexpected), ("127.0.0.1", hook.port), limits=limits),
        receiver.open(lambda: 1),
    ):
        yield hook


@pytest.fixture
async def hook() -> AsyncIterator[Hook]:
    async with served() as hook:
        yield hook


async def _unexpected(*_: object) -> None:
    raise AssertionError("another path was asked for, or an update was parked")


async def test_it_answers_200_after_the_commit(hook: Hook) -> None:
    assert await hook.vote(5) == 200
    assert hook.voters == [5]


async def test_while_the_database_is_away_it_answers_503() -> None:
    async with served(commit_seconds=0.5) as hook:
        hook.there.clear()
        asked = [asyncio.create_task(hook.vote(5)) for _ in range(3)]
        address = f"http://127.0.0.1:{hook.port}/hook"
        async with httpx.AsyncClient(trust_env=False, timeout=PATIENCE) as client:
            reply = await client.post(address, content=vote(5), headers={HEADER: SECRET})
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "5")
        assert await asyncio.gather(*asked) == [503, 503, 503]
        hook.there.set()
        assert await hook.vote(6) == 200
        assert hook.voters == [5, 6]  # the repeats joined the first


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"vote",
        b"{",
        b"\xff\xfe",
        b"[" * 100_000,
        b"[]",
        b"null",
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1.5}',
    ],
)
async def test_bodies_that_are_not_updates_are_refused(hook: Hook, body: bytes) -> None:
    assert await hook.post(body) == 400
    assert await hook.vote(1) == 200


async def test_an_update_may_be_as_large_as_the_limit(hook: Hook) -> None:
    body = vote(1)
    assert await hook.post(body + b" " * (LIMIT - len(body))) == 200


async def test_a_body_that_says_it_is_too_large_is_not_read(hook: Hook) -> None:
    assert await hook.send(headers=f"Content-Length: {LIMIT + 1}\r\n") == 413
    assert await hook.send(headers="Content-Length: 99999999999999999\r\n") == 413


async def test_a_body_that_turns_out_too_large_is_not_read_to_its_end(hook: Hook) -> None:
    chunk = b"10000\r\n" + b" " * 0x10000 + b"\r\n"
    assert await hook.send(*[chunk] * 17, headers="Transfer-Encoding: chunked\r\n") == 413
    assert hook.voters == []


async def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async with served(body_seconds=0.1) as hook:
        assert await hook.send(b"{", headers="Content-Length: 100\r\n") == 408


async def test_before_the_start_and_after_the_stop_it_answers_503() -> None:
    hook = Hook(free_port())
    hook.there.set()
    telegram = ApplicationBuilder().token(TOKEN).updater(None).job_queue(None).build()
    receiver = Receiver(telegram, BatchCommitter(hook.record), _unexpected)
    webhook = Webhook(receiver, "/hook", SECRET)
    async with serving(webhook.before(_unexpected), ("127.0.0.1", hook.port)):
        assert await hook.vote(1) == 503
        async with receiver.open(lambda: 1):
            assert await hook.vote(2) == 200
        assert await hook.vote(3) == 503
    assert hook.voters == [2]


async def test_a_failed_update_answers_503_to_each_request_that_waits_for_it() -> None:
    """The connection broke, and Telegram sent the update again while it was being handled."""
    hook, tries = Hook(free_port()), asyncio.Semaphore(0)
    telegram = ApplicationBuilder().token(TOKEN).updater(None).job_queue(None).build()
    telegram._initialized = True

    async def handle(_update: Update, _context: object) -> None:
        tries.release()
        raise asyncpg.ConnectionDoesNotExistError("the database is away")

    telegram.add_handler(MessageHandler(filters.ALL, handle))
    receiver = Receiver(telegram, BatchCommitter(hook.record), _unexpected)
    # The handler is tried at 0, 0.25, 0.75 and 1.75 seconds (db.transient_errors): the first
    # request has gone by then, the second one has not.
    webhook = Webhook(receiver, "/hook", SECRET, timeout=1.5)
    message = {"message_id": 1, "date": 1, "text": "hi", "chat": {"id": 5, "type": "private"}}
    update = json.dumps({"update_id": 9, "message": message}).encode()
    async with (
        serving(webhook.before(_unexpected), ("127.0.0.1", hook.port)),
        receiver.open(lambda: 0),
    ):
        first = asyncio.create_task(hook.post(update))
        for _ in range(3):
            await tries.acquire()
        assert [await hook.post(update), await first] == [503, 503]
