"""`python bot.py` in a process of its own, which ends with the test at the latest."""

import asyncio
import json
import os
import signal
import sys
from collections import defaultdict
from pathlib import Path

from tests.processes import ending_with_parent
from tests.sizes import PATIENCE

ROOT = Path(__file__).parents[2]
TOKEN = "7000000001:a_token_of_the_sandbox_for_tests_only"


class Bots:
    """All bots of a worker: a fork server starts them (tests.process.fork_server)."""

    def __init__(self) -> None:
        self._server: asyncio.subprocess.Process | None = None
        self._reader: asyncio.Task[None] | None = None
        self._one_start = asyncio.Lock()
        self._started = asyncio.Queue[int]()
        self._exits = defaultdict[int, asyncio.Future[int]](asyncio.Future)  # by pid

    async def start(self, environment: dict[str, str], log: Path) -> int:
        """Starts a bot with this environment alone. Returns its pid."""
        async with self._one_start:
            if self._server is None:
                self._server = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.process.fork_server", cwd=ROOT,
                    env={"PATH": os.environ["PATH"]}, start_new_session=True,
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                    preexec_fn=ending_with_parent(),
                )  # fmt: skip
                self._reader = asyncio.create_task(self._read(self._server))
            assert self._server.stdin is not None
            self._server.stdin.write(f"{json.dumps([environment, str(log)])}\n".encode())
            return await self._started.get()

    async def execute(self, environment: dict[str, str], log: Path) -> int:
        """Starts a bot by its real command, without the server. Returns its pid."""
        with log.open("ab") as output:
            bot = await asyncio.create_subprocess_exec(
                sys.executable, "bot.py", cwd=ROOT, env=environment,
                stdin=asyncio.subprocess.DEVNULL, stdout=output, stderr=output,
                preexec_fn=ending_with_parent(),
            )  # fmt: skip
        self._exits[bot.pid] = asyncio.ensure_future(bot.wait())
        return bot.pid

    def exit_of(self, pid: int) -> asyncio.Future[int]:
        """Returns the future exit code."""
        return self._exits[pid]

    async def kill(self) -> None:
        """Kills all that run, for example those of a test that has failed."""
        for pid, ended in self._exits.items():
            if not ended.done():
                os.kill(pid, signal.SIGKILL)
        await asyncio.gather(*self._exits.values())
        self._exits.clear()

    async def close(self) -> None:
        """Ends the server, and with it all bots."""
        if self._server is not None and self._reader is not None:
            assert self._server.stdin is not None
            self._server.stdin.close()
            await self._reader
            await self._server.wait()

    async def _read(self, server: asyncio.subprocess.Process) -> None:
        assert server.stdout is not None
        async for line in server.stdout:
            pid, exit_code = json.loads(line)
            if exit_code is None:
                self._exits[pid]
                self._started.put_nowait(pid)
            else:
                self._exits[pid].set_result(exit_code)


BOTS = Bots()


class BotProcess:
    """`python bot.py` with only the environment of a fresh machine.

    `settings` are further QUIZBOT_* variables. The log goes to `log`; that of the latest start
    begins at `started_at`.
    """

    def __init__(self, url: str, database: str, folder: Path, **settings: str) -> None:
        self.log = folder / "bot.log"
        self.started_at = 0
        self._environment = {
            "PATH": os.environ["PATH"],
            "QUIZBOT_TOKEN": TOKEN,
            "QUIZBOT_API_URL": url,
            "QUIZBOT_DATABASE_URL": database,
            "QUIZBOT_DATA_DIR": str(folder),
            "QUIZBOT_LISTEN": "127.0.0.1:0",
            "QUIZBOT_REPAIR_AFTER": "1",
        } | settings
        self._pid = 0
        self._exit: asyncio.Future[int] | None = None

    async def start(self, *, by_command: bool = False) -> None:
        with self.log.open("ab") as log:
            self.started_at = log.tell()
        start = BOTS.execute if by_command else BOTS.start
        self._pid = await start(self._environment, self.log)
        self._exit = BOTS.exit_of(self._pid)

    @property
    def exit_code(self) -> int | None:
        """The exit code, None while it runs."""
        assert self._exit is not None
        return self._exit.result() if self._exit.done() else None

    async def wait_until_started(self) -> None:
        """Waits until the latest start is complete; from then on it handles SIGTERM."""
        await self.wait_until_logged("started")

    async def wait_until_logged(self, event: str) -> None:
        """Waits until the process of the latest start has logged this event."""
        async with asyncio.timeout(PATIENCE):
            while not self.has_logged(event):  # noqa: ASYNC110 -- nobody tells us of a new line
                await asyncio.sleep(0.02)

    def has_logged(self, event: str) -> bool:
        """Returns whether the process of the latest start has logged this event."""
        return f'"event": "{event}"' in self.log.read_text()[self.started_at :]

    async def ended(self) -> int:
        """Waits until it has ended by itself. Returns the exit code."""
        assert self._exit is not None
        return await self._exit

    async def kill(self) -> None:
        """Kills it (kill -9). Raises AssertionError if it has already ended."""
        assert self.exit_code is None, f"the bot has ended by itself: see {self.log}"
        os.kill(self._pid, signal.SIGKILL)
        await self.ended()

    async def terminate(self) -> int:
        """Sends SIGTERM. Returns the exit code."""
        os.kill(self._pid, signal.SIGTERM)
        return await self.ended()
