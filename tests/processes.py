"""Processes that a test starts end with the test, even if it is killed; limits of this process."""

import ctypes
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def ending_with_parent(by: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Returns a `preexec_fn` for subprocess: Linux sends the signal when this process has ended.

    Elsewhere it does nothing, and a killed run leaves its processes behind.
    """
    parent = os.getpid()

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(_SET_DEATH_SIGNAL, by)
            if os.getppid() != parent:  # it had ended before
                os.kill(os.getpid(), signal.SIGKILL)

    return in_child


@contextmanager
def without_file_descriptors() -> Iterator[Callable[[], None]]:
    """Lets this process open no file or socket until the block ends, or calls what it gets."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)

    def end() -> None:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)

    with socket.socket() as probe:
        next_one = probe.fileno()
    resource.setrlimit(resource.RLIMIT_NOFILE, (next_one, before[1]))
    try:
        yield end
    finally:
        end()
