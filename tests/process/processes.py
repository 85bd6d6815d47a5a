"""`python bot.py` in a process of its own, which ends with the test at the latest."""

import asyncio
import os
import sys
from pathlib import Path

from tests.processes import ending_with_parent

ROOT = Path(__file__).parents[2]
TOKEN = "7000000001:a_token_of_the_sandbox_for_tests_only"


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
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        with self.log.open("ab") as log:
            self.started_at = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "bot.py",
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
                preexec_fn=ending_with_parent(),
            )

    @property
    def exit_code(self) -> int | None:
        """The exit code, None while it runs."""
        assert self._process is not None
        return self._process.returncode

    async def wait_until_started(self) -> None:
        """Waits until the latest start is complete; from then on it handles SIGTERM."""
        await self.wait_until_logged("started")

    async def wait_until_logged(self, event: str) -> None:
        """Waits until the process of the latest start has logged this event."""
        async with asyncio.timeout(60):
            while not self.has_logged(event):  # noqa: ASYNC110 -- nobody tells us of a new line
                await asyncio.sleep(0.02)

    def has_logged(self, event: str) -> bool:
        """Returns whether the process of the latest start has logged this event."""
        return f'"event": "{event}"' in self.log.read_text()[self.started_at :]

    async def ended(self) -> int:
        """Waits until it has ended by itself. Returns the exit code."""
        assert self._process is not None
        return await self._process.wait()

    async def kill(self) -> None:
        """Kills it (kill -9). Raises AssertionError if it has already ended."""
        assert self._process is not None
        assert self.exit_code is None, f"the bot has ended by itself: see {self.log}"
        self._process.kill()
        await self._process.wait()

    async def terminate(self) -> int:
        """Sends SIGTERM. Returns the exit code."""
        assert self._process is not None
        self._process.terminate()
        return await self._process.wait()
