"""Receives updates by long polling; each is acknowledged only after its effect is committed.

python-telegram-bot's own updater acknowledges first, so a crash would lose poll answers
(invariant 3, ARCHITECTURE.md). Here the offset moves on only when all updates of a batch are
handled.
"""

import asyncio
import json
from collections.abc import Callable
from typing import cast
from urllib.parse import urlencode

import structlog
from telegram import Bot
from telegram.error import Conflict, NetworkError, RetryAfter, TelegramError

from quizbot.telegram.client.transport import CONFLICT_ADVICE
from quizbot.telegram.updates.receiver import ALLOWED_UPDATES, RawUpdate, Receiver, id_of

log = structlog.get_logger(__name__)

_LONG_POLL = 50  # seconds; the most that Telegram allows (Bot API, getUpdates)
_BATCH = 100  # updates; the most that Telegram returns
_MAX_BACKOFF = 30.0  # seconds


class Poller:
    """Polls and acknowledges. `caught_up` is set once no old updates are waiting."""

    def __init__(self, bot: Bot, receiver: Receiver) -> None:
        self._bot = bot
        self._receiver = receiver
        self._offset: int | None = None
        self.caught_up = asyncio.Event()

    async def run(self, seconds_left: Callable[[], float]) -> None:
        """Poll until cancelled; the batch in progress then gets `seconds_left()` to finish.

        May be run again afterwards. Telegram lets only one process at a time poll for a bot.
        """
        self._offset = None  # another process may have polled meanwhile
        self.caught_up.clear()
        backoff = 0.0
        while True:
            try:
                batch = await self._fetch(_LONG_POLL if self.caught_up.is_set() else 0)
            except Exception as error:  # noqa: BLE001 -- logged by _back_off
                backoff = await _back_off(error, backoff)
                continue
            backoff = 0.0
            in_progress = [self._receiver.take(raw) for raw in batch]
            try:
                if in_progress:
                    await asyncio.wait(in_progress)
            except asyncio.CancelledError:
                await self._finish(in_progress, batch, seconds_left())
                raise
            self._mark_handled(batch)
            if len(batch) < _BATCH:
                self.caught_up.set()

    def _mark_handled(self, batch: list[RawUpdate]) -> None:
        """Note that the batch is handled: the next poll acknowledges it."""
        if batch:
            self._offset = max(map(id_of, batch)) + 1

    async def _finish(
        self, in_progress: list[asyncio.Task[None]], batch: list[RawUpdate], seconds: float
    ) -> None:
        """Acknowledge the last batch if it can be finished; else the next poller gets it again."""
        await asyncio.wait(in_progress, timeout=seconds)
        if not all(task.done() and not task.cancelled() for task in in_progress):
            log.warning("stopped_during_a_batch", advice="Telegram repeats it to the next poller.")
            return
        self._mark_handled(batch)
        try:
            await self._fetch(0)
        except TelegramError as error:
            log.info("last_updates_not_acknowledged", error=str(error))

    async def _fetch(self, seconds: int) -> list[RawUpdate]:
        """Returns the next updates as raw JSON, after waiting up to `seconds` for one.

        Raw, so that an update that the library cannot parse does not hide the others.
        """
        parameters = {
            "limit": _BATCH,
            "timeout": seconds,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            parameters["offset"] = self._offset
        fetched = await self._bot.request.post(
            f"{self._bot.base_url}/getUpdates?{urlencode(parameters)}", read_timeout=seconds + 10
        )
        if not isinstance(fetched, list) or not all(map(_is_update, fetched)):
            raise NetworkError("the reply holds no updates")
        return cast("list[RawUpdate]", fetched)


def _is_update(raw: object) -> bool:
    return isinstance(raw, dict) and isinstance(raw.get("update_id"), int)


async def _back_off(error: Exception, previous: float) -> float:
    """Wait before the next try. Returns how long. No error ends the polling."""
    if isinstance(error, Conflict):
        log.error("another_bot_polls", error=error.message, advice=CONFLICT_ADVICE)
    elif not isinstance(error, NetworkError | RetryAfter):
        log.error("cannot_receive", error=f"{type(error).__name__}: {error}")
    else:
        log.warning("cannot_receive", error=str(error))
    wait = min(max(1.0, 2 * previous), _MAX_BACKOFF)
    await asyncio.sleep(wait)
    return wait
