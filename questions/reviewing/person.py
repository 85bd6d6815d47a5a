"""Who sits there: whether anybody can answer, and under which name."""

import shutil
import subprocess
import sys
from pathlib import Path


def at_a_terminal() -> bool:
    """Whether questions can be asked and answered."""
    return sys.stdin.isatty()


def git_name(folder: Path) -> str | None:
    """The name that commits made there would carry; None without git or without a name."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "config", "user.name"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    return found.stdout.strip() or None
