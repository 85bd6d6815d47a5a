"""A SQLite file belongs to one process and one user: others are refused before they touch it.

The lock is the operating system's (flock), on a file beside the database. It ends with the process,
even after a crash; the leftover file has no effect.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext, suppress
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import text

from db.session import async_url, create_engine

_PRIVATE = 0o600  # rights of a file that only its user may read
_LEAVING = 1.0  # seconds in which PostgreSQL notices that a process has ended


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


# The bots' connections to this PostgreSQL database: see db.session and db.leadership.
_CONNECTED = text(
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
    "AND pid <> pg_backend_pid() AND application_name IN ('quizbot', 'quizbot-role')"
)


@asynccontextmanager
async def unused(url: str, *, force: bool = False) -> AsyncIterator[None]:
    """Run the block while no bot uses the database. Raises InUseError, or OSError like `exclusive`.

    A bot cannot open a SQLite file meanwhile. On PostgreSQL it can, so do not start one. With
    `force`, the block runs in any case.
    """
    if async_url(url).get_backend_name() == "sqlite":
        try:
            held = exclusive(url)
        except InUseError:
            if not force:
                raise
            held = nullcontext()
        with held:
            yield
        return
    if not force:
        await _check_unconnected(url)
    yield


async def _check_unconnected(url: str) -> None:
    engine, loop = create_engine(url), asyncio.get_running_loop()
    try:
        async with engine.connect() as connection:
            until = loop.time() + _LEAVING
            while await connection.scalar(_CONNECTED):
                if loop.time() > until:
                    raise InUseError(None)
                await connection.rollback()  # else the view would not change
                await asyncio.sleep(0.05)
    finally:
        await engine.dispose()


def _make_private(file: Path) -> None:
    """SQLite gives its other files the rights of the database when it creates them."""
    file.touch(_PRIVATE)
    for each in (file, *(file.with_name(f"{file.name}{end}") for end in ("-wal", "-shm", ".lock"))):
        with suppress(FileNotFoundError, PermissionError):  # PermissionError: somebody else's file
            each.chmod(_PRIVATE)
            give_to_owner(each)


def give_to_owner(file: Path) -> None:
    """Give what root creates to the owner of its folder, so that a bot of theirs can use it."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # not on Windows
        folder = file.parent.stat()
        os.chown(file, folder.st_uid, folder.st_gid)


def _write_pid(descriptor: int) -> None:
    """Write the process id to the locked file, for processes that are refused."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, str(os.getpid()).encode(), 0)


def _read_pid(lock_file: Path) -> int | None:
    try:
        return int(lock_file.read_text("ascii"))
    except (OSError, ValueError):
        return None
