"""A SQLite file belongs to one process and one user: others are refused before they touch it.

The lock is the operating system's (flock), on a file beside the database. It ends with the process,
even after a crash; the leftover file has no effect.
"""

import os
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from db.session import async_url

_PRIVATE = 0o600  # rights of a file that only its user may read


class InUseError(Exception):
    """Another process has the database; `process` is its id, or None if that cannot be read."""

    def __init__(self, process: int | None) -> None:
        super().__init__(process)
        self.process = process


def exclusive(url: str) -> AbstractContextManager[object]:
    """Reserve the SQLite file of the URL for this process until the end of the block.

    Creates folder and file if they are missing, and lets no other user of the machine read the
    file. Does nothing for PostgreSQL. Raises InUseError, or OSError if the folder cannot be written
    to.
    """
    target = async_url(url)
    if target.get_backend_name() != "sqlite":
        return nullcontext()
    file = Path(target.database or "").resolve()
    file.parent.mkdir(parents=True, exist_ok=True)
    lock_file = file.with_name(f"{file.name}.lock")
    try:
        held = FileLock(lock_file, timeout=0, mode=_PRIVATE, on_acquired=_write_pid).acquire()
    except Timeout:
        raise InUseError(_read_pid(lock_file)) from None
    _make_private(file)
    return held


def _make_private(file: Path) -> None:
    """SQLite gives its other files the rights of the database when it creates them."""
    file.touch(_PRIVATE)
    for each in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", ".lock"))):
        with suppress(FileNotFoundError, PermissionError):  # PermissionError: somebody else's file
            each.chmod(_PRIVATE)


def _write_pid(descriptor: int) -> None:
    """Write the process id to the locked file, for processes that are refused."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _read_pid(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text("ascii"))
    except (OSError, ValueError):
        return None
