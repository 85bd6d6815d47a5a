"""What systemd wants to know: that the bot has started and goes on (sd_notify(3)), and priorities.

The protocol is a datagram, so no library is needed (decision 24).
"""

import asyncio
import os
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

# Priorities of syslog, which journald reads at the beginning of a line (sd-daemon(3)).
PRIORITIES = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}


def logs_to_journald() -> bool:
    """Returns whether standard error is journald's (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        stream = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError):  # closed, or no file
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stream.st_dev}:{stream.st_ino}"


def notify(state: str) -> None:
    """Tell the service manager, such as "READY=1". Without one, do nothing."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address or not hasattr(socket, "AF_UNIX"):
        return
    if address.startswith("@"):  # an abstract socket
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(state.encode(), address)


@asynccontextmanager
async def watched() -> AsyncIterator[None]:
    """Tells that the bot has started, goes on while the block runs, and then stops.

    A bot whose event loop hangs no longer tells, so systemd restarts it (WatchdogSec).
    """
    notify("READY=1")
    going_on = asyncio.create_task(_go_on(int(os.environ.get("WATCHDOG_USEC") or 0) / 2e6))
    try:
        yield
    finally:
        going_on.cancel()
        notify("STOPPING=1")


async def _go_on(seconds: float) -> None:
    while seconds:
        notify("WATCHDOG=1")
        await asyncio.sleep(seconds)
