"""A topic, as most commands begin with it."""

import shlex
from pathlib import Path

from questions import article, bank
from questions.commands.output import WorkshopError, this_program, topic_folder
from questions.topic import Topic, load_topic


def load(name: str) -> tuple[Path, Topic]:
    """The topic of that name or path, and its folder.

    Raises WorkshopError if there is none, or none yet, and BankError if its files are faulty.
    """
    folder = topic_folder(name)
    if not (folder / bank.FILE).is_file():
        command = f"{this_program()} draft {shlex.quote(name)}"
        raise WorkshopError(f"There is no {bank.FILE} yet: `{command}` makes one.")
    if not (folder / article.FILE).is_file():
        raise WorkshopError(
            f"There is no {article.FILE} in {folder}: write it as docs/questions.md shows, or make "
            f"it from a text with `{this_program()} extract`."
        )
    return folder, load_topic(folder)
