"""Processes that a test starts end with the test, even if it is killed."""

import ctypes
import signal
import sys
from collections.abc import Callable

_SET_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG, prctl(2)
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def ending_with_parent(by: signal.Signals = signal.SIGKILL) -> Callable[[], None]:
    """Returns a `preexec_fn` for subprocess: Linux sends the signal when the parent has ended.

    Elsewhere it does nothing, and a killed run leaves its processes behind.
    """

    def in_child() -> None:
        if _libc is not None:
            _libc.prctl(_SET_DEATH_SIGNAL, by)

    return in_child
