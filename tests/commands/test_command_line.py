"""The command line as a process of its own: what it loads, its exit codes and its streams."""

import os
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from quizbot import version
from tests.commands.conftest import CommandLine
from tests.processes import ending_with_parent
from tests.telegram.sandbox import TOKEN

ROOT = Path(__file__).parents[2]
_SLOW = {"sqlalchemy", "telegram", "pydantic_settings", "alembic", "asyncpg", "quizbot.settings"}


def test_help_and_version_load_nothing_that_takes_long() -> None:
    ended = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "quizbot", "version"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},  # they need no settings
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=ending_with_parent(),
    )
    assert ended.stdout == f"quizbot {version()}\n"
    loaded = {line.rpartition("|")[2].strip() for line in ended.stderr.splitlines()}
    assert "quizbot.commands" in loaded
    assert loaded & _SLOW == set()


def test_output_that_cannot_be_written_is_not_the_databases_fault() -> None:
    reading, broken = os.pipe()
    os.close(reading)
    full = os.open("/dev/full", os.O_WRONLY)
    ended = [
        subprocess.run(
            [sys.executable, "-m", "quizbot", "version"],
            cwd=ROOT,
            env={"PATH": os.environ["PATH"]},
            stdout=output,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            preexec_fn=ending_with_parent(),
        )
        for output in (broken, full)
    ]
    os.close(broken)
    os.close(full)
    assert [(each.returncode, each.stderr) for each in ended] == [
        (1, ""),
        (2, "Error: The output cannot be written (No space left on device).\n"),
    ]


async def test_a_wrong_setting_is_a_sentence(sqlite_cli: CommandLine) -> None:
    told = await sqlite_cli.fails("backup", token="")
    assert told.startswith("QUIZBOT_TOKEN is not set; set it, for example QUIZBOT_TOKEN=")


async def test_the_log_of_a_command_has_no_secret(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_up: list[object] = []
    monkeypatch.setattr("quizbot.logs.set_up", lambda *given: set_up.extend(given))
    await sqlite_cli.succeeds("coordinators", "list")
    level, secrets = set_up
    assert level == "WARNING"
    assert TOKEN in cast("list[str]", secrets)


async def test_every_command_is_explained_and_speaks_json(sqlite_cli: CommandLine) -> None:
    documented = (ROOT / "docs" / "commands.md").read_text()
    commands = [
        ("check",), ("backup",), ("restore",), ("to-postgresql",), ("rebuild",), ("send-test",),
        ("version",), ("person", "export"), ("person", "erase"), ("coordinators", "list"),
        ("coordinators", "remove"),
    ]  # fmt: skip
    for command in commands:
        shown = (await sqlite_cli.run(*command, "--help")).stdout
        assert "--json" in shown
        assert f"`{' '.join(command)}" in documented


async def test_an_unreachable_postgresql_is_a_sentence_without_the_password(
    sqlite_cli: CommandLine,
) -> None:
    url = "postgresql://me:topsecret@127.0.0.1:9/quiz"
    told = await sqlite_cli.fails("coordinators", "list", database_url=url)
    assert told.startswith("The database cannot be used (")
    assert told.endswith("QUIZBOT_DATABASE_URL or QUIZBOT_DATA_DIR is right.")
    assert "topsecret" not in told
