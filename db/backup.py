"""Backups: a consistent copy of the database while bots use it, and the way back.

SQLite copies itself (VACUUM INTO). PostgreSQL's own programs do it there: pg_dump, pg_restore and
psql, of the server's version or a later one.
"""

import os
import re
import shutil
import sqlite3
import subprocess
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import URL, inspect, make_url, text

from db.exclusive import give_to_owner, unused
from db.migrate import fault_of, known_revisions
from db.session import async_url, create_engine, existing

_SUFFIXES = {"sqlite": ".sqlite3", "postgresql": ".dump"}
_NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
_STAMP = "%Y-%m-%dT%H%M%SZ"  # UTC
_DIGITS = re.compile(r"\d")
_BUSY_TIMEOUT = 10.0  # seconds to wait for another process's transaction

# It does not wait for long for the tables, as bots that still run would wait behind it.
_SETTINGS = "SET lock_timeout = '30s'; SET client_min_messages = error"
# What to do, by words of an error.
_HINTS = (
    ("server version mismatch", "install client programs of the server's version or later"),
    ("unsupported version", "the file is damaged, or needs later client programs"),
    ("55P03", "stop the bots, and try again"),  # SQLSTATE: lock not available
)


class BackupError(Exception):
    """A backup cannot be made or restored; the message says why and what to do."""


def back_up(url: str, folder: Path, now: datetime, *, name: str = "quizbot") -> Path:
    """Write a backup into the folder, which is made if it is missing. Returns its path.

    Only its user can read it. A file that is not complete never has a backup's name. Raises
    BackupError, MissingDatabaseError, or OSError.
    """
    target = existing(url)
    file = _free(folder / f"{name}{_SUFFIXES[target.get_backend_name()]}", now)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    partial = file.with_name(f"{file.name}.partial")
    partial.touch(0o600, exist_ok=False)
    try:
        if target.get_backend_name() == "sqlite":
            _copy_sqlite(Path(target.database or ""), partial)
        else:
            _run(make_url(url), "pg_dump", "--format=custom", f"--file={partial}")
        _sync(partial)
        partial.rename(file)
        _sync(folder)
    finally:
        partial.unlink(missing_ok=True)
    return file


def _free(file: Path, now: datetime) -> Path:
    """Returns the path with the time in its name, or the first free one after it."""
    while (dated := file.with_stem(f"{file.stem}-{now:{_STAMP}}")).exists():
        now += timedelta(seconds=1)
    return dated


def prune(folder: Path, newest: Path, keep: int) -> list[Path]:
    """Delete the oldest backups of the same kind, so that `keep` are left. Returns the deleted.

    Those with later dates than the newest, made while the clock was wrong, go first. Other files
    stay, also what a restore has set aside.
    """
    pattern = _DIGITS.sub("[0-9]", newest.name)  # their names sort by time
    backups = folder.glob(pattern)
    old = sorted(backups, key=lambda file: (file.name <= newest.name, file.name))[:-keep]
    for file in old:
        file.unlink()
    return old


async def restore(url: str, file: Path, now: datetime, *, force: bool = False) -> Path | None:
    """Replace the database by a backup. Returns where the old one is kept; None if there was none.

    The backup may be of an earlier version: the bot migrates it when it starts. SQLite's old file
    stays beside the new one, a dump of PostgreSQL's old database beside the backup. If the backup
    cannot be restored, nothing changes. Raises BackupError, OSError, or db.exclusive.InUseError
    unless `force`: restart the bots that run then; on SQLite they go on with the old file.
    """
    target = async_url(url)
    _check_kind(file, target.get_backend_name())
    async with unused(url, force=force):
        if target.get_backend_name() == "sqlite":
            return _restore_sqlite(Path(target.database or ""), file, now)
        return _restore_postgresql(make_url(url), file, now, *await _tables(url))


def _check_kind(file: Path, wanted: str) -> None:
    with file.open("rb") as opened:
        start = opened.read(16)
    kind = "sqlite" if start.startswith(b"SQLite format 3") else ""
    kind = "postgresql" if start.startswith(b"PGDMP") else kind
    if not kind:
        raise BackupError(f"{file} is not a backup: give a file that `backup` has written.")
    if kind != wanted:
        raise BackupError(
            f"{file} is a backup of {_NAMES[kind]}, but the settings name {_NAMES[wanted]}: "
            "change QUIZBOT_DATABASE_URL, or give another file."
        )


def _check_revision(file: Path, revision: str) -> None:
    if not revision:
        raise BackupError(f"{file} is not a backup of this bot: it has no schema revision.")
    if revision not in known_revisions():
        raise BackupError(fault_of(revision, file))


def _copy_sqlite(source: Path, target: Path, *, mode: str = "mode=rw") -> None:
    """Copy a database that others may be using into an empty file, reading all of it."""
    try:
        with closing(_open_sqlite(source, mode)) as connection:
            connection.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        raise BackupError(
            f"{source} cannot be copied to {target.parent} ({error}): check the rights and the "
            "free space there; if the database is damaged, restore a backup."
        ) from error


def _open_sqlite(file: Path, mode: str) -> sqlite3.Connection:
    uri = f"{file.resolve().as_uri()}?{mode}"
    return sqlite3.connect(uri, uri=True, timeout=_BUSY_TIMEOUT, isolation_level=None)


def _restore_sqlite(target: Path, file: Path, now: datetime) -> Path | None:
    new = target.with_name(f"{target.name}.restoring")
    new.unlink(missing_ok=True)
    new.touch(0o600)
    try:
        # Beside a backup, SQLite would create files that nobody needs.
        in_use = file.with_name(f"{file.name}-wal").exists()
        _copy_sqlite(file, new, mode="mode=rw" if in_use else "immutable=1")
        _check_revision(file, _sqlite_revision(new))
        _sync(new)
        give_to_owner(new)
        return _replace(target, new, now)
    finally:
        new.unlink(missing_ok=True)


def _sqlite_revision(file: Path) -> str:
    with closing(_open_sqlite(file, "mode=ro")) as connection, suppress(sqlite3.Error):
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return str(found[0]) if found else ""
    return ""


def _replace(file: Path, new: Path, now: datetime) -> Path | None:
    """Replace the database, and keep it with its write-ahead log under another name.

    It is not read, as it may be damaged. There is a database at any time, and the old one if this
    fails. Returns where the old one is; None if there was none.
    """
    kept = _free(file.with_stem(f"{file.stem}-before"), now)
    log, kept_log = (each.with_name(f"{each.name}-wal") for each in (file, kept))
    kept.hardlink_to(file)
    try:
        with suppress(FileNotFoundError):
            log.rename(kept_log)
        file.with_name(f"{file.name}-shm").unlink(missing_ok=True)  # only an index of the log
        new.replace(file)
    except OSError:
        with suppress(FileNotFoundError):
            kept_log.rename(log)
        kept.unlink()
        raise
    _sync(file.parent)
    if kept.stat().st_size:
        return kept
    kept.unlink()  # made by the lock just now
    kept_log.unlink(missing_ok=True)
    return None


async def _tables(url: str) -> tuple[str, list[str]]:
    """Returns PostgreSQL's current schema (empty if there is none) and the names of its tables."""
    engine = create_engine(url)
    try:
        async with engine.connect() as connection:
            schema = await connection.scalar(text("SELECT current_schema()")) or ""
            return schema, await connection.run_sync(
                lambda each: inspect(each).get_table_names(schema)
            )
    finally:
        await engine.dispose()


def _restore_postgresql(
    url: URL, file: Path, now: datetime, schema: str, tables: list[str]
) -> Path | None:
    written = _run(url, "pg_restore", "--data-only", "--table=alembic_version", "--file=-", file)
    found = re.search(r"^COPY (.+)\.alembic_version .*;\n(\w+)$", written, re.MULTILINE)
    _check_revision(file, found[2] if found else "")
    if found and found[1].strip('"') != schema:
        raise BackupError(
            f"{file} has its tables in the schema {found[1]}, but this database creates them in "
            f"{schema or 'none'}: create {found[1]}, and set the database's search_path to it."
        )
    if tables and "alembic_version" not in tables:
        raise BackupError(
            "The database has tables of another program: create one for the bot alone, and name "
            "it in QUIZBOT_DATABASE_URL."
        )
    # Also those that an older dump does not know.
    names = ", ".join(f'"{schema}"."{table}"' for table in tables)
    emptying = [f"--command=DROP TABLE {names} CASCADE"] if tables else []
    # One transaction of a complete script: either all of it or nothing. From a pipe, psql would
    # commit half of it if pg_restore failed.
    psql = ("psql", "--quiet", "--output=/dev/null", "--set=ON_ERROR_STOP=1", "-1")
    sqlstates = "--set=VERBOSITY=verbose"
    with TemporaryDirectory(prefix="quizbot-restoring-", dir=file.parent) as folder:
        script = Path(folder, "script.sql")
        options = (f"--schema={schema}", "--no-owner", "--no-privileges")
        _run(url, "pg_restore", *options, f"--file={script}", file)
        kept = None
        if tables:
            plain = url.render_as_string(hide_password=False)
            kept = back_up(plain, file.parent, now, name="quizbot-before")
        try:
            _run(url, *psql, sqlstates, f"--command={_SETTINGS}", *emptying, f"--file={script}")
        except BackupError as error:
            dumped = f" The database was dumped to {kept} first." if kept else ""
            raise BackupError(f"{error}{dumped}") from error
    return kept


def _run(url: URL, program: str, *arguments: str | Path) -> str:
    """Returns what the program writes. The password is not among its arguments, which all see."""
    found = shutil.which(program)
    if found is None:
        raise BackupError(
            f"{program} is not installed: install PostgreSQL's client programs (Debian: "
            "postgresql-client), or run it where PostgreSQL runs (docs/deploy.md, Backup)."
        )
    ended = subprocess.run(  # noqa: S603 -- a fixed program, no shell
        [found, *arguments],
        env=_environment(url),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if ended.returncode:
        lines = ended.stderr.strip().splitlines() or [f"exit code {ended.returncode}"]
        reason = next((line for line in lines if "error" in line.lower()), lines[0])
        hint = next((f": {hint}" for words, hint in _HINTS if words in reason), "")
        raise BackupError(f"{program} failed ({reason}); nothing has changed{hint}.")
    return ended.stdout


def _environment(url: URL) -> Mapping[str, str]:
    """Returns the environment for PostgreSQL's programs (libpq, Environment Variables)."""
    query = {
        name: value if isinstance(value, str) else value[0] for name, value in url.query.items()
    }
    given = {
        "PGHOST": url.host or query.get("host"),
        "PGPORT": str(url.port) if url.port else query.get("port"),
        "PGUSER": url.username or query.get("user"),
        "PGPASSWORD": url.password or query.get("password"),
        "PGDATABASE": url.database or query.get("database"),
        "PGSSLMODE": query.get("sslmode") or query.get("ssl"),
        "PGCONNECT_TIMEOUT": "10",
        "LC_ALL": "C",  # messages in English
    }
    return {**os.environ, **{name: value for name, value in given.items() if value}}


def _sync(path: Path) -> None:
    """Make sure that a file, or the names in a folder, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
