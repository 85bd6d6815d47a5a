"""Who sits there: whether anybody can answer, and under which name."""

import shutil
import subprocess
import sys
from pathlib import Path

FEWEST_LETTERS = 3


def at_a_terminal() -> bool:
    """Whether questions can be asked and answered."""
    return sys.stdin.isatty()


def usable(name: str) -> bool:
    """Whether this can be somebody's name: a letter or two answer another question."""
    return sum(letter.isalpha() for letter in name) >= FEWEST_LETTERS


def git_name(folder: Path) -> str | None:
    """The name that commits made there would carry; None without git or a usable name."""
    git = shutil.which("git")
    if git is None:
        return None
    command = [git, "config", "user.name"]
    found = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)  # noqa: S603
    name = found.stdout.strip()
    return name if usable(name) else None
