"""A SQLite file belongs to one process: a second one is refused before it touches anything.

The lock is the operating system's (flock), on a file beside the database. It ends with the process,
even after a crash; the leftover file has no effect.
"""

import os
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from filelock import FileLock, Timeout

from db.session import async_url


class InUseError(Exception):
    """Another process has the database; `process` is its id, or None if that cannot be read."""

    def __init__(self, process: int | None) -> None:
        super().__init__(process)
        self.process = process


def exclusive(url: str) -> AbstractContextManager[object]:
    """Reserve the SQLite file of the URL for this process until the end of the block.

    Creates the file's folder if it is missing; does nothing for PostgreSQL. Raises InUseError, or
    OSError if the folder cannot be written to.
    """
    target = async_url(url)
    if target.get_backend_name() != "sqlite":
        return nullcontext()
    file = Path(target.database or "").resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    lock_file = file.with_name(f"{file.name}.lock")
    try:
        return FileLock(lock_file, timeout=0, on_acquired=_write_pid).acquire()
    except Timeout:
        raise InUseError(_read_pid(lock_file)) from None


def _write_pid(descriptor: int) -> None:
    """Write the process id to the locked file, for processes that are refused."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _read_pid(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text("ascii"))
    except (OSError, ValueError):
        return None
