"""A process that has imported the bot and forks bots: importing takes most of a start.

A line of its input, [environment, log], starts `python bot.py`; its output then tells [pid, null],
and [pid, exit code] when the bot has ended (-9 after kill -9). It ends with its input or its
parent, and so do the bots.
"""

import json
import os
import runpy
import signal
import sys
from typing import NoReturn

import quizbot.application  # noqa: F401 -- bots need not import it again
from tests.processes import ending_with_parent


def main() -> None:
    signal.signal(signal.SIGCHLD, lambda *_: _tell_exit_codes())
    end_with_parent = ending_with_parent()
    for line in sys.stdin:
        if (pid := os.fork()) == 0:
            end_with_parent()
            _be_bot(*json.loads(line))
        _tell(pid, None)
    os.killpg(0, signal.SIGKILL)


def _tell_exit_codes() -> None:
    try:
        while (ended := os.waitpid(-1, os.WNOHANG)) != (0, 0):
            _tell(ended[0], os.waitstatus_to_exitcode(ended[1]))
    except ChildProcessError:  # there are no more
        pass


def _tell(pid: int, exit_code: int | None) -> None:
    os.write(1, f"{json.dumps([pid, exit_code])}\n".encode())


def _be_bot(environment: dict[str, str], log: str) -> NoReturn:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(os.open(log, os.O_WRONLY | os.O_APPEND), 1)
    os.dup2(1, 2)
    sys.argv = ["bot.py"]
    runpy.run_path("bot.py", run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    main()
