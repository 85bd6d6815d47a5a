"""Pictures, drawn by one worker process that lives from the first picture to an idle time."""

import asyncio
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path
from typing import Self

from quizbot.charts.kinds import Picture, to_json
from quizbot.charts.protocol import DRAWN, FORMS, LENGTH, Form, message

_ROOT = Path(__file__).parent.parent.parent
_COMMAND = (sys.executable, "-m", "quizbot.charts.worker")

# All that the worker needs of the bot's environment, which holds the token: where programs,
# libraries, fonts and temporary files are.
_PASSED_ON = ("PATH", "LD_LIBRARY_PATH", "HOME", "TMPDIR")


class DrawingError(Exception):
    """There is no picture; the message says why, for a log."""


class Drawing:
    """Draws pictures, one at a time.

    `longest` is how many seconds a picture may take, and how many it may wait for its turn;
    `idle` is after how many without a picture the worker ends; `waiting` is how many pictures may
    be asked for at the same time.
    """

    def __init__(
        self,
        *,
        longest: float = 15,
        idle: float = 60,
        waiting: int = 20,
        command: tuple[str, ...] = _COMMAND,
    ) -> None:
        self._longest, self._idle, self._waiting = longest, idle, waiting
        self._command = command
        self._asked = 0
        self._turn = asyncio.Lock()
        self._worker: Process | None = None
        self._idle_end: asyncio.TimerHandle | None = None
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def draw(self, picture: Picture, form: Form = "png") -> bytes:
        """The picture as a PNG for a chat, or an SVG for a page. Raises DrawingError."""
        if self._asked >= self._waiting:
            raise DrawingError(f"{self._waiting} pictures are waiting already")
        self._asked += 1
        try:
            await self._take_turn()
            try:
                return await self._drawn(FORMS[form] + to_json(picture))
            finally:
                self._turn.release()
        finally:
            self._asked -= 1

    async def close(self) -> None:
        """End the worker; pictures that are being drawn or wait fail, and so do later ones."""
        self._closed = True
        self._kill()
        async with self._turn:
            await self._end()

    @property
    def worker(self) -> int | None:
        """The worker's process id, None while there is none."""
        return self._worker.pid if self._worker and self._worker.returncode is None else None

    async def _take_turn(self) -> None:
        try:
            async with asyncio.timeout(self._longest):
                await self._turn.acquire()
        except TimeoutError:
            raise DrawingError(f"no turn within {self._longest} s") from None

    async def _drawn(self, request: bytes) -> bytes:
        if self._idle_end is not None:
            self._idle_end.cancel()
        try:
            async with asyncio.timeout(self._longest):
                answer = await self._asked_twice(request)
        except TimeoutError:
            await self._end()
            raise DrawingError(f"no picture within {self._longest} s") from None
        except (OSError, EOFError) as error:
            await self._end()
            raise DrawingError(f"the worker ended ({type(error).__name__})") from error
        except BaseException:  # cancelled: the answer would be taken for the next picture's
            await self._end()
            raise
        self._idle_end = asyncio.get_running_loop().call_later(self._idle, self._kill)
        if answer[:1] != DRAWN:
            raise DrawingError(f"the worker failed ({answer[1:].decode()})")
        return answer[1:]

    async def _asked_twice(self, request: bytes) -> bytes:
        """The answer; a worker that ended since its last picture is replaced."""
        if self._worker is not None:
            with suppress(OSError, EOFError):
                return await _exchange(self._worker, request)
            await self._end()
        if self._closed:
            raise DrawingError("the drawing is closed")
        self._worker = await _started(self._command)
        return await _exchange(self._worker, request)

    def _kill(self) -> None:
        """End the worker, which has nothing to lose; asyncio sees to it that no zombie stays."""
        if self._worker is not None:
            with suppress(ProcessLookupError):
                self._worker.kill()

    async def _end(self) -> None:
        """Kill the worker and wait until the system has forgotten it."""
        if self._idle_end is not None:
            self._idle_end.cancel()
        self._kill()
        worker, self._worker = self._worker, None
        if worker is not None:
            await asyncio.shield(worker.communicate())  # to the end of its pipes


async def _started(command: tuple[str, ...]) -> Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=PIPE,
        stdout=PIPE,
        stderr=DEVNULL,  # libraries may print what is in the picture
        cwd=_ROOT,
        env={name: os.environ[name] for name in _PASSED_ON if name in os.environ},
        start_new_session=True,  # a terminal's Ctrl-C is for the bot, which ends the worker
    )


async def _exchange(worker: Process, request: bytes) -> bytes:
    """The worker's answer. Raises OSError or EOFError where it has ended."""
    assert worker.stdin is not None  # noqa: S101 - both are pipes
    assert worker.stdout is not None  # noqa: S101
    worker.stdin.write(message(request))
    await worker.stdin.drain()
    (length,) = LENGTH.unpack(await worker.stdout.readexactly(LENGTH.size))
    return await worker.stdout.readexactly(length)
