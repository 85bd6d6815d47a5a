"""Updates come in by long polling; each is acknowledged only after its effect is committed.

python-telegram-bot's own updater acknowledges first, so a crash would lose votes (invariant 3).
Here the offset moves on when a batch's handlers are through. One chat's updates keep their
order, chats go side by side.
"""

import asyncio
import json
from collections import defaultdict
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

import structlog
from telegram import Update
from telegram.error import Conflict, NetworkError, RetryAfter, TelegramError
from telegram.ext import Application, CallbackContext

from db.trouble import until_it_works

log = structlog.get_logger(__name__)

ALLOWED_UPDATES = ["message", "callback_query", "poll_answer", "my_chat_member"]
_LONG_POLL = 50  # seconds; the most that Telegram allows (Bot API, getUpdates)
_BATCH = 100
_LONGEST_BACKOFF = 30.0  # seconds
_FAREWELL = 8.0  # seconds


class Receiver:
    """Polls, hands over, acknowledges. `caught_up` is set once nothing old is waiting.

    `apologise` is called for an update whose handler failed for good.
    """

    def __init__(
        self,
        application: Application[Any, Any, Any, Any, Any, Any],
        apologise: Callable[[Update], None],
    ) -> None:
        self._application = application
        self._apologise = apologise
        self._failures: dict[int, Exception] = {}
        self._offset: int | None = None
        self.caught_up = asyncio.Event()
        application.add_error_handler(self._note_failure)

    async def run(self) -> None:
        """Receive until cancelled; a batch that has begun gets some seconds to be finished."""
        backoff = 0.0
        while True:
            try:
                batch = await self._fetch(_LONG_POLL if self.caught_up.is_set() else 0)
            except TelegramError as error:
                backoff = await _back_off(error, backoff)
                continue
            backoff = 0.0
            working = asyncio.create_task(self._handle(batch))
            try:
                await asyncio.shield(working)
            except asyncio.CancelledError:
                await self._finish(working)
                raise
            if len(batch) < _BATCH:
                self.caught_up.set()

    async def _finish(self, working: asyncio.Task[None]) -> None:
        """The last batch: acknowledged if it can be finished, else left for the next start."""
        await asyncio.wait([working], timeout=_FAREWELL)
        if working.cancel():
            log.warning("stopped_amid_a_batch", advice="Telegram repeats it at the next start.")
        elif working.exception() is None:
            await self._confirm()

    async def _fetch(self, seconds: int) -> list[dict[str, Any]]:
        """The next updates in their raw form, waiting up to `seconds` for one.

        Raw, because one update that the library cannot read must not hide the others.
        """
        bot = self._application.bot
        parameters = {
            "limit": _BATCH,
            "timeout": seconds,
            "allowed_updates": json.dumps(ALLOWED_UPDATES),
        }
        if self._offset is not None:
            parameters["offset"] = self._offset
        fetched = await bot.request.post(
            f"{bot.base_url}/getUpdates?{urlencode(parameters)}", read_timeout=seconds + 10
        )
        return cast("list[dict[str, Any]]", fetched)

    async def _confirm(self) -> None:
        """Tell Telegram how far we came, so that a restart does not repeat it."""
        try:
            await self._fetch(0)
        except TelegramError as error:
            log.info("last_updates_not_confirmed", error=str(error))

    async def _handle(self, batch: list[dict[str, Any]]) -> None:
        chats: dict[int, list[Update]] = defaultdict(list)
        for raw in batch:
            if (update := self._read(raw)) is not None:
                chats[_chat_of(update)].append(update)
        await asyncio.gather(*(self._in_order(updates) for updates in chats.values()))
        if batch:
            self._offset = batch[-1]["update_id"] + 1

    def _read(self, raw: dict[str, Any]) -> Update | None:
        try:
            return Update.de_json(raw, self._application.bot)
        except Exception:
            log.exception("update_set_aside", update=raw.get("update_id"))
            return None

    async def _in_order(self, updates: list[Update]) -> None:
        for update in updates:
            await self._process(update)

    async def _process(self, update: Update) -> None:
        """Handle one update; while the database is away, wait for it rather than lose a vote."""
        try:
            await until_it_works(lambda: self._try(update))
        except Exception:
            log.exception("update_set_aside", update=update.update_id)
            self._apologise(update)

    async def _try(self, update: Update) -> None:
        """One pass through the handlers. Raises what they raised."""
        await self._application.process_update(update)
        if (failure := self._failures.pop(update.update_id, None)) is not None:
            raise failure

    async def _note_failure(
        self, update: object, context: CallbackContext[Any, Any, Any, Any]
    ) -> None:
        if isinstance(update, Update) and isinstance(context.error, Exception):
            self._failures[update.update_id] = context.error


def _chat_of(update: Update) -> int:
    """What keeps its order. A vote has a voter and no chat; in private they are the same id."""
    if update.effective_chat is not None:
        return update.effective_chat.id
    return update.effective_user.id if update.effective_user is not None else 0


async def _back_off(error: TelegramError, previous: float) -> float:
    if isinstance(error, Conflict):
        log.error(
            "another_bot_polls",
            advice="Stop the other process that runs with this token, or give this one its own.",
        )
    elif not isinstance(error, NetworkError | RetryAfter):
        log.error("cannot_receive", error=str(error))
    else:
        log.warning("cannot_receive", error=str(error))
    wait = min(max(1.0, 2 * previous), _LONGEST_BACKOFF)
    await asyncio.sleep(wait)
    return wait
