"""Sends polls with pictures: each picture is uploaded once, then named by its file_id."""

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import structlog
from telegram.error import BadRequest, RetryAfter

from questions import Picture
from quizbot import metrics
from quizbot.charts.render import Rasteriser, RasteriserBusyError, RasteriserError
from quizbot.telegram.client.limiter import Priority
from quizbot.telegram.client.transport import ATTACHED, Api

log = structlog.get_logger(__name__)

# Telegram's errors when a group does not let the bot send something.
NO_RIGHT = ("not enough rights", "have no rights", "_forbidden")

_PATIENCE = 3.0  # seconds to wait for the picture's upload by another question
_PAUSE = 600.0  # seconds without a picture that could not be drawn or uploaded


@dataclass(eq=False)
class _State:
    """A picture as Telegram knows it; `paused_until` by the event loop's clock."""

    file_id: str | None = None
    paused_until: float = 0.0
    reported: bool = False
    uploading: asyncio.Lock = field(default_factory=asyncio.Lock)

    @property
    def must_be_uploaded(self) -> bool:
        return self.file_id is None and _now() >= self.paused_until


class Pictures:
    """Sends polls. What Telegram has of the pictures is kept in memory, by their names.

    A picture that cannot be drawn, or that Telegram refuses, is left out: the poll's description
    says what it shows.
    """

    def __init__(self, api: Api, rasteriser: Rasteriser) -> None:
        self._api = api
        self._rasteriser = rasteriser
        self._states: defaultdict[str, _State] = defaultdict(_State)

    async def send_poll(self, picture: Picture, priority: Priority, **poll: Any) -> Any:
        """Returns the Message as plain JSON values.

        Raises telegram.error.TelegramError: RetryAfter if many pictures are waiting to be drawn, or
        if another question is uploading this one and takes long.
        """
        state = self._states[picture.name]
        if state.must_be_uploaded:
            async with _turn(state.uploading):
                if state.must_be_uploaded:  # still: the question ahead has not done it
                    return await self._upload(picture, state, priority, poll)
        if state.file_id is None:
            return await self._without_picture(priority, poll)
        return await self._send(picture, state, priority, poll, state.file_id)

    async def _upload(
        self, picture: Picture, state: _State, priority: Priority, poll: dict[str, Any]
    ) -> Any:
        try:
            png = await self._rasteriser.png(picture)
        except RasteriserBusyError:
            raise RetryAfter(1) from None
        except RasteriserError as error:
            _pause(picture, state, str(error))
            return await self._without_picture(priority, poll)
        return await self._send(picture, state, priority, poll, f"attach://{ATTACHED}", png)

    async def _send(
        self,
        picture: Picture,
        state: _State,
        priority: Priority,
        poll: dict[str, Any],
        media: str,
        png: bytes | None = None,
    ) -> Any:
        photo = {"type": "photo", "media": media}
        try:
            sent = await self._api.call("sendPoll", priority, png, media=photo, **poll)
        except BadRequest as error:
            # If the poll itself is refused, this raises, and the picture is not to blame.
            sent = await self._without_picture(priority, poll)
            if not any(words in error.message.lower() for words in NO_RIGHT):
                _pause(picture, state, error.message)
            return sent
        if png is not None:
            state.file_id, state.reported = _file_id(sent), False
            if state.file_id is None:  # a Bot API server before 10.0, which ignores `media`
                metrics.PICTURES_LEFT_OUT.inc()
                _pause(picture, state, "Telegram took the question without its picture")
        return sent

    async def _without_picture(self, priority: Priority, poll: dict[str, Any]) -> Any:
        sent = await self._api.call("sendPoll", priority, **poll)
        metrics.PICTURES_LEFT_OUT.inc()
        return sent


def _pause(picture: Picture, state: _State, error: str) -> None:
    """Leave the picture out for a while, and then upload it again. Logs only the first time."""
    state.file_id, state.paused_until = None, _now() + _PAUSE
    if not state.reported:
        log.warning("picture_left_out", picture=picture.name, error=error)
    state.reported = True


@asynccontextmanager
async def _turn(lock: asyncio.Lock) -> AsyncIterator[None]:
    """Holds the lock during the block. Raises RetryAfter if another holds it for long."""
    try:
        async with asyncio.timeout(_PATIENCE):
            await lock.acquire()
    except TimeoutError:
        raise RetryAfter(1) from None
    try:
        yield
    finally:
        lock.release()


def _file_id(sent: Any) -> str | None:
    """Returns the id of the picture in its largest size; None if the reply names none."""
    sizes = sent["poll"].get("media", {}).get("photo", [])
    return max(sizes, key=lambda size: size["width"])["file_id"] if sizes else None


def _now() -> float:
    return asyncio.get_running_loop().time()
