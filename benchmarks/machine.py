"""What a figure was measured on, and which core does what."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).parent.parent


def describe() -> str:
    """Processor, cores, system, Python and date, on one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def commit() -> str:
    """The commit that is checked out, with a + if files differ from it; "unknown" without git."""
    return _git("describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*") or "unknown"


def core_of_the_bot() -> int | None:
    """The core that the measured process has to itself; None where cores cannot be chosen."""
    cores = _cores()
    return cores[0] if cores else None


def core_of_the_rest() -> int | None:
    """The core of the stand-in, the database server and the benchmark itself."""
    cores = _cores()
    return cores[-1] if cores else None


def pin(core: int | None, process: int = 0) -> None:
    """Keep a process (0: this one), and what it starts from now on, to one core."""
    if core is not None:
        os.sched_setaffinity(process, {core})


def placement() -> str:
    """Which core does what, on one line."""
    bot, rest = core_of_the_bot(), core_of_the_rest()
    if bot is None:
        return "cores cannot be chosen on this system: all processes share them"
    if bot == rest:
        return "one core for everything: figures are lower than with two"
    return f"bot on core {bot}; stand-in, PostgreSQL and benchmark on core {rest}"


_ALL = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []


def _cores() -> list[int]:
    return _ALL


def _git(*arguments: str) -> str:
    try:
        return subprocess.run(  # noqa: S603 -- fixed words
            ["git", *arguments],  # noqa: S607
            cwd=ROOT,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0"},
            capture_output=True,
            text=True,
            check=True,
        ).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="ascii", errors="replace") as facts:  # noqa: PTH123
            names = [line.split(":", 1)[1].strip() for line in facts if "model name" in line]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown processor"
