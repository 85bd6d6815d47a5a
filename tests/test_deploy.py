"""Names in deploy/ exist and agree with each other. Docker is not used."""

import re
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from dotenv import dotenv_values

from quizbot import application
from quizbot.settings import Settings
from quizbot.web.server import Limits

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
PLACES = [*sorted(path for path in DEPLOY.iterdir() if path.is_file()), ROOT / "docs" / "deploy.md"]
FILLED = {
    "QUIZBOT_TOKEN": "7000000001:a_token_of_the_sandbox_for_tests_only",
    "POSTGRES_PASSWORD": "a0b1c2",
    "QUIZBOT_WEBHOOK_SECRET": "a0b1c2d3e4f5",
}

Service = dict[str, Any]


@pytest.fixture
def services() -> dict[str, Service]:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return cast("dict[str, Service]", compose["services"])


@pytest.fixture
def bots(services: dict[str, Service]) -> dict[str, Service]:
    return {name: each for name, each in services.items() if each["image"] == "quizbot"}


def _names(text: str) -> set[str]:
    return set(re.findall(r"\bQUIZBOT_[A-Z_]+", text))


def _known() -> set[str]:
    return {f"QUIZBOT_{field.upper()}" for field in Settings.model_fields}


def _example(*, commented: bool) -> dict[str, str]:
    """Returns what .env.example sets; with `commented`, also what it shows after a #."""
    text = (DEPLOY / ".env.example").read_text()
    if commented:
        text = re.sub(r"^#(?=[A-Z_]+=)", "", text, flags=re.MULTILINE)
    return {name: value or "" for name, value in dotenv_values(stream=StringIO(text)).items()}


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_setting_named_in_deploy_exists(place: Path) -> None:
    assert _names(place.read_text()) - _known() == set()


def test_the_example_environment_explains_every_setting() -> None:
    assert set(_example(commented=True)) >= _known()
    lines = (DEPLOY / ".env.example").read_text().splitlines()
    for before, line in pairwise(lines):
        if re.match(r"#?[A-Z_]+=", line):
            assert re.match(r"# |#?QUIZBOT_", before), f"{line} has no sentence"


def test_commented_values_of_the_example_environment_are_the_defaults(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)  # without an .env
    filled = {name: value for name, value in FILLED.items() if name in _known()}
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    plain = Settings()
    for name, value in _example(commented=True).items():
        monkeypatch.setenv(name, filled.get(name, value))
    assert Settings() == plain


def test_the_compose_file_uses_variables_of_the_example_environment(
    services: dict[str, Service],
) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+)", (DEPLOY / "compose.yaml").read_text()))
    assert asked <= set(_example(commented=False))
    assert asked >= {"DOMAIN", "POSTGRES_PASSWORD"}


def test_files_named_by_the_compose_file_exist(services: dict[str, Service]) -> None:
    for service in services.values():
        if "build" in service:
            context = DEPLOY / service["build"]["context"]
            assert (context / service["build"]["dockerfile"]).is_file()
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert not source.startswith(".") or (DEPLOY / source).is_file()


def test_both_bots_have_the_same_settings_and_time_to_stop(bots: dict[str, Service]) -> None:
    first, second = bots.values()
    assert first == second
    stop = timedelta(seconds=int(first["stop_grace_period"].removesuffix("s")))
    assert stop.total_seconds() > application._SHUTDOWN_SECONDS
    service = (DEPLOY / "quizbot.service").read_text()
    systemd = re.search(r"TimeoutStopSec=(\d+)", service)
    assert systemd is not None
    assert int(systemd[1]) > application._SHUTDOWN_SECONDS


def test_databases_and_backups_are_readable_by_their_user_only() -> None:
    service = (DEPLOY / "quizbot.service").read_text()
    assert "\nUMask=0077\n" in service
    assert "\nStateDirectoryMode=0700\n" in service
    assert "\nUMask=0077\n" in (DEPLOY / "quizbot-backup.service").read_text()
    commands = re.findall(r"^    (.*pg_dump .*)$", PLACES[-1].read_text(), re.MULTILINE)
    assert len(commands) == 1
    assert all(command.startswith("umask 077; ") for command in commands)


def test_backups_and_the_wrapper_use_the_settings_of_the_bots_unit() -> None:
    bot = (DEPLOY / "quizbot.service").read_text()
    backup = (DEPLOY / "quizbot-backup.service").read_text()
    wrapper = (DEPLOY / "quizbot").read_text()
    shared = r"^(?:User|WorkingDirectory|EnvironmentFile|Environment(?==QUIZBOT))=(.+)$"
    values = re.findall(shared, bot, re.MULTILINE)
    assert len(values) == 4
    assert re.findall(shared, backup, re.MULTILINE) == values
    assert all(f"={value} " in wrapper for value in values)
    started = re.findall(r"^ExecStart=(.+)$", backup, re.MULTILINE)
    assert started == [
        "/opt/quizbot/.venv/bin/python -m quizbot backup /var/lib/quizbot-backups --keep 14"
    ]
    assert "StateDirectory=quizbot quizbot-backups\n" in backup


def test_webhook_and_dashboard_are_at_the_proxys_address(bots: dict[str, Service]) -> None:
    for each in bots.values():
        public = each["environment"]["QUIZBOT_PUBLIC_URL"]
        hook = re.sub(r":\?[^}]*", "", each["environment"]["QUIZBOT_WEBHOOK_URL"])
        assert (public, hook) == ("https://${DOMAIN}", f"{public}/telegram")


def test_only_the_proxy_is_reachable_from_outside(services: dict[str, Service]) -> None:
    assert [name for name, each in services.items() if "ports" in each] == ["proxy"]
    assert services["postgres"]["networks"] == ["back"]
    assert "back" not in services["proxy"]["networks"]


def test_the_proxy_goes_by_health_and_hides_what_is_for_operators(
    bots: dict[str, Service],
) -> None:
    caddyfile = (DEPLOY / "Caddyfile").read_text()
    port = next(iter(bots.values()))["environment"]["QUIZBOT_LISTEN"].split(":")[1]
    inside = re.findall(r"^\t@inside path (.+)$", caddyfile, re.MULTILINE)
    assert inside == ["/health /ready /metrics"]
    assert re.findall(r"^\t+health_uri (\S+)$", caddyfile, re.MULTILINE) == ["/health"]
    assert "8080/health'" in (DEPLOY / "Dockerfile").read_text()
    assert re.findall(r"^\thandle (\S*) ?\{\n\t\t(\w+)", caddyfile, re.MULTILINE) == [
        ("@inside", "respond"),
        ("", "request_body"),
    ]
    upstreams = re.findall(r"reverse_proxy (.+) \{", caddyfile)
    assert upstreams == [" ".join(f"{name}:{port}" for name in bots)]
    assert caddyfile.count("{") == caddyfile.count("}")


def test_the_proxy_has_the_limits_of_the_bot() -> None:
    caddyfile, limits = (DEPLOY / "Caddyfile").read_text(), Limits()
    timeouts = re.findall(r"^\t+read_(head|body)\w* (\d+)s$", caddyfile, re.MULTILINE)
    assert {name: float(seconds) for name, seconds in timeouts} == {
        "head": limits.head_timeout,
        "body": limits.body_timeout,
    }
    assert re.findall(r"^\t+max_header_size (\w+)$", caddyfile, re.MULTILINE) == ["32KB"]
    rules = re.findall(r"ct count over (\d+)", (DEPLOY / "connections.nft").read_text())
    assert len(rules) == 2
    for most in rules:  # Telegram's 100 connections may all come from one address
        assert 100 < int(most) < limits.connections


def test_the_image_has_all_parts_of_the_bot_and_an_ordinary_user() -> None:
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    copied = [
        source
        for line in re.findall(r"^COPY (?!--from)(.+)$", dockerfile, re.MULTILINE)
        for source in line.split()[:-1]
    ]
    for source in copied:
        assert (ROOT / source).exists()
    parts = {"bot.py", "db", "questions", "quizbot", "pyproject.toml", "uv.lock"}
    assert parts <= set(copied)
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text()
    assert parts == set(re.findall(r"^!(.+)$", ignored, re.MULTILINE))
    assert re.findall(r"^USER (.+)$", dockerfile, re.MULTILINE) == ["quizbot"]
    assert 'ENTRYPOINT ["python", "bot.py"]' in dockerfile


def test_the_image_installs_with_the_uv_that_developers_have() -> None:
    pinned = re.compile(r"uv==([\d.]+)")
    made = pinned.search((ROOT / "Makefile").read_text())
    image = pinned.search((DEPLOY / "Dockerfile").read_text())
    assert made is not None
    assert image is not None
    assert made[1] == image[1]
