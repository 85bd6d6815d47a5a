"""`check` names each fault with its remedy, and changes nothing."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncEngine

from db import migrate
from tests.commands.conftest import CommandLine

_UNAUTHORIZED = {"ok": False, "error_code": 401, "description": "Unauthorized"}


@dataclass
class Telegram:
    """A Bot API server that answers getMe and getWebhookInfo as a test wants.

    Its clock is `ahead` of this machine's.
    """

    url: str = ""
    webhook: dict[str, Any] = field(default_factory=lambda: {"url": "", "pending_update_count": 0})
    ahead: timedelta = timedelta()
    accepts: bool = True
    is_dated: bool = True

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        await reader.readexactly(int(request.partition("content-length: ")[2].split()[0]))
        bot = {"id": 1, "is_bot": True, "first_name": "Quiz", "username": "quiz_bot"}
        result = bot if "/getme " in request else {"has_custom_certificate": False, **self.webhook}
        body = json.dumps({"ok": True, "result": result} if self.accepts else _UNAUTHORIZED)
        now = format_datetime(datetime.now(UTC) + self.ahead, usegmt=True)
        date = f"Date: {now}\r\n" if self.is_dated else ""
        writer.write(
            f"HTTP/1.1 {200 if self.accepts else 401} x\r\n{date}Connection: close\r\n"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )
        writer.close()
        await writer.wait_closed()


@pytest.fixture
async def telegram(sqlite_cli: CommandLine) -> AsyncIterator[Telegram]:
    telegram = Telegram()
    server = await asyncio.start_server(telegram.answer, "127.0.0.1", 0)
    async with server:
        telegram.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        sqlite_cli.settings["QUIZBOT_API_URL"] = telegram.url
        yield telegram


async def _faults(cli: CommandLine, **changed: str) -> dict[str, str]:
    """Returns the faults by the name of the check; what is printed agrees with the exit code."""
    result = await cli.run("check", "--json", **changed)
    found = json.loads(result.stdout)
    faults = {each["name"]: each["fault"] for each in found["checks"] if each["fault"]}
    assert found["ok"] == (not faults)
    assert result.exit_code == bool(faults)
    return faults


async def test_a_bot_without_faults(
    cli: CommandLine, telegram: Telegram, engine: AsyncEngine
) -> None:
    result = await cli.run("check", api_url=telegram.url)
    assert result.exit_code == 0, result.output
    lines = dict(line.split(maxsplit=2)[1:] for line in result.stdout.splitlines())
    assert list(lines) == [
        "versions", "topic", "token", "webhook", "clock", "database", "schema", "disk",
    ]  # fmt: skip
    assert lines["token"] == "@quiz_bot, id 1"
    assert lines["database"].lower().startswith(engine.dialect.name)
    assert lines["schema"] == f"revision {migrate.known_revisions()[0]}"


async def test_a_refused_token(sqlite_cli: CommandLine, telegram: Telegram) -> None:
    telegram.accepts = False
    assert await _faults(sqlite_cli) == {
        "token": "Telegram does not accept QUIZBOT_TOKEN; copy it again from @BotFather."
    }


@pytest.mark.parametrize(
    ("seconds", "words"), [(-600, "600 s ahead of"), (600, "600 s behind"), (-2, ""), (2, "")]
)
async def test_a_wrong_clock(
    sqlite_cli: CommandLine, telegram: Telegram, seconds: int, words: str
) -> None:
    telegram.ahead = timedelta(seconds=seconds)
    faults = await _faults(sqlite_cli)
    assert bool(faults) == bool(words)
    if words:
        assert "keep it set by NTP" in faults["clock"]
        said = int(faults["clock"].split(" machine is ")[1].split()[0])
        assert abs(said - 600) <= 2  # this machine may be slow
        assert words.split(maxsplit=2)[2] in faults["clock"]


async def test_a_clock_that_is_not_checked_is_named(
    sqlite_cli: CommandLine, telegram: Telegram
) -> None:
    telegram.is_dated = False
    assert re.search(r"clock +not checked", (await sqlite_cli.run("check")).stdout)


async def test_a_webhook_that_is_not_the_one_in_the_settings(
    sqlite_cli: CommandLine, telegram: Telegram
) -> None:
    telegram.webhook["url"] = "https://old.example.org/telegram"
    told = (await _faults(sqlite_cli))["webhook"]
    assert told.startswith(
        "Telegram has the webhook https://old.example.org/telegram, and the settings have no"
    )


@pytest.mark.parametrize(("minutes", "is_fault"), [(1, True), (30, False)])
async def test_a_webhook_that_telegram_cannot_reach(
    sqlite_cli: CommandLine, telegram: Telegram, minutes: int, is_fault: bool
) -> None:
    url = "https://quiz.example.org/telegram"
    failed = datetime.now(UTC) - timedelta(minutes=minutes)
    telegram.webhook = {
        "url": url,
        "pending_update_count": 7,
        "last_error_date": int(failed.timestamp()),
        "last_error_message": "Connection refused",
    }
    faults = await _faults(sqlite_cli, webhook_url=url, webhook_secret="secret-of-the-webhook")
    assert bool(faults) == is_fault
    if is_fault:
        assert (
            f"{failed:%H:%M:%S} UTC (Connection refused), updates waiting: 7. Check that"
            in (faults["webhook"])
        )


async def test_without_telegram_and_database_all_else_is_checked(
    sqlite_cli: CommandLine, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path}/new/none.sqlite3"
    faults = await _faults(sqlite_cli, database_url=url)
    assert set(faults) == {"telegram", "database"}
    assert "check the network and QUIZBOT_API_URL" in faults["telegram"]
    assert not (tmp_path / "new").exists()
    away = await _faults(sqlite_cli, database_url="postgresql://me:secret@127.0.0.1:9/quiz")
    assert away["database"].startswith("The database cannot be used (")
    assert "QUIZBOT_DATA_DIR" not in away["database"]


async def test_a_proxy_of_another_kind(
    sqlite_cli: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "socks5://127.0.0.1:9")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    url = "https://api.example.org"
    told = (await _faults(sqlite_cli, api_url=url))["telegram"]
    assert "the proxy in HTTPS_PROXY must begin with http://" in told
    assert await sqlite_cli.fails("send-test", 1, api_url=url) == told


async def test_a_database_that_cannot_be_used(
    cli: CommandLine, database: str, tmp_path: Path, telegram: Telegram
) -> None:
    (tmp_path / "quizbot.sqlite3").write_bytes(b"no database, but something else" * 100)
    url = make_url(database)
    if url.get_backend_name() == "postgresql":
        url = url.set(database="unheard_of")
    changed = {"database_url": url.render_as_string(), "api_url": telegram.url}
    told = (await _faults(cli, **changed))["database"]
    assert re.fullmatch(r"The database cannot be used \(.*(unheard_of|not a database).*", told)
    assert await cli.fails("coordinators", "list", **changed) == told


@pytest.mark.parametrize(
    ("revision", "remedy"),
    [
        ("0009", "start the bot on it, which migrates it"),
        ("9999", "run the later version that made it"),
    ],
)
async def test_another_schema_revision(
    cli: CommandLine, telegram: Telegram, engine: AsyncEngine, revision: str, remedy: str
) -> None:
    async with engine.begin() as connection:
        await connection.execute(
            text("UPDATE alembic_version SET version_num = :r"), {"r": revision}
        )
    told = (await _faults(cli, api_url=telegram.url))["schema"]
    assert f"at schema revision {revision}" in told
    assert remedy in told


async def test_every_wrong_setting_is_a_fault(sqlite_cli: CommandLine) -> None:
    result = await sqlite_cli.run("check", token="short", topic="none")
    assert result.exit_code == 1
    lines = result.stdout.splitlines()
    assert [line.split()[:3] for line in lines] == [
        ["FAULT", "settings", "QUIZBOT_TOKEN:"],
        ["FAULT", "settings", "QUIZBOT_TOPIC:"],
    ]
