"""What the start says about the machine that it runs on."""

import pytest
from structlog.testing import capture_logs

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
