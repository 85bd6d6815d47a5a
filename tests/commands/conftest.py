"""The operators' command line, with a local Telegram and the settings of its bot."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from quizbot.commands import app
from tests.sizes import PATIENCE
from tests.telegram.conftest import topics  # noqa: F401 -- an autouse fixture: banks are read once
from tests.telegram.sandbox import TOKEN, Sandbox, open_sandbox

# In the future, so that the sandbox's questions are open by the clock of this machine, too.
START = datetime(2126, 11, 25, 8, tzinfo=UTC)


@dataclass
class CommandLine:
    """`python -m quizbot` in this process, with only these settings."""

    settings: dict[str, str]

    async def run(self, *arguments: object, input: str | None = None, **changed: str) -> Result:  # noqa: A002
        """Runs a command, in a thread of its own: it has its own event loop.

        `input` is what is typed, `changed` are other settings.
        """
        return await asyncio.to_thread(
            CliRunner().invoke,
            app,
            [str(each) for each in arguments],
            input=input,
            env=self.settings
            | {f"QUIZBOT_{name.upper()}": value for name, value in changed.items()},
        )

    async def succeeds(self, *arguments: object, **changed: str) -> Any:
        """Returns the JSON document that the command prints."""
        result = await self.run(*arguments, "--json", **changed)
        assert result.exit_code == 0, result.output
        return json.loads(result.stdout)

    async def fails(self, *arguments: object, **changed: str) -> str:
        """Returns the sentence with which the command fails."""
        result = await self.run(*arguments, **changed)
        assert result.exit_code == 2, result.output
        assert result.stdout == ""
        [sentence] = result.stderr.splitlines()
        return sentence.removeprefix("Error: ")

    async def is_refused_beside_a_bot(self, *arguments: object) -> bool:
        """Returns whether the command refuses because a bot uses the database."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("db.exclusive._LEAVING", 0.1)  # the bot does not leave
            return (await self.fails(*arguments)).startswith("A bot uses the database")


@pytest.fixture(autouse=True)
def logs_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command sets up the logs of its process, which here is that of all tests."""
    monkeypatch.setattr("quizbot.logs.set_up", lambda *_: None)


@pytest.fixture(autouse=True)
def bots_have_time_to_leave(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes long to end the connections of a bot that has stopped."""
    monkeypatch.setattr("db.exclusive._LEAVING", PATIENCE)


@pytest.fixture
def cli(database: str, tmp_path: Path) -> CommandLine:
    """The command line for a database of either kind, without Telegram."""
    return _command_line(database, tmp_path)


@pytest.fixture
def sqlite_cli(sqlite_database: str, tmp_path: Path) -> CommandLine:
    return _command_line(sqlite_database, tmp_path)


@pytest.fixture
def postgresql_cli(postgresql_database: str, tmp_path: Path) -> CommandLine:
    return _command_line(postgresql_database, tmp_path)


def _command_line(database: str, folder: Path) -> CommandLine:
    return CommandLine(
        {
            "QUIZBOT_TOKEN": TOKEN,
            "QUIZBOT_API_URL": "http://127.0.0.1:9",
            "QUIZBOT_DATABASE_URL": database,
            "QUIZBOT_DATA_DIR": str(folder),
        }
    )


@pytest.fixture
async def sandbox(database: str, tmp_path: Path, cli: CommandLine) -> AsyncIterator[Sandbox]:
    """A local Telegram, which the command line now uses."""
    async with open_sandbox(database, tmp_path, START) as sandbox:
        cli.settings["QUIZBOT_API_URL"] = sandbox.url
        yield sandbox
