"""The server of the tests starts on any machine, and ends with whoever started it."""

import os
import pwd
import select
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from tests import postgresql
from tests.postgresql import CannotStartError, Server, url_when_ready, user_to_run_as

_PARENT = """
import subprocess, sys
from tests.processes import ending_with_parent
child = subprocess.Popen(["sleep", "60"], preexec_fn=ending_with_parent())
print(child.pid, flush=True)
child.wait()
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="it is about root")
async def test_root_needs_neither_useradd_nor_a_user_of_postgresql(
    store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And nobody else need be able to read where the programs are installed."""
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.setattr(postgresql, "_can_reach", lambda _: False)
    users = [user.pw_name for user in pwd.getpwall()]
    server = Server(store / "for-root")
    try:
        server.start()
        connection = await asyncpg.connect(url_when_ready(store / "for-root"))
        assert await connection.fetchval("SELECT 1") == 1
        await connection.close()
    finally:
        server.stop()
    assert [user.pw_name for user in pwd.getpwall()] == users


def test_programs_in_a_private_home_are_out_of_reach(tmp_path: Path) -> None:
    (home := tmp_path / "home" / "venv").mkdir(parents=True)
    assert not postgresql._can_reach(home)  # tmp_path is its owner's alone


def test_without_any_user_to_run_it_root_gets_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(postgresql, "_UNPRIVILEGED", "no-such-user")
    with pytest.raises(CannotStartError) as refusal:
        user_to_run_as()
    assert str(refusal.value) == (
        "PostgreSQL does not run as root, and there is no user 'no-such-user' to run it as: "
        "run the tests as another user."
    )


def test_whoever_is_not_root_runs_it_themselves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert user_to_run_as() is None


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_process_ends_with_the_one_that_started_it() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdout=subprocess.PIPE)
    assert parent.stdout is not None
    child = os.pidfd_open(int(parent.stdout.readline()))
    parent.kill()
    parent.wait()
    parent.stdout.close()
    ended, _, _ = select.select([child], [], [], 20)
    os.close(child)
    assert ended
