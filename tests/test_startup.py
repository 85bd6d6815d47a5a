"""What the start says about the machine that it runs on."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from structlog.testing import capture_logs

import quizbot
from quizbot.startup import warn_about_python


@pytest.mark.parametrize(
    ("version", "better"),
    [((3, 11, 7), "3.11.14"), ((3, 12, 11), "3.12.12"), ((3, 13, 5), "3.13.6")],
)
def test_a_vulnerable_python_is_a_warning(version: tuple[int, ...], better: str) -> None:
    with capture_logs() as lines:
        warn_about_python(version)
    assert [line["event"] for line in lines] == ["python_has_known_vulnerabilities"]
    assert better in lines[0]["advice"]
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
