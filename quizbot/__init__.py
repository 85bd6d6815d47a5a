"""A Telegram bot that teaches one health topic, one question a day. See ARCHITECTURE.md."""

import subprocess
from functools import cache
from pathlib import Path

__version__ = "0.2.0"

_BUILD = Path(__file__).with_name("build.txt")  # written when an image is built
_CHECKOUT = Path(__file__).parents[1]


@cache
def version() -> str:
    """Returns the version with the commit that it was built from: "0.2.0+1a2b3c4".

    An image has the commit in a file; a checkout is asked. "-dirty" is added for changes that are
    not committed. Without either it is the plain version.
    """
    commit = _BUILD.read_text().strip() if _BUILD.is_file() else _described(_CHECKOUT)
    return f"{__version__}+{commit}" if commit else __version__


def _described(checkout: Path) -> str:
    """Returns what git says, "" without git. The owner of the checkout may be somebody else."""
    if not (checkout / ".git").exists():
        return ""
    command = [
        "git",
        "-c",
        f"safe.directory={checkout}",
        "describe",
        "--always",
        "--dirty",
        "--exclude=*",
    ]
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=checkout, capture_output=True, text=True, timeout=5, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout.strip()
