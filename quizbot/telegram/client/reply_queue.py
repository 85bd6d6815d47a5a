"""Sends replies in the background: in order within a chat, side by side across chats."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Hashable

import structlog

log = structlog.get_logger(__name__)

Job = Callable[[], Awaitable[object]]

_MAX_WAITING = 20_000  # replies in all: some 70 MB
_MAX_WAITING_IN_CHAT = 300  # five minutes' worth at Telegram's pace


class ReplyQueue:
    """The replies that are still to be sent.

    An update's effect is committed before its reply is posted, so a lost reply is never a lost
    answer. A chat that asks faster than Telegram lets the bot reply loses replies, and delays
    nobody else.
    """

    def __init__(self) -> None:
        self._last: dict[Hashable, asyncio.Task[None]] = {}
        self._waiting: defaultdict[Hashable, int] = defaultdict(int)
        self._tasks: set[asyncio.Task[None]] = set()

    def post(self, chat: Hashable, job: Job) -> None:
        """Run the job after the earlier ones of the chat."""
        if self._waiting[chat] >= _MAX_WAITING_IN_CHAT or len(self._tasks) >= _MAX_WAITING:
            log.warning("reply_dropped", chat=chat)
            return
        self._waiting[chat] += 1
        task = asyncio.create_task(self._run(job, self._last.get(chat)))
        self._last[chat] = task
        self._tasks.add(task)
        task.add_done_callback(lambda done: self._done(chat, done))

    async def drain(self, seconds: float) -> None:
        """Wait up to `seconds` for all jobs, then give up on the rest."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=seconds)
            for task in late:
                task.cancel()

    async def _run(self, job: Job, before: asyncio.Task[None] | None) -> None:
        if before is not None:
            await asyncio.wait([before])
        try:
            await job()
        except Exception:
            log.exception("reply_failed")

    def _done(self, chat: Hashable, done: asyncio.Task[None]) -> None:
        self._tasks.discard(done)
        self._waiting[chat] -= 1
        if self._last.get(chat) is done:
            del self._last[chat], self._waiting[chat]
