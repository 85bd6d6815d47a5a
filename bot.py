"""Run the bot: settings -> application -> run."""

import sys

from quizbot.application import START_FAULTS, run
from quizbot.settings import load

if __name__ == "__main__":
    try:
        run(load())
    except START_FAULTS as fault:
        sys.exit(str(fault))
