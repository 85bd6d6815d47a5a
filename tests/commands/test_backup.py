"""`backup` and `restore`, on SQLite and with PostgreSQL's own programs."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import cast

import pytest
from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from db import backup, migrate
from db.session import Sessions, create_engine, create_sessions
from tests.commands.conftest import CommandLine
from tests.databases import set_default
from tests.postgresql import programs_for
from tests.quiz.steps import join
from tests.telegram.sandbox import Sandbox


@pytest.fixture(autouse=True, scope="module")
def programs() -> object:
    """The client programs of the tests' server come before those of the machine."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", str(programs_for(None, Path())), prepend=os.pathsep)
        yield


@asynccontextmanager
async def _transaction(database: str) -> AsyncIterator[AsyncConnection]:
    engine = create_engine(database)
    async with engine.begin() as connection:
        yield connection
    await engine.dispose()


async def _change(database: str, statement: str) -> None:
    async with _transaction(database) as connection:
        await connection.execute(text(statement))


async def _migrate(database: str, *, down_to: str = "") -> None:
    engine = create_engine(database)
    if down_to:
        await migrate.downgrade(engine, down_to)
    else:
        await migrate.upgrade(engine)
    await engine.dispose()


async def _subscribers(database: str) -> list[int]:
    async with _transaction(database) as connection:
        return list(await connection.scalars(text("SELECT id FROM subscribers ORDER BY id")))


def _names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def _rights(path: Path) -> int:
    return path.stat().st_mode & 0o777


async def test_a_backup_is_made_while_the_bot_sends_and_restored_under_it_only_if_told(
    cli: CommandLine, sandbox: Sandbox, tmp_path: Path
) -> None:
    async with sandbox.bot() as jobs:
        people = [await sandbox.subscriber(f"Person {number}") for number in range(3)]
        sandbox.clock.advance(3600)
        made, sent = await asyncio.gather(
            cli.succeeds("backup", tmp_path / "new" / "backups"), jobs.broadcast.run()
        )
        file = Path(made["file"])
        assert sent == len(people)
        assert _names(file.parent) == {file.name}
        assert (_rights(file), _rights(file.parent)) == (0o600, 0o700)
        assert await cli.is_refused_beside_a_bot("restore", file)
        late = await sandbox.subscriber("Late")
        restored = await cli.succeeds("restore", file, "--force")
    assert await _subscribers(sandbox.database) == sorted(each.id for each in people)
    assert _rights(Path(restored["kept"])) == 0o600
    await cli.succeeds("restore", restored["kept"])
    assert late.id in await _subscribers(sandbox.database)


async def test_a_backup_neither_waits_for_a_transaction_nor_has_what_it_has_not_committed(
    cli: CommandLine, database: str, engine: AsyncEngine, sessions: Sessions
) -> None:
    await join(sessions, 1)
    async with sessions.begin() as writing:
        await writing.execute(text("DELETE FROM subscribers"))
        made = await cli.succeeds("backup")
    assert await _subscribers(database) == []
    await engine.dispose()
    await cli.succeeds("restore", made["file"])
    assert await _subscribers(database) == [1]


async def test_an_older_backup_is_restored_over_a_newer_database_and_the_bot_answers(
    cli: CommandLine, sandbox: Sandbox, tmp_path: Path
) -> None:
    """The rehearsal: back up, upgrade, lose, restore, upgrade again."""
    async with sandbox.bot() as jobs:
        ana, question = await sandbox.asked_subscriber(jobs)
    await _migrate(sandbox.database, down_to="0008")  # without pace_shares
    made = await cli.succeeds("backup", tmp_path / "backups")
    await _migrate(sandbox.database)
    await _change(sandbox.database, "CREATE TABLE of_a_later_version (id integer)")
    await _change(sandbox.database, "UPDATE alembic_version SET version_num = '9999'")
    await _change(sandbox.database, "DELETE FROM subscribers")
    restored = await cli.succeeds("restore", made["file"])
    async with _transaction(sandbox.database) as connection:
        assert await connection.scalar(text("SELECT version_num FROM alembic_version")) == "0008"
    async with sandbox.bot():
        await ana.votes(question)
        await ana.hears("+10 points")
    # What was there before is kept, too; this version does not restore what it cannot use.
    refused = await cli.fails("restore", restored["kept"])
    assert "schema revision 9999, which this version does not know" in refused
    assert await sandbox.totals_are_right()


async def test_only_so_many_backups_are_kept_and_other_files_stay(
    sqlite_cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hours = iter([0, 1, 1, 2])  # the second one of an hour is a second later
    monkeypatch.setattr(
        "quizbot.application.system_clock", lambda: datetime(2026, 11, 29, next(hours), tzinfo=UTC)
    )
    folder = tmp_path / "backups"
    folder.mkdir()
    others = ["quizbot-before-2026-11-28T000000Z.dump", "quizbot-notes.sqlite3", "quizbot.sqlite3"]
    for name in others:
        (folder / name).touch()
    files = [(await sqlite_cli.succeeds("backup", folder))["file"] for _ in range(3)]
    last = await sqlite_cli.succeeds("backup", folder, "--keep", 2)
    assert last["deleted"] == files[:2]
    left = _names(folder) - set(others)
    assert left == {Path(files[2]).name, Path(last["file"]).name}


async def test_backups_with_later_dates_go_first_and_never_the_new_one(
    sqlite_cli: CommandLine, tmp_path: Path
) -> None:
    for day in (1, 2):  # the clock was wrong once
        (tmp_path / f"quizbot-2136-01-0{day}T000000Z.sqlite3").touch()
    made = await sqlite_cli.succeeds("backup", tmp_path, "--keep", 2)
    assert Path(made["file"]).name in _names(tmp_path)
    assert made["deleted"] == [str(tmp_path / "quizbot-2136-01-01T000000Z.sqlite3")]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"SELECT 1;", "is not a backup: give a file that `backup` has written."),
        (b"", "is not a backup: give a file that `backup` has written."),
        (b"SQLite format 3\0" + bytes(200), "restore a backup."),
        (b"PGDMP" + bytes(200), "the file is damaged, or needs later client programs."),
    ],
)
async def test_what_is_no_backup_changes_nothing(
    cli: CommandLine, database: str, tmp_path: Path, content: bytes, sentence: str
) -> None:
    is_other_kind = content[:5] == (b"SQLit" if "postgres" in database else b"PGDMP")
    await _change(database, "DELETE FROM pace_shares")  # the database is in use as by a bot
    file = tmp_path / "file"
    file.write_bytes(content)
    told = await cli.fails("restore", file)
    assert told.endswith("or give another file." if is_other_kind else sentence)
    assert await _subscribers(database) == []
    assert _names(tmp_path) <= {
        "file", "quizbot.sqlite3", "quizbot.sqlite3.lock"
    }  # fmt: skip


async def test_a_damaged_sqlite_file_is_set_aside_with_its_log(
    sqlite_cli: CommandLine, sqlite_database: str, tmp_path: Path
) -> None:
    cli, made = sqlite_cli, await sqlite_cli.succeeds("backup")
    database = tmp_path / "quizbot.sqlite3"
    database.write_bytes(b"SQLite format 3\0" + bytes(4096))
    assert "restore a backup" in await cli.fails("backup", tmp_path / "more")
    (tmp_path / "quizbot.sqlite3-wal").write_bytes(b"its log")
    kept = Path((await cli.succeeds("restore", made["file"]))["kept"])
    assert kept.parent == tmp_path
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == b"its log"
    assert await _subscribers(sqlite_database) == []
    database.unlink()  # and where there is none, none is kept
    (tmp_path / "quizbot.sqlite3-wal").write_bytes(b"the log of no database")
    before = _names(tmp_path)
    assert (await cli.succeeds("restore", made["file"]))["kept"] is None
    assert _names(tmp_path) == before - {"quizbot.sqlite3-wal"} | {"quizbot.sqlite3"}


@pytest.mark.parametrize("failing", ["rename", "replace"])
async def test_a_restore_that_fails_at_its_end_leaves_the_database_with_its_log(
    sqlite_cli: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    made = await sqlite_cli.succeeds("backup")
    (tmp_path / "quizbot.sqlite3-wal").write_bytes(b"its log")
    (tmp_path / "quizbot.sqlite3.lock").touch()
    names, database = _names(tmp_path), (tmp_path / "quizbot.sqlite3").read_bytes()
    real = getattr(Path, failing)

    def fail(self: Path, target: Path) -> Path:
        if self.name.endswith((".restoring", ".sqlite3-wal")) and "before" not in self.name:
            raise OSError(5, "Input/output error", str(self))
        return cast("Path", real(self, target))

    monkeypatch.setattr(Path, failing, fail)
    assert "(Input/output error)" in await sqlite_cli.fails("restore", made["file"])
    assert _names(tmp_path) == names
    assert (tmp_path / "quizbot.sqlite3").read_bytes() == database
    assert (tmp_path / "quizbot.sqlite3-wal").read_bytes() == b"its log"


async def test_a_sqlite_file_of_another_program_is_refused(
    sqlite_cli: CommandLine, sqlite_database: str, tmp_path: Path
) -> None:
    with sqlite3.connect(tmp_path / "notes.sqlite3") as other:
        other.execute("CREATE TABLE notes (text)")
    other.close()
    told = await sqlite_cli.fails("restore", tmp_path / "notes.sqlite3")
    assert "is not a backup of this bot: it has no schema revision" in told
    assert await _subscribers(sqlite_database) == []


async def test_without_pg_dump_or_with_tables_of_others_a_sentence_says_what_to_do(
    postgresql_cli: CommandLine,
    postgresql_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cli, made = postgresql_cli, await postgresql_cli.succeeds("backup")
    await _change(postgresql_database, "ALTER TABLE alembic_version RENAME TO theirs")
    assert "has tables of another program" in await cli.fails("restore", made["file"])
    monkeypatch.setattr(shutil, "which", lambda _: None)
    told = await cli.fails("backup", tmp_path / "more")
    assert told.startswith("pg_dump is not installed: install PostgreSQL's client programs")
    assert _names(tmp_path / "more") == set()


async def test_a_backup_of_another_schema_is_restored_into_that_one_only(
    postgresql_cli: CommandLine, postgresql_database: str
) -> None:
    cli, database = postgresql_cli, postgresql_database
    in_public = await cli.succeeds("backup")
    await _change(database, 'ALTER SCHEMA public RENAME TO "of me"')
    await set_default(database, "search_path", "of me")
    engine = create_engine(database)
    await join(create_sessions(engine), 1)
    await engine.dispose()
    made = await cli.succeeds("backup")
    await _change(database, "DELETE FROM subscribers")
    await cli.succeeds("restore", made["file"])
    assert await _subscribers(database) == [1]
    told = await cli.fails("restore", in_public["file"])
    assert "has its tables in the schema public, but this database creates them in of me" in told
    assert await _subscribers(database) == [1]


async def test_a_restore_that_waits_for_a_table_names_the_bots_and_its_dump_and_leaves_no_script(
    postgresql_cli: CommandLine,
    postgresql_database: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cli, made = postgresql_cli, await postgresql_cli.succeeds("backup", tmp_path)
    mine = tmp_path / f"{made['file']}.sql"
    mine.write_text("my own notes")
    monkeypatch.setattr(backup, "_SETTINGS", "SET lock_timeout = '10ms'")
    async with _transaction(postgresql_database) as using:
        await using.execute(text("LOCK subscribers IN ACCESS SHARE MODE"))
        told = await cli.fails("restore", made["file"], "--force")
    assert "; nothing has changed: stop the bots, and try again. The database was dumped to" in told
    [dump] = [name for name in _names(tmp_path) if "before" in name]
    assert told.endswith(f"{dump} first.")
    assert _names(tmp_path) == {Path(made["file"]).name, mine.name, dump}


@pytest.mark.parametrize(
    ("reason", "hint"),
    [
        ("pg_dump: error: aborting because of server version mismatch", "the server's version"),
        ("pg_restore: error: unsupported version (1.16) in file header", "later client programs"),
        ("pg_dump: error: cannot open /conversion/file", ""),
    ],
)
def test_what_to_do_about_programs_of_another_version(
    tmp_path: Path, reason: str, hint: str
) -> None:
    program = tmp_path / "program"
    program.write_text(f'#!/bin/sh\necho "$LC_ALL: {reason}" >&2; exit 1')
    program.chmod(0o700)
    with pytest.raises(backup.BackupError) as raised:
        backup._run(make_url("postgresql://me@server/quiz"), str(program))
    told = str(raised.value)
    assert f"(C: {reason}); nothing has changed" in told
    assert hint in told
    assert told.endswith("nothing has changed.") == (not hint)


def test_the_password_is_no_argument_of_a_program() -> None:
    url = make_url("postgresql://me:secret@server:5433/quiz?sslmode=require")
    given = backup._environment(url)
    assert {name: given[name] for name in given if name.startswith("PG")} == {
        "PGHOST": "server",
        "PGPORT": "5433",
        "PGUSER": "me",
        "PGPASSWORD": "secret",
        "PGDATABASE": "quiz",
        "PGSSLMODE": "require",
        "PGCONNECT_TIMEOUT": "10",
    }
