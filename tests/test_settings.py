"""Settings from the environment and `.env`; a wrong one is refused with a sentence."""

import os
import re
from datetime import time
from ipaddress import ip_network
from pathlib import Path

import pytest
from pydantic import ValidationError

from quizbot import settings
from quizbot.logs import encoded_forms
from quizbot.quiz.delivery.reminders import ReminderPolicy
from quizbot.settings import Settings, SettingsError

TOKEN = "123456789:AAE-abcdefghijklmnopqrstuvwxyz012345"
NETWORKS = (ip_network("10.0.0.0/8"), ip_network("::1"))
DATABASE = "postgresql://quizbot:geheim@localhost/quizbot"


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Sets only the token, and works in an empty directory."""
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
    assert found.repair_after == 600
    assert found.reminder_policy == ReminderPolicy(time(19), time(22), time(8))
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
        ("REPAIR_AFTER", "60", "repair_after", 60),
        ("WEBHOOK_NETWORKS", "10.0.0.0/8, ::1", "webhook_networks", NETWORKS),
        ("PUBLIC_URL", "https://quiz.example.org/", "public_url", "https://quiz.example.org"),
        ("PUBLIC_URL", "http://127.0.0.1:8080", "public_url", "http://127.0.0.1:8080"),
        ("REMIND_AT", "20:15", "reminder_policy", ReminderPolicy(time(20, 15), time(22), time(8))),
        ("REMIND_AT", "21:59", "remind_at", time(21, 59)),
        ("REMIND_AT", "08:00", "remind_at", time(8)),
        (
            "QUIET_HOURS",
            "01:30-06:00",
            "reminder_policy",
            ReminderPolicy(time(19), time(1, 30), time(6)),
        ),
        ("QUIET_HOURS", "19:01-18:59", "quiet_hours", "19:01-18:59"),
        (
            "QUIET_HOURS",
            "00:00-00:00",
            "reminder_policy",
            ReminderPolicy(time(19), time(0), time(0)),
        ),
    ],
)
def test_each_setting_can_be_set(
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
        ("API_URL", "api.telegram.org", "it is not an http or https address"),
        ("API_URL", "ftp://api.telegram.org", "it is not an http or https address"),
        ("API_URL", "https://", "it is not an http or https address"),
        ("API_URL", "http://telegram.example", "others could read the token on the way"),
        ("API_URL", "http://127.0.0.1@telegram.example", "it must begin with https"),
        ("API_URL", "http://10.0.0.5:8081", "it must begin with https"),
        ("DATABASE_URL", "quizbot.sqlite3", "it is not a database URL"),
        ("DATABASE_URL", "mysql://u:geheim@localhost/quizbot", "it names mysql"),
        ("TOPIC", "weather", "there is no such topic (there is: vitamin-b12-blood-flow; or"),
        ("TOPIC", "../questions", "there is no such topic"),
        ("LISTEN", "8080", "it is not a host:port"),
        ("LISTEN", ":8080", "it is not a host:port"),
        ("LISTEN", "localhost:http", "it is not a host:port"),
        ("LISTEN", "localhost:65536", "it is not a host:port"),
        ("DEFAULT_TIMEZONE", "Mars/Olympus", "it is not an IANA time zone"),
        ("DEFAULT_TIMEZONE", "../etc/passwd", "it is not an IANA time zone"),
        ("DEFAULT_TIMEZONE", "Europe/", "it is not an IANA time zone"),
        ("DEFAULT_TIME", "9:00", "it is not a time of day"),
        ("DEFAULT_TIME", "24:00", "it is not a time of day"),
        ("DEFAULT_TIME", "09:00:30", "it is not a time of day"),
        ("LOG_LEVEL", "LOUD", "'DEBUG', 'INFO', 'WARNING' or 'ERROR'"),
        ("OPERATORS", "1;2", "it is not a list of Telegram user ids"),
        ("OPERATORS", "@somebody", "it is not a list of Telegram user ids"),
        ("OPERATORS", "-5", "it is not a list of Telegram user ids"),
        ("REPAIR_AFTER", "ten", "whole number"),
        ("REPAIR_AFTER", "0", "too small"),
        ("REPAIR_AFTER", "1.5", "whole number"),
        ("WEBHOOK_SECRET", "a b c d e f", "it is not 8 to 256 of the characters"),
        ("WEBHOOK_SECRET", "short", "it is not 8 to 256 of the characters"),
        ("WEBHOOK_SECRET", "x" * 257, "it is not 8 to 256 of the characters"),
        ("WEBHOOK_NETWORKS", "telegram", "it is not a list of networks"),
        ("WEBHOOK_NETWORKS", "149.154.160.1/20", "it is not a list of networks"),
        ("REPAIR_AFTER", "100000000000000", "too large"),  # more than a date can be moved by
        ("PUBLIC_URL", "quiz.example.org", "it is not an https address"),
        ("PUBLIC_URL", "https://u:p@quiz.example.org", "it is not an https address"),
        ("PUBLIC_URL", "https://quiz.example.org?x", "it is not an https address"),
        ("PUBLIC_URL", "https://quiz.example.org/board", "the dashboard has no path"),
        ("PUBLIC_URL", "http://quiz.example.org", "it must begin with https"),
        ("REMIND_AT", "7pm", "it is not a time of day"),
        ("REMIND_AT", "22:00", "it lies in the quiet hours, QUIZBOT_QUIET_HOURS=22:00-08:00"),
        ("REMIND_AT", "07:59", "it lies in the quiet hours"),
        ("QUIET_HOURS", "22-8", "it is not a span from one time of day to another"),
        ("QUIET_HOURS", "22:00-24:00", "it is not a span"),
        ("QUIET_HOURS", "22:00", "it is not a span"),
    ],
)
def test_a_wrong_value_is_refused_with_a_sentence_and_a_good_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, fault: str
) -> None:
    monkeypatch.setenv(f"QUIZBOT_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert sentence.startswith(f"QUIZBOT_{name}: ")
    assert fault in sentence
    example = re.search(rf"; for example: QUIZBOT_{name}=(.+)\Z", sentence)
    assert example is not None
    monkeypatch.setenv(f"QUIZBOT_{name}", example[1])
    settings.load()


def test_quiet_hours_that_include_the_reminder_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUIZBOT_QUIET_HOURS", "18:00-08:00")
    with pytest.raises(SettingsError, match="QUIZBOT_REMIND_AT: '19:00' is wrong: it lies in"):
        settings.load()
    monkeypatch.setenv("QUIZBOT_REMIND_AT", "17:30")
    assert settings.load().remind_at == time(17, 30)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("https://quiz.example.org/telegram", "/telegram"),
        ("https://quiz.example.org:8443/a/b-c", "/a/b-c"),
        ("https://quiz.example.org", "/"),
        ("http://127.0.0.1:8080/telegram", "/telegram"),
        ("http://[::1]:8080/telegram", "/telegram"),
    ],
)
def test_a_webhook_has_a_path_and_its_token_is_a_secret(
    monkeypatch: pytest.MonkeyPatch, url: str, path: str
) -> None:
    assert settings.load().webhook_path == ""
    assert set(settings.load().secrets) == set(encoded_forms(TOKEN))
    monkeypatch.setenv("QUIZBOT_WEBHOOK_URL", url)
    monkeypatch.setenv("QUIZBOT_WEBHOOK_SECRET", "a-Secret_1")
    found = settings.load()
    assert found.webhook_path == path
    assert {TOKEN, "a-Secret_1"} <= set(found.secrets)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("quiz.example.org/telegram", "it is not an https address"),
        ("https://quiz.example.org/telegram?key=1", "it is not an https address"),
        ("https://quiz.example.org/with space", "it is not an https address"),
        ("https://u:p@quiz.example.org/telegram", "it is not an https address"),
        ("http://quiz.example.org/telegram", "it must begin with https"),
        ("https://quiz.example.org:8080/telegram", "its port must be 443, 80, 88 or 8443"),
        ("https://quiz.example.org:port/telegram", "it is not an https address"),
        ("https://quiz.example.org/health", "it is the path of something else"),
        ("https://quiz.example.org/p/hook", "it is the path of something else"),
        ("https://quiz.example.org/static", "it is the path of something else"),
    ],
)
def test_a_wrong_webhook_address_is_refused_with_a_sentence(
    monkeypatch: pytest.MonkeyPatch, url: str, fault: str
) -> None:
    monkeypatch.setenv("QUIZBOT_WEBHOOK_URL", url)
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    sentence = str(refusal.value)
    assert sentence.startswith("QUIZBOT_WEBHOOK_URL: ")
    assert fault in sentence
    monkeypatch.setenv("QUIZBOT_WEBHOOK_URL", sentence.rpartition("=")[2])
    monkeypatch.setenv("QUIZBOT_WEBHOOK_SECRET", "a-Secret_1")
    settings.load()


def test_a_webhook_without_a_secret_is_refused_with_a_way_to_make_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("QUIZBOT_WEBHOOK_URL", "https://quiz.example.org/telegram")
    with pytest.raises(SettingsError, match=r"is required with .*openssl rand -hex 32"):
        settings.load()


def test_a_missing_token_is_refused_with_an_example(monkeypatch: pytest.MonkeyPatch) -> None:
    for empty in (False, True):
        monkeypatch.delenv("QUIZBOT_TOKEN")
        if empty:
            monkeypatch.setenv("QUIZBOT_TOKEN", "")
        with pytest.raises(SettingsError, match=r"QUIZBOT_TOKEN is not set; .*QUIZBOT_TOKEN=\d+:"):
            settings.load()
        monkeypatch.setenv("QUIZBOT_TOKEN", TOKEN)


def test_every_wrong_setting_has_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
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
        ("API_URL", "http://quizbot:SECRET-WORD@telegram.example"),
        ("WEBHOOK_SECRET", "my SECRET-WORD"),
    ],
)
def test_no_error_repeats_a_secret(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"QUIZBOT_{name}", value)
    with pytest.raises(SettingsError) as refusal:
        settings.load()
    assert "SECRET-WORD" not in str(refusal.value)
    assert refusal.value.__cause__ is None
    assert refusal.value.__suppress_context__


def test_settings_show_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUIZBOT_DATABASE_URL", DATABASE)
    shown = f"{settings.load()!r} {settings.load()}"
    assert TOKEN not in shown
    assert "geheim" not in shown


def test_the_environment_goes_before_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text(
        "# a comment\nQUIZBOT_DEFAULT_TIME=07:30\nQUIZBOT_LISTEN=127.0.0.1:9000\nOTHER=1\n"
    )
    monkeypatch.setenv("QUIZBOT_LISTEN", "127.0.0.1:9001")
    found = settings.load()
    assert (found.default_time, found.address[1]) == (time(7, 30), 9001)


def test_a_wrong_value_in_the_file_is_refused_with_a_sentence(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("QUIZBOT_TOPIC=weather\n")
    with pytest.raises(SettingsError, match="QUIZBOT_TOPIC: 'weather' is wrong"):
        settings.load()


@pytest.mark.parametrize("field", sorted(set(Settings.model_fields) - {"token"}))
def test_an_empty_value_means_the_default(monkeypatch: pytest.MonkeyPatch, field: str) -> None:
    expected = settings.load()
    monkeypatch.setenv(f"QUIZBOT_{field.upper()}", "")
    assert settings.load() == expected


def test_settings_are_immutable() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        settings.load().topic = "weather"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("paid", "given", "pace"),
    [(None, None, 30), ("true", None, 1000), ("true", "200", 200), ("false", "12", 12)],
)
def test_the_pace_is_telegrams_unless_it_is_set(
    monkeypatch: pytest.MonkeyPatch, paid: str | None, given: str | None, pace: int
) -> None:
    for name, value in {"PAID_BROADCAST": paid, "MESSAGES_PER_SECOND": given}.items():
        if value is not None:
            monkeypatch.setenv(f"QUIZBOT_{name}", value)
    assert settings.load(token=TOKEN).pace == pace


@pytest.mark.parametrize(
    ("paid", "given", "fault"),
    [
        ("false", "31", "QUIZBOT_PAID_BROADCAST=true allows it"),
        ("false", "0", "not between 1 and 30"),
        ("true", "1001", "not between 1 and 1000"),
        ("true", "fast", "not a whole number"),
        ("maybe", "500", "neither true nor false"),
    ],
)
def test_a_pace_that_telegram_does_not_allow_is_refused(
    monkeypatch: pytest.MonkeyPatch, paid: str, given: str, fault: str
) -> None:
    monkeypatch.setenv("QUIZBOT_PAID_BROADCAST", paid)
    monkeypatch.setenv("QUIZBOT_MESSAGES_PER_SECOND", given)
    with pytest.raises(SettingsError) as refused:
        settings.load(token=TOKEN)
    assert fault in str(refused.value)
    assert len(str(refused.value).splitlines()) == 1
