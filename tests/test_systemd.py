"""What systemd is told, on a real socket."""

import asyncio
import socket
from pathlib import Path

import pytest

from quizbot import systemd


@pytest.mark.parametrize("abstract", [False, True])
async def test_systemd_hears_that_the_bot_is_ready_goes_on_and_stops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    name = f"quizbot-{id(tmp_path)}" if abstract else str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(f"\0{name}" if abstract else name)
        manager.setblocking(False)
        monkeypatch.setenv("NOTIFY_SOCKET", f"@{name}" if abstract else name)
        monkeypatch.setenv("WATCHDOG_USEC", "20000")  # 20 ms
        loop = asyncio.get_running_loop()
        async with systemd.watched():
            heard = [await loop.sock_recv(manager, 100) for _ in range(3)]
        heard.append(await loop.sock_recv(manager, 100))
    assert heard == [b"READY=1", b"WATCHDOG=1", b"WATCHDOG=1", b"STOPPING=1"]


async def test_without_systemd_nothing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    async with systemd.watched():
        pass
    assert not systemd.logs_to_journald()
