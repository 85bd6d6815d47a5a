"""A SQLite file belongs to one process: a second one is refused before it touches anything.

The lock is the operating system's (flock) on a file beside the database, so that it ends with its
process, however that ends; the file itself stays and means nothing.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from db.session import async_url


class InUseError(Exception):
    """Somebody else has the database: `process` is the id, None where it cannot be read."""

    def __init__(self, process: int | None) -> None:
        super().__init__(process)
        self.process = process


def exclusive(url: str) -> AbstractContextManager[object]:
    """Take the SQLite file of the URL for this process; it is given back with the block's end.

    The file's folder is made if it is missing. PostgreSQL needs no such thing. Raises InUseError,
    or OSError where the folder cannot be written to.
    """
    target = async_url(url)
    if target.get_backend_name() != "sqlite":
        return nullcontext()
    file = Path(target.database or "").resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    lock_file = file.with_name(f"{file.name}.lock")
    try:
        return FileLock(lock_file, timeout=0, on_acquired=_sign).acquire()
    except Timeout:
        raise InUseError(_signed(lock_file)) from None


def _sign(descriptor: int) -> None:
    """Leave the process id in the locked file, for whoever is refused."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _signed(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text("ascii"))
    except (OSError, ValueError):
        return None
