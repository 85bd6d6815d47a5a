"""Names in deploy/ exist and agree with each other. Docker is not used."""

import json
import os
import re
import subprocess
import sys
import tomllib
from datetime import timedelta
from io import StringIO
from itertools import pairwise
from pathlib import Path
from shutil import which
from typing import Any, cast

import pytest
import yaml
from dotenv import dotenv_values
from prometheus_client import REGISTRY

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
    asked = set(re.findall(r"\$\{([A-Z_]+)(?!:-)\b", (DEPLOY / "compose.yaml").read_text()))
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


def test_the_wrapper_passes_arguments_on_as_they_are(tmp_path: Path) -> None:
    fake = tmp_path / "systemd-run"
    fake.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    fake.chmod(0o755)
    given = ["restore", "/a folder/quizbot.sqlite3", "--force"]
    ran = subprocess.run(
        [DEPLOY / "quizbot", *given],
        env={"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
    )
    *options, python, module, name = ran.stdout.splitlines()[: -len(given)]
    assert (python, module, name) == ("/opt/quizbot/.venv/bin/python", "-m", "quizbot")
    assert "--pipe" in options
    assert ran.stdout.splitlines()[-len(given) :] == given


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


METRIC = re.compile(r"\bquizbot_[a-z_]+")
EVENT = re.compile(
    r"\b(?:info|warning|error|exception|critical|note|_log)\)?\(\s*\"([a-z]+(?:_[a-z]+)*)\""
    r"|isolated\([^\"]*?\"([a-z_]+_failed)\""
    r"|_read\([^\"]*?\"(no_[a-z]+)\""
)


def _exported() -> set[str]:
    """Returns the names of all series, such as quizbot_questions_total."""
    families = REGISTRY.collect()
    return {sample.name for family in families for sample in family.samples}


def test_alerts_and_the_dashboard_use_metrics_that_exist() -> None:
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    panels = json.loads((DEPLOY / "dashboard.json").read_text())["panels"]
    used = [rule["expr"] for rule in rules]
    used += [target["expr"] for panel in panels for target in panel["targets"]]
    names = {name for each in used for name in METRIC.findall(each)}
    assert len(names) > 15
    assert names <= _exported()


@pytest.mark.skipif(not which("promtool"), reason="promtool is not installed")
def test_alerts_fire_when_they_should_and_are_silent_while_all_is_well() -> None:
    subprocess.run(["promtool", "check", "rules", DEPLOY / "alerts.yaml"], check=True)
    rules = ROOT / "tests" / "alerts_test.yaml"
    done = subprocess.run(["promtool", "test", "rules", rules], capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_operations_md_explains_every_metric() -> None:
    page = (ROOT / "docs" / "operations.md").read_text().partition("\n## Metrics\n")[2]
    explained = set(METRIC.findall(page.partition("\n## ")[0]))
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("quizbot_")}
    assert {name.removesuffix("_total").removesuffix("_info") for name in explained} == ours


def test_operations_md_explains_every_event_and_every_alert() -> None:
    page = (ROOT / "docs" / "operations.md").read_text()
    sources = [path for part in ("quizbot", "db") for path in (ROOT / part).rglob("*.py")]
    events = {
        next(filter(None, found))
        for path in sources
        if "commands" not in path.parts
        for found in EVENT.findall(path.read_text())
    }
    assert {"database_unreachable", "call_failed", "leadership_lost", "cannot_start"} <= events
    assert {event for event in events if f"`{event}`" not in page} == set()
    rules = yaml.safe_load((DEPLOY / "alerts.yaml").read_text())["groups"][0]["rules"]
    assert {rule["alert"] for rule in rules if rule["alert"] not in page} == set()
    word = re.compile(r"`((?!quizbot_)[a-z]+_[a-z_]+)`|(Quizbot\w+)")
    rows = re.findall(r"^\| (.+?) \|", page, re.MULTILINE)
    explained = {name for row in rows for name in word.findall(row)}
    known = events | {rule["alert"] for rule in rules} | {"read_only"}
    assert {event or alert for event, alert in explained} <= known


def test_systemd_hears_from_the_bot_and_does_not_restart_what_only_a_person_can_mend() -> None:
    service = (DEPLOY / "quizbot.service").read_text()
    assert "\nType=notify\n" in service
    assert re.search(r"^WatchdogSec=\d+$", service, re.MULTILINE)
    assert f"\nRestartPreventExitStatus={application._EX_CONFIG}\n" in service


@pytest.mark.skipif(not which("systemd-analyze"), reason="systemd is not installed")
@pytest.mark.parametrize("unit", ["quizbot.service", "quizbot-backup.service"])
def test_systemd_finds_little_exposed(unit: str) -> None:
    command = ["systemd-analyze", "security", "--offline=true", "--threshold=20"]
    command.append(str(DEPLOY / unit))
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_containers_have_few_rights_and_limits(services: dict[str, Service]) -> None:
    for each in services.values():
        assert each["cap_drop"] == ["ALL"]
        assert each["read_only"] is True
        assert each["mem_limit"]
        assert each["pids_limit"] <= 256
    assert "no-new-privileges:true" in services["bot-1"]["security_opt"]
    assert "cap_add" not in services["bot-1"]


def test_production_installs_no_test_tools() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert not re.search(r"pytest|hypothesis|playwright|ruff|mypy", str(project["project"]))
    assert "uv sync --frozen --no-dev" in (DEPLOY / "Dockerfile").read_text()
    assert "--no-default-groups" in (ROOT / "Makefile").read_text()
    assert "make install" in PLACES[-1].read_text()


def test_an_interpreter_in_a_private_home_is_named_in_a_sentence(tmp_path: Path) -> None:
    home = tmp_path / "root" / "python"
    home.mkdir(parents=True)
    home.parent.chmod(0o700)
    fake = tmp_path / "fake.py"
    fake.write_text(
        "import os, sys\n"
        "sys.base_prefix = os.environ['PREFIX']\n"
        "os.getuid = lambda: int(os.environ['USER_ID'])\n"
        "exec(sys.argv[2])\n"
    )

    def said(prefix: Path, user: int) -> str:
        command = ["make", "-s", "--eval=told:;@$(TELL_PRIVATE)", "told"]
        done = subprocess.run(
            [*command, f"PYTHON={sys.executable} {fake}"],
            cwd=ROOT, capture_output=True, text=True, check=True,
            env=os.environ | {"PREFIX": str(prefix), "USER_ID": str(user)},
        )  # fmt: skip
        return done.stdout

    assert "name another one with: make PYTHON=/usr/bin/python3" in said(home, 0)
    assert said(home, 1000) == ""


def test_the_changelog_names_the_migrations_that_need_downtime() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    named = re.findall(r"^\| (\d{4}) \| \*\*no\*\*", changelog, re.MULTILINE)
    for path in (ROOT / "db" / "migrations" / "versions").glob("[0-9]*.py"):
        upgrading = path.read_text().partition("def upgrade")[2].partition("def downgrade")[0]
        if re.search(r"drop_(?:column|table)|alter_column|rename_table", upgrading):
            assert path.name[:4] in named
