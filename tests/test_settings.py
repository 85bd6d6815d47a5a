"""Settings come from the environment and `.env`; a wrong one is told in a sentence."""

import os
import re
from datetime import time, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from quizbot import settings
from quizbot.settings import Settings, SettingsError

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz012345"
DATABASE = "postgresql://quizbot:geheim@localhost/quizbot"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting but the token, and an empty working directory."""
    for name in os.environ:
        if name.upper().startswith("QUIZBOT_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("QUIZBOT_TOKEN", TOKEN)
    monkeypatch.chdir(tmp_path)


def test_a_token_is_enough() -> None:
    found = settings.load()
    assert found.token.get_secret_value() == TOKEN
    assert found.database == "sqlite:///data/quizbot.sqlite3"
    assert found.address == ("127.0.0.1", 8080)
    assert found.default_time == time(9)
    assert found.default_timezone == "UTC"
    assert found.operators == ()
    assert found.repair_delay == timedelta(minutes=10)
    assert (found.topic_dir / "bank.yaml").exists()


@pytest.mark.parametrize(
    ("name", "value", "attribute", "expected"),
    [
        ("API_URL", "http://127.0.0.1:8081/", "api_url", "http://127.0.0.1:8081"),
        ("DATA_DIR", "/srv/quiz", "database", "sqlite:////srv/quiz/quizbot.sqlite3"),
        ("DATABASE_URL", DATABASE, "database", DATABASE),
        ("LISTEN", "[::1]:8080", "address", ("::1", 8080)),
        ("LISTEN", "0.0.0.0:0", "address", ("0.0.0.0", 0)),  # noqa: S104
        ("DEFAULT_TIMEZONE", "Asia/Kathmandu", "default_timezone", "Asia/Kathmandu"),
        ("DEFAULT_TIME", "23:59", "default_time", time(23, 59)),
        ("LOG_LEVEL", "debug", "log_level", "DEBUG"),
        ("OPERATORS", "1, 22,,333 ", "operators", (1, 22, 333)),
        ("REPAIR_AFTER", "60", "repair_delay", timedelta(minutes=1)),
    ],
)
def test_each_can_be_set(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, attribute: str, expected: object
) -> None:
    monkeypatch.setenv(f"QUIZBOT_{name}", value)
    assert getattr(settings.load(), attribute) == expected


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("TOKEN", "my-bot", "it does not look like a bot token"),
        ("TOKEN", "123456789:short", "it does not look like a bot token"),
        ("TOKEN", TOKEN + "\n", "it does not look like a bot token"),
        ("API_URL", "api.telegram.org", "it is no http or https address"),
        ("API_URL", "ftp://api.telegram.org", "it is no http or https address"),
        ("API_URL", "https://", "it is no http or https address"),
        ("DATABASE_URL", "quizbot.sqlite3", "it is no database URL"),
        ("DATABASE_URL", "mysql://u:geheim@localhost/quizbot", "it names mysql"),
        ("TOPIC", "weather", "there is no such topic (there is: vitamin-b12-blood-flow; or"),
        ("TOPIC", "../questions", "there is no such topic"),
        ("LISTEN", "8080", "it is no host:port"),
        ("LISTEN", ":8080", "it is no host:port"),
        ("LISTEN", "localhost:http", "it is no host:port"),
        ("LISTEN", "localhost:65536", "it is no host:port"),
        ("DEFAULT_TIMEZONE", "Mars/Olympus", "it is no IANA time zone"),
        ("DEFAULT_TIMEZONE", "../etc/passwd", "it is no IANA time zone"),
        ("DEFAULT_TIMEZONE", "Europe/", "it is no IANA time zone"),
        ("DEFAULT_TIME", "9:00", "it is no time of day"),
        ("DEFAULT_TIME", "24:00", "it is no time of day"),
        ("DEFAULT_TIME", "09:00:30", "it is no time of day"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("OPERATORS", "1;2", "it is no list of Telegram user ids"),
        ("OPERATORS", "@somebody", "it is no list of Telegram user ids"),
        ("OPERATORS", "-5", "it is no list of Telegram user ids"),
        ("REPAIR_AFTER", "ten", "integer"),
        ("REPAIR_AFTER", "0", "greater than or equal to 1"),
        ("REPAIR_AFTER", "1.5", "integer"),
        ("REPAIR_AFTER", "100000000000000", "less than"),  # more than any date can be moved by
    ],
)
def test_a_wrong_value_is_told_in_a_sentence_with_a_good_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(f"QUIZBOT_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.startswith(f"QUIZBOT_{name}: ")
    assert fault in sentence
    example = re.search(rf"; a good one is QUIZBOT_{name}=(.+)\Z", sentence)
    assert example is not None
    monkeypatch.setenv(f"QUIZBOT_{name}", example[1])
    settings.load()


def test_a_missing_token_is_told_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in (False, True):
        monkeypatch.delenv("QUIZBOT_TOKEN")
        if empty:
            monkeypatch.setenv("QUIZBOT_TOKEN", "")
        with pytest.raises(SettingsError, match=r"QUIZBOT_TOKEN is not set; .*QUIZBOT_TOKEN=\d+:"):
            settings.load()
        monkeypatch.setenv("QUIZBOT_TOKEN", TOKEN)


def test_every_wrong_setting_has_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZBOT_TOPIC", "weather")
    monkeypatch.setenv("QUIZBOT_LISTEN", "8080")
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    names = [line.split(":")[0] for line in str(refusal.value).splitlines()]
    assert sorted(names) == ["QUIZBOT_LISTEN", "QUIZBOT_TOPIC"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOKEN", "bot123:SECRET-WORD-SECRET-WORD"),
        ("DATABASE_URL", "mysql://quizbot:SECRET-WORD@localhost/quizbot"),
        ("DATABASE_URL", "postgresql://quizbot:SECRET-WORD@localhost:port/quizbot"),
        ("DATABASE_URL", "postgresql://quizbot:half@other:SECRET-WORD@localhost/quizbot"),
        ("DATABASE_URL", "SECRET-WORD"),
    ],
)
def test_no_secret_is_repeated_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(f"QUIZBOT_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    assert "SECRET-WORD" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_no_secret_is_shown_by_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZBOT_DATABASE_URL", DATABASE)
    shown = f"{settings.load()!r} {settings.load()}"
    assert TOKEN not in shown
    assert "geheim" not in shown


def test_a_file_is_read_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nQUIZBOT_DEFAULT_TIME=07:30\nQUIZBOT_LISTEN=127.0.0.1:9000\nOTHER=1\n"
    )
    monkeypatch.setenv("QUIZBOT_LISTEN", "127.0.0.1:9001")
    found = settings.load()
    assert (found.default_time, found.address[1]) == (time(7, 30), 9001)


def test_a_fault_in_the_file_has_its_sentence_as_well(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUIZBOT_TOPIC=weather\n")
    with pytest.raises(SettingsError, match="QUIZBOT_TOPIC: 'weather' is wrong"):
        settings.load()


@pytest.mark.parametrize("field", sorted(set(Settings.model_fields) - {"token"}))
def test_empty_is_not_set(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    expected = settings.load()
    monkeypatch.setenv(f"QUIZBOT_{field.upper()}", "")
    assert settings.load() == expected


def test_nothing_changes_them_later() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.load().topic = "weather"  # type: ignore[misc]
