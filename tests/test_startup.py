"""What the start says about the machine that it runs on."""

import re
import subprocess
import sys
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from sqlalchemy import make_url
from structlog.testing import capture_logs

import quizbot
from db.session import create_engine
from quizbot.settings import SettingsError
from quizbot.startup import migrate_database, warn_about_clock, warn_about_python
from tests.telegram.test_metrics import value


@pytest.mark.parametrize(
    ("version", "better"),
    [((3, 11, 7), "3.11.14"), ((3, 12, 11), "3.12.12"), ((3, 13, 5), "3.13.6")],
)
def test_a_vulnerable_python_is_a_warning(version: tuple[int, ...], better: str) -> None:
    with capture_logs() as lines:
        warn_about_python(version)
    assert [line["event"] for line in lines] == ["python_has_known_vulnerabilities"]
    assert better in lines[0]["advice"]
    assert "make install PYTHON=" in lines[0]["advice"]  # make clean would end a running bot
    assert "build --pull" in lines[0]["advice"]  # else Docker keeps the Python that it has


@pytest.mark.parametrize("version", [(3, 11, 14), (3, 12, 20), (3, 13, 6), (3, 14, 0), (3, 15, 0)])
def test_any_other_python_is_not(version: tuple[int, ...]) -> None:
    with capture_logs() as lines:
        warn_about_python(version)
    assert lines == []


def test_the_version_names_the_commit_of_a_checkout_or_of_an_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    git = ["git", "-c", "user.name=T", "-c", "user.email=t@example.org"]
    for command in (["init", "-q"], ["commit", "-q", "--allow-empty", "-m", "First"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    assert re.fullmatch(r"[0-9a-f]{7,}", quizbot._described(tmp_path))
    assert quizbot._described(tmp_path / "elsewhere") == ""
    build = tmp_path / "build.txt"
    build.write_text("1a2b3c4\n")
    monkeypatch.setattr(quizbot, "_BUILD", build)
    assert quizbot.version.__wrapped__() == f"{quizbot.__version__}+1a2b3c4"
    project = tomllib.loads((Path(quizbot.__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["version"] == quizbot.__version__


@pytest.mark.parametrize(
    ("date", "said"),
    [
        ("Mon, 23 Nov 2026 08:00:05 GMT", ""),
        ("Mon, 23 Nov 2026 07:58:00 GMT", "120 s ahead of Telegram's"),
        ("Mon, 23 Nov 2026 08:02:00 GMT", "120 s behind Telegram's"),
        ("", ""),
        ("yesterday", ""),
    ],
)
def test_a_wrong_clock_is_named_in_one_sentence(date: str, said: str) -> None:
    with capture_logs() as lines:
        warn_about_clock(date, datetime(2026, 11, 23, 8, tzinfo=UTC))
    assert len(lines) == bool(said)
    assert abs(value("quizbot_clock_error_seconds")) == (120 if said else 0)
    for line in lines:
        assert (line["event"], line["log_level"]) == ("clock_is_wrong", "error")
        assert said in line["advice"]
        assert "timedatectl" in line["advice"]


async def test_a_pooler_in_transaction_mode_is_named_in_one_sentence(postgresql: str) -> None:
    """As behind PgBouncer, two connections at once have one server process."""
    server = await asyncpg.connect(postgresql)
    await server.execute("CREATE DATABASE pooled")
    url = make_url(postgresql).set(database="pooled").render_as_string(hide_password=False)
    database, engine = await asyncpg.connect(url), create_engine(url)
    await database.execute(
        "CREATE FUNCTION public.pg_backend_pid() RETURNS int LANGUAGE sql RETURN 7;"
        "ALTER DATABASE pooled SET search_path = public, pg_catalog"
    )
    await database.close()
    with pytest.raises(SettingsError, match="PgBouncer"):
        await migrate_database(engine)
    await engine.dispose()
    await server.execute("DROP DATABASE pooled WITH (FORCE)")
    await server.close()


def test_a_bot_loads_only_what_it_uses(sqlite_database: str) -> None:
    """The database is up to date: nothing is to be migrated, and nothing comes from PostgreSQL."""
    code = (
        "import asyncio, sys, bot; from db.migrate import upgrade;"
        f"from db.session import create_engine; engine = create_engine({sqlite_database!r});"
        "asyncio.run(upgrade(engine)); print(*sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    unused = "aiohttp alembic asyncpg rapidfuzz resvg_py typer uharfbuzz xlsxwriter"
    assert not {*unused.split()} & {*run.stdout.split()}
