"""Run the bot: settings -> application -> run."""

import gc
import sys

# Until the start is complete: searching for garbage would take a fifth of its time.
gc.set_threshold(500_000)

from quizbot.application import START_FAULTS, report, run  # noqa: E402
from quizbot.settings import load  # noqa: E402

if __name__ == "__main__":
    try:
        run(load())
    except START_FAULTS as fault:
        sys.exit(report(fault))
