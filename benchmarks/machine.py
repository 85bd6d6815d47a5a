"""The machine that a figure is measured on: description, cores, memory of processes."""

import os
import platform
import subprocess
from datetime import UTC, datetime
from pathlib import Path

from benchmarks import ROOT

_CORES = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []

# The measured process has BOT_CORE to itself; the fake Telegram, the database server and the
# benchmark share OTHER_CORE. None where a process cannot choose its core.
BOT_CORE = _CORES[0] if _CORES else None
OTHER_CORE = _CORES[-1] if _CORES else None


def describe() -> str:
    """Returns processor, cores, system, Python and date, on one line."""
    return (
        f"{_processor()}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}, {datetime.now(UTC):%Y-%m-%d}"
    )


def commit() -> str:
    """Returns the checked-out commit, with a + if files differ from it; "unknown" without git."""
    return _git("describe", "--always", "--dirty=+", "--abbrev=10", "--exclude=*") or "unknown"


def pin(core: int | None, process: int = 0) -> None:
    """Keep a process (0: this one), and what it starts from now on, on one core."""
    if core is not None:
        os.sched_setaffinity(process, {core})


def placement() -> str:
    """Returns which core does what, on one line."""
    if BOT_CORE is None:
        return "this system does not let processes choose a core: all of them share the cores"
    if BOT_CORE == OTHER_CORE:
        return "one core for everything: figures are lower than with two"
    return f"bot on core {BOT_CORE}; fake Telegram, PostgreSQL and benchmark on core {OTHER_CORE}"


def resident_memory(pid: int | str = "self") -> float:
    """Returns megabytes (10^6 bytes). Raises RuntimeError on a system without /proc."""
    return _memory(pid, "VmRSS:")


def peak_memory(pid: int) -> float:
    """Returns the highest resident memory so far, as `resident_memory` does."""
    return _memory(pid, "VmHWM:")


def _memory(pid: int | str, line: str) -> float:
    try:
        status = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        raise RuntimeError("this system does not report the memory of a process") from None
    return int(status.partition(line)[2].split()[0]) * 1024 / 1e6


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
