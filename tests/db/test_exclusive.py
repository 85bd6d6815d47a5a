"""A SQLite file belongs to one bot at a time, as long as that one lives."""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from db.exclusive import InUseError, exclusive
from db.session import create_engine

_HOLDER = """
import sys
from db.exclusive import exclusive
with exclusive(sys.argv[1]):
    print("held", flush=True)
    sys.stdin.read()
"""
ROOT = Path(__file__).parents[2]


def _url(folder: Path) -> str:
    return f"sqlite:///{folder / 'quizbot.sqlite3'}"


def _rights(folder: Path) -> dict[str, int]:
    return {file.name: file.stat().st_mode & 0o777 for file in folder.iterdir()}


async def _other_process(url: str) -> asyncio.subprocess.Process:
    """Starts a process that holds the file until its input ends or it is killed."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", _HOLDER, url, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    assert await process.stdout.readline() == b"held\n"
    return process


@pytest.mark.parametrize("existed", [True, False])
async def test_other_users_of_the_machine_cannot_read_the_database(
    tmp_path: Path, existed: bool
) -> None:
    earlier = os.umask(0o022)
    try:
        if existed:  # made by an earlier version
            (tmp_path / "quizbot.sqlite3").touch(0o644)
            (tmp_path / "quizbot.sqlite3-wal").touch(0o644)
        with exclusive(_url(tmp_path)):
            engine = create_engine(_url(tmp_path))
            async with engine.begin() as connection:
                await connection.execute(text("CREATE TABLE t (x)"))
                rights = _rights(tmp_path)
            await engine.dispose()
    finally:
        os.umask(earlier)
    assert set(rights.values()) == {0o600}
    assert len(rights) == 4  # with its log, its index and the lock


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="it is about root")
def test_what_root_makes_belongs_to_the_owner_of_the_folder(tmp_path: Path) -> None:
    os.chown(tmp_path, 12345, 54321)
    with exclusive(_url(tmp_path)):
        pass
    files = list(tmp_path.iterdir())
    assert sorted(file.suffix for file in files) == [".lock", ".sqlite3"]
    assert {(file.stat().st_uid, file.stat().st_gid) for file in files} == {(12345, 54321)}


def test_the_same_process_cannot_take_the_file_twice(tmp_path: Path) -> None:
    with (
        exclusive(_url(tmp_path)),
        pytest.raises(InUseError) as refusal,
        exclusive(_url(tmp_path)),
    ):
        pass
    assert refusal.value.process == os.getpid()


async def test_another_process_is_named_and_its_death_frees_the_file(tmp_path: Path) -> None:
    other = await _other_process(_url(tmp_path))
    with pytest.raises(InUseError) as refusal, exclusive(_url(tmp_path)):
        pass
    assert refusal.value.process == other.pid
    other.kill()
    await other.communicate()
    with exclusive(_url(tmp_path)):
        assert (tmp_path / "quizbot.sqlite3.lock").read_text() == str(os.getpid())


def test_a_lock_file_left_behind_means_nothing(tmp_path: Path) -> None:
    (tmp_path / "quizbot.sqlite3.lock").write_text(f"{os.getppid()} and more that is no number")
    with exclusive(_url(tmp_path)):
        assert (tmp_path / "quizbot.sqlite3.lock").read_text() == str(os.getpid())


def test_the_same_file_by_another_name_is_the_same_file(tmp_path: Path) -> None:
    real, alias = tmp_path / "real", tmp_path / "alias"
    real.mkdir()
    alias.symlink_to(real)
    with exclusive(_url(real)), pytest.raises(InUseError), exclusive(_url(alias)):
        pass


def test_other_files_are_free(tmp_path: Path) -> None:
    with exclusive(_url(tmp_path / "one")), exclusive(_url(tmp_path / "two")):
        pass


def test_a_folder_that_cannot_be_created_is_an_oserror(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"), exclusive(_url(tmp_path / "file")):
        pass


def test_postgresql_needs_no_lock() -> None:
    url = "postgresql://quizbot@localhost/quizbot"
    with exclusive(url), exclusive(url):
        pass
