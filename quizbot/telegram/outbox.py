"""Replies leave in the background, in order within a chat, side by side over chats."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable

import structlog

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[None]]


class Outbox:
    """What is still to be said. Bounded: `post` waits while `limit` jobs are under way.

    An update's effect is committed before its reply is posted, so what a crash loses here is a
    reply, never an answer.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._room = asyncio.Semaphore(limit)
        self._last: dict[Hashable, asyncio.Task[None]] = {}

    async def post(self, chat: Hashable, job: Job) -> None:
        """Run the job after the earlier ones of the chat."""
        await self._room.acquire()
        before = self._last.get(chat)
        task = asyncio.create_task(self._run(job, before))
        self._last[chat] = task
        task.add_done_callback(lambda done: self._forget(chat, done))

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for all jobs, then give up on the rest."""
        if pending := list(self._last.values()):
            _, late = await asyncio.wait(pending, timeout=seconds)
            for task in late:
                task.cancel()

    async def _run(self, job: Job, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await job()
        except Exception:
            log.exception("reply_failed")

    def _forget(self, chat: Hashable, done: asyncio.Task[None]) -> None:
        self._room.release()
        if self._last.get(chat) is done:
            del self._last[chat]
